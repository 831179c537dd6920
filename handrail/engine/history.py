"""The event history, kept as tuples while an execution runs and written in AWS's shape when it is read.

Source: the GetExecutionHistory page of the Step Functions API reference; order and `previousEventId` as AWS was
seen to number them.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

MOST_EVENTS = 25_000
"""The length of a history after which a Standard execution fails (Step Functions service quotas)."""

WHOLE = {"truncated": False}


class HistoryEvent(NamedTuple):
    """One entry of a history; its id is its place in it, counted from 1.

    `details` is the object of the event's `…EventDetails`, in which a StateEntered or StateExited keeps only what
    differs, since those two make up most of a history.
    """

    type: str
    previous: int
    at: float
    details: Mapping[str, Any] | tuple[Any, ...] | None


def details_key(type: str) -> str:
    """Where the API puts the details of an event of this type."""
    if type.endswith("StateEntered"):
        return "stateEnteredEventDetails"
    if type.endswith("StateExited"):
        return "stateExitedEventDetails"
    return f"{type[0].lower()}{type[1:]}EventDetails"


def entered(name: str, input_text: str) -> dict[str, Any]:
    return {"name": name, "input": input_text, "inputDetails": WHOLE}


def exited(name: str, output_text: str, assigned: Mapping[str, str] | None) -> dict[str, Any]:
    details = {"name": name, "output": output_text, "outputDetails": WHOLE}
    if assigned:
        details |= {"assignedVariables": dict(assigned), "assignedVariablesDetails": WHOLE}
    return details


def rendered(events: list[HistoryEvent], first: int = 1) -> Iterator[dict[str, Any]]:
    """Events as GetExecutionHistory gives them, `first` the id of the first; `timestamp` is seconds since the epoch."""
    for number, (type, previous, at, details) in enumerate(events, start=first):
        event: dict[str, Any] = {"timestamp": at, "type": type, "id": number, "previousEventId": previous}
        if isinstance(details, tuple):
            event[details_key(type)] = entered(*details) if type.endswith("Entered") else exited(*details)
        elif details is not None:
            event[details_key(type)] = dict(details)
        yield event
