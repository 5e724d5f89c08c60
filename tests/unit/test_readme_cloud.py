"""The README's way from empty accounts to the first run, walked in a shell: each command as it stands there.

`aws`, `snow` and `healthcare-elt` are stand-ins that write down how they were called, since there are no accounts here;
their calls are held against AWS's own service models, Snowflake's grammar, the product's commands and its settings.
"""

from __future__ import annotations

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import botocore.session
import pytest
import typer
from botocore import xform_name
from sql_gate import unparsable

from healthcare_elt.cli.app import app
from healthcare_elt.contracts import load_contracts
from healthcare_elt.settings import PROJECT_ROOT, Settings
from healthcare_elt.settings_snowflake import SnowflakeSettings, load_snowflake_settings
from healthcare_elt.snowflake.plan import plan

IAM_USER, EXTERNAL_ID = "arn:aws:iam::9:user/flake/x", "A_SFCRole=1_b/c="
"""What Snowflake answers of itself."""
STAND_IN = """#!{python}
import json, os, sys
call = [os.path.basename(sys.argv[0]), *sys.argv[1:]]
with open(os.environ["CALLS"], "a") as calls:
    print(json.dumps(call), file=calls)
if call[:2] == ["aws", "sts"]:
    print("123456789012")
if call[0] == "snow" and "describe integration" in call[-1]:
    told = {{"ENABLED": "true", "STORAGE_AWS_IAM_USER_ARN": "{user}", "STORAGE_AWS_EXTERNAL_ID": "{external_id}"}}
    print(json.dumps([{{"property": name, "property_value": value}} for name, value in told.items()]))
"""
Call = list[str]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the section's commands were run, one after the other; `calls` has what they called."""
    place = tmp_path_factory.mktemp("walk")
    (place / "deploy").symlink_to(PROJECT_ROOT / "deploy")
    for stand_in in ("bin/aws", "bin/snow", ".venv/bin/healthcare-elt"):
        file = place / stand_in
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(STAND_IN.format(python=sys.executable, user=IAM_USER, external_id=EXTERNAL_ID))
        file.chmod(0o755)
    section = (PROJECT_ROOT / "README.md").read_text().partition("from empty accounts to the first run")[2]
    script = "\n".join(re.findall(r"```bash\n(.*?)```", section.partition("\n## ")[0], re.S))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "SNOWFLAKE_"))}
    environment = kept | {
        "HOME": str(place / "home"),
        "CALLS": str(place / "calls"),
        "PATH": f"{place / 'bin'}:{os.environ['PATH']}",
    }
    subprocess.run(["bash", "-euo", "pipefail"], input=script, text=True, check=True, cwd=place, env=environment)
    return place


@pytest.fixture(scope="module")
def calls(place: Path) -> list[Call]:
    return [json.loads(line) for line in (place / "calls").read_text().splitlines()]


@pytest.fixture
def snowflake(place: Path, monkeypatch: pytest.MonkeyPatch) -> SnowflakeSettings:
    """What the pipeline reads of the `.env` that was written."""
    for name in SnowflakeSettings.model_fields:
        monkeypatch.delenv(f"SNOWFLAKE_{name.upper()}", raising=False)
    return load_snowflake_settings(Settings(home=place))


def of(calls: list[Call], command: str) -> list[Call]:
    return [call[1:] for call in calls if call[0] == command]


def options(call: Call) -> dict[str, str]:
    names = [place for place, word in enumerate(call) if word.startswith("--")]
    return {call[place].removeprefix("--"): call[place + 1] for place in names}


def test_every_call_of_aws_is_an_operation_with_the_parameters_that_it_needs(calls: list[Call]) -> None:
    service_calls = [call for call in of(calls, "aws") if call[:2] != ["s3", "mb"]]
    assert len(service_calls) == 9
    for service, operation, *rest in service_calls:
        model = botocore.session.get_session().get_service_model(service.removesuffix("api"))
        shape = model.operation_model(
            {xform_name(name, "-"): name for name in model.operation_names}[operation]
        ).input_shape
        known = {xform_name(name, "-"): name for name in shape.members}
        given = {known[name] for name in options(rest) if name not in ("query", "output", "region")}
        assert set(shape.required_members) <= given, operation


def test_every_policy_is_json_without_a_placeholder(calls: list[Call]) -> None:
    documents = [word for call in of(calls, "aws") for word in call if word.startswith("{")]
    assert len(documents) == 6
    for document in documents:
        assert json.loads(document)
        assert not re.search(r"\b(BUCKET|ACCOUNT|REGION|KEY_ID|STORAGE_AWS\w*)\b", document)


def test_the_role_that_snowflake_reads_with_trusts_whom_the_integration_named(
    calls: list[Call], snowflake: SnowflakeSettings
) -> None:
    (made,) = [call for call in of(calls, "aws") if call[1] == "create-role"]
    (trusted,) = [call for call in of(calls, "aws") if call[1] == "update-assume-role-policy"]
    (statement,) = json.loads(options(trusted)["policy-document"])["Statement"]
    assert statement["Principal"] == {"AWS": IAM_USER}
    assert statement["Condition"] == {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    assert options(made)["role-name"] == options(trusted)["role-name"]
    assert snowflake.storage_role_arn == f"arn:aws:iam::123456789012:role/{options(made)['role-name']}"


def test_the_settings_that_are_written_are_those_that_the_plan_needs(place: Path, snowflake: SnowflakeSettings) -> None:
    settings = Settings(home=place, _env_file=place / ".env")
    assert settings.target == "snowflake"
    contracts = load_contracts(PROJECT_ROOT / "dbt_project" / "models" / "sources")
    assert plan(snowflake, contracts, settings.landing_url)
    mode = snowflake.private_key_file.stat().st_mode
    assert "PRIVATE KEY" in snowflake.private_key_file.read_text() and stat.S_IMODE(mode) == 0o600


def test_what_snowflake_is_told_is_its_sql_and_names_what_the_plan_makes(
    calls: list[Call], snowflake: SnowflakeSettings, place: Path
) -> None:
    statements = [line.strip() for call in of(calls, "snow") for line in call[-1].split(";") if line.strip()]
    assert unparsable(statements) == []
    text = "\n".join(statements)
    key = (place / "home" / ".snowflake" / "healthcare_elt.pub").read_text()
    assert f"alter user {snowflake.user} set rsa_public_key = '{key}'" in text
    assert f"grant role {snowflake.loader_role} to user {snowflake.user}" in text
    assert f"grant role {snowflake.transformer_role} to user {snowflake.user}" in text
    assert f"describe integration {snowflake.integration}" in text


def test_every_command_of_the_product_is_one_that_it_has(calls: list[Call]) -> None:
    commands = [" ".join(call) for call in of(calls, "healthcare-elt")]
    assert commands == ["snowflake plan", "snowflake apply", "snowflake verify", "doctor", "sample", "run"]
    for words in of(calls, "healthcare-elt"):
        command = typer.main.get_command(app)
        for word in words:
            command = command.commands[word]
