"""How Step Functions names the errors of services: as the AWS SDK for Java names its exceptions.

Source: "Integrating services" in the Developer Guide, and recordings from AWS.
"""

import re
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

# `DBClusterNotFoundFault` is DB, Cluster, Not, Found, Fault.
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class ServiceError(Exception):
    """The service refused or failed; what Retry and Catch see."""

    def __init__(self, error: str, cause: str) -> None:
        self.error = error
        self.cause = cause
        super().__init__(f"{error}: {cause}")


def refused(model: Any, error: ClientError) -> ServiceError:
    """A service's refusal; an error that its model does not know goes by the service's own name."""
    service = class_name(model.service_id)
    told, about = error.response["Error"], error.response["ResponseMetadata"]
    known = modelled(model, told)
    name = error_name(known) if known else f"{service}Exception"
    return ServiceError(f"{service}.{name}", cause_of_sdk(told["Message"], service, about))


def refused_of_old(prefix: str, sdk: str, model: Any, error: ClientError) -> ServiceError:
    """A refusal as Step Functions' own integrations tell it: in the words of the older SDK, that calls it `sdk`."""
    told, about = error.response["Error"], error.response["ResponseMetadata"]
    known = modelled(model, told)
    name = error_name(known) if known else f"{sdk.removesuffix('v2')}Exception"
    status, request = about.get("HTTPStatusCode", 400), about.get("RequestId", "")
    return ServiceError(f"{prefix}.{name}", cause_of_old(told["Message"], sdk, status, told["Code"], request))


def cause_of_sdk(message: str, service: str, about: Mapping[str, Any]) -> str:
    """The cause as the AWS SDK for Java 2 words it, since late 2025 with the number of its attempts."""
    request = about.get("RequestId", "")
    extended = f", Extended Request ID: {about.get('HostId') or request}" if service == "S3" else ""
    where = f"Service: {service}, Status Code: {about['HTTPStatusCode']}, Request ID: {request}{extended}"
    return f"{message} ({where}) (SDK Attempt Count: {about.get('RetryAttempts', 0) + 1})"


def cause_of_old(message: str, service: str, status: int, code: str, request: str) -> str:
    """The cause as the AWS SDK for Java 1 words it."""
    where = f"Service: {service}; Status Code: {status}; Error Code: {code}; Request ID: {request}; Proxy: null"
    return f"{message} ({where})"


def modelled(model: Any, told: Mapping[str, Any]) -> str | None:
    """The name of the error in the service's model, which may not be the code that the service sends."""
    codes = {told["Code"], told.get("QueryErrorCode")} - {None}
    shapes = {shape.name: shape.metadata.get("error", {}).get("code") for shape in model.error_shapes}
    return next((name for name, own in shapes.items() if codes & {name, own}), None)


def error_name(code: str) -> str:
    """`NoSuchBucket` is a NoSuchBucketException, and so ends `DBClusterNotFoundFault`."""
    return f"{class_name(code).removesuffix('Fault').removesuffix('Exception')}Exception"


def class_name(name: str) -> str:
    """A name in the form that Java's classes have: SecretsManager, DynamoDb, Rds."""
    return "".join(word[:1].upper() + word[1:].lower() for word in WORD.findall(name))
