"""One event of CloudTrail: what a request was, who made it, which resources it was about, and what it led to.

Source: "CloudTrail record contents" and "CloudTrail userIdentity element", AWS CloudTrail User Guide.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import uuid4

from handrail.local.doors import Answered, Asked
from handrail.local.sts import caller
from handrail.local.trust import Caller

HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"
SECRET: Final = re.compile(
    r"password|secret(?!id|arn|name)|(?<!client)(?<!request)(?<!next)token$|privatekey|credential|externalid",
    re.IGNORECASE,
)
"""Parameters that CloudTrail never shows, beside those that botocore's model calls sensitive."""

# Gives credentials, and is counted among the reading ones.
READING: Final = re.compile(r"AssumeRole|GetSessionToken|GetFederationToken")

# How CloudFormation, and so CloudTrail, writes the services; the others begin with a capital.
SERVICES: Final[Mapping[str, str]] = {
    "cloudformation": "CloudFormation",
    "cloudwatch": "CloudWatch",
    "codebuild": "CodeBuild",
    "dynamodb": "DynamoDB",
    "ec2": "EC2",
    "ecr": "ECR",
    "ecs": "ECS",
    "elbv2": "ElasticLoadBalancingV2",
    "iam": "IAM",
    "kms": "KMS",
    "rds": "RDS",
    "s3": "S3",
    "secretsmanager": "SecretsManager",
    "sns": "SNS",
    "sqs": "SQS",
    "ssm": "SSM",
    "stepfunctions": "StepFunctions",
    "sts": "STS",
}

# Services whose events come from another name than boto3's.
SOURCES: Final[Mapping[str, str]] = {
    "cloudwatch": "monitoring",
    "elbv2": "elasticloadbalancing",
    "stepfunctions": "states",
}

VERB: Final = re.compile(r"[A-Z][a-z]+")
NAMED: Final = re.compile(r"(\w*?)(Name|Identifier|Id|Arn|ARN)(s?)")

# What has a name and is no resource; an external id is nobody's business.
NO_RESOURCES: Final = frozenset({"External", "RoleSession", "Version"})

Resource = tuple[str, str]
"""Its type, like `AWS::RDS::DBCluster`, and its name or ARN."""


@dataclass(frozen=True)
class Event:
    """What LookupEvents answers of one event; `detail` is CloudTrail's own record of it."""

    name: str
    source: str
    username: str
    at: datetime
    account: str
    region: str
    resources: tuple[Resource, ...] = ()
    access_key: str = ""
    read_only: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)
    id: str = field(default_factory=lambda: str(uuid4()))

    def record(self) -> str:
        """The event as CloudTrail writes it down, in JSON."""
        user = {"type": "IAMUser", "arn": f"arn:aws:iam::{self.account}:user/{self.username}"}
        arns = [{"ARN": name, "accountId": self.account, "type": of} for of, name in self.resources if _is_arn(name)]
        told = {
            "eventVersion": "1.11",
            "userIdentity": {**user, "accountId": self.account, "userName": self.username},
            "eventTime": f"{self.at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": self.source,
            "eventName": self.name,
            "awsRegion": self.region,
            "sourceIPAddress": "127.0.0.1",
            "requestParameters": None,
            "responseElements": None,
            "eventID": self.id,
            "readOnly": self.read_only,
            **({"resources": arns} if arns else {}),
            "eventType": "AwsApiCall",
            "managementEvent": True,
            "recipientAccountId": self.account,
            "eventCategory": "Management",
        }
        return json.dumps({**told, **self.detail}, default=_plain)


def event(asked: Asked, answered: Answered, at: datetime) -> Event:
    """The event of a request that was answered here."""
    operation = asked.model.operation_model(asked.action)
    who, response = _who(asked), _response(asked, answered, operation)
    error = response.pop("Error", {})
    detail = {
        "userIdentity": identity(who, asked.access_key),
        "userAgent": str(asked.environ.get("HTTP_USER_AGENT", "")),
        "requestParameters": shown(asked.parameters, operation.input_shape) or None,
        "responseElements": shown(response, operation.output_shape) or None,
        "requestID": dict(answered.headers).get("x-amzn-RequestId") or str(uuid4()),
        **({"errorCode": error["Code"], "errorMessage": error.get("Message", "")} if error else {}),
    }
    return Event(
        name=asked.action,
        source=f"{SOURCES.get(asked.service, asked.service)}.amazonaws.com",
        username=who.arn.rpartition("/")[2],
        at=at,
        account=asked.account,
        region=asked.region,
        resources=tuple(dict.fromkeys(_resources(asked, response))),
        access_key=asked.access_key,
        read_only=READING.match(asked.action) is not None,
        detail=detail,
    )


