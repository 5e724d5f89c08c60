"""S3 on bad days: races, wrong checksums, dropped connections, throttling, killed processes, expired credentials."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from aws_server import AwsServer
from faulty_network import FaultyNetwork, faulty_network
from s3_places import s3_zone

from healthcare_elt.aws import create as creating
from healthcare_elt.aws import stream
from healthcare_elt.aws.client import client
from healthcare_elt.landing import LandingConflict, LandingError, LandingZone
from healthcare_elt.landing import s3 as landing_in_s3
from healthcare_elt.landing.s3 import S3LandingZone
from healthcare_elt.pipeline.home import Home

KEY = "raw/plan/patients/year=2026/month=01/day=02/0123456789abcdef.csv"
LARGE = os.urandom(2 * creating.PART_BYTES + 12_345)


@pytest.fixture
def zone(bucket: str, tmp_path: Path) -> S3LandingZone:
    return s3_zone(bucket, tmp_path)


@pytest.fixture
def network(aws: AwsServer, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultyNetwork]:
    with faulty_network(aws.url) as network:
        monkeypatch.setenv("AWS_ENDPOINT_URL", network.url)
        yield network


@pytest.fixture
def far_zone(bucket: str, network: FaultyNetwork, tmp_path: Path) -> S3LandingZone:
    """The landing zone at the other end of the faulty network."""
    return s3_zone(bucket, tmp_path)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """All attempts are made, without the pauses between them."""
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0)
    monkeypatch.setattr(stream, "LONGEST_PAUSE_SECONDS", 0.0)


def store(zone: LandingZone, content: bytes, key: str = KEY) -> None:
    with zone.begin() as staging:
        for start in range(0, len(content), 1 << 20):
            staging.write(content[start : start + (1 << 20)])
        staging.commit(key)


def read(zone: LandingZone, key: str = KEY) -> bytes:
    with zone.open(key) as file:
        return file.read()


def is_object(method: str, *ways: str) -> object:
    return lambda way, path: way == method and KEY.rpartition("/")[2] in path and all(word in path for word in ways)


def test_a_large_delivery_goes_up_in_parts_and_comes_back_whole(zone: S3LandingZone, bucket: str) -> None:
    store(zone, LARGE)
    assert read(zone) == LARGE
    told = client("s3").head_object(Bucket=bucket, Key=f"landing/{KEY}", ChecksumMode="ENABLED")
    assert told["ChecksumSHA256"].endswith("-3")
    store(zone, LARGE)
    with pytest.raises(LandingConflict):
        store(zone, LARGE[:-1] + b"x")
    assert read(zone) == LARGE
    assert "Uploads" not in client("s3").list_multipart_uploads(Bucket=bucket)


@pytest.mark.parametrize("size", [100, creating.PART_BYTES + 1])
def test_of_eight_writers_of_other_bytes_for_one_key_one_wins(bucket: str, tmp_path: Path, size: int) -> None:
    start = Barrier(8)

    def write(number: int) -> int | None:
        with s3_zone(bucket, tmp_path).begin() as staging:
            staging.write(bytes([number]) * size)
            start.wait()
            try:
                staging.commit(KEY)
            except LandingConflict:
                return None
            return number

    with ThreadPoolExecutor(8) as pool:
        [winner] = [number for number in pool.map(write, range(8)) if number is not None]
    assert read(s3_zone(bucket, tmp_path)) == bytes([winner]) * size


@pytest.mark.parametrize("size", [100, creating.PART_BYTES + 1])
def test_bytes_that_change_on_their_way_are_refused_by_the_server_and_leave_nothing(
    zone: S3LandingZone, bucket: str, size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(creating, "_sha256", lambda chunk: "A" * 43 + "=")
    with pytest.raises(LandingError, match="bytes were changed on their way; look for a proxy"):
        store(zone, bytes(size))
    assert not zone.exists(KEY)
    assert "Uploads" not in client("s3").list_multipart_uploads(Bucket=bucket)


def test_a_delivery_waits_in_a_file_without_a_name_and_in_little_memory(zone: S3LandingZone, tmp_path: Path) -> None:
    with zone.begin() as staging:
        staging.write(LARGE)
        assert staging._file._rolled
        assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_a_listing_goes_on_beyond_its_first_page(zone: S3LandingZone) -> None:
    names = [f"raw/{number:04}" for number in range(1_001)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: store(zone, b"", name), names))
    assert list(zone.keys("raw/")) == names


def test_a_connection_that_drops_in_mid_answer_is_gone_on_with_where_it_stopped(
    far_zone: S3LandingZone, network: FaultyNetwork
) -> None:
    store(far_zone, LARGE)
    network.fail("cut", is_object("GET"), times=3)
    with far_zone.open(KEY) as file:
        digest = hashlib.file_digest(file, "sha256")
    assert digest.digest() == hashlib.sha256(LARGE).digest()
    assert len(network.struck) == 3


def test_a_connection_that_never_gives_a_byte_again_is_told_in_a_sentence(
    far_zone: S3LandingZone, network: FaultyNetwork, impatient: None
) -> None:
    store(far_zone, LARGE)
    network.fail("cut", is_object("GET"))
    network.fail("lose", lambda *_: True, times=10_000)
    with (
        far_zone.open(KEY) as file,
        pytest.raises(LandingError, match="AWS cannot be reached; look at the network"),
    ):
        file.read()


@pytest.mark.parametrize("size", [100, len(LARGE)])
def test_an_upload_that_s3_throttles_is_repeated_until_it_is_there(
    far_zone: S3LandingZone, network: FaultyNetwork, size: int
) -> None:
    network.fail("throttle", is_object("PUT"), times=2)
    store(far_zone, LARGE[:size])
    assert read(far_zone) == LARGE[:size]
    assert len(network.struck) == 2


@pytest.mark.parametrize(
    ("size", "request_of"),
    [
        (100, is_object("PUT")),
        (len(LARGE), is_object("PUT", "partNumber=2")),
        (len(LARGE), is_object("POST", "uploadId=")),
    ],
    ids=["put", "part", "completion"],
)
def test_an_upload_whose_answer_is_lost_is_there_once(
    far_zone: S3LandingZone, network: FaultyNetwork, bucket: str, size: int, request_of: object
) -> None:
    network.fail("lose", request_of)
    store(far_zone, LARGE[:size])
    assert len(network.struck) == 1
    assert read(far_zone) == LARGE[:size]
    assert far_zone.clean() == 0


def test_a_conflict_that_s3_asks_to_repeat_is_repeated(far_zone: S3LandingZone, network: FaultyNetwork) -> None:
    conflict = {"status": 409, "code": "ConditionalRequestConflict"}
    network.fail("refuse", is_object("POST", "uploadId="), **conflict)
    store(far_zone, LARGE)
    assert read(far_zone) == LARGE


def test_uploads_of_killed_processes_are_aborted_after_hours_and_others_are_left(
    zone: S3LandingZone, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    s3 = client("s3")
    for key in ("another/platform", "landing/another/platform"):
        s3.create_multipart_upload(Bucket=bucket, Key=key)
    begun = s3.create_multipart_upload(Bucket=bucket, Key=f"landing/{KEY}")
    part = {"Bucket": bucket, "Key": f"landing/{KEY}", "UploadId": begun["UploadId"]}
    s3.upload_part(**part, PartNumber=1, Body=b"half")
    assert zone.clean() == 0
    monkeypatch.setattr(landing_in_s3, "ABANDONED_AFTER", timedelta(hours=-1))
    assert zone.clean() == 1
    left = s3.list_multipart_uploads(Bucket=bucket)["Uploads"]
    assert [upload["Key"] for upload in left] == ["another/platform", "landing/another/platform"]


@pytest.mark.parametrize(
    ("status", "code", "sentence"),
    [
        (400, "ExpiredToken", "the credentials have expired; renew them"),
        (403, "InvalidAccessKeyId", "AWS does not know the access key; correct AWS_ACCESS_KEY_ID"),
        (403, "SignatureDoesNotMatch", "the secret key does not fit the access key"),
        (403, "RequestTimeTooSkewed", "this machine's clock is wrong; set it by network time"),
        (403, "AccessDenied", "it is not allowed; grant s3:PutObject there"),
        (301, "PermanentRedirect", "the bucket is in another region; set AWS_DEFAULT_REGION"),
        (404, "NoSuchBucket", "there is no such bucket; create it or correct HEALTHCARE_ELT_LANDING_URL"),
        (400, "KMS.NotFoundException", "the KMS key cannot be used; correct HEALTHCARE_ELT_KMS_KEY_ID"),
        (400, "NeverHeardOf", "AWS refused s3:PutObject with NeverHeardOf"),
    ],
)
def test_a_refusal_says_in_one_sentence_what_to_set_or_to_grant(
    far_zone: S3LandingZone, network: FaultyNetwork, bucket: str, status: int, code: str, sentence: str
) -> None:
    network.fail("refuse", lambda method, path: method != "HEAD", times=100, status=status, code=code)
    with pytest.raises(LandingError) as error:
        store(far_zone, b"x")
    told = str(error.value)
    assert told.startswith(f"The landing zone s3://{bucket}/landing could not be written: {sentence}")
    assert told.endswith("run again.") and "\n" not in told
    assert error.value.__suppress_context__


def test_throttling_without_end_is_told_in_a_sentence(
    far_zone: S3LandingZone, network: FaultyNetwork, impatient: None
) -> None:
    network.fail("throttle", lambda *_: True, times=10_000)
    with pytest.raises(LandingError, match="AWS stays too busy to answer after many attempts; run again later"):
        list(far_zone.keys())
    assert len(network.struck) > 3


def test_a_machine_without_credentials_is_told_so(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    with pytest.raises(LandingError, match="no credentials of AWS were found; set AWS_PROFILE or AWS_ACCESS_KEY_ID"):
        s3_zone(bucket, tmp_path).exists(KEY)


def test_a_server_that_is_not_there_is_told_in_a_sentence(
    bucket: str, tmp_path: Path, impatient: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    with pytest.raises(LandingError, match="AWS cannot be reached; look at the network"):
        s3_zone(bucket, tmp_path).exists(KEY)


def test_an_examination_leaves_nothing(zone: S3LandingZone, bucket: str) -> None:
    zone.examine()
    assert list(zone.keys()) == []
    assert "Uploads" not in client("s3").list_multipart_uploads(Bucket=bucket)


def test_deliveries_and_ledger_are_encrypted_with_the_key_that_is_set(home: Callable[..., Home], bucket: str) -> None:
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    made = home(landing_url=f"s3://{bucket}/landing", ledger_url=f"s3://{bucket}/ledger", kms_key_id=key)
    store(made.zone, b"x", "raw/small")
    store(made.zone, LARGE, "raw/large")
    made.ledger.store.create("000000000001-a.parquet", b"x")
    for name in ("landing/raw/small", "landing/raw/large", "ledger/000000000001-a.parquet"):
        told = client("s3").head_object(Bucket=bucket, Key=name)
        assert (told["ServerSideEncryption"], told["SSEKMSKeyId"]) == ("aws:kms", key)
