"""How Step Functions names the errors of services: as the AWS SDK for Java names its exceptions.

Source: "Integrating services" in the Developer Guide, and recordings from AWS.
"""

import re
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
    known = {code for shape in model.error_shapes for code in (shape.name, shape.metadata.get("error", {}).get("code"))}
    name = error_name(told["Code"]) if told["Code"] in known else f"{service}Exception"
    where = f"Service: {service}, Status Code: {about['HTTPStatusCode']}, Request ID: {about.get('RequestId', '')}"
    return ServiceError(f"{service}.{name}", f"{told['Message']} ({where})")


def error_name(code: str) -> str:
    """`NoSuchBucket` is a NoSuchBucketException, and so ends `DBClusterNotFoundFault`."""
    return f"{class_name(code).removesuffix('Fault').removesuffix('Exception')}Exception"


def class_name(name: str) -> str:
    """A name in the form that Java's classes have: SecretsManager, DynamoDb, Rds."""
    return "".join(word[:1].upper() + word[1:].lower() for word in WORD.findall(name))
