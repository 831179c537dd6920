"""The verdict on one root, read from `show -json` of its plan: pure, and of Terraform's and OpenTofu's documents alike.

What counts as a difference: https://developer.hashicorp.com/terraform/internals/json-format. Never the exit code: a
`moved` block alone gives 2, a drift that nothing refers to gives 0.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from handrail.errors import HandrailError
from schemas.drift_result import Change, Counts, Mode, Verdict

MAJOR = "1"

NOTHING = {("no-op",), ("read",)}

NO_COUNTS = Counts()

# How AWS names a resource: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
ARN = re.compile(r"arn:[a-z0-9-]{1,20}:[a-z0-9-]{1,40}:[a-z0-9-]{0,30}:(\d{12})?:[\w.:/+=@,*-]{1,500}", re.ASCII)

# Terraform's action lists, and under which count each goes.
COUNTED = {
    ("create",): "create",
    ("update",): "update",
    ("delete",): "delete",
    ("delete", "create"): "replace",
    ("create", "delete"): "replace",
    ("forget",): "forget",
    ("create", "forget"): "replace",
}

# What a reader should know beside the verdict: how many, of what, and what is true of them.
NOTES = {
    "moved": ("resource", "moved in code"),
    "imported": ("resource", "to be imported"),
    "outputs": ("output", "would change"),
    "failing_checks": ("check", "not passing"),
    "deferred": ("change", "deferred to a later plan"),
    "noise": ("difference", "without meaning (null against empty)"),
}


class UnknownFormat(HandrailError):
    """A plan document of a format that is not known here."""


@dataclass(frozen=True)
class Findings:
    """What one plan says."""

    verdict: Verdict
    drift: Sequence[Change] = ()
    changes: Sequence[Change] = ()
    counts: Counts = NO_COUNTS
    notes: Sequence[str] = ()


def classify(plan: Mapping[str, Any], mode: Mode) -> Findings:
    """What the plan says. Raises UnknownFormat."""
    _check_format(plan)
    outside, planned = plan.get("resource_drift") or [], plan.get("resource_changes") or []
    counts: Counter[str] = Counter()
    drift = sorted(_changes(outside, counts, "drifted"), key=_address)
    changes = sorted(_changes(planned, counts), key=_address)
    # A refresh-only plan tells of moves among the drift.
    counts["moved"] = len({entry["address"] for entry in [*outside, *planned] if "previous_address" in entry})
    counts["imported"] = sum(bool(entry["change"].get("importing")) for entry in planned)
    counts["outputs"] = sum(_acts(change) for change in (plan.get("output_changes") or {}).values())
    counts["failing_checks"] = sum(check.get("status") in ("fail", "error") for check in plan.get("checks") or ())
    counts["deferred"] = len(plan.get("deferred_changes") or ())
    verdict = _verdict(plan, mode, drift, changes)
    return Findings(verdict, drift, changes, Counts(**counts), tuple(_notes(counts, plan)))


def _check_format(plan: Mapping[str, Any]) -> None:
    version = str(plan.get("format_version", ""))
    if version.partition(".")[0] != MAJOR:
        raise UnknownFormat(
            f"the plan has format_version {version[:20] or 'nothing at all'}, and only {MAJOR}.x is known here."
            " Update Handrail, or plan this root with an older binary."
        )


def _verdict(plan: Mapping[str, Any], mode: Mode, drift: Sequence[Change], changes: Sequence[Change]) -> Verdict:
    if plan.get("errored"):
        return "failed"
    if drift and (mode == "refresh-only" or _undone(drift, changes) or _caused(plan, drift, changes)):
        return "drift"
    if plan.get("complete") is False or plan.get("deferred_changes"):
        return "incomplete"
    if changes:
        return "unapplied"
    return "benign" if drift else "clean"


def _undone(drift: Iterable[Change], changes: Iterable[Change]) -> bool:
    """Whether an apply would touch what changed outside, under its present name or the one before a move."""
    named = {name for change in changes for name in (change.address, change.moved_from)}
    return any(change.address in named or (change.moved_from and change.moved_from in named) for change in drift)


def _caused(plan: Mapping[str, Any], drift: Iterable[Change], changes: Sequence[Change]) -> bool:
    """Whether a drifted attribute is one that Terraform says the planned changes came from."""
    relevant = plan.get("relevant_attributes") or ()
    return bool(changes) and any(_feeds(change, reference) for change in drift for reference in relevant)


def _feeds(change: Change, reference: Mapping[str, Any]) -> bool:
    if reference.get("resource") not in (change.address, re.sub(r"\[[^\[\]]*\]$", "", change.address)):
        return False
    path = reference.get("attribute") or ()
    return not path or not change.attributes or path[0] in change.attributes


def _changes(entries: Iterable[Mapping[str, Any]], counts: Counter[str], always: str = "") -> Iterator[Change]:
    """The entries that mean something; `always` is the count of each, instead of one by its actions."""
    for entry in entries:
        change = entry["change"]
        actions = tuple(change["actions"])
        if actions in NOTHING or entry.get("mode") == "data":
            continue
        attributes = tuple(sorted(differing(change)))
        if actions == ("update",) and not attributes:
            counts["noise"] += 1
            continue
        counts[always or COUNTED.get(actions, "update")] += 1
        yield Change(
            address=entry["address"],
            actions=actions,
            attributes=attributes,
            reason=entry.get("action_reason", ""),
            moved_from=entry.get("previous_address", ""),
            arn=_arn(change) if always else "",
        )


def _arn(change: Mapping[str, Any]) -> str:
    """The resource's ARN, from the two attributes that hold nothing else where they hold one; never a sensitive one."""
    sides = [change.get(side) for side in ("before", "after")]
    marks = [change.get(f"{side}_sensitive") for side in ("before", "after")]
    for name in ("arn", "id"):
        found = next((side[name] for side in sides if isinstance(side, dict) and side.get(name)), None)
        hidden = any(mark is True or (isinstance(mark, dict) and any_true(mark.get(name))) for mark in marks)
        if isinstance(found, str) and ARN.fullmatch(found) and not hidden:
            return found
    return ""


