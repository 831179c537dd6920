"""AWS's own description of its API calls, out of botocore: which there are, and what they take and answer.

Step Functions names services as the Java SDK does, actions with a small first letter, and members with a capital one:
https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from handrail.errors import did_you_mean
from handrail.machine import kinds
from handrail.machine.expression import Tree, is_node
from handrail.machine.reference import annotation_of, is_reference, lift
from handrail.service_models import service_model, service_names

if TYPE_CHECKING:  # botocore is imported by the machines that call AWS, and by nobody else
    from botocore.model import Shape

# Services whose name in Step Functions is not botocore's without its dashes.
_SERVICES = {
    "applicationdiscoveryservice": "discovery",
    "cloudwatchlogs": "logs",
    "cognitoidentityprovider": "cognito-idp",
    "configservice": "config",
    "costandusagereportservice": "cur",
    "costexplorer": "ce",
    "databasemigrationservice": "dms",
    "directoryservice": "ds",
    "directoryservicedata": "ds-data",
    "elasticloadbalancing": "elb",
    "elasticloadbalancingv2": "elbv2",
    "elasticsearchservice": "es",
    "eventbridge": "events",
    "iotdataplane": "iot-data",
    "iotjobsdataplane": "iot-jobs-data",
    "lexmodelbuildingservice": "lex-models",
    "lexmodelsv2": "lexv2-models",
    "lexruntimeservice": "lex-runtime",
    "lexruntimev2": "lexv2-runtime",
    "marketplaceentitlementservice": "marketplace-entitlement",
    "marketplacemetering": "meteringmarketplace",
    "migrationhub": "mgh",
    "pinpointsmsvoice": "sms-voice",
    "serverlessapplicationrepository": "serverlessrepo",
    "sfn": "stepfunctions",
    "simpledb": "sdb",
}

# The optimized integrations that are API calls go by shorter names of their own.
_OPTIMIZED = {
    "athena": "athena",
    "batch": "batch",
    "bedrock": "bedrock",
    "codebuild": "codebuild",
    "databrew": "databrew",
    "dynamodb": "dynamodb",
    "ecs": "ecs",
    "emr-containers": "emr-containers",
    "emr-serverless": "emr-serverless",
    "events": "events",
    "glue": "glue",
    "lambda": "lambda",
    "mediaconvert": "mediaconvert",
    "sagemaker": "sagemaker",
    "sns": "sns",
    "sqs": "sqs",
    "states": "stepfunctions",
}
# What an optimized integration takes as any JSON, where the API itself wants text.
_FREE = frozenset({"Detail", "Input", "Message", "MessageBody", "Payload"})

_RESOURCE = re.compile(
    r"arn:(?:aws|aws-cn|aws-us-gov):states:::(?P<sdk>aws-sdk:)?(?P<service>[\w-]+):(?P<action>\w+)"
    r"(?P<job>\.sync|\.sync:2)?"
)
_SHORT = re.compile(r"(?P<service>\w+):(?P<action>\w+)")

# botocore's type of a member → the JSON kinds that it may be written as.
_JSON = {
    "string": {"string"},
    "character": {"string"},
    "integer": {"number"},
    "long": {"number"},
    "float": {"number"},
    "double": {"number"},
    "bigdecimal": {"number"},
    "boolean": {"boolean"},
    "timestamp": {"string", "number"},
    "list": {"array"},
    "map": {"object"},
    "structure": {"object"},
}


@dataclass(frozen=True, slots=True)
class Action:
    """One API call as an integration: its Resource, and what it takes and answers where botocore says so."""

    resource: str
    spoken: str
    takes: "Shape | None" = None
    answers: "Shape | None" = None
    sdk: bool = True
    waits: bool = False


def action_of(text: str) -> tuple[Action, str | None]:
    """The action behind an ARN or `service:action`, and what is wrong with it."""
    arn, short = _RESOURCE.fullmatch(text), _SHORT.fullmatch(text)
    match = arn or short
    if match is None:
        return Action(text, text), f'calls "{text}", which is neither service:action nor the ARN of an integration'
    found = {"sdk": "aws-sdk:", "job": None, **match.groupdict()}
    service, name, job, sdk = found["service"], found["action"], found["job"], bool(found["sdk"])
    resource = text if arn else f"arn:aws:states:::aws-sdk:{text}"
    spoken = f"{service}:{name}"
    known = _sdk_services() if sdk else _OPTIMIZED
    action = Action(resource, spoken, sdk=sdk, waits=job is not None)
    if service not in known:
        return action, f"calls {service}, which Step Functions does not know.{did_you_mean(str(service), known)}"
    if sdk and job:
        return action, f"waits for {spoken} with {job}, which only optimized integrations can"
    operations = _operations(known[str(service)])
    if name not in operations:
        return action, f"calls {service} for {name}, which it has not.{did_you_mean(str(name), operations)}"
    model = service_model(known[str(service)]).operation_model(operations[str(name)])
    answers = None if job else model.output_shape
    return Action(resource, spoken, model.input_shape, answers, sdk, job is not None), None


def parameter_problems(action: Action, given: Mapping[str, object]) -> Iterator[str]:
    """What the API call would refuse: unknown and missing members, and values of a wrong kind."""
    if action.takes is None:
        if given:
            yield f"gives {action.spoken} {', '.join(given)}; it takes nothing"
        return
    for at, wrong in _wrong(action.takes, dict(given), "", free=frozenset() if action.sdk else _FREE):
        yield f"gives {action.spoken} a wrong {at}: {wrong}" if at else f"calls {action.spoken} wrongly: {wrong}"


def members(shape: Any) -> Mapping[str, "Shape"]:
    """The members of a structure under the names that Step Functions gives them."""
    found: Mapping[str, Shape] = getattr(shape, "members", {})
    return {name[:1].upper() + name[1:]: member for name, member in found.items()}


def _wrong(shape: Any, value: object, at: str, free: frozenset[str]) -> Iterator[tuple[str, str]]:
    expected = _JSON.get(shape.type_name)
    if expected is None or at.rpartition(".")[2] in free or getattr(shape, "is_document_type", False):
        return
    tree = lift(value)
    kind = kinds.json_kinds(annotation_of(value)) if is_reference(value) else _kind(tree)
    if not kind & expected:
        yield at, f"it is {' or '.join(sorted(expected))}, not {' or '.join(sorted(kind))}"
    elif isinstance(value, dict) and shape.type_name == "structure":
        yield from _wrong_members(shape, value, at, free)
    elif isinstance(value, (list, tuple)) and shape.type_name == "list":
        for index, part in enumerate(value):
            yield from _wrong(shape.member, part, f"{at}.{index}", free)
    elif isinstance(value, dict) and shape.type_name == "map":
        for name, part in value.items():
            yield from _wrong(shape.value, part, f"{at}.{name}", free)


def _wrong_members(shape: Any, value: dict[str, object], at: str, free: frozenset[str]) -> Iterator[tuple[str, str]]:
    known = members(shape)
    required = {name[:1].upper() + name[1:] for name in shape.required_members}
    for name, part in value.items():
        if name not in known:
            yield at, f"{name} is not known.{did_you_mean(name, known)}"
        else:
            yield from _wrong(known[name], part, f"{at}.{name}".strip("."), free)
    for name in known:
        # An idempotency token is made by the SDK where it is left out.
        if name in required and name not in value and not known[name].metadata.get("idempotencyToken"):
            yield at, f"{name} is missing"


def _kind(tree: Tree) -> frozenset[str]:
    return kinds.ALL if is_node(tree) else kinds.json_kinds(type(tree))


@lru_cache(maxsize=1)
def _sdk_services() -> Mapping[str, str]:
    return {name.replace("-", ""): name for name in service_names() if name not in _SERVICES.values()} | _SERVICES


@lru_cache(maxsize=64)
def _operations(service: str) -> Mapping[str, str]:
    return {name[:1].lower() + name[1:]: name for name in service_model(service).operation_names}
