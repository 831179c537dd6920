"""Whatever is asked gets an answer, or AWS's error; then the next one is served as before."""

import json
import os
import random
from typing import Any

import pytest

from handrail.local.api import OPERATIONS, Api, Caller
from handrail.local.api.wire import answered, model
from tests.local.api.serving import ACCOUNT, PREFIX, REGION, ROLE, Site

REQUESTS = 100 if "HANDRAIL_PROVE" in os.environ else 12
"""To each operation."""

SEED = random.randrange(2**32)

GOOD = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}})
HALF = json.dumps(
    {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": "\ud800", "End": True}}}, ensure_ascii=False
)
ARNS = [
    f"{PREFIX}:{rest}"
    for rest in (
        "stateMachine:m",
        "stateMachine:m:1",
        "stateMachine:m:P",
        "activity:m",
        "execution:m:m",
        "mapRun:m/l:1",
    )
]
TEXTS = [
    *ARNS,
    f"{PREFIX}:stateMachine:",
    "arn:",
    "",
    "m",
    "P",
    "\ud800",
    "\x00",
    "é" * 300,
    "{",
    "[" * 20_000,
    "1e999",
]
VALUES: list[Any] = [*TEXTS, 0, -1, 2**70, 1.5, float("inf"), float("nan"), True, None, [], {}, [None], [{}]]
BY_TYPE: dict[str, list[Any]] = {
    "boolean": [True, False],
    "integer": [0, 1, 100, 1001, -1],
    "float": [0.5, 100, 1e308],
    "double": [0.5, 100, 1e308],
    "timestamp": [0, 1e308],
}


def invented(draw: random.Random, shape: Any) -> Any:
    """A value that is mostly of this shape."""
    if draw.random() < 0.1:
        return draw.choice(VALUES)
    if shape.type_name == "structure":
        members = shape.members.items()
        chances = {name: 0.97 if name in shape.required_members else 0.3 for name, _ in members}
        return {name: invented(draw, member) for name, member in members if draw.random() < chances[name]}
    if shape.type_name == "list":
        return [invented(draw, shape.member) for _ in range(draw.randrange(3))]
    if shape.type_name == "map":
        return {"a": invented(draw, shape.value)}
    if shape.type_name in BY_TYPE:
        return draw.choice(BY_TYPE[shape.type_name])
    if enum := shape.metadata.get("enum"):
        return draw.choice(enum)
    return draw.choice([GOOD, HALF] if "efinition" in shape.name else ["m"] if shape.name == "Name" else TEXTS)


def answer(api: Api, operation: str, body: bytes) -> tuple[int, Any]:
    caller = Caller(ACCOUNT, REGION)
    status, told = answered(lambda name, given: api.call(name, given, caller), f"AWSStepFunctions.{operation}", body)
    return status, json.loads(told, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))


# A worker is answered when there is a task, which may be in a minute.
@pytest.mark.prove
@pytest.mark.parametrize("operation", sorted(OPERATIONS.keys() - {"GetActivityTask"}))
def test_requests_of_any_kind_are_answered(site: Site, operation: str) -> None:
    """With 200 or 400 and JSON; no request leaves anything behind that breaks another one."""
    draw = random.Random(f"{SEED} {operation}")
    shape = model().operation_model(operation).input_shape
    for _ in range(REQUESTS):
        body = json.dumps(invented(draw, shape)).encode()
        status, told = answer(site.api, operation, body)
        assert status == 200 or (status == 400 and told["__type"] and told["message"]), (SEED, body)
    made = site.call("create_state_machine", name=f"after-{operation}", definition=GOOD, roleArn=ROLE)
    assert site.ended(site.start(made["stateMachineArn"])) == "SUCCEEDED", SEED
