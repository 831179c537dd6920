"""S3 for Distributed Maps, through boto3 and a server of our own."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import pytest

from handrail.local.aws import Aws
from handrail.local.environment import BUCKET
from handrail.local.objects import call_s3
from handrail.local.refusals import ServiceError


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    aws = Aws.start()
    try:
        yield aws.client("s3")
    finally:
        aws.close()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[1]", id="plain"),
        pytest.param(b"\xef\xbb\xbf[1]", id="with a byte order mark"),
        pytest.param(gzip.compress(b"[1]"), id="compressed"),
    ],
)
def test_an_object_is_read_as_text(s3: Any, body: bytes) -> None:
    """An inventory's files are compressed; the marks that editors write are no content."""
    s3.put_object(Bucket=BUCKET, Key="k", Body=body)

    assert call_s3(s3, "s3:getObject", {"Bucket": BUCKET, "Key": "k"}) == "[1]"


@pytest.mark.parametrize(
    ("asked", "body", "error", "cause"),
    [
        pytest.param(
            {"Bucket": BUCKET, "Key": "x"}, b"\xff", "States.ItemReaderFailed", "x cannot be read", id="bytes"
        ),
        pytest.param(
            {"Bucket": BUCKET, "Key": "x"}, b"\x1f\x8b\x00", "States.ItemReaderFailed", "x cannot be read", id="cut off"
        ),
        pytest.param({"Bucket": BUCKET, "Key": "no"}, b"", "S3.NoSuchKey", "does not exist", id="no object"),
        pytest.param({"Bucket": "nowhere", "Key": "x"}, b"", "S3.NoSuchBucket", "does not exist", id="no bucket"),
    ],
)
def test_what_cannot_be_read_is_told(s3: Any, asked: dict[str, str], body: bytes, error: str, cause: str) -> None:
    """In S3's words, or with the key and what is wrong with the content."""
    s3.put_object(Bucket=BUCKET, Key="x", Body=body)

    with pytest.raises(ServiceError) as refused:
        call_s3(s3, "s3:getObject", asked)  # type: ignore[arg-type]  # a dict of text is JSON
    assert refused.value.error == error
    assert cause in refused.value.cause


def test_a_listing_has_every_object(s3: Any) -> None:
    """Of all its pages, however few S3 gives at a time."""
    for number in range(5):
        s3.put_object(Bucket=BUCKET, Key=f"many/{number:04d}", Body=b"x")
    listed: Any = call_s3(s3, "s3:listObjectsV2", {"Bucket": BUCKET, "Prefix": "many/", "MaxKeys": 2})

    assert [entry["Key"] for entry in listed] == [f"many/{number:04d}" for number in range(5)]
    assert {name: type(value).__name__ for name, value in listed[0].items()} == {
        "Etag": "str",
        "Key": "str",
        "LastModified": "int",
        "Size": "int",
        "StorageClass": "str",
    }


def test_what_is_written_can_be_read(s3: Any) -> None:
    """Results go to S3 as UTF-8."""
    text = json.dumps(["日本"], ensure_ascii=False)
    call_s3(s3, "s3:putObject", {"Bucket": BUCKET, "Key": "out", "Body": text})

    assert call_s3(s3, "s3:getObject", {"Bucket": BUCKET, "Key": "out"}) == text
