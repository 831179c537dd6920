"""The door of EventBridge: what moto does badly or not at all. Everything else about rules and schedules is moto's.

Sources: PutEvents and TestEventPattern in the EventBridge API Reference.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

from handrail.local.doors import Answered, Asked
from handrail.local.eventbridge.bus import EventBridge
from handrail.local.eventbridge.checks import Refused, check
from handrail.local.eventbridge.patterns import matches
from handrail.local.eventbridge.told import event, parsed
from handrail.local.refusal import Unavailable

ENTRIES: Final = 10
"""Events of one PutEvents."""

LARGEST: Final = 1024 * 1024
"""Bytes of one event, and of all of one request together."""

MISSING: Final = "Parameter {0} is not valid. Reason: {0} is a required argument."

Row = Callable[[Asked], Answered | None]


class Door:
    """Answers PutEvents and TestEventPattern, refuses what AWS refuses, and tells when something changes."""

    def __init__(self, bus: EventBridge, changed: Callable[[], None]) -> None:
        self.bus = bus
        self.changed = changed

    def __call__(self, asked: Asked) -> Answered | None:
        if asked.service not in ("events", "scheduler", "cloudformation"):
            return None
        row = self.rows.get((asked.service, asked.action))
        try:
            if row is not None:
                return row(asked)
            check(asked)
        except Refused as refused:
            return asked.refuse(*refused.args)
        if asked.action.startswith(("Get", "List", "Describe")):
            return None
        answered = asked.moto()
        self.changed()
        return answered

    @property
    def rows(self) -> Mapping[tuple[str, str], Row]:
        return {("events", "PutEvents"): self.put_events, ("events", "TestEventPattern"): test_pattern}

    def put_events(self, asked: Asked) -> Answered:
        entries = asked.parameters.get("Entries") or []
        if not 1 <= len(entries) <= ENTRIES:
            raise Refused(
                "ValidationException",
                f"1 validation error detected: Value '{entries}' at 'entries' failed to satisfy constraint: "
                f"Member must have length {'greater' if not entries else 'less'} than or equal to "
                f"{1 if not entries else ENTRIES}",
            )
        if self.bus.closed:
            raise Unavailable("No event is taken any more")
        if sum(map(size, entries)) > LARGEST:
            raise Refused("ValidationException", "Total size of the entries in the request is over the limit.")
        told = [self.put(asked, entry) for entry in entries]
        return asked.answer({"FailedEntryCount": sum("ErrorCode" in one for one in told), "Entries": told})

    def put(self, asked: Asked, entry: Mapping[str, Any]) -> dict[str, str]:
        """Send one event; what is wrong with it is its own answer."""
        for name in ("Source", "DetailType", "Detail"):
            if not entry.get(name):
                return {"ErrorCode": "InvalidArgument", "ErrorMessage": MISSING.format(name)}
        if str(entry["Source"]).startswith("aws."):
            told = "Not authorized for the source."
            return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": told}
        try:
            detail = parsed(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        at, id = entry.get("Time"), str(uuid4())
        seconds = self.bus.now() if at is None else float(at) if isinstance(at, int | float) else at.timestamp()
        sent = event(
            *(str(entry["Source"]), str(entry["DetailType"]), seconds, detail),
            account=asked.account,
            region=asked.region,
            resources=entry.get("Resources") or [],
            id=id,
        )
        self.bus.put(sent, str(entry.get("EventBusName") or "default").rpartition("/")[2])
        return {"EventId": id}


def size(entry: Mapping[str, Any]) -> int:
    """What an entry counts, as "Calculating PutEvents event entry size" in the User Guide says."""
    texts = [*(entry.get(name) or "" for name in ("Source", "DetailType", "Detail")), *(entry.get("Resources") or [])]
    return sum(len(str(text).encode(errors="replace")) for text in texts) + (14 if entry.get("Time") else 0)


def test_pattern(asked: Asked) -> Answered:
    try:
        pattern, sent = parsed(asked.parameters.get("EventPattern", "")), parsed(asked.parameters.get("Event", ""))
    except ValueError:
        raise Refused("InvalidEventPatternException", "Event pattern is not valid. Reason: Invalid JSON") from None
    if not isinstance(pattern, dict) or not isinstance(sent, dict):
        raise Refused("InvalidEventPatternException", "Event pattern is not valid. Reason: it is no object")
    return asked.answer({"Result": matches(pattern, sent)})
