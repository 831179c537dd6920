"""Tasks that call other services end as on AWS: the recordings of the group, through the driver and this laptop's AWS.

The recordings are not part of this repository. HANDRAIL_CONFORMANCE names their folder; without it they are looked for
beside the repository, and the tests are skipped where they are not found.
"""

import importlib.util
import json
import os
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from handrail.local.aws import Aws
from tests.conformance.services_adapter import run

BESIDE = Path(__file__).parents[3] / "shared" / "conformance"
FOLDER = Path(os.environ.get("HANDRAIL_CONFORMANCE", BESIDE))

pytestmark = pytest.mark.skipif(
    not (FOLDER / "match.py").exists(),
    reason="the recordings of AWS are not here (HANDRAIL_CONFORMANCE names their folder)",
)

NEWER = "recorded in 2023; since then AWS tells how an execution can be redriven, as the recordings of 2024 and 2025 do"

# What differs, and why: cases, named by a part of their id.
DIFFERENT = {
    "callback.test_callback.test_start_execution_sync/": ("fail", NEWER),
    "callback.test_callback.test_start_execution_sync2/": ("fail", NEWER),
    "test_start_execution_sync_delegate_failure/": ("result", NEWER),
    "test_send_message_no_such_queue_no_catch/": ("result", "the recorded cause names another host than the request"),
}


@cache
def matcher() -> ModuleType:
    spec = importlib.util.spec_from_file_location("match", FOLDER / "match.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def cases() -> list[dict[str, Any]]:
    path = FOLDER / "aws-recorded" / "services.jsonl"
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []
    # Their waits are real: a sample of them each time, all of them when proving.
    return found[:: 1 if os.environ.get("HANDRAIL_PROVE") else 4]


def outcome(case: dict[str, Any], actual: dict[str, Any]) -> str:
    levels = {each.level for each in matcher().compare(case, actual)}
    return "full" if not levels else "result" if levels == {"events"} else "fail"


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    aws = Aws.start()
    yield aws
    aws.close()


def test_every_recorded_task_ends_as_on_aws_with_the_same_history(aws: Aws, tmp_path: Path) -> None:
    """Each recorded machine gives AWS's status, output, error and history, but for what is listed with its reason."""
    given = cases()
    outcomes = {case["id"]: outcome(case, run(case, aws, tmp_path / str(place))) for place, case in enumerate(given)}
    different = {id: how for id, how in outcomes.items() if how != "full"}
    listed = {id: how for id in outcomes for part, (how, _) in DIFFERENT.items() if part in id}
    assert different == listed, Counter(outcomes.values())
