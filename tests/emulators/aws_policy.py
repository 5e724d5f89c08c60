"""The policy that is written out for the platform, held against each call that its client makes.

Here belongs reading deploy/aws/platform/policy.json as IAM does, as far as that policy goes. The server checks none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from healthcare_elt.aws.errors import NEEDED

POLICY = Path(__file__).parents[2] / "deploy" / "aws" / "platform" / "policy.json"
OF_THE_BUCKET = ("s3:ListBucket", "s3:ListBucketMultipartUploads")


class Forbidden(BaseException):
    """A call that the policy does not allow; no error of the product's is made of it."""


@dataclass
class PlatformRole:
    """What the role of the platform may do, and has done."""

    place: str
    """`bucket`, or `bucket/prefix` for a part of one that stands for a bucket."""
    used: set[tuple[str, str]] = field(default_factory=set)
    """Each `Sid` and action of the policy that a call needed."""

    def bind(self, client: Any) -> Any:
        """The client itself, which from now on makes no call that the policy does not allow."""
        client.meta.events.register("provide-client-params.*.*", self._check)
        return client

    def _check(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        if model.name == "HeadBucket":  # botocore's own look for a region, which S3 answers to anybody
            return
        action = NEEDED.get(model.name, f"nothing that {model.name} needs")
        bucket, _, prefix = self.place.partition("/")
        inside = f"{prefix}/" if prefix else ""
        resource = _resource(action, params).replace(f":::{bucket}/{inside}", f":::{bucket}/")
        sid = self._granting(bucket, action, resource, params.get("Prefix", "").removeprefix(inside))
        if not sid:
            raise Forbidden(f"{model.name} needs {action} on {resource}")
        self.used.add((sid, action))

    def _granting(self, bucket: str, action: str, resource: str, prefix: str) -> str | None:
        for statement in json.loads(POLICY.read_text().replace("BUCKET", bucket))["Statement"]:
            assert statement["Effect"] == "Allow"
            listed = _list(statement.get("Condition", {}).get("StringLike", {}).get("s3:prefix", "*"))
            if (
                action in _list(statement["Action"])
                and any(fnmatchcase(resource, each) for each in _list(statement["Resource"]))
                and any(fnmatchcase(prefix, each) for each in listed)
            ):
                return statement["Sid"]
        return None


def granted() -> set[tuple[str, str]]:
    """Every `Sid` and action of the policy."""
    statements = json.loads(POLICY.read_text())["Statement"]
    return {(statement["Sid"], action) for statement in statements for action in _list(statement["Action"])}


def _resource(action: str, params: dict[str, Any]) -> str:
    if action.startswith("ssm:"):
        return f"arn:aws:ssm:REGION:ACCOUNT:parameter{params['Name']}"
    if action.startswith("secretsmanager:"):
        return f"arn:aws:secretsmanager:REGION:ACCOUNT:secret:{params['SecretId']}"
    if action.startswith("sqs:"):
        return f"arn:aws:sqs:REGION:ACCOUNT:{params['QueueUrl'].rpartition('/')[2]}"
    bucket = f"arn:aws:s3:::{params['Bucket']}"
    return bucket if action in OF_THE_BUCKET else f"{bucket}/{params.get('Key', '')}"


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
