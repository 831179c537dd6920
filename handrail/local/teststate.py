"""TestState: requests as the API takes them, checked and answered as AWS answers them.

Source: the TestState and MockInput pages of the API reference, and recordings from AWS.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from handrail.asl.model import Flow, InvalidDefinition, Json, State
from handrail.asl.read import read
from handrail.engine.expressions import complaint
from handrail.engine.resources import ACTIVITY, resource
from handrail.engine.teststate import NAME, Circumstances, Mock, Outcome, Perform, run_state
from handrail.engine.values import parsed_input
from handrail.local.driver import ACCOUNT
from handrail.local.mocks import check_result
from handrail.local.naming import place

Request = Mapping[str, Any]

HOLD_OTHERS = ("Map", "Parallel")
MOCKED = ("Task", *HOLD_OTHERS)

WITHOUT_MOCK = (
    "TestState API does not support Map or Parallel states. "
    "Supported state types include: [Task, Wait, Pass, Succeed, Fail, Choice]"
)

WAITS = "TestState API does not support {} tasks without a mock"


class Refused(Exception):
    """The request is refused, with AWS's code and words."""

    def __init__(self, message: str, code: str = "ValidationException") -> None:
        self.code = code
        super().__init__(message)


def answer(
    request: Request,
    perform: Perform,
    *,
    now: Callable[[], float] = time.time,
    region: str = "us-east-1",
    account: str = ACCOUNT,
) -> dict[str, Any]:
    """The response to a TestState request; raises Refused."""
    state = tested(request)
    mock = mock_of(request, state)
    context = context_of(request, state)
    if mock is None and state.type in HOLD_OTHERS:
        raise Refused(WITHOUT_MOCK, "InvalidDefinition")
    if mock is None and state.type == "Task":
        check_task(request, state)
    settings = request.get("stateConfiguration") or {}
    failures = settings.get("mapIterationFailureCount") or 0
    if mock is not None and isinstance(mock.result, list) and failures > len(mock.result):
        raise Refused("Map iteration failure count must be less than or equal to the number of Map iterations")
    text = request.get("input") or "{}"
    given = Circumstances(
        mock=mock,
        context=context,
        variables=variables_of(request),
        retries=settings.get("retrierRetryCount") or 0,
        failures=failures,
        read=settings.get("mapItemReaderData"),
        role=request.get("roleArn") or f"arn:aws:iam::{account}:role/{uuid4()}",
    )
    value = parsed(text, "input", "InvalidExecutionInput")
    arn = f"{place(account, region)}:express:{uuid4()}:{uuid4()}"
    outcome = run_state(state, text, given, perform, value=value, arn=arn, at=now())
    return response(outcome, request.get("inspectionLevel") or "INFO")


def check_task(request: Request, state: State) -> None:
    """What does the work of a task that has no mock has a role, and is there when the request is answered."""
    asked = resource(str(state.fields["Resource"]))
    if asked.calls_back:
        raise Refused(
            WAITS.format("Activity" if asked.events is ACTIVITY else f".{asked.pattern}"), "InvalidDefinition"
        )
    if not request.get("roleArn"):
        raise Refused("RoleArn must be specified when testing a Task state")


def response(outcome: Outcome, level: str) -> dict[str, Any]:
    """What the API answers; members without a value are left out."""
    told: dict[str, Any] = {
        "status": outcome.status,
        "output": outcome.output,
        "error": outcome.error,
        "cause": outcome.cause,
        "nextState": outcome.next_state,
    }
    if level != "INFO":
        told["inspectionData"] = dict(outcome.inspection)
    return {name: value for name, value in told.items() if value is not None}


def tested(request: Request) -> State:
    """The state that is meant: the definition itself, or one of a machine by its name."""
    definition = parsed(str(request["definition"]), "definition", "InvalidDefinition")
    name = request.get("stateName")
    whole = definition if name is not None else around(definition)
    flow = checked(whole)
    found = next((state for state in flow.walk() if state.name == (name or NAME)), None)
    if found is None:
        raise Refused("State not found in definition")
    return found


def checked(definition: Json) -> Flow:
    try:
        return read(definition if isinstance(definition, dict) else json.dumps(definition), expressions=complaint)
    except InvalidDefinition as invalid:
        told = ", ".join(f"{finding.code}: {finding.verbatim}" for finding in invalid.findings)
        raise Refused(f"Invalid State Machine Definition: '{told}'", "InvalidDefinition") from None


