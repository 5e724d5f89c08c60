"""What is wrong with S3 or Snowflake is one sentence of `doctor` and of `run`: which setting, or what to grant.

The commands are the real ones. The servers are emulators, which refuse as AWS and Snowflake document it: no refusal has
been compared with those of a real account.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest
from aws_server import AwsServer
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from faulty_network import FaultyNetwork, faulty_network
from live_places import point_to
from snowflake_places import administered, snowflake_settings
from snowflake_server import SnowflakeServer, running

from healthcare_elt.aws.client import client
from healthcare_elt.cli import main
from healthcare_elt.cli.app import app
from healthcare_elt.pipeline.home import Home

pytestmark = pytest.mark.e2e

MakeHome = Callable[..., Home]
DATABASE, BUCKET = "CLINIC", "bad-settings"
STAGE = f"{DATABASE}.META.LANDING_ZONE"
LANDING = f"s3://{BUCKET}/landing"
NOT_GRANTED = "Role 'X' specified in the connect string is not granted to this user."
NOT_ASSIGNED = "Requested role 'X' is not assigned to the executing user."
NO_WAREHOUSE = "The requested warehouse does not exist or not authorized."
NO_DATABASE = "The requested database does not exist or not authorized."
NO_PRIVILEGE = "SQL access control error:\nInsufficient privileges to operate on schema '{}'."
NO_TRUST = "Error assuming AWS_ROLE:\nUser: arn:aws:iam::1:user/x is not authorized to perform: sts:AssumeRole"
KEY = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    .decode()
)


@dataclass(frozen=True)
class Case:
    """What is wrong, and the words in which both commands say it."""

    words: str
    settings: dict[str, str | None] = field(default_factory=dict)
    """None is not set."""
    refused: tuple[tuple[str, str, str], ...] = ()
    """Logins and statements, with the code and words of Snowflake."""
    s3: tuple[str, int, str] | None = None
    """Methods that S3 refuses, with what status and code."""
    statements: tuple[str, ...] = ()
    """What an administrator has done to the account."""
    mended_by: tuple[str, ...] = ()
    by_run: str | None = None
    """The words of `run`, if it comes upon it in another way."""


def in_s3(code: str, words: str, status: int = 403, methods: str = "GET POST PUT") -> Case:
    return Case(words, s3=(methods, status, code))


CASES = {
    "two settings missing": Case(
        "SNOWFLAKE_ACCOUNT is not set; SNOWFLAKE_USER is not set; correct that in the environment or in .env",
        {"SNOWFLAKE_ACCOUNT": None, "SNOWFLAKE_USER": None},
    ),
    "account that does not exist": Case(
        "There is no Snowflake account emulator; correct SNOWFLAKE_ACCOUNT.",
        {"SNOWFLAKE_PORT": "a server of 403", "SNOWFLAKE_LOGIN_TIMEOUT": "1"},
    ),
    "account that does not answer": Case(
        "Snowflake account emulator does not answer within 1 seconds; correct SNOWFLAKE_ACCOUNT",
        {"SNOWFLAKE_PORT": "1", "SNOWFLAKE_LOGIN_TIMEOUT": "1"},
    ),
    "wrong password": Case(
        "does not take the password of user loader; correct SNOWFLAKE_USER or SNOWFLAKE_PASSWORD.",
        refused=(("^login", "390100", "Incorrect username or password was specified."),),
    ),
    "key of another user, or a wrong clock": Case(
        "give the user the public key of SNOWFLAKE_PRIVATE_KEY_FILE, or correct SNOWFLAKE_ACCOUNT, SNOWFLAKE_USER or "
        "this machine's clock.",
        {"SNOWFLAKE_PRIVATE_KEY": KEY},
        refused=(("^login", "390144", "JWT token is invalid. [0ce9eb56-821d-4ca9-a774-04ae89a0cf5a]"),),
    ),
    "private key that is not there": Case(
        "SNOWFLAKE_PRIVATE_KEY_FILE cannot be read", {"SNOWFLAKE_PRIVATE_KEY_FILE": "/nowhere/key.p8"}
    ),
    "address that is not allowed": Case(
        "add the address to SNOWFLAKE_ALLOWED_NETWORKS",
        refused=(("^login", "390422", "Incoming request with IP/Token 1.2.3.4 is not allowed to access Snowflake."),),
    ),
    "role that is not granted": Case(
        f"Role {DATABASE}_TRANSFORMER does not exist or user loader does not have it; correct SNOWFLAKE_DATABASE",
        refused=(
            (f"^login .*role={DATABASE}_TRANSFORMER", "390189", NOT_GRANTED),
            (f"^use role {DATABASE}_TRANSFORMER", "003013", NOT_ASSIGNED),
        ),
    ),
    "warehouse that does not exist": Case(
        f"Warehouse NOWHERE does not exist or role {DATABASE}_TRANSFORMER may not use it; correct SNOWFLAKE_WAREHOUSE",
        {"SNOWFLAKE_WAREHOUSE": "NOWHERE"},
        refused=(("^login .*warehouse=NOWHERE", "390201", NO_WAREHOUSE),),
    ),
    "database that does not exist": Case(
        f"Database NOWHERE does not exist or role {DATABASE}_TRANSFORMER may not use it; correct SNOWFLAKE_DATABASE",
        {"SNOWFLAKE_DATABASE": "NOWHERE", "SNOWFLAKE_ROLE": f"{DATABASE}_TRANSFORMER"},
        refused=(("^login .*database=NOWHERE", "390201", NO_DATABASE),),
    ),
    "grant that is missing": Case(
        f"Role {DATABASE}_TRANSFORMER lacks usage on schema {DATABASE}.META; run `healthcare-elt snowflake apply`.",
        statements=(f"revoke usage on schema {DATABASE}.META from role {DATABASE}_TRANSFORMER",),
        mended_by=(f"grant usage on schema {DATABASE}.META to role {DATABASE}_TRANSFORMER",),
        refused=(("from meta.load_log", "003001", NO_PRIVILEGE.format("META")),),
        by_run=f"Role {DATABASE}_TRANSFORMER may not work on schema META; run `healthcare-elt snowflake verify`",
    ),
    "role of the loader that is not granted": Case(
        f"Role {DATABASE}_LOADER does not exist or user loader does not have it; correct SNOWFLAKE_DATABASE",
        refused=(
            (f"^login .*role={DATABASE}_LOADER", "390189", NOT_GRANTED),
            (f"^use role {DATABASE}_LOADER", "003013", NOT_ASSIGNED),
        ),
    ),
    "grant that dbt needs and is missing": Case(
        f"Role {DATABASE}_TRANSFORMER lacks create table on schema {DATABASE}.SILVER; run `healthcare-elt",
        statements=(f"revoke create table on schema {DATABASE}.SILVER from role {DATABASE}_TRANSFORMER",),
        mended_by=(f"grant create table on schema {DATABASE}.SILVER to role {DATABASE}_TRANSFORMER",),
        refused=((rf"create [a-z ]*(table|view)\s+{DATABASE}\.", "003001", NO_PRIVILEGE.format("SILVER")),),
        by_run=f"left as it was: Role {DATABASE}_TRANSFORMER may not work on schema SILVER; run `healthcare-elt",
    ),
    "stage that is missing": Case(
        f"Stage {STAGE} does not exist or", statements=(f"drop stage {STAGE}",),
        mended_by=(f"create stage {STAGE} url = '{LANDING}/' storage_integration = {DATABASE}_LANDING",),
    ),
    "stage that AWS does not trust": Case(
        f"AWS does not let Snowflake take the role of integration {DATABASE}_LANDING; put what `describe integration` "
        "says into the role's trust policy",
        refused=((f"(list|from) @{STAGE}", "003167", NO_TRUST),),
    ),
    "bucket that does not exist": Case(
        "there is no such bucket; create it or correct HEALTHCARE_ELT_LANDING_URL and run again.",
        {"HEALTHCARE_ELT_LANDING_URL": "s3://nobody-made-this-bucket/landing"},
    ),
    "bucket of another region": in_s3("PermanentRedirect", "in another region; set AWS_DEFAULT_REGION", status=301),
    "bucket without a grant": in_s3("AccessDenied", "it is not allowed; grant s3:ListBucket there"),
    "access key that AWS does not know": in_s3("InvalidAccessKeyId", "correct AWS_ACCESS_KEY_ID or AWS_PROFILE"),
    "secret key of another": in_s3("SignatureDoesNotMatch", "correct AWS_SECRET_ACCESS_KEY or the profile"),
    "credentials of yesterday": in_s3("ExpiredToken", "the credentials have expired; renew them", status=400),
    "clock of yesterday": in_s3("RequestTimeTooSkewed", "this machine's clock is wrong; set it by network time"),
    "profile that does not exist": Case(
        "AWS_PROFILE names a profile that is not there; correct it", {"AWS_PROFILE": "nobody"}
    ),
    "KMS key that does not exist": replace(
        in_s3("KMS.NotFoundException", "the KMS key cannot be used; correct HEALTHCARE_ELT_KMS_KEY_ID or grant",
              status=400, methods="POST PUT"),
        settings={"HEALTHCARE_ELT_KMS_KEY_ID": "arn:aws:kms:us-east-1:123456789012:key/none"},
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def server(aws_server: AwsServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SnowflakeServer]:
    with running(tmp_path_factory.mktemp("snowflake") / "journal.jsonl", aws_server.environment) as server:
        yield server


@pytest.fixture(scope="module")
def applied(server: SnowflakeServer, aws_server: AwsServer, module_home: MakeHome) -> Home:
    """A home in front of an account that is as planned, and of a bucket."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in aws_server.environment.items():
            environment.setenv(name, value)
        client("s3").create_bucket(Bucket=BUCKET)
        point_to(environment, server, DATABASE, SNOWFLAKE_STORAGE_ROLE_ARN="arn:aws:iam::123456789012:role/reader")
        home = module_home("clinic", **in_the_cloud())
        app(["snowflake", "apply"], standalone_mode=False)
    return home


