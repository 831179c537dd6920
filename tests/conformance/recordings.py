"""The recordings of AWS, where they are: executions and refusals as AWS answered them, to the event.

They are not part of this repository. HANDRAIL_CONFORMANCE names their folder; without it they are looked for beside
the repository.
"""

import importlib.util
import json
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from tests.conformance.adapter import KINDS, run
from tests.conformance.matching import Verdict

BESIDE = Path(__file__).parents[3] / "shared" / "conformance"
FOLDER = Path(os.environ.get("HANDRAIL_CONFORMANCE", BESIDE))
HERE = (FOLDER / "match.py").exists()

# Of the services, S3 as a Distributed Map reads and writes it; tasks that call others go through the endpoint.
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
    "validation",
    "variables",
    "wait_timeout",
]


class Exempt(NamedTuple):
    """How far a recording agrees that does not agree in full, and why."""

    how: Verdict
    why: str


# Named by a part of their ids.
EXCEPTIONS = {
    "aws_sdk_lambda_get_function_task[integer_more": Exempt(
        "fail", "Lambda functions may have more memory today than 10,240 MB"
    ),
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
    """The recordings of one group that this adapter can answer: executions need no service but S3."""
    lines = (FOLDER / "aws-recorded" / f"{group}.jsonl").read_text(encoding="utf-8").splitlines()
    return [case for case in map(json.loads, lines) if answerable(case)]


def answerable(case: dict[str, Any]) -> bool:
    return case["kind"] in KINDS and (case["kind"] != "execution" or case.get("needs") in (None, ["s3"]))


def outcome(case: dict[str, Any], run: Callable[[dict[str, Any]], dict[str, Any]] = run) -> Verdict:
    """How far our answer agrees, by the rules of the recordings' own matcher."""
    differences = matcher().compare(case, json.loads(json.dumps(run(case), default=str)))
    return "fail" if any(each.level != "events" for each in differences) else "result" if differences else "full"


def exempt(id: str) -> Exempt | None:
    """Whether a recording is an exception."""
    return next((found for part, found in EXCEPTIONS.items() if part in id), None)


def tolerated(id: str) -> Verdict:
    """How far a recording has to agree."""
    found = exempt(id)
    return "full" if found is None else found.how
