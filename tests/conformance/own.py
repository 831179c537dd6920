"""The cases of our own: one JSON object a line in `cases/<group>.jsonl`, each with the page that says so."""

import json
from pathlib import Path
from typing import Any

from tests.conformance.adapter import run
from tests.conformance.matching import Difference, Verdict, differences, verdict

CASES = Path(__file__).parent / "cases"
GROUPS = sorted(path.stem for path in CASES.glob("*.jsonl"))


def cases(group: str) -> list[dict[str, Any]]:
    """The cases of one group."""
    return [json.loads(line) for line in (CASES / f"{group}.jsonl").read_text(encoding="utf-8").splitlines()]


def unlike(case: dict[str, Any]) -> list[Difference]:
    """In what our answer differs from what the case expects."""
    return differences(case, run(case))


def outcome(case: dict[str, Any]) -> Verdict:
    """How far our answer agrees."""
    return verdict(unlike(case))