def in_the_cloud() -> dict[str, str]:
    return {"target": "snowflake", "landing_url": LANDING, "ledger_url": f"s3://{BUCKET}/metadata/ledger"}


@pytest.fixture
def network(
    applied: Home, aws: AwsServer, server: SnowflakeServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FaultyNetwork]:
    """The environment leads to the home, to Snowflake, and over this network to S3."""
    point_to(monkeypatch, server, DATABASE, SNOWFLAKE_STORAGE_ROLE_ARN="arn:aws:iam::123456789012:role/reader")
    with faulty_network(aws.url) as network:
        monkeypatch.setenv("AWS_ENDPOINT_URL", network.url)
        yield network
    server.clear_refusals()


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Callable[..., tuple[int, str]]:
    """`command(*words)`: exit code of `healthcare-elt`, and all it says, on one line; of errors, one is all."""

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["healthcare-elt", *words])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        assert len(said.err.splitlines()) <= 1, said.err
        return int(ended.value.code or 0), " ".join((said.out + said.err).split())

    return run


@pytest.fixture
def bring_about(
    network: FaultyNetwork, server: SnowflakeServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[Case], None]]:
    mending: list[str] = []
    settings = snowflake_settings(server, DATABASE)

    def happen(case: Case) -> None:
        mending.extend(case.mended_by)
        with administered(settings) as cursor:
            for statement in case.statements:
                cursor.execute(statement)
        for match, code, words in case.refused:
            server.refuse(match, code, words)
        if case.s3:
            methods, status, code = case.s3
            network.fail("refuse", lambda method, _: method in methods, times=10_000, status=status, code=code)
        for name, value in case.settings.items():
            if value is None:
                monkeypatch.delenv(name)
            else:
                monkeypatch.setenv(name, value)

    yield happen
    server.clear_refusals()
    with administered(settings) as cursor:
        for statement in mending:
            cursor.execute(statement)


