"""What deploy/aws grants: all that the platform does in AWS, and no more."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from aws_policy import POLICY, Forbidden, PlatformRole, granted
from pydantic import SecretStr
from s3_places import s3_ledger, s3_zone
from test_ledger_places import landed

from healthcare_elt import secrets
from healthcare_elt.aws.client import client
from healthcare_elt.aws.create import PART_BYTES
from healthcare_elt.aws.queue import NoticeQueue
from healthcare_elt.landing import s3 as landing_in_s3
from healthcare_elt.pipeline import places
from healthcare_elt.settings import PROJECT_ROOT, Settings

DEPLOY = POLICY.parents[1]
BY_S3_ITSELF = {("Encrypt", "kms:GenerateDataKey"), ("Encrypt", "kms:Decrypt")}
"""S3 uses the key in the caller's name; no call of the platform shows it."""


def work_in_the_inbox(bucket: str, home: Path, role: PlatformRole) -> None:
    client("s3").put_object(Bucket=bucket, Key="inbox/plan/patients.csv", Body=b"x")
    settings = Settings(_env_file=None, home=home, inbox_url=f"s3://{bucket}/inbox")
    inbox = places.inbox(settings, lambda: role.bind(client("s3")))
    (entry,) = inbox.entries([])
    with inbox.open(entry.system, entry.name) as file:
        file.read()


def work_with_the_queue(role: PlatformRole) -> None:
    url = client("sqs").create_queue(QueueName="healthcare-elt-inbox")["QueueUrl"]
    client("sqs").send_message(QueueUrl=url, MessageBody="{}")
    queue = NoticeQueue(role.bind(client("sqs")), url)
    queue.examine()
    notices = queue.receive()
    assert notices.broken
    queue.delete(notices)


def work_in_the_landing_zone(bucket: str, home: Path, role: PlatformRole) -> None:
    zone = s3_zone(bucket, home, role)
    zone.examine()
    for key, content in (("raw/small", b"x"), ("raw/large", bytes(PART_BYTES + 1)), ("raw/large", b"")):
        with zone.begin() as staging:
            staging.write(content)
            if content:
                staging.commit(key)
    with zone.open("raw/small") as file:
        file.read()
    assert zone.exists("raw/large") and list(zone.keys("raw/"))
    client("s3").create_multipart_upload(Bucket=bucket, Key="landing/raw/left")
    assert zone.clean() == 1


def work_in_the_ledger(bucket: str, home: Path, role: PlatformRole) -> None:
    ledger = s3_ledger(bucket, home, role)
    ledger.store.place.examine()
    for number in range(1, 4):
        ledger.append([landed(number)])
    ledger.compact()
    ledger.append([landed(4)])
    ledger.set_aside(ledger.store.names()[:1])
    assert ledger.events()


def read_secrets(role: PlatformRole, monkeypatch: pytest.MonkeyPatch) -> None:
    client("ssm").put_parameter(Name="/healthcare-elt/key", Value="x", Type="SecureString")
    client("secretsmanager").create_secret(Name="healthcare-elt/password", SecretString="x")
    monkeypatch.setattr("healthcare_elt.aws.client.client", lambda service: role.bind(client(service)))
    for reference in ("ssm:/healthcare-elt/key", "secretsmanager:healthcare-elt/password"):
        assert secrets.resolve(SecretStr(reference)) == "x"


def test_all_that_the_platform_does_is_granted_and_all_that_is_granted_is_done(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = PlatformRole(bucket)
    monkeypatch.setattr(landing_in_s3, "ABANDONED_AFTER", timedelta(hours=-1))
    work_in_the_inbox(bucket, tmp_path, role)
    work_with_the_queue(role)
    work_in_the_landing_zone(bucket, tmp_path, role)
    work_in_the_ledger(bucket, tmp_path, role)
    read_secrets(role, monkeypatch)
    assert role.used == granted() - BY_S3_ITSELF


def test_the_role_can_delete_no_delivery(bucket: str) -> None:
    s3 = PlatformRole(bucket).bind(client("s3"))
    with pytest.raises(Forbidden, match=r"needs s3:DeleteObject on arn:aws:s3:::.*/landing/raw/x"):
        s3.delete_object(Bucket=bucket, Key="landing/raw/x")
    with pytest.raises(Forbidden):
        s3.list_objects_v2(Bucket=bucket, Prefix="")


def test_every_write_carries_what_the_bucket_demands(bucket: str, tmp_path: Path) -> None:
    made: list[dict[str, Any]] = []
    zone = s3_zone(bucket, tmp_path)
    for operation in ("PutObject", "CompleteMultipartUpload"):
        events = f"provide-client-params.s3.{operation}"
        zone.place.client.meta.events.register(events, lambda params, **_: made.append(params))
    for key, size in (("raw/small", 1), ("raw/large", PART_BYTES + 1)):
        with zone.begin() as staging:
            staging.write(bytes(size))
            staging.commit(key)
    assert [params["IfNoneMatch"] for params in made] == ["*", "*"]


@pytest.mark.parametrize("path", sorted(DEPLOY.rglob("*.json")), ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_file_is_json_and_the_readme_or_its_folder_s_says_how_to_apply_it(path: Path) -> None:
    content = json.loads(path.read_text())
    assert "Statement" in content or "Rules" in content
    told = [(folder / "README.md").read_text() for folder in (PROJECT_ROOT, path.parent)]
    assert f"{path.parent.name}/{path.name}" in "".join(told)