def differing(change: Mapping[str, Any]) -> Iterator[str]:
    """The names of the top-level attributes that differ, where the object is there before and after."""
    before, after, unknown = change.get("before"), change.get("after"), change.get("after_unknown")
    if not isinstance(before, dict) or not isinstance(after, dict):
        return
    unknown = unknown if isinstance(unknown, dict) else {}
    for name in before.keys() | after.keys() | unknown.keys():
        if any_true(unknown.get(name)) or canonical(before.get(name)) != canonical(after.get(name)):
            yield name


def any_true(mirror: Any) -> bool:
    if isinstance(mirror, dict | list):
        return any(any_true(item) for item in (mirror.values() if isinstance(mirror, dict) else mirror))
    return mirror is True


def canonical(value: Any) -> str:
    """One text for all values that mean the same; in Python alone, 1 would equal True."""
    return json.dumps(pruned(value), sort_keys=True)


def pruned(value: Any) -> Any:
    """Null for every empty collection: providers change their mind about which of them "nothing" is."""
    if isinstance(value, dict):
        kept = {key: inner for key, item in value.items() if (inner := pruned(item)) is not None}
        return kept or None
    if isinstance(value, list):
        return [pruned(item) for item in value] or None
    return value


def _acts(change: Mapping[str, Any]) -> bool:
    return tuple(change["actions"]) not in NOTHING


def _address(change: Change) -> str:
    return change.address


def _notes(counts: Mapping[str, int], plan: Mapping[str, Any]) -> Iterator[str]:
    for key, (what, how) in NOTES.items():
        if counts.get(key):
            yield f"{counts[key]} {what}{'s' if counts[key] > 1 else ''} {how}"
    if plan.get("complete") is False and not plan.get("errored"):
        yield "the plan is not complete"
