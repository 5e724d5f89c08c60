"""The private key of key-pair authentication, from a file or as text, in the form that the connector takes."""

from __future__ import annotations

import base64
from collections.abc import Callable

from pydantic import SecretStr

from healthcare_elt.settings import SettingsError
from healthcare_elt.settings_snowflake import SnowflakeSettings

MAKE_ONE = "make one as deploy/snowflake/README.md says"


def private_key(snowflake: SnowflakeSettings, resolve: Callable[[SecretStr], str]) -> str | None:
    """Base64 of the key's DER form; None if the settings name no key.

    Raises:
        SettingsError: the file cannot be read, or it is no private key, or the passphrase does not open it.
    """
    if snowflake.private_key_file is not None:
        setting = "SNOWFLAKE_PRIVATE_KEY_FILE"
        try:
            pem = snowflake.private_key_file.expanduser().read_bytes()
        except OSError as error:
            raise SettingsError(f"{setting} cannot be read ({error.strerror}); set it to the key's PEM file.") from None
    elif snowflake.private_key is not None:
        setting, pem = "SNOWFLAKE_PRIVATE_KEY", resolve(snowflake.private_key).replace("\\n", "\n").encode()
    else:
        return None
    passphrase = snowflake.private_key_passphrase
    return _der(setting, pem, resolve(passphrase).encode() if passphrase else None)


def _der(setting: str, pem: bytes, passphrase: bytes | None) -> str:
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
        load_pem_private_key,
    )

    try:
        key = load_pem_private_key(pem, password=passphrase)
    except TypeError:  # a passphrase is missing, or one too many
        state = "is not encrypted; unset" if passphrase else "is encrypted; set"
        raise SettingsError(f"{setting} {state} SNOWFLAKE_PRIVATE_KEY_PASSPHRASE.") from None
    except ValueError:
        wrong = "is not opened by SNOWFLAKE_PRIVATE_KEY_PASSPHRASE" if passphrase else "holds no private key as PEM"
        raise SettingsError(f"{setting} {wrong}; correct it, or {MAKE_ONE}.") from None
    return base64.b64encode(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())).decode()
