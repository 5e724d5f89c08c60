"""Connecting: what the connector is given, and one sentence for each way in which a login fails.

The connector is the real one; a server on loopback answers its login in the words of Snowflake.
"""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pydantic import SecretStr

from healthcare_elt.settings import SettingsError
from healthcare_elt.settings_snowflake import SnowflakeSettings
from healthcare_elt.snowflake.connect import connected, connection_arguments, query_tag, resource_arguments
from healthcare_elt.snowflake.errors import SnowflakeError

MakeSettings = Callable[..., SnowflakeSettings]
PASSWORD = "correct horse battery staple"
PASSPHRASE = "opens the key"


class Server:
    """Answers every login with `answer` and `status`, and keeps what it was sent."""

    def __init__(self) -> None:
        self.answer: dict[str, Any] = {}
        self.status = 200
        self.logins: list[dict[str, Any]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                if "login-request" in self.path:
                    server.logins.append(json.loads(body)["data"])
                text = json.dumps(server.answer).encode()
                self.send_response(server.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: object) -> None: ...

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, args=(0.02,), daemon=True).start()

    def accepts(self) -> None:
        login = {"token": "t", "masterToken": "m", "sessionInfo": {}, "sessionId": 1}
        data = login | {"parameters": [], "rowtype": [], "rowset": [], "total": 0, "queryId": "q"}
        self.answer = {"success": True, "code": None, "message": None, "data": data}

    def refuses(self, code: str, message: str) -> None:
        self.answer = {"success": False, "code": code, "message": message, "data": {}}


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def make(snowflake_settings: MakeSettings, server: Server) -> MakeSettings:
    """`make(**fields)`: settings that lead to the server."""
    place = {"host": "127.0.0.1", "port": server.http.server_port, "protocol": "http"}
    return lambda **fields: snowflake_settings(**({"login_timeout": 5, "network_timeout": 5} | place | fields))


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key: rsa.RSAPrivateKey, passphrase: str | None = None) -> bytes:
    encryption = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)


def log_in(snowflake: SnowflakeSettings, role: str | None = "R", warehouse: str | None = "W") -> None:
    with connected(snowflake, connection_arguments(snowflake, role, warehouse, tag=query_tag(run="1", asset="a"))):
        pass


def test_a_login_says_who_it_is_and_what_its_session_is_for(server: Server, make: MakeSettings) -> None:
    server.accepts()
    log_in(make(password=PASSWORD))
    (login,) = server.logins
    assert (login["LOGIN_NAME"], login["PASSWORD"]) == ("DEPLOYER", PASSWORD)
    session = login["SESSION_PARAMETERS"]
    assert json.loads(session["QUERY_TAG"]) == {"application": "healthcare_elt", "asset": "a", "run": "1"}
    assert session["TIMEZONE"] == "UTC"
    assert session["CLIENT_SESSION_KEEP_ALIVE"] is True
    assert login["CLIENT_APP_ID"]


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
def test_a_key_is_used_before_a_password(
    server: Server, make: MakeSettings, key: rsa.RSAPrivateKey, tmp_path: Path, passphrase: str | None
) -> None:
    file = tmp_path / "key.p8"
    file.write_bytes(pem(key, passphrase))
    server.accepts()
    log_in(make(password=PASSWORD, private_key_file=file, private_key_passphrase=passphrase))
    (login,) = server.logins
    assert login["AUTHENTICATOR"] == "SNOWFLAKE_JWT"
    assert PASSWORD not in json.dumps(login)


def test_a_key_may_be_a_reference_that_is_resolved_when_it_is_needed(
    server: Server, make: MakeSettings, key: rsa.RSAPrivateKey
) -> None:
    asked = []

    def resolve(secret: SecretStr) -> str:
        asked.append(secret.get_secret_value())
        return pem(key).decode()

    server.accepts()
    snowflake = make(private_key="ssm:/healthcare/key")
    with connected(snowflake, connection_arguments(snowflake, None, None, resolve=resolve)):
        assert asked == ["ssm:/healthcare/key"]
    assert server.logins[0]["AUTHENTICATOR"] == "SNOWFLAKE_JWT"


def test_a_password_may_be_a_reference_too(server: Server, make: MakeSettings) -> None:
    server.accepts()
    snowflake = make(password="ssm:/healthcare/password")
    fetched = {"ssm:/healthcare/password": "fetched"}
    arguments = connection_arguments(snowflake, None, None, resolve=lambda secret: fetched[secret.get_secret_value()])
    with connected(snowflake, arguments):
        pass
    assert server.logins[0]["PASSWORD"] == "fetched"


def test_every_connection_has_the_timeouts_of_the_settings(make: MakeSettings) -> None:
    arguments = connection_arguments(make(password=PASSWORD, login_timeout=7, network_timeout=11), "R", "W")
    assert (arguments["login_timeout"], arguments["network_timeout"]) == (7, 11)


