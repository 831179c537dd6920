"""The engine gives what AWS gave: executions recorded on AWS, compared to the event.

The recordings are not part of this repository. HANDRAIL_CONFORMANCE names their folder; without it they are looked for
beside the repository, and the tests are skipped where they are not found.
"""

import importlib.util
import json
import os
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.conformance.adapter import run

BESIDE = Path(__file__).parents[3] / "shared" / "conformance"
FOLDER = Path(os.environ.get("HANDRAIL_CONFORMANCE", BESIDE))

pytestmark = pytest.mark.skipif(
    not (FOLDER / "match.py").exists(),
    reason="the recordings of AWS are not here (HANDRAIL_CONFORMANCE names their folder)",
)

# Of the services, S3 as a Distributed Map reads and writes it; tasks that call others go through the endpoint.
KINDS = ("execution", "test_state")
GROUPS = [
    "base",
    "choice",
    "context_object",
    "distributed_map",
    "errors",
    "express",
    "intrinsic",
    "jsonata",
    "jsonpath_io",
    "lambda",
    "map_parallel",
    "services",
    "test_state",
    "variables",
    "wait_timeout",
]


# What differs, and why: a recording, named by a part of its id, that AWS itself would not give any more.
OUTDATED = {
    "aws_sdk_lambda_get_function_task[integer_more": "Lambda functions may have more memory today than 10,240 MB",
}


@cache
def matcher() -> ModuleType:
    spec = importlib.util.spec_from_file_location("match", FOLDER / "match.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases(group: str) -> list[dict[str, Any]]:
    lines = (FOLDER / "aws-recorded" / f"{group}.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for case in map(json.loads, lines) if case["kind"] in KINDS and case.get("needs") in (None, ["s3"])]


def outcome(case: dict[str, Any], actual: dict[str, Any]) -> str:
    differences = matcher().compare(case, json.loads(json.dumps(actual)))
    return "fail" if any(each.level != "events" for each in differences) else "result" if differences else "full"


@pytest.mark.parametrize("group", GROUPS)
def test_every_recorded_execution_ends_as_on_aws_with_the_same_history(group: str) -> None:
    """Each recorded definition and input gives AWS's status, output and error, and AWS's history."""
    outcomes = {case["id"]: outcome(case, run(case)) for case in cases(group)}
    different = {id: how for id, how in outcomes.items() if how != "full" and not any(part in id for part in OUTDATED)}
    assert different == {}, Counter(outcomes.values())


def renamed(value: Any, names: dict[str, str]) -> Any:
    """The same JSON, with these names replaced wherever they stand as a whole, as a member or in a sentence."""
    text = json.dumps(value)
    for old, new in sorted(names.items(), key=lambda pair: -len(pair[0])):
        text = text.replace(json.dumps(old), json.dumps(new)).replace(f"'{old}'", f"'{new}'")
    return json.loads(text)


def state_names(flow: Any) -> set[str]:
    """The names of all states of a definition, nested ones too."""
    if isinstance(flow, list):
        return {name for each in flow for name in state_names(each)}
    if not isinstance(flow, dict):
        return set()
    own = set(flow["States"]) if isinstance(flow.get("States"), dict) else set()
    return own | {name for each in flow.values() for name in state_names(each)}


# Names that are also data, types or words of the language cannot be told from them in a text.
WORDS = {"Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Map", "Parallel", "Start", "End", "Next", "State"}


@pytest.mark.parametrize("group", ["base", "map_parallel", "errors", "variables"])
def test_states_may_be_called_anything(group: str) -> None:
    """With every state renamed, the same executions still give the recorded histories, so no name is special."""
    for case in cases(group):
        names = {name: f"その {number}" for number, name in enumerate(sorted(state_names(case["definition"]) - WORDS))}
        assert outcome(renamed(case, names), run(renamed(case, names))) == "full", case["id"]