def deliver(home: Home, number: int) -> None:
    """Something new for each run, which some would not come far enough without."""
    path = home.settings.inbox / "icon_health" / f"patients_2026-01-{number + 1:02}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"patient_id,gender,birth_date\nP{number},F,1980-01-01\n")


@pytest.mark.parametrize("what", CASES)
def test_what_is_wrong_is_one_sentence_that_says_what_to_set_or_to_grant(
    what: str,
    applied: Home,
    bring_about: Callable[[Case], None],
    command: Callable[..., tuple[int, str]],
    aws: AwsServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    case = CASES[what]
    deliver(applied, list(CASES).index(what))
    bring_about(case)
    with faulty_network(aws.url) as other:  # whom a wrong account leads to
        other.fail("refuse", lambda *_: True, times=10_000, status=403)
        if case.settings.get("SNOWFLAKE_PORT", "").startswith("a server"):
            monkeypatch.setenv("SNOWFLAKE_PORT", other.url.rpartition(":")[2])
        for words, sentence in (("doctor", case.words), ("run", case.by_run or case.words)):
            code, said = command(words)
            assert code != 0, f"{words}: {said}"
            assert sentence in said, f"{words}: {said}"
            assert "Traceback" not in said and "unexpected" not in said, f"{words}: {said}"


def test_doctor_finds_nothing_where_all_is_well_and_wakes_no_compute(
    network: FaultyNetwork, server: SnowflakeServer, command: Callable[..., tuple[int, str]]
) -> None:
    server.clear_journal()
    code, said = command("doctor")
    assert (code, "mend" in said) == (0, False), said
    assert f"{DATABASE}_LOADER and {DATABASE}_TRANSFORMER can work in database {DATABASE}" in said
    assert {entry["statement"].split()[0].lower() for entry in server.journal()} <= {"use", "show", "list"}


def test_doctor_finds_all_that_is_wrong_in_one_go(
    bring_about: Callable[[Case], None], command: Callable[..., tuple[int, str]]
) -> None:
    wrong = ["stage that is missing", "grant that is missing", "clock of yesterday"]
    wrong += ["warehouse that does not exist"]
    for what in wrong:
        bring_about(CASES[what])
    code, said = command("doctor")
    assert code == 2
    assert [what for what in wrong if CASES[what].words not in said] == []
