"""What AWS refuses or tells where moto does not, kept to what a machine can see; each is from a recording of AWS."""

import json
import re
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any
from uuid import uuid4

from botocore.exceptions import ClientError

from handrail.asl.model import Json

Asked = Mapping[str, Any]

SECRET = re.compile(r"[\w/+=.@!-]+", re.ASCII)
SEQUENCE = count(10_000_000_000_000_000_000)
"""The sequence numbers of FIFO topics: twenty digits, each larger than the one before."""


def refusal(operation: str, code: str, message: str) -> ClientError:
    about: Any = {"RequestId": str(uuid4()), "HTTPStatusCode": 400, "HTTPHeaders": {}, "RetryAttempts": 0, "HostId": ""}
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": about}, operation)


def secret_name(asked: Asked) -> None:
    if SECRET.fullmatch(str(asked.get("Name"))) is None:
        told = "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: "
        raise refusal("CreateSecret", "ValidationException", f"{told}-/_+=.@!")


def message_group(asked: Asked) -> None:
    if str(asked.get("TopicArn")).endswith(".fifo") and not asked.get("MessageGroupId"):
        told = "Invalid parameter: The MessageGroupId parameter is required for FIFO topics"
        raise refusal("Publish", "InvalidParameter", told)


def details(asked: Asked) -> dict[str, Any] | None:
    """Of entries with a Detail that is no JSON object none is taken; moto would drop it without a word."""
    entries = [each for each in asked.get("Entries", []) if isinstance(each, dict)]
    bad = [not is_object(each.get("Detail", "{}")) for each in entries]
    if not any(bad):
        return None
    malformed = {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
    told = [malformed if each else {"EventId": str(uuid4())} for each in bad]
    return {"Entries": told, "FailedEntryCount": sum(bad)}


def is_object(text: object) -> bool:
    try:
        return isinstance(json.loads(str(text)), dict)
    except ValueError:
        return False


def encrypted(asked: Asked, shown: dict[str, Json]) -> dict[str, Json]:
    """Every object is encrypted; whoever reads one is told of checksums only on request."""
    wanted = asked.get("ChecksumMode") == "ENABLED"
    kept = {name: value for name, value in shown.items() if wanted or not name.startswith("Checksum")}
    return {"ServerSideEncryption": "AES256", **kept}


def checked(asked: Asked, shown: dict[str, Json]) -> dict[str, Json]:
    return {"ChecksumType": "FULL_OBJECT", "ServerSideEncryption": "AES256", **shown}


def numbered(asked: Asked, shown: dict[str, Json]) -> dict[str, Json]:
    if not str(asked.get("TopicArn")).endswith(".fifo"):
        return shown
    return {"SequenceNumber": str(next(SEQUENCE)), **shown}


BEFORE: Mapping[tuple[str, str], Callable[[Asked], dict[str, Any] | None]] = {
    ("events", "PutEvents"): details,
    ("secretsmanager", "CreateSecret"): secret_name,
    ("sns", "Publish"): message_group,
}
AFTER: Mapping[tuple[str, str], Callable[[Asked, dict[str, Json]], dict[str, Json]]] = {
    ("s3", "GetObject"): encrypted,
    ("s3", "PutObject"): checked,
    ("sns", "Publish"): numbered,
}


def missed(service: str, operation: str, asked: Asked) -> dict[str, Any] | None:
    """AWS's answer where moto would give another, None where moto can be asked; raises ClientError as boto3 does."""
    look = BEFORE.get((service, operation))
    return look(asked) if look is not None else None


def completed(service: str, operation: str, asked: Asked, shown: dict[str, Json]) -> dict[str, Json]:
    """An answer of moto with what AWS tells besides."""
    complete = AFTER.get((service, operation))
    return complete(asked, shown) if complete is not None else shown
