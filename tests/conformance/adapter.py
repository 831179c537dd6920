"""Runs one recorded case straight on the engine, on a virtual clock, with the Lambda functions that the case declares.

The format of cases and answers is described in the README beside this file, and in the one beside the recordings.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from handrail.asl.check import check
from handrail.asl.model import Finding, InvalidDefinition, Json
from handrail.asl.refusal import diagnostic, refusal
from handrail.engine import load
from handrail.engine.commands import RunTask
from handrail.engine.events import TaskFailed, TaskSucceeded
from handrail.engine.expressions import complaint
from handrail.engine.resources import lambda_event
from handrail.errors import HandrailError
from handrail.local.teststate import Refused, answer
from handrail.testing import Happening, simulate

NOW = 1_750_000_000.0
ZERO = timedelta()
Outcome = tuple[timedelta, Happening]


def run(case: Mapping[str, Any]) -> dict[str, Any]:
    """Answer a case as its kind asks; what this adapter cannot do it says."""
    if case["kind"] not in KINDS:
        return {"unsupported": f"{case['kind']} goes through the endpoint"}
    return KINDS[case["kind"]](case)


def run_execution(case: Mapping[str, Any]) -> dict[str, Any]:
    """Run the definition until nothing more can happen."""
    if case.get("needs") not in (None, ["s3"]):
        return {"unsupported": "needs other services"}
    definition = case.get("definition") or case["definition_text"]
    try:
        program = load(definition)
    except InvalidDefinition as invalid:
        return {"status": "REFUSED", "error": "InvalidDefinition", "cause": str(invalid)}
    except HandrailError as unsupported:
        return {"unsupported": str(unsupported)}
    execution = program.execution(
        arn="arn:aws:states:us-east-1:111111111111:execution:machine:run",
        name="run",
        machine_arn="arn:aws:states:us-east-1:111111111111:stateMachine:machine",
        machine_name="machine",
        role="snf_role_arn",
    )
    text = case["input_text"] if "input_text" in case else json.dumps(case.get("input", {}))
    objects = {(each["bucket"], each["key"]): each["body"] for each in case.get("s3_objects") or []}
    simulate(execution, text, Functions(declared(case), objects), at=NOW)
    return {
        "status": execution.status,
        "output": execution.output,
        "error": execution.error,
        "cause": execution.cause,
        "events": execution.history(),
    }


def declared(case: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The functions of a case by their names."""
    return {function["name"]: function for function in case.get("lambdas") or []}


def run_create(case: Mapping[str, Any]) -> dict[str, Any]:
    """Ask CreateStateMachine, which is only answered by its refusal."""
    definition, findings = checked(case)
    if all(finding.severity != "ERROR" for finding in findings):
        return {"error_code": "", "message": ""}
    return {"error_code": "InvalidDefinition", "message": refusal(findings, definition)}


def run_validate(case: Mapping[str, Any]) -> dict[str, Any]:
    """Ask ValidateStateMachineDefinition."""
    definition, findings = checked(case)
    wanted = ("ERROR", "WARNING") if case["request"].get("severity") == "WARNING" else ("ERROR",)
    return {
        "result": "FAIL" if any(finding.severity == "ERROR" for finding in findings) else "OK",
        "diagnostics": [diagnostic(finding, definition) for finding in findings if finding.severity in wanted],
        "truncated": False,
    }


def checked(case: Mapping[str, Any]) -> tuple[Json, tuple[Finding, ...]]:
    """The definition, with everything that the checker says about it."""
    text = case.get("definition_text") or json.dumps(case["definition"])
    findings = check(text, type=case["request"].get("type", "STANDARD"), expressions=complaint)
    return case.get("definition"), findings


def run_test_state(case: Mapping[str, Any]) -> dict[str, Any]:
    """Ask TestState."""
    given = {"input": json.dumps(case["input"])} if case.get("input") is not None else {}
    functions = Functions(declared(case), {})

    def perform(task: RunTask) -> TaskSucceeded | TaskFailed:
        [(_, happening)] = functions(task)
        event = happening(NOW)
        assert isinstance(event, TaskSucceeded | TaskFailed)
        return event

    definition = case.get("definition_text") or json.dumps(case["definition"])
    try:
        return answer(
            {"definition": definition, **given, **case["request"]}, perform, now=lambda: NOW, account="111111111111"
        )
    except Refused as refused:
        return {"error_code": refused.code, "message": str(refused)}


