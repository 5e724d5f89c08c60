"""A secret stands where the user has put it, and nowhere else: no log, error, run metadata or list of processes has it.

Commands run with debug logging on, with success and with failures, and everything that they wrote is searched.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from aws_server import AwsServer
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from faulty_network import FaultyNetwork, faulty_network
from snowflake_places import prepared
from snowflake_server import SnowflakeServer, running

from healthcare_elt.aws.client import client
from healthcare_elt.pipeline.home import Home

pytestmark = pytest.mark.e2e

MakeHome = Callable[..., Home]
COMMAND = [sys.executable, "-c", "from healthcare_elt.cli import main; main()"]
ONE_MODEL = "silver/icon_health/patients_rows"
DATABASE, BUCKET = "HIDDEN", "hidden-secrets"
ONE_TABLE = " or ".join(
    f'key:"{key}"' for key in ("landing/icon_health/patients", "bronze/icon_health/patients", ONE_MODEL)
)
SECRETS = {
    "passphrase": "planted-passphrase-of-the-key",
    "password": "planted-password-of-the-user",
    "fetched": "planted-password-of-secrets-manager",
    "aws secret": "planted+secret/of+the+access/key",
    "aws token": "planted+session/token/of+the+caller",
    "salt": "planted-salt-of-the-pseudonyms",
}


@dataclass
class Watched:
    """A home whose commands are watched."""

    home: Home
    folder: Path
    """What processes have logged and started."""
    lines: dict[str, str]
    """Of `.env`."""
    network: FaultyNetwork
    said: list[str] = field(default_factory=list)

    def command(self, *words: str, **lines: str | None) -> int:
        """Exit code of `healthcare-elt` with other lines in `.env`."""
        kept = {name: value for name, value in (self.lines | lines).items() if value is not None}
        (self.home.settings.home / ".env").write_text("".join(f"{name}={value}\n" for name, value in kept.items()))
        own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SNOWFLAKE_"))}
        watch = {"PYTHONPATH": str(Path(__file__).parent / "watched"), "WATCHED": str(self.folder), "DBT_DEBUG": "1"}
        nowhere = {"AWS_CONFIG_FILE": os.devnull, "AWS_EC2_METADATA_DISABLED": "true"}
        done = subprocess.run(
            [*COMMAND, *words], env=own | watch | nowhere, capture_output=True, text=True, check=False
        )
        self.said.append(done.stdout + done.stderr)
        return done.returncode

    def written(self) -> Iterator[tuple[str, bytes]]:
        """All that was said, and each file but those of the user."""
        yield "output", "\n".join(self.said).encode()
        yield "ledger", self.ledger().encode()
        for path in [*self.home.settings.home.rglob("*"), *self.folder.rglob("*")]:
            if path.is_file() and path.name not in (".env", "key.p8"):
                yield str(path), path.read_bytes()

    def ledger(self) -> str:
        return pd.DataFrame(map(vars, self.home.ledger.events())).to_string(max_colwidth=None)


@pytest.fixture(scope="module")
def server(aws_server: AwsServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnowflakeServer]:
    with running(tmp_path_factory.mktemp("snowflake") / "journal.jsonl", aws_server.environment) as server:
        yield server


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def watched(
    aws: AwsServer, server: SnowflakeServer, key: rsa.RSAPrivateKey, home: MakeHome, tmp_path: Path
) -> Iterator[Watched]:
    places = {"landing_url": f"s3://{BUCKET}/landing", "ledger_url": f"s3://{BUCKET}/metadata/ledger"}
    made = home(target="snowflake", **places)
    client("s3").create_bucket(Bucket=BUCKET)
    prepared(server, DATABASE, made.contracts, made.settings.landing_url)
    inbox = made.settings.inbox / "icon_health"
    inbox.mkdir(parents=True)
    (inbox / "patients_2026-01-02.csv").write_text("patient_id,gender,birth_date\nP1,F,1980-01-01\n")
    encrypted = BestAvailableEncryption(SECRETS["passphrase"].encode())
    (tmp_path / "key.p8").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encrypted))
    (tmp_path / "watched").mkdir()
    with faulty_network(aws.url) as network:
        lines = {
            "AWS_ENDPOINT_URL": network.url,
            "AWS_ACCESS_KEY_ID": "known-to-everybody",
            "AWS_SECRET_ACCESS_KEY": SECRETS["aws secret"],
            "AWS_SESSION_TOKEN": SECRETS["aws token"],
            "AWS_DEFAULT_REGION": "us-east-1",
            **server.settings,
            "SNOWFLAKE_DATABASE": DATABASE,
            "SNOWFLAKE_PRIVATE_KEY_FILE": str(tmp_path / "key.p8"),
            "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": SECRETS["passphrase"],
            "SNOWFLAKE_PASSWORD": SECRETS["password"],
            "HEALTHCARE_ELT_PSEUDONYM_SALT": SECRETS["salt"],
        }
        yield Watched(made, tmp_path / "watched", lines, network)
    server.clear_refusals()


def test_no_secret_is_written_anywhere_with_success_or_with_failure(
    watched: Watched, server: SnowflakeServer, key: rsa.RSAPrivateKey
) -> None:
    client("secretsmanager").create_secret(Name="elt/user", SecretString=json.dumps({"password": SECRETS["fetched"]}))
    by_password = {"SNOWFLAKE_PRIVATE_KEY_FILE": None, "SNOWFLAKE_PRIVATE_KEY_PASSPHRASE": None}
    fetched = by_password | {"SNOWFLAKE_PASSWORD": "secretsmanager:elt/user#password"}

    server.refuse("from META.STAGED", "000999", f"Something of {SECRETS['password']} that nobody expected.")
    assert watched.command("run", "--select", ONE_TABLE) != 0
    server.clear_refusals()
    assert watched.command("run", "--select", ONE_TABLE) == 0, watched.said
    assert watched.command("doctor", **fetched) == 2  # of the plan, only what a load needs was applied
    assert watched.command("doctor", SNOWFLAKE_PRIVATE_KEY_PASSPHRASE=f"{SECRETS['passphrase']}-and-more") != 0
    server.refuse("^login", "390100", "Incorrect username or password was specified.")
    assert watched.command("run", **by_password) != 0
    server.clear_refusals()
    watched.network.fail("refuse", lambda *_: True, times=1000, status=403, code="SignatureDoesNotMatch")
    assert watched.command("run") != 0

    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode().splitlines()
    secrets = SECRETS | {"private key": plain[len(plain) // 2]}
    files = dict(watched.written()) | {"query history": json.dumps(server.journal()).encode()}
    assert "query history" in found(files, "insert into meta.pseudonym_salt")
    assert (
        found(files, "patients_2026-01-02.csv") and found(files, "DEBUG:") and found(files, "Opening a new connection")
    )
    assert {what: places for what, secret in secrets.items() if (places := found(files, secret))} == {}


def found(files: dict[str, bytes], text: str) -> list[str]:
    """Where it is, as it stands or as an address writes it."""
    from urllib.parse import quote_plus

    forms = {text.encode(), quote_plus(text).encode(), text.replace("/", "\\/").encode()}
    return sorted(name for name, content in files.items() if any(form in content for form in forms))
