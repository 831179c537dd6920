"""What may stand as a Resource: ARNs, the patterns of service integrations, and what Express workflows may not do."""

import re
from collections.abc import Iterator

from handrail.asl.check.scope import Object, Scope, error
from handrail.asl.model import Finding, Json
from handrail.asl.pointer import child

ARN = r"(?s)arn:[^:]+:[^:]+:[^:]*:[^:]*:.+"
ACTIVITY = r"arn:[^:]+:states:[^:]*:[^:]*:activity:"
INTEGRATION = r"arn:[^:]+:states:::(?P<service>[^:]+(?=:)).*?(?P<pattern>\.(?:sync(?::2)?|waitForTaskToken))?"
READERS = r"arn:[^:]+:states:::s3:(getObject|listObjectsV2)"
WRITERS = r"arn:[^:]+:states:::s3:putObject"

# Services that no integration lets wait in this way, as ValidateStateMachineDefinition answers. aws-sdk
# integrations have no `.sync`; `.sync:2` is the nested execution's alone.
WITHOUT_SYNC = frozenset({"apigateway", "aws-sdk", "dynamodb", "events", "lambda", "sns", "sqs"})
WITHOUT_TOKEN = frozenset(
    {
        "athena",
        "batch",
        "codebuild",
        "databrew",
        "dynamodb",
        "elasticmapreduce",
        "emr-containers",
        "emr-serverless",
        "glue",
        "mediaconvert",
        "sagemaker",
    }
)


def is_template(value: Json) -> bool:
    """Whether a deployment tool fills this in later: `${FunctionArn}`."""
    return isinstance(value, str) and "${" in value


def task_resource(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    resource = value.get("Resource")
    if not isinstance(resource, str) or is_template(resource):
        return
    here = child(pointer, "Resource")
    if not re.fullmatch(ARN, resource):
        yield error("Value is not a valid resource ARN", here)
    elif re.match(ACTIVITY, resource):
        if scope.express:
            yield error("Express state machine does not support Activity ARN", here)
        if "Credentials" in value:
            yield error("The field 'Credentials' is not supported for activities", child(pointer, "Credentials"))
    else:
        yield from integration(resource, here, scope)


def integration(resource: str, pointer: str, scope: Scope) -> Iterator[Finding]:
    found = re.fullmatch(INTEGRATION, resource)
    if found is None or found["pattern"] is None:
        return
    service, pattern = found["service"], found["pattern"]
    without = WITHOUT_TOKEN if pattern == ".waitForTaskToken" else WITHOUT_SYNC
    if service in without or (pattern == ".sync:2" and service != "states"):
        yield error(f"The resource provided {resource} is not recognized", pointer, f"{service} has no {pattern}.")
    elif scope.express and pattern == ".waitForTaskToken":
        # The double space before "at" in AWS's own message comes from here.
        yield error("Express state machine does not support '.waitForTaskToken' service integration ", pointer)
    elif scope.express:
        yield error("Express state machine does not support '.sync' service integration", pointer)


def map_in_express(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    for name in ("ItemProcessor", "Iterator"):
        processor = value.get(name)
        config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
        if scope.express and isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
            message = "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines"
            yield error(message, child(pointer, name, "ProcessorConfig", "Mode"))


def reader_resource(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    resource = value.get("Resource")
    if isinstance(resource, str) and not is_template(resource) and not re.fullmatch(READERS, resource):
        message = "The field 'Resource' does not match any of the allowed values"
        yield error(message, child(pointer, "Resource"), "They are s3:getObject and s3:listObjectsV2.")


def writer_resource(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    resource = value.get("Resource")
    if isinstance(resource, str) and not is_template(resource) and not re.fullmatch(WRITERS, resource):
        message = "The field 'Resource' does not match any of the allowed values"
        yield error(message, child(pointer, "Resource"), "It is s3:putObject.")
    if "Resource" not in value and "WriterConfig" not in value:
        yield error("These fields are required: [Resource]", pointer)
