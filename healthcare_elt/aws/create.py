"""Creating an object in S3, once: whole, checked by the server, and never in the place of another.

Small content is put in one request, larger content in parts. Each part's SHA-256 goes with it and S3 refuses bytes that
do not fit; `If-None-Match: *` makes S3 refuse a key that is taken, at the moment when the object would appear.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, BinaryIO

from healthcare_elt.aws.errors import code
from healthcare_elt.aws.place import S3Place

PART_BYTES = 8 << 20
"""In memory at once; S3 takes no part below 5 MiB but the last one."""
MOST_PARTS = 10_000
MOST_CONFLICTS = 4
TAKEN = "PreconditionFailed"
BEGIN_AGAIN = ("ConditionalRequestConflict", "NoSuchUpload")
"""Another writer of the same key was at work, or our own upload ended without an answer: look, and begin again."""


def create(place: S3Place, name: str, content: BinaryIO, size: int) -> bool:
    """Make all of `content`, `size` bytes, the object `name`; False if that name is taken, by whatever bytes.

    Raises:
        place.error: AWS refused; nothing of it is left.
    """
    write = _put if size <= PART_BYTES else _upload
    with place.told("could not be written"):
        for attempt in range(1, MOST_CONFLICTS + 1):
            content.seek(0)
            try:
                write(place, name, content, size)
                return True
            except place.client.exceptions.ClientError as error:
                if code(error) != TAKEN and (code(error) not in BEGIN_AGAIN or attempt == MOST_CONFLICTS):
                    raise
            if place.exists(name):
                return False
    raise AssertionError("the last attempt returns or raises")


def _put(place: S3Place, name: str, content: BinaryIO, size: int) -> None:
    body = content.read(PART_BYTES)
    place.client.put_object(
        **place.target(name), **place.encryption, Body=body, ChecksumSHA256=_sha256(body), IfNoneMatch="*"
    )


def _upload(place: S3Place, name: str, content: BinaryIO, size: int) -> None:
    target = place.target(name)
    begun = place.client.create_multipart_upload(
        **target, **place.encryption, ChecksumAlgorithm="SHA256", ChecksumType="COMPOSITE"
    )
    upload = {**target, "UploadId": begun["UploadId"]}
    try:
        parts = [_part(place, upload, number, chunk) for number, chunk in enumerate(_chunks(content, size), start=1)]
        place.client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts}, IfNoneMatch="*")
    except BaseException:
        with suppress(Exception):  # what cannot be aborted now is found by `clean`
            place.client.abort_multipart_upload(**upload)
        raise


def _part(place: S3Place, upload: dict[str, str], number: int, chunk: bytes) -> dict[str, Any]:
    checksum = _sha256(chunk)
    sent = place.client.upload_part(**upload, PartNumber=number, Body=chunk, ChecksumSHA256=checksum)
    return {"PartNumber": number, "ETag": sent["ETag"], "ChecksumSHA256": checksum}


def _chunks(content: BinaryIO, size: int) -> Iterator[bytes]:
    length = max(PART_BYTES, -(-size // MOST_PARTS))
    while chunk := content.read(length):
        yield chunk


def _sha256(chunk: bytes) -> str:
    return base64.b64encode(hashlib.sha256(chunk).digest()).decode()
