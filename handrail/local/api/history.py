"""The history of an execution, page by page, from either end, with or without its data.

Source: GetExecutionHistory in the API Reference.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from handrail.engine.history import HistoryEvent, rendered
from handrail.local.api.paging import place, size, token

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters

DATA: Final = frozenset({"input", "output", "parameters", "assignedVariables"})
"""What of an event's details is the data of the execution; `…Details` beside each say whether it is whole."""


def history(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """One page of events; a page token is the id of the event that comes next."""
    arn, back = given["executionArn"], bool(given.get("reverseOrder"))
    bare = not given.get("includeExecutionData", True)
    events = api.family.look(arn, api.histories.events, lambda born: born.events())
    now, request = api.driver.clock.now(), ("GetExecutionHistory", arn, back)
    at = place(request, given.get("nextToken"), now)
    first = int(at[0]) if at else len(events) if back else 1
    ids = page(first, size(given), len(events), back=back)
    told: dict[str, Any] = {"events": shown(events, ids, bare=bare)}
    following = ids[-1] + ids.step if ids else 0
    if 1 <= following <= len(events):
        told["nextToken"] = token(request, [following], now)
    return told


def page(first: int, most: int, length: int, *, back: bool) -> range:
    """The ids of a page's events, in their order."""
    return range(first, max(first - most, 0), -1) if back else range(first, min(first + most, length + 1))


def shown(events: list[HistoryEvent], ids: range, *, bare: bool) -> list[dict[str, Any]]:
    """The events of these ids as the API gives them; `bare` without their data."""
    first, last = min(ids, default=1), max(ids, default=0)
    told = [*rendered(events[first - 1 : last], first)][:: ids.step]
    return [without_data(each) for each in told] if bare else told


def without_data(event: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {key: value for key, value in told.items() if key.removesuffix("Details") not in DATA}
        if name.endswith("EventDetails")
        else told
        for name, told in event.items()
    }


OPERATIONS: "Mapping[str, Operation]" = {"GetExecutionHistory": history}
