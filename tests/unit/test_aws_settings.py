"""What `.env` says of AWS reaches every client, and the environment wins as it does for every other setting."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.credentials import ReadOnlyCredentials

from healthcare_elt.aws.client import client
from healthcare_elt.defs.resources import home_resource
from healthcare_elt.pipeline.home import Home
from healthcare_elt.settings import PROJECT_ROOT, aws_variables

MakeHome = Callable[..., Home]
LINES = {
    "AWS_ACCESS_KEY_ID": "key-of-the-file",
    "AWS_SECRET_ACCESS_KEY": "secret-of-the-file",
    "AWS_SESSION_TOKEN": "token-of-the-file",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
}


@pytest.fixture
def made(home: MakeHome, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home in S3 with these lines in its `.env`, and an environment that says nothing of AWS."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, os.devnull)
    made = home(landing_url="s3://some-bucket/landing")
    write(made.settings.home, LINES)
    return made


def write(folder: Path, lines: dict[str, str]) -> None:
    (folder / ".env").write_text("".join(f"{name}={value}\n" for name, value in lines.items()))


def credentials(s3: object) -> ReadOnlyCredentials:
    return s3._request_signer._credentials.get_frozen_credentials()


@pytest.mark.parametrize("service", ["s3", "ssm", "secretsmanager"])
def test_every_client_is_told_what_the_env_file_says(made: Home, service: str) -> None:
    built = client(service)
    assert (built.meta.region_name, built.meta.endpoint_url) == ("eu-central-1", "http://127.0.0.1:9")
    assert credentials(built)[:3] == ("key-of-the-file", "secret-of-the-file", "token-of-the-file")


def test_the_client_of_dagsters_resource_is_told_the_same_and_its_configuration_holds_no_secret(made: Home) -> None:
    resource = home_resource(made.settings)
    built = resource.open().s3
    assert (built.meta.region_name, built.meta.endpoint_url) == ("eu-central-1", "http://127.0.0.1:9")
    assert credentials(built)[:3] == credentials(client("s3"))[:3]
    assert "of-the-file" not in repr(resource)


def test_who_calls_is_said_by_the_environment_or_by_the_file_and_never_by_half_of_each(
    made: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret-of-the-environment")
    built = client("s3")
    assert credentials(built)[:3] == ("key-of-the-environment", "secret-of-the-environment", None)
    assert built.meta.region_name == "eu-central-1"
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:8")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    assert (client("s3").meta.region_name, client("s3").meta.endpoint_url) == ("us-west-2", "http://127.0.0.1:8")
    assert aws_variables() == {}


def test_a_profile_of_the_file_is_used(made: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "profiles").write_text("[clinic]\naws_access_key_id = a\naws_secret_access_key = b\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "profiles"))
    write(made.settings.home, {"AWS_PROFILE": "clinic"})
    assert credentials(client("s3"))[:2] == credentials(home_resource(made.settings).open().s3)[:2] == ("a", "b")


def test_nothing_of_the_file_is_left_in_the_environment_for_other_homes_and_processes(
    made: Home, home: MakeHome
) -> None:
    before = dict(os.environ)
    client("s3")
    home_resource(made.settings).open()
    assert dict(os.environ) == before
    home("another")
    assert aws_variables() == {}


def test_the_example_file_names_every_line_that_is_read(made: Home) -> None:
    example = (PROJECT_ROOT / ".env.example").read_text()
    assert [name for name in [*LINES, "AWS_PROFILE"] if f"# {name}=\n" not in example] == []
