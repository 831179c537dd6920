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

# Functions are played, and of the services there is S3 as a Distributed Map reads and writes it.
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

CALLING = ["errors", "express", "lambda", "services", "test_state"]
"""The groups with tasks that call functions or other services of AWS."""


class Exempt(NamedTuple):
    """How far a recording agrees that does not agree in full, and why."""

    how: Verdict
    why: str


NEWER = "recorded in 2023; since then AWS tells how an execution can be redriven, as the recordings of 2024 and 2025 do"

# Named by a part of their ids.
EXCEPTIONS = {
    "aws_sdk_lambda_get_function_task[integer_more": Exempt(
        "fail", "Lambda functions may have more memory today than 10,240 MB"
    ),
    "callback.test_callback.test_start_execution_sync/": Exempt("fail", NEWER),
    "callback.test_callback.test_start_execution_sync2/": Exempt("fail", NEWER),
    "callback.test_callback.test_start_execution_sync_delegate_failure/": Exempt("result", NEWER),
    "test_task_service_sqs.test_send_message_no_such_queue_no_catch/": Exempt(
        "result", "the recorded cause names another host than the request"
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


def recorded(group: str) -> list[dict[str, Any]]:
    """The recordings of one group."""
    lines = (FOLDER / "aws-recorded" / f"{group}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def cases(group: str) -> list[dict[str, Any]]:
    """The recordings of one group that the engine by itself can answer: executions need no service but S3."""
    return [case for case in recorded(group) if answerable(case)]


def calling(group: str) -> list[dict[str, Any]]:
    """The recordings of one group whose tasks call functions or other services of AWS."""
    kinds = ("execution", "test_state")
    return [case for case in recorded(group) if case["kind"] in kinds and (case.get("lambdas") or case.get("needs"))]


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
