"""S3 for Distributed Maps: what an ItemReader reads, and where a ResultWriter writes.

Source: "ItemReader (Map)" and "ResultWriter (Map)" in the Developer Guide.
"""

import gzip
import zlib
from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from handrail.asl.model import Json
from handrail.local.refusals import ServiceError

GZIP = b"\x1f\x8b"


def get_object(s3: Any, asked: Mapping[str, Any]) -> Json:
    """The text of an object; one that is compressed with gzip is unpacked."""
    body: bytes = s3.get_object(**asked)["Body"].read()
    try:
        return (gzip.decompress(body) if body.startswith(GZIP) else body).decode("utf-8-sig")
    except (UnicodeDecodeError, OSError, EOFError, zlib.error) as error:
        raise ServiceError("States.ItemReaderFailed", f"{asked.get('Key')} cannot be read as text: {error}.") from None


def list_objects(s3: Any, asked: Mapping[str, Any]) -> Json:
    """Every object of a listing, as items are given: sizes in bytes, times in seconds since the epoch."""
    pages = s3.get_paginator("list_objects_v2").paginate(**asked)
    return [
        {
            "Etag": entry["ETag"],
            "Key": entry["Key"],
            "LastModified": int(entry["LastModified"].timestamp()),
            "Size": entry["Size"],
            "StorageClass": entry.get("StorageClass", "STANDARD"),
        }
        for page in pages
        for entry in page.get("Contents", [])
    ]


def put_object(s3: Any, asked: Mapping[str, Any]) -> Json:
    """Write one file of results."""
    s3.put_object(**{**asked, "Body": str(asked["Body"]).encode(errors="surrogatepass")})
    return {}


ACTIONS: Mapping[str, Callable[[Any, Mapping[str, Any]], Json]] = {
    "s3:getObject": get_object,
    "s3:listObjectsV2": list_objects,
    "s3:putObject": put_object,
}


def call_s3(s3: Any, action: str, asked: Json) -> Json:
    """Do one of the actions; raises ServiceError for what S3 refuses."""
    try:
        return ACTIONS[action](s3, asked if isinstance(asked, dict) else {})
    except ClientError as error:
        told = error.response["Error"]
        raise ServiceError(f"S3.{told['Code']}", told["Message"]) from error
