"""Secrets by reference: found where the reference says, and told by nobody."""

from __future__ import annotations

import json

import pytest
from aws_server import AwsServer
from faulty_network import faulty_network
from pydantic import SecretStr

from healthcare_elt.aws.client import client
from healthcare_elt.secrets import resolve
from healthcare_elt.settings import SettingsError

HIDDEN = "hunter2-and-more"


def test_a_secret_that_refers_to_nothing_is_itself() -> None:
    assert resolve(SecretStr(HIDDEN)) == HIDDEN


def test_a_variable_is_read_from_the_environment_or_else_from_the_env_file(home, monkeypatch) -> None:
    (home().settings.home / ".env").write_text(f"PLANTED={HIDDEN}\n")
    assert resolve(SecretStr("env:PLANTED")) == HIDDEN
    monkeypatch.setenv("PLANTED", "of the environment")
    assert resolve(SecretStr("env:PLANTED")) == "of the environment"
    with pytest.raises(SettingsError, match=r"env:NOT_SET_ANYWHERE is not set; set that variable"):
        resolve(SecretStr("env:NOT_SET_ANYWHERE"))


def test_a_parameter_is_fetched_and_decrypted(aws: AwsServer) -> None:
    client("ssm").put_parameter(Name="/elt/parameter", Value=HIDDEN, Type="SecureString")
    assert resolve(SecretStr("ssm:/elt/parameter")) == HIDDEN


def test_a_secret_is_fetched_whole_or_by_its_key(aws: AwsServer) -> None:
    pair = json.dumps({"user": "u", "password": HIDDEN})
    client("secretsmanager").create_secret(Name="elt/pair", SecretString=pair)
    assert resolve(SecretStr("secretsmanager:elt/pair")) == pair
    assert resolve(SecretStr("secretsmanager:elt/pair#password")) == HIDDEN


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("ssm:/elt/nowhere", "SSM Parameter Store has no such parameter"),
        ("secretsmanager:elt/nowhere", "Secrets Manager has no such secret"),
        ("secretsmanager:elt/text#password", "it is no JSON object with a text password"),
        ("secretsmanager:elt/number#password", "it is no JSON object with a text password"),
        ("secretsmanager:elt/bytes", "it holds bytes and no text"),
    ],
)
def test_a_reference_that_leads_nowhere_is_told_without_any_secret(
    aws: AwsServer, reference: str, why: str, request: pytest.FixtureRequest
) -> None:
    manager = client("secretsmanager")
    held = {"elt/text": {"SecretString": HIDDEN}, "elt/bytes": {"SecretBinary": HIDDEN.encode()}}
    held["elt/number"] = {"SecretString": json.dumps({"password": [HIDDEN]})}
    for name, value in held.items():
        manager.create_secret(Name=name, **value)
    try:
        with pytest.raises(SettingsError) as error:
            resolve(SecretStr(reference))
    finally:
        for name in held:
            manager.delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
    assert str(error.value).startswith(f"The secret {reference} cannot be read: {why}; ")
    assert HIDDEN not in str(error.value)


def test_a_refused_secret_says_what_to_grant(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with faulty_network(aws.url) as network:
        monkeypatch.setenv("AWS_ENDPOINT_URL", network.url)
        network.fail("refuse", lambda *_: True, times=9, status=400, code="AccessDeniedException")
        with pytest.raises(SettingsError, match=r"The secret ssm:/x cannot be read: it is not allowed; grant ssm:GetP"):
            resolve(SecretStr("ssm:/x"))


def test_a_missing_region_is_told(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(SettingsError, match="no region is set; set AWS_DEFAULT_REGION"):
        resolve(SecretStr("ssm:/x"))


def test_a_wrong_endpoint_or_profile_is_told(aws: AwsServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "nowhere")
    with pytest.raises(SettingsError, match="AWS_ENDPOINT_URL is no URL"):
        resolve(SecretStr("ssm:/x"))
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    with pytest.raises(SettingsError, match="AWS_PROFILE names a profile that is not there"):
        resolve(SecretStr("ssm:/x"))
