"""Files of stages: internal ones, where PUT has put them, and external ones in S3.

S3 is reached as the process's own environment says (AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
AWS_DEFAULT_REGION), path style; credentials and integrations of a stage are remembered but not used.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from fakesnow.transforms.stage import internal_dir

from .account import _NAME, full_name
from .errors import failure, unsupported
from .text import literal

REFERENCE = re.compile(rf"@(?P<name>{_NAME})(?:/(?P<path>.*))?", re.S)
LISTING = re.compile(
    r"(?P<verb>list|ls|remove|rm)\s+(?P<place>'[^']*'|\S+)(?:\s+pattern\s*=\s*'(?P<pattern>(?:[^']|'')*)')?", re.I
)


@dataclass(frozen=True)
class StagedFile:
    """One file: its URL (a path if internal), its name for METADATA$FILENAME, and as results show it."""

    url: str
    name: str
    shown: str
    size: int
    etag: str
    modified: datetime


@dataclass(frozen=True)
class Place:
    """A stage with the path in it that a statement names."""

    base: str
    path: str
    properties: dict[str, Any]
    stage: str

    def files(self, pattern: str | None = None) -> list[StagedFile]:
        """What lies under the path, which is a prefix and not a folder; a pattern must match the whole name."""
        found = sorted(_in_s3(self) if self.base.startswith("s3://") else _internal(self), key=lambda f: f.url)
        return [f for f in found if pattern is None or re.fullmatch(pattern, f.name)]

    def named(self, names: list[str]) -> list[StagedFile]:
        """Raises the error of a file that is not there."""
        prefix = f"{self.path.rstrip('/')}/" if self.path else ""
        return [_one(self, prefix + name.lstrip("/")) for name in names]


def place(session: Any, reference: str) -> Place:
    """The place that `@stage/path` or `s3://bucket/prefix` names."""
    if reference.startswith("s3://"):
        bucket, _, prefix = reference[5:].partition("/")
        return Place(f"s3://{bucket}/", prefix, {}, "")
    match = REFERENCE.fullmatch(reference)
    if not match:
        raise unsupported(f"the location {reference}")
    name = full_name(match["name"], session.database, session.schema)
    properties = session.emulator.account.find("STAGE", name).properties
    url = str(properties.get("URL", ""))
    base = f"{url.rstrip('/')}/" if url else internal_dir(".".join(name))
    return Place(base, match["path"] or "", properties, name[-1].lower())


def listed(session: Any, statement: str) -> tuple[list[str], list[tuple[Any, ...]]] | None:
    """The answer to LIST and REMOVE; nothing for any other statement."""
    match = LISTING.fullmatch(statement)
    if not match:
        return None
    found = place(session, match["place"].strip("'")).files(match["pattern"])
    if match["verb"].upper() in ("LIST", "LS"):
        rows = [(f.shown, f.size, f.etag, f.modified.strftime("%a, %d %b %Y %H:%M:%S GMT")) for f in found]
        return ["name", "size", "md5", "last_modified"], rows
    for file in found:
        _remove(file)
    return ["name", "result"], [(f.shown, "removed") for f in found]


def read(file: StagedFile) -> bytes:
    """The bytes of a file."""
    if not file.url.startswith("s3://"):
        return Path(file.url).read_bytes()
    bucket, _, key = file.url[5:].partition("/")
    with _failing_as_snowflake():
        return s3().get_object(Bucket=bucket, Key=key)["Body"].read()


def drop_files(name: tuple[str, ...]) -> None:
    """A stage that is dropped or replaced loses its internal files."""
    shutil.rmtree(internal_dir(".".join(name)), ignore_errors=True)


def internal_stage(name: tuple[str, ...], drop: bool) -> str:
    """The SQL that tells fakesnow, which serves PUT, about an internal stage."""
    table = "_fs_global._fs_information_schema._fs_stages"
    values = dict(zip(("database_name", "schema_name", "name"), map(literal, name), strict=True))
    where = " AND ".join(f"{column} = {value}" for column, value in values.items())
    if drop:
        return f"DELETE FROM {table} WHERE {where}"
    return (
        f"INSERT INTO {table} ({', '.join(values)}, url, type) SELECT {', '.join(values.values())}, '', 'INTERNAL' "
        f"WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {where})"
    )


@lru_cache
def s3() -> Any:
    import boto3
    from botocore.config import Config

    return boto3.client("s3", config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 2}))


class _failing_as_snowflake:
    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        if isinstance(error, ClientError):
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            code = error.response.get("Error", {}).get("Code")
            cause = f"{error.response.get('Error', {}).get('Message')} (Status Code: {status}; Error Code: {code})"
            raise failure(f"Failure using stage area. Cause: [{cause}]", 91003, "55000") from None
        if isinstance(error, BotoCoreError):
            raise failure(f"Failure using stage area. Cause: [{error}]", 91003, "55000") from None


def _in_s3(where: Place) -> Iterator[StagedFile]:
    bucket, _, prefix = (where.base + where.path)[5:].partition("/")
    with _failing_as_snowflake():
        for page in s3().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for item in page.get("Contents", []):
                if not item["Key"].endswith("/"):
                    yield _s3_file(bucket, item["Key"], item["Size"], item["ETag"], item["LastModified"])


def _s3_file(bucket: str, key: str, size: int, etag: str, modified: datetime) -> StagedFile:
    return StagedFile(f"s3://{bucket}/{key}", key, f"s3://{bucket}/{key}", size, etag.strip('"'), modified)


def _internal(where: Place) -> Iterator[StagedFile]:
    root = Path(where.base)
    for path in root.rglob("*"):
        name = path.relative_to(root).as_posix()
        if path.is_file() and name.startswith(where.path):
            yield _internal_file(path, name, where.stage)


def _internal_file(path: Path, name: str, stage: str) -> StagedFile:
    digest = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    status = path.stat()
    modified = datetime.fromtimestamp(status.st_mtime, UTC)
    return StagedFile(str(path), name, f"{stage}/{name}", status.st_size, digest, modified)


def _one(where: Place, name: str) -> StagedFile:
    if not where.base.startswith("s3://"):
        path = Path(where.base) / name
        if not path.is_file():
            raise _not_found(f"{where.stage}/{name}")
        return _internal_file(path, name, where.stage)
    bucket, _, key = (where.base + name)[5:].partition("/")
    from botocore.exceptions import ClientError

    with _failing_as_snowflake():
        try:
            head = s3().head_object(Bucket=bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                raise _not_found(f"s3://{bucket}/{key}") from None
            raise
    return _s3_file(bucket, key, head["ContentLength"], head["ETag"], head["LastModified"])


def _not_found(url: str) -> Exception:
    return failure(f"Remote file '{url}' was not found. There are several potential causes.", 91016, "22000")


def _remove(file: StagedFile) -> None:
    if not file.url.startswith("s3://"):
        return Path(file.url).unlink()
    bucket, _, key = file.url[5:].partition("/")
    with _failing_as_snowflake():
        s3().delete_object(Bucket=bucket, Key=key)
