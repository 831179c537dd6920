"""Executions listed: those of a machine, of a version or an alias of it, or the children of a Map Run.

Source: ListExecutions in the API Reference; those that run are ordered by when they began or were redriven, the others
by when they ended, the newest first.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handrail.local.api.executions import present, summary, summary_of_child
from handrail.local.api.family import Born
from handrail.local.api.paging import place, size, token
from handrail.local.apierror import ApiError
from handrail.local.store import LISTED, Stored

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters

MOMENT = "coalesce(stopped, redrive_date, started)"
REDRIVEN = {"REDRIVEN": "redrive_count>0", "NOT_REDRIVEN": "redrive_count=0", None: "1"}


def executions(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """One page of the executions that fit."""
    machine, run = given.get("stateMachineArn"), given.get("mapRunArn")
    if (machine is None) == (run is None):
        raise ApiError("ValidationException", "Specify either stateMachineArn or mapRunArn, and not both.")
    now = api.driver.clock.now()
    request = ("ListExecutions", machine, run, given.get("statusFilter"), given.get("redriveFilter"))
    after = place(request, given.get("nextToken"), now)
    found = children(api, given, after) if machine is None else of_machine(api, given, after)
    told: dict[str, Any] = {"executions": [present(each) for _, each in found[: size(given)]]}
    if len(found) > size(given):
        told["nextToken"] = token(request, found[size(given) - 1][0], now)
    return told


Found = list[tuple[list[Any], dict[str, Any]]]
"""Executions with their places in the list: one more than a page has, where there is one."""


def of_machine(api: "Api", given: "Parameters", after: list[Any] | None) -> Found:
    machine, status = given["stateMachineArn"], given.get("statusFilter")
    target = api.registry.resolve(machine)
    if target.machine.type == "EXPRESS":
        raise ApiError("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
    if status == "PENDING_REDRIVE":
        raise ApiError("ValidationException", "The statusFilter PENDING_REDRIVE can only be used with a mapRunArn.")
    column = "alias_arn" if target.alias_arn else "version_arn" if target.version_arn else "machine_arn"
    # A runbook may be called as it is deployed; its executions are of one machine all the same.
    own = f"{target.machine.arn.rpartition(':')[0]}:{target.machine.name}"
    asked = {"arn": own if column == "machine_arn" else machine, "most": size(given) + 1}
    where = f"{column}=:arn AND type='STANDARD' AND {REDRIVEN[given.get('redriveFilter')]}"
    if status is not None:
        where, asked["status"] = f"{where} AND status=:status", status
    if after is not None:
        where, asked["moment"], asked["row"] = f"{where} AND ({MOMENT}, rowid)<(:moment, :row)", *after
    query = f"SELECT rowid, {LISTED} FROM execution WHERE {where} ORDER BY {MOMENT} DESC, rowid DESC LIMIT :most"  # noqa: S608  # ours
    return [([moment(stored), row], summary(stored)) for row, stored in rows(api, query, asked)]


def rows(api: "Api", query: str, asked: Mapping[str, Any]) -> list[tuple[int, Stored]]:
    return [(row, Stored(*rest)) for row, *rest in api.store.read(query, asked)]


def moment(stored: Stored) -> float:
    """By what an execution is ordered."""
    return next(at for at in (stored.stopped, stored.redrive_date, stored.started) if at is not None)


def children(api: "Api", given: "Parameters", after: list[Any] | None) -> Found:
    """The children of a Map Run; only those tell of their run, and of how many items they have."""
    status, redriven = given.get("statusFilter"), given.get("redriveFilter")
    told = api.family.look_run(
        given["mapRunArn"],
        lambda host, run: [
            {**summary_of_child(Born(host, run, child)), "itemCount": child.items} for child in run.children
        ],
    )
    found = [
        ([each["stopDate"] or each["redriveDate"] or each["startDate"], number], each)
        for number, each in enumerate(told)
        if status in (None, each["status"])
        and redriven in (None, "REDRIVEN" if each["redriveCount"] else "NOT_REDRIVEN")
    ]
    found.sort(key=lambda each: each[0], reverse=True)
    return [each for each in found if after is None or each[0] < after][: size(given) + 1]


OPERATIONS: "Mapping[str, Operation]" = {"ListExecutions": executions}
