"""Any AWS API action, by its name in the SDK (`aws-sdk:rds:describeDBClusters`).

Source: "Using AWS SDK service integrations" in the Developer Guide.
"""

from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import BotoCoreError, ClientError, UnknownServiceError

from handrail.asl.model import Json
from handrail.errors import did_you_mean
from handrail.local.integrations.call import Call
from handrail.local.integrations.gaps import completed, missed
from handrail.local.refusals import ServiceError, refused
from handrail.local.shapes import from_service, to_service

SERVICES = {
    "cloudwatch": "cloudwatch",
    "cloudwatchlogs": "logs",
    "eventbridge": "events",
    "sfn": "stepfunctions",
}
"""Services that Step Functions calls by another name than boto3."""


def call_service(call: Call, service: str, action: str) -> Json:
    """Call an action and answer as it does, without a word about the exchange."""
    try:
        client = call.client(SERVICES.get(service, service))
    except UnknownServiceError:
        told = f"{service}:{action} cannot be run on a laptop: boto3 has no service {service}."
        raise ServiceError("States.Runtime", f"{told} A mock can answer in its place (--mock-config).") from None
    model = client.meta.service_model
    try:
        shown, _ = request(client, service, action, call.task.arguments)
    except ClientError as error:
        raise refused(model, error) from error
    except BotoCoreError as error:
        raise ServiceError("States.Runtime", str(error)) from error
    return shown


def request(
    client: Any, service: str, action: str, arguments: Json, *, texts: bool = False
) -> tuple[dict[str, Json], Mapping[str, Any]]:
    """The answer of an action as Step Functions names its members, and what boto3 says of the exchange.

    `texts` writes JSON where the API wants text. Raises ServiceError where there is no such action, else as boto3 does.
    """
    model = client.meta.service_model
    name = action[:1].upper() + action[1:]
    if name not in model.operation_names:
        near = did_you_mean(name, model.operation_names)
        raise ServiceError("States.Runtime", f"{service} has no action {action}.{near}")
    operation = model.operation_model(name)
    asked = to_service(arguments, operation.input_shape, texts=texts)
    sent = asked if isinstance(asked, dict) else {}
    answer = missed(model.service_name, name, sent)
    if answer is None:
        answer = getattr(client, xform_name(name))(**sent)
    told = answer.get("ResponseMetadata", {})
    shown = from_service(answer, operation.output_shape) if operation.output_shape else {}
    whole = completed(model.service_name, name, sent, shown if isinstance(shown, dict) else {})
    return whole, told