def _who(asked: Asked) -> Caller:
    """Who asks; a key that is of no user and no session is the user of that name."""
    who = caller(asked)
    if who.role is None and who.arn.endswith(":user/moto") and asked.access_key:
        return Caller(f"arn:aws:iam::{asked.account}:user/{asked.access_key}", asked.account)
    return who


def identity(who: Caller, access_key: str) -> Mapping[str, Any]:
    """The userIdentity of a role's session, or of a user."""
    own = {"arn": who.arn, "accountId": who.account, "accessKeyId": access_key}
    name = who.arn.rpartition("/")[2]
    if who.role is None:
        return {"type": "IAMUser", "principalId": access_key, **own, "userName": name}
    issuer = {"type": "Role", "arn": who.role, "accountId": who.account, "userName": who.role.rpartition("/")[2]}
    return {"type": "AssumedRole", "principalId": f"AROA:{name}", **own, "sessionContext": {"sessionIssuer": issuer}}


# ---------------------------------------------------------------------- parameters and answers


def _response(asked: Asked, answered: Answered, operation: Any) -> dict[str, Any]:
    """The answer by the model's names, and of a refusal its error; nothing where it cannot be read."""
    from botocore.parsers import ResponseParserError, create_parser

    headers = {name.lower(): value for name, value in answered.headers}
    told = {"status_code": answered.status, "headers": headers, "body": answered.body}
    try:
        parsed = create_parser(asked.protocol).parse(told, operation.output_shape)
    except (ResponseParserError, ValueError, LookupError, AttributeError):
        return {}
    parsed.pop("ResponseMetadata", None)
    return parsed if answered.accepted else {"Error": parsed.get("Error", {"Code": str(answered.status)})}


def shown(value: Any, shape: Any, name: str = "") -> Any:
    """A value as an event shows it: names begin small, and what is secret is hidden."""
    if value is None or shape is None:
        return value
    if shape.metadata.get("sensitive") or (name and SECRET.search(name)):
        return HIDDEN
    if shape.type_name == "structure":
        members = [(key, value[key]) for key in shape.members if key in value]
        return {key[:1].lower() + key[1:]: shown(each, shape.members[key], key) for key, each in members}
    if shape.type_name == "list":
        return [shown(each, shape.member) for each in value]
    if shape.type_name == "map":
        return {key: shown(each, shape.value, key) for key, each in value.items()}
    return value


def _plain(value: Any) -> Any:
    """What JSON has no word for."""
    if isinstance(value, date):
        return value.isoformat()
    return b64encode(value).decode() if isinstance(value, bytes) else str(value)


# ---------------------------------------------------------------------- resources


def _resources(asked: Asked, response: Mapping[str, Any]) -> Iterator[Resource]:
    """What a request names, and what its answer says of the thing that the operation is called after."""
    noun = VERB.sub("", asked.action, count=1)
    for stem, name in [*_names(asked.parameters), *_answered(response, noun)]:
        service = name.split(":")[2] if _is_arn(name) else asked.service
        of = f"AWS::{SERVICES.get(service, service.capitalize())}::{stem or noun}"
        yield of, name
        if _is_arn(name):
            yield of, name.replace("/", ":").rpartition(":")[2]
    bucket = asked.parameters.get("Bucket") if asked.service == "s3" else None
    if bucket:
        yield "AWS::S3::Bucket", str(bucket)
        yield "AWS::S3::Bucket", f"arn:aws:s3:::{bucket}"


def _names(members: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Names, identifiers and ARNs with what they are of: `DBClusterIdentifier` is a DBCluster's."""
    for key, value in members.items():
        named = NAMED.fullmatch(key)
        if named and named[1] not in NO_RESOURCES:
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, str) and each:
                    yield named[1], each


def _answered(response: Mapping[str, Any], noun: str, inside: str = "", depth: int = 2) -> Iterator[tuple[str, str]]:
    """The names in an answer that are of what the operation is called after."""
    yield from ((stem, name) for stem, name in _names(response) if _of(stem or inside, noun))
    for key, value in response.items() if depth else ():
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Mapping):
                yield from _answered(inner, noun, key, depth - 1)


def _of(thing: str, noun: str) -> bool:
    return thing.lower().removesuffix("s") in noun.lower()


def _is_arn(name: str) -> bool:
    return name.startswith("arn:")
