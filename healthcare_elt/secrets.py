"""Secrets by reference: what is set is where the secret is, and it is fetched when it is needed.

Here belongs fetching. Which settings may be references is said where they are defined.
"""

from __future__ import annotations

import json

from pydantic import SecretStr

from healthcare_elt.settings import SettingsError, variable

VARIABLE = "env:"
"""`env:NAME` is a variable of the environment, or a line of the home's `.env`."""
PARAMETER = "ssm:"
"""`ssm:/path` is a parameter of SSM Parameter Store, decrypted."""
SECRET = "secretsmanager:"
"""`secretsmanager:name`, or `secretsmanager:name#key` for one value of a secret that is a JSON object."""
REFERENCES = (VARIABLE, PARAMETER, SECRET)


def resolve(value: SecretStr) -> str:
    """The secret itself: `value`, or what it refers to.

    Raises:
        SettingsError: it is not there or may not be read; the sentence holds the reference, never a secret.
    """
    text = value.get_secret_value()
    if text.startswith(VARIABLE):
        return _variable(text)
    if text.startswith(PARAMETER):
        return _parameter(text)
    if text.startswith(SECRET):
        return _secret(text)
    return text


def _variable(reference: str) -> str:
    if found := variable(reference.removeprefix(VARIABLE)):
        return found
    raise SettingsError(f"The secret {reference} is not set; set that variable in the environment or in .env.")


def _parameter(reference: str) -> str:
    from healthcare_elt.aws.client import client
    from healthcare_elt.aws.errors import told_as

    ssm = client("ssm")
    with told_as(SettingsError, f"The secret {reference} cannot be read"):
        try:
            return ssm.get_parameter(Name=reference.removeprefix(PARAMETER), WithDecryption=True)["Parameter"]["Value"]
        except ssm.exceptions.ParameterNotFound:
            raise _missing(reference, "SSM Parameter Store has no such parameter") from None


def _secret(reference: str) -> str:
    from healthcare_elt.aws.client import client
    from healthcare_elt.aws.errors import told_as

    name, _, key = reference.removeprefix(SECRET).partition("#")
    manager = client("secretsmanager")
    with told_as(SettingsError, f"The secret {reference} cannot be read"):
        try:
            found = manager.get_secret_value(SecretId=name).get("SecretString")
        except manager.exceptions.ResourceNotFoundException:
            raise _missing(reference, "Secrets Manager has no such secret") from None
    if found is None:
        raise _missing(reference, "it holds bytes and no text")
    return _value(found, key, reference) if key else found


def _value(found: str, key: str, reference: str) -> str:
    try:
        value = json.loads(found)[key]
    except (ValueError, KeyError, TypeError):
        raise _missing(reference, f"it is no JSON object with a text {key}") from None
    if not isinstance(value, str):
        raise _missing(reference, f"it is no JSON object with a text {key}")
    return value


def _missing(reference: str, why: str) -> SettingsError:
    return SettingsError(
        f"The secret {reference} cannot be read: {why}; create it in the region of AWS_DEFAULT_REGION or correct the "
        "setting that refers to it, and run again."
    )