def around(definition: Json) -> Json:
    """A machine of this one state and of every state that it names."""
    if not isinstance(definition, dict):
        raise Refused("Invalid State Machine Definition: 'the definition is no object'", "InvalidDefinition")
    ends: Json = {"Type": "Succeed"}
    states: dict[str, Json] = {NAME: definition}
    states |= {name: ends for name in targets(definition) if name != NAME}
    return {"StartAt": NAME, "States": states}


def targets(state: Mapping[str, Any]) -> list[str]:
    """The states that a state goes to."""
    clauses = [each for name in ("Choices", "Catch") for each in state.get(name) or [] if isinstance(each, dict)]
    named = [state.get("Next"), state.get("Default"), *(clause.get("Next") for clause in clauses)]
    return [name for name in named if isinstance(name, str)]


def mock_of(request: Request, state: State) -> Mock | None:
    """The mock, checked against the state and against what the service that it stands for answers."""
    mock = request.get("mock")
    if mock is None:
        return None
    if request.get("revealSecrets"):
        raise Refused("TestState does not support RevealSecrets when a mock is specified.")
    if state.type not in MOCKED:
        raise Refused(f"State type '{state.type}' is not supported when a mock is specified")
    told = mock.get("errorOutput")
    if (told is None) == (mock.get("result") is None):
        raise Refused("A test mock should have only one of the following fields: [result, errorOutput].")
    if told is not None:
        if told.get("error") is None:
            raise Refused("The error of a mocked errorOutput must be specified")
        return Mock(error=told["error"], cause=told.get("cause") or "")
    result = parsed(str(mock["result"]), "mock result", "ValidationException")
    written = state.fields.get("ResultWriter") is not None
    if state.type in HOLD_OTHERS and not isinstance(result, dict if written else list):
        raise Refused(f"Mocked result must be {'a JSON object' if written else 'an array'}.")
    if state.type == "Parallel" and isinstance(result, list) and len(result) != len(state.branches):
        raise Refused("Mocked result must contain the same number of items as number of Parallel branches.")
    mode = mock.get("fieldValidationMode") or "STRICT"
    if state.type == "Task" and mode != "NONE":
        problem = check_result(str(state.fields["Resource"]), result, required=mode == "STRICT")
        if problem:
            raise Refused(f"Mock result schema validation error: {problem}")
    return Mock(result)


CONTEXT: Mapping[str, Mapping[str, type]] = {
    "Execution": {"Id": str, "Name": str, "RoleArn": str, "StartTime": str, "RedriveCount": int, "RedriveTime": str},
    "State": {"EnteredTime": str, "Name": str, "RetryCount": int},
    "StateMachine": {"Id": str, "Name": str},
    "Task": {"Token": str},
}
KINDS: Mapping[type, str] = {str: "a string", int: "a number"}


def context_of(request: Request, state: State) -> dict[str, Json] | None:
    """The Context Object that was given, its members of the kinds that they have on AWS."""
    text = request.get("context")
    if text is None:
        return None
    if request.get("mock") is None:
        raise Refused("A Context object can only be provided when a mock is specified")
    found: Any = parsed(text, "Context object", "ValidationException")
    if not isinstance(found, dict):
        raise Refused("Invalid Context object provided: it must be a JSON object")
    for part, members in CONTEXT.items():
        check_part(part, found.get(part, {}), members)
    if "Task" in found and not answers_later(state):
        raise Refused(
            "Invalid Context object provided: Context object contains 'Task' when state is not a Task state "
            "with a '.sync' or '.waitForTaskToken' service integration pattern"
        )
    return found


def check_part(part: str, given: Any, members: Mapping[str, type]) -> None:
    """One object of the Context Object."""
    if not isinstance(given, dict):
        raise Refused(f"Invalid Context object provided: {part} must be an object")
    for name, kind in members.items():
        if name in given and (not isinstance(given[name], kind) or isinstance(given[name], bool)):
            raise Refused(f"Invalid Context object provided: {part}.{name} must be {KINDS[kind]}")


def answers_later(state: State) -> bool:
    return state.type == "Task" and bool(resource(str(state.fields["Resource"])).pattern)


def variables_of(request: Request) -> Mapping[str, Json]:
    found = parsed(request.get("variables") or "{}", "variables", "ValidationException")
    if not isinstance(found, dict):
        raise Refused("Invalid variables provided: they must be a JSON object")
    return found


def parsed(text: str, what: str, code: str) -> Json:
    try:
        return parsed_input(text)
    except ValueError as error:
        raise Refused(f"Invalid JSON in {what}: {error}", code) from None
