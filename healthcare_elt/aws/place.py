"""A place in S3: a bucket and what the keys of ours begin with.

Here belongs what one request does there, and its refusal in a sentence. Writing large objects is in `create`, reading
them in `stream`.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from healthcare_elt.aws.errors import told_as


@dataclass(frozen=True)
class S3Place:
    """Everything below one `s3://bucket/prefix`; names are relative to it."""

    client: Any
    url: str
    kms_key_id: str | None
    """What S3 encrypts with; the bucket's own encryption if None."""
    name: str
    """What it is in sentences: "landing zone"."""
    setting: str
    """The variable that names it."""
    error: type[Exception]
    """What is raised if AWS refuses."""

    @property
    def bucket(self) -> str:
        return self.url.removeprefix("s3://").partition("/")[0]

    @property
    def prefix(self) -> str:
        """What every key of the place begins with: empty, or ending with a slash."""
        prefix = self.url.removeprefix("s3://").partition("/")[2]
        return f"{prefix}/" if prefix else ""

    @property
    def encryption(self) -> dict[str, Any]:
        """The arguments of every request that writes."""
        if not self.kms_key_id:
            return {}
        return {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": self.kms_key_id, "BucketKeyEnabled": True}

    def target(self, name: str) -> dict[str, str]:
        """The arguments that name an object."""
        return {"Bucket": self.bucket, "Key": f"{self.prefix}{name}"}

    def told(self, what: str) -> AbstractContextManager[None]:
        """AWS's errors within it are raised as this place's own."""
        return told_as(self.error, f"The {self.name} {self.url} {what}", self.setting)

    def names(self, prefix: str = "") -> Iterator[str]:
        """Of every object that begins with `prefix`, in order, page by page."""
        for found in self.objects(prefix):
            yield found["Key"].removeprefix(self.prefix)

    def objects(self, prefix: str = "") -> Iterator[dict[str, Any]]:
        """What a listing says of them."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.bucket, Prefix=f"{self.prefix}{prefix}"
        )
        with self.told("cannot be listed"):
            for page in pages:
                yield from page.get("Contents", ())

    def exists(self, name: str) -> bool:
        """Asked by a listing: a refused HEAD has no words, and could not be told from a missing object."""
        key = self.target(name)["Key"]
        with self.told("cannot be listed"):
            found = self.client.list_objects_v2(Bucket=self.bucket, Prefix=key, MaxKeys=1)
        return any(each["Key"] == key for each in found.get("Contents", ()))

    def held(self, names: Collection[str]) -> set[str]:
        """Those of the names that are there, by a listing that passes over what lies far between two of them.

        A thousand neighbours are one request.
        """
        found: set[str] = set()
        wanted, last = sorted(names), ""
        common = os.path.commonpath([_folder(name) for name in wanted]) if wanted else ""
        with self.told("cannot be listed"):
            while wanted:
                page = self.client.list_objects_v2(
                    Bucket=self.bucket,
                    Prefix=f"{self.prefix}{common}",
                    StartAfter=f"{self.prefix}{max(_folder(wanted[0]), last)}",
                )
                listed = [each["Key"].removeprefix(self.prefix) for each in page.get("Contents", ())]
                found |= set(wanted).intersection(listed)
                last = listed[-1] if listed else last
                wanted = [name for name in wanted if page["IsTruncated"] and name > last]
        return found

    def examine(self) -> None:
        """List it, and begin to write there with the encryption that is set; nothing is left.

        Raises:
            self.error: one of them is refused.
        """
        target = self.target(".examined")
        self.exists(".examined")
        with self.told("cannot be written"):
            begun = self.client.create_multipart_upload(**target, **self.encryption, ChecksumAlgorithm="SHA256")
            self.client.abort_multipart_upload(**target, UploadId=begun["UploadId"])

    def get(self, name: str, **options: str) -> dict[str, Any]:
        """
        Raises:
            FileNotFoundError: there is no such object.
        """
        with self.told("cannot be read"):
            try:
                return self.client.get_object(**self.target(name), **options)
            except self.client.exceptions.NoSuchKey:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), f"{self.url}/{name}") from None


def _folder(name: str) -> str:
    """It comes before everything in it."""
    return name.rpartition("/")[0]