KINDS: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "execution": run_execution,
    "test_state": run_test_state,
    "create_error": run_create,
    "validate": run_validate,
}


class Functions:
    """The declared functions, called by their ARN or through `lambda:invoke`, and the stored objects."""

    def __init__(self, declared: Mapping[str, Mapping[str, Any]], objects: dict[tuple[str, str], str]) -> None:
        self.declared = declared
        self.objects = objects
        self.calls: Counter[str] = Counter()

    def __call__(self, task: RunTask) -> Iterable[Outcome]:
        if ":s3:" in task.resource:
            return [self.store(task)]
        direct = task.resource.startswith("arn:aws:lambda:")
        arguments: Any = task.arguments
        name = task.resource if direct else arguments["FunctionName"]
        event = arguments if direct else lambda_event(arguments.get("Payload"))
        function = self.declared[name.rsplit(":", 1)[-1]]
        self.calls[function["name"]] += 1
        if function["behaviour"] == "in_turn":
            function = function["turns"][min(self.calls[function["name"]], len(function["turns"])) - 1]
        if function["behaviour"] == "silent":
            return []
        return [BEHAVIOURS[function["behaviour"]](function, event, task.task, direct, self.calls.total())]

    def store(self, task: RunTask) -> Outcome:
        """What a Distributed Map reads, and where it writes."""
        asked: Any = task.arguments
        place = (asked["Bucket"], asked["Key"])
        if task.resource.endswith("putObject"):
            self.objects[place] = asked["Body"]
        return succeeded(task.task, self.objects[place], direct=True)


def succeeded(task: int, value: Any, direct: bool, delay: timedelta = ZERO) -> Outcome:
    output = value if direct else invoked(value)
    return delay, lambda at: TaskSucceeded(at, task, output)


def invoked(payload: Any) -> dict[str, Any]:
    length = str(len(json.dumps(payload)))
    headers = {
        "Connection": "keep-alive",
        "Content-Length": length,
        "Content-Type": "application/json",
        "Date": "date",
        "X-Amz-Executed-Version": "$LATEST",
        "x-amzn-Remapped-Content-Length": "0",
        "x-amzn-RequestId": "x-amzn-RequestId",
        "X-Amzn-Trace-Id": "X-Amzn-Trace-Id",
    }
    return {
        "ExecutedVersion": "$LATEST",
        "Payload": payload,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": 200,
        },
        "SdkResponseMetadata": {"RequestId": "RequestId"},
        "StatusCode": 200,
    }


def echo(function: Mapping[str, Any], event: Any, task: int, direct: bool, _number: int) -> Outcome:
    return succeeded(task, event, direct)


def fixed(function: Mapping[str, Any], event: Any, task: int, direct: bool, _number: int) -> Outcome:
    return succeeded(task, function["value"], direct)


def repeated(function: Mapping[str, Any], event: Any, task: int, direct: bool, _number: int) -> Outcome:
    return succeeded(task, function["text"] * function["count"], direct)


def templated(function: Mapping[str, Any], event: Any, task: int, direct: bool, _number: int) -> Outcome:
    return succeeded(task, function["template"].replace("{event}", str(event)), direct)


def slow(function: Mapping[str, Any], event: Any, task: int, direct: bool, _number: int) -> Outcome:
    return succeeded(task, event, direct, timedelta(seconds=function["seconds"]))


def raising(function: Mapping[str, Any], event: Any, task: int, direct: bool, number: int) -> Outcome:
    shown = {
        "errorMessage": function["message"],
        "errorType": function["type"],
        "requestId": str(uuid5(NAMESPACE_OID, str(number))),
        "stackTrace": function.get("stackTrace", []),
    }
    text = json.dumps(shown, separators=(",", ":"))
    return ZERO, lambda at: TaskFailed(at, task, function["type"], text)


BEHAVIOURS = {
    "echo": echo,
    "return": fixed,
    "return_repeated": repeated,
    "return_text": templated,
    "sleep_then_echo": slow,
    "raise": raising,
}
