"""Map Runs listed, described, and changed while they run.

Source: ListMapRuns, DescribeMapRun and UpdateMapRun in the API Reference.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from handrail.engine import Execution
from handrail.engine.events import MapRunUpdated
from handrail.engine.redrive import against
from handrail.engine.states.maprun import MOST_CHILDREN, Child, MapRun
from handrail.local.api.executions import present
from handrail.local.api.family import runs
from handrail.local.api.paging import place, size, token
from handrail.local.apierror import ApiError

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters

ENDS: Final = {"SUCCEEDED": "succeeded", "FAILED": "failed", "TIMED_OUT": "timedOut", "ABORTED": "aborted"}


def listed(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """One page of the Map Runs that an execution began, the newest first."""
    arn, now = given["executionArn"], api.driver.clock.now()
    told: list[dict[str, Any]] = api.family.look(
        arn,
        lambda stored: api.histories.look(stored, items),
        lambda born: [item(run) for run in runs(born.child.execution) if run.host is born.child.execution],
    )
    told.reverse()
    request = ("ListMapRuns", arn)
    after = place(request, given.get("nextToken"), now)
    # Runs are only added: one is known by how many there were before it.
    rest = told if after is None else told[max(len(told) - int(after[0]), 0) :]
    page = rest[: size(given)]
    answer: dict[str, Any] = {"mapRuns": [present(each) for each in page]}
    if len(rest) > len(page):
        answer["nextToken"] = token(request, [len(rest) - len(page)], now)
    return answer


def items(execution: Execution) -> list[dict[str, Any]]:
    """The Map Runs that an execution itself began, the oldest first."""
    return [item(run) for run in execution.map_runs.values() if isinstance(run, MapRun)]


def item(run: MapRun) -> dict[str, Any]:
    return {
        "executionArn": run.host.arn,
        "mapRunArn": run.arn,
        "stateMachineArn": f"{run.host.machine_arn}/{run.label}",
        "startDate": run.started_at,
        "stopDate": run.stopped_at,
    }


def describe(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """The numbers of a Map Run: what it may do, and how far it is."""
    return present(api.family.look_run(given["mapRunArn"], lambda _, run: told(run)))


def told(run: MapRun) -> dict[str, Any]:
    settings = run.settings
    return {
        "mapRunArn": run.arn,
        "executionArn": run.host.arn,
        "status": run.status,
        "startDate": run.started_at,
        "stopDate": run.stopped_at,
        "maxConcurrency": 0 if settings.most == MOST_CHILDREN else settings.most,
        "toleratedFailureCount": settings.failures or 0,
        "toleratedFailurePercentage": settings.share or 0.0,
        "itemCounts": counts(run, lambda child: child.items, (items for _, items in run.pending)),
        "executionCounts": counts(run, lambda _: 1, (1 for _ in run.pending)),
        "redriveCount": run.redrives,
        "redriveDate": run.redriven_at,
    }


def counts(run: MapRun, worth: Any, pending: Iterable[int]) -> dict[str, int]:
    """How many there are of each kind, in items or in executions."""
    found: Counter[str] = Counter(
        dict.fromkeys((*ENDS.values(), "running", "pendingRedrive", "failuresNotRedrivable"), 0)
    )
    waiting = set(run.unsuccessful) if run.status == "RUNNING" else set()
    for child in run.children:
        if child in waiting:
            found["pendingRedrive"] += worth(child)
        else:
            found[ENDS.get(child.status, "running")] += worth(child)
        if child not in waiting and final(run, child):
            found["failuresNotRedrivable"] += worth(child)
    found["resultsWritten"] = sum(
        worth(child) for child in run.children if run.results_written and child.status in ENDS
    )
    found["pending"] = sum(pending)
    found["total"] = sum(worth(child) for child in run.children) + found["pending"]
    return dict(found)


def final(run: MapRun, child: Child) -> bool:
    """Whether a child failed for good; an Express one begins anew whenever its run is redriven."""
    if child.execution.express or child.status in ("RUNNING", "SUCCEEDED"):
        return False
    return against(child.execution, run.host.now) is not None


def update(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """Change the numbers of a Map Run that runs; it goes by them at once, and so does every replay."""
    arn = given["mapRunArn"]
    host, status = api.family.look_run(arn, lambda host, run: (host, run.status))
    if status != "RUNNING":
        raise ApiError("ValidationException", f"Map Run is {status} and cannot be updated: '{arn}'")
    changed = [given.get(name) for name in ("maxConcurrency", "toleratedFailureCount", "toleratedFailurePercentage")]
    api.driver.ask(lambda: api.driver.take(host.arn, lambda at: MapRunUpdated(at, arn, *changed)))
    return {}


OPERATIONS: "Mapping[str, Operation]" = {
    "ListMapRuns": listed,
    "DescribeMapRun": describe,
    "UpdateMapRun": update,
}
