"""Lambda functions, answered as the Lambda API does, whoever runs them.

Source: "Invoke an AWS Lambda function with Step Functions" in the Developer Guide.
"""

from dataclasses import replace

from handrail.asl.model import Json
from handrail.engine.resources import lambda_event
from handrail.local.integrations.call import Call, Reach
from handrail.local.integrations.metadata import with_metadata
from handrail.local.lambdas.functions import named
from handrail.local.lambdas.request import HERE, LATEST, Place, Request
from handrail.local.refusals import ServiceError


def call_function(call: Call) -> Json:
    """A function called by its own ARN answers with what it returned."""
    return run_function(call.reach, call.task.resource, call.task.arguments, call.place)


def invoke(call: Call) -> Json:
    """`lambda:invoke` answers with the Payload and what the Lambda API says around it."""
    arguments = call.task.arguments
    if not isinstance(arguments, dict) or not isinstance(arguments.get("FunctionName"), str):
        raise ServiceError("States.Runtime", "lambda:invoke needs a FunctionName.")
    request = Request.of(str(arguments["FunctionName"]), lambda_event(arguments.get("Payload")), call.place)
    qualifier = arguments.get("Qualifier")
    if isinstance(qualifier, str):
        request = replace(request, qualifier=qualifier)
    if arguments.get("InvocationType") == "Event":
        with named():
            call.reach.functions.begin(request)
        return with_metadata({"ExecutedVersion": LATEST, "Payload": "", "StatusCode": 202}, "application/json")
    outcome = call.reach.functions.tried(request)
    answer: dict[str, Json] = {"ExecutedVersion": outcome.version, "Payload": outcome.result(), "StatusCode": 200}
    return with_metadata(answer, "application/json")


def run_function(reach: Reach, name: str, event: Json, place: Place = HERE) -> Json:
    """Call a function as Lambda would: JSON in, JSON out. Raises ServiceError, named as Step Functions names it."""
    return reach.functions.invoke(name, event, place)