@pytest.mark.parametrize(
    ("content", "passphrase", "words"),
    [
        (None, None, "SNOWFLAKE_PRIVATE_KEY_FILE cannot be read"),
        (b"no key", None, "holds no private key as PEM"),
        ("encrypted", None, "is encrypted; set SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"),
        ("encrypted", "another", "is not opened by SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"),
        ("plain", PASSPHRASE, "is not encrypted; unset SNOWFLAKE_PRIVATE_KEY_PASSPHRASE"),
    ],
)
def test_a_key_that_cannot_be_used_is_told_by_its_setting_and_never_shown(
    make: MakeSettings, key: rsa.RSAPrivateKey, tmp_path: Path, content: Any, passphrase: str | None, words: str
) -> None:
    file = tmp_path / "key.p8"
    if content is not None:
        forms = {"encrypted": pem(key, PASSPHRASE), "plain": pem(key)}
        file.write_bytes(content if isinstance(content, bytes) else forms[content])
    with pytest.raises(SettingsError) as caught:
        connection_arguments(make(private_key_file=file, private_key_passphrase=passphrase), None, None)
    sentence = str(caught.value)
    assert words in sentence
    assert len(sentence.splitlines()) == 1
    assert "BEGIN" not in sentence
    assert PASSPHRASE not in sentence


def test_without_key_and_password_the_sentence_names_both(make: MakeSettings) -> None:
    with pytest.raises(SettingsError, match=r"SNOWFLAKE_PRIVATE_KEY_FILE is not set; .* or SNOWFLAKE_PASSWORD"):
        connection_arguments(make(), None, None)


@pytest.mark.parametrize(
    ("code", "said", "words"),
    [
        ("390100", "Incorrect username or password was specified.", "correct SNOWFLAKE_USER or SNOWFLAKE_PASSWORD"),
        ("390144", "JWT token is invalid. [abc]", "SNOWFLAKE_ACCOUNT, SNOWFLAKE_USER or this machine's clock"),
        ("250001", "JWT token is invalid. [abc]", "does not take the key of user DEPLOYER"),
        ("390102", "Your user account has been temporarily locked.", "has locked user DEPLOYER"),
        ("390189", "Role 'R' specified in the connect string does not exist or not authorized.",
         "grant role R to user DEPLOYER"),
        ("390201", "The requested warehouse does not exist or not authorized.",
         "Warehouse W does not exist or role R may not use it; correct SNOWFLAKE_WAREHOUSE, or run"),
        ("390201", "The requested database does not exist or not authorized.", "correct SNOWFLAKE_DATABASE, or run"),
        ("390201", "It does not exist or not authorized.", "correct SNOWFLAKE_DATABASE or SNOWFLAKE_WAREHOUSE, or run"),
        ("390422", "Incoming request with IP/Token 1.2.3.4 is not allowed to access Snowflake.",
         "SNOWFLAKE_ALLOWED_NETWORKS"),
        ("390114", "Authentication token has expired.", "expired; run again"),
        ("399999", "something else about patient 4711", "error 399999"),
    ],
)  # fmt: skip
def test_a_refused_login_is_one_sentence_with_the_setting_to_correct(
    server: Server, make: MakeSettings, code: str, said: str, words: str
) -> None:
    server.refuses(code, said)
    with pytest.raises(SnowflakeError) as caught:
        log_in(make(password=PASSWORD))
    sentence = str(caught.value)
    assert words in sentence
    assert len(sentence.splitlines()) == 1
    assert PASSWORD not in sentence
    assert "4711" not in sentence


@pytest.mark.parametrize("status", [403, 404])
def test_an_account_that_does_not_exist_is_told_by_its_setting(server: Server, make: MakeSettings, status: int) -> None:
    server.status = status
    with pytest.raises(SnowflakeError, match="There is no Snowflake account myorg-myaccount; correct SNOWFLAKE_ACC"):
        log_in(make(password=PASSWORD, login_timeout=1, network_timeout=1))


def test_a_server_that_does_not_answer_is_given_up(make: MakeSettings, server: Server) -> None:
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(SnowflakeError, match="does not answer within 1 seconds"):
        log_in(make(password=PASSWORD, login_timeout=1, network_timeout=1))


def test_dagster_s_resource_connects_with_the_same_arguments(
    server: Server, make: MakeSettings, key: rsa.RSAPrivateKey
) -> None:
    from dagster_snowflake import SnowflakeResource

    server.accepts()
    for secret in ({"password": PASSWORD}, {"private_key": pem(key).decode()}):
        arguments = connection_arguments(make(**secret), "R", "W", tag=query_tag(run="1"))
        with SnowflakeResource(**resource_arguments(arguments)).get_connection():
            pass
    first, second = server.logins
    assert first["PASSWORD"] == PASSWORD
    assert second["AUTHENTICATOR"] == "SNOWFLAKE_JWT"
    assert first["SESSION_PARAMETERS"]["QUERY_TAG"] == second["SESSION_PARAMETERS"]["QUERY_TAG"] == query_tag(run="1")


def test_a_query_tag_is_never_longer_than_snowflake_takes() -> None:
    tag = query_tag(run="1", asset="bronze/icon_health/patients", delivery="d" * 3000)
    assert json.loads(tag) == {"application": "healthcare_elt", "run": "1", "asset": "bronze/icon_health/patients"}
