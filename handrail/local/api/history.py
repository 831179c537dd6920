"""The history of an execution, page by page, from either end, with or without its data.

Source: GetExecutionHistory in the API Reference.
"""

from collections.abc import Iterator, Mapping
from json.encoder import encode_basestring_ascii as quoted
from typing import TYPE_CHECKING, Any, Final

from handrail.engine.history import HistoryEvent, rendered
from handrail.local.api.paging import place, size, token
from handrail.local.api.wire import WRITER, Result, Text

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters

DATA: Final = frozenset({"input", "output", "parameters", "assignedVariables"})
"""What of an event's details is the data of the execution; `…Details` beside each say whether it is whole."""


WHOLE: Final = '{"truncated":false}'


def history(api: "Api", _caller: "Caller", given: "Parameters") -> Result:
    """One page of events; a page token is the id of the event that comes next."""
    arn, back = given["executionArn"], bool(given.get("reverseOrder"))
    bare = not given.get("includeExecutionData", True)
    events = api.family.look(arn, api.histories.events, lambda born: born.events())
    now, request = api.driver.clock.now(), ("GetExecutionHistory", arn, back)
    at = place(request, given.get("nextToken"), now)
    first = int(at[0]) if at else len(events) if back else 1
    ids = page(first, size(given), len(events), back=back)
    following = ids[-1] + ids.step if ids else 0
    more = {"nextToken": token(request, [following], now)} if 1 <= following <= len(events) else {}
    if bare:
        return {"events": shown(events, ids), **more}
    return Text(f'{{"events":[{",".join(texts(events, ids))}]{"," * len(more)}{WRITER.encode(more)[1:]}')


def page(first: int, most: int, length: int, *, back: bool) -> range:
    """The ids of a page's events, in their order."""
    return range(first, max(first - most, 0), -1) if back else range(first, min(first + most, length + 1))


def texts(events: list[HistoryEvent], ids: range) -> Iterator[str]:
    """The events of these ids as JSON, as it would be written of `rendered`.

    A history is nearly all states that are entered and left: put together from texts, they take a third of the time.
    """
    for number in ids:
        event = type, previous, at, details = events[number - 1]
        if not isinstance(details, tuple) or any(details[2:]):
            yield WRITER.encode(next(rendered([event], number)))
            continue
        head = f'{{"timestamp":{at!r},"type":"{type}","id":{number},"previousEventId":{previous},'
        name, text = quoted(details[0]), quoted(details[1])
        if type.endswith("Entered"):
            yield f'{head}"stateEnteredEventDetails":{{"name":{name},"input":{text},"inputDetails":{WHOLE}}}}}'
        else:
            yield f'{head}"stateExitedEventDetails":{{"name":{name},"output":{text},"outputDetails":{WHOLE}}}}}'


def shown(events: list[HistoryEvent], ids: range) -> list[dict[str, Any]]:
    """The events of these ids without their data."""
    first, last = min(ids, default=1), max(ids, default=0)
    return [without_data(each) for each in [*rendered(events[first - 1 : last], first)][:: ids.step]]


def without_data(event: dict[str, Any]) -> dict[str, Any]:
    return {
        name: {key: value for key, value in told.items() if key.removesuffix("Details") not in DATA}
        if name.endswith("EventDetails")
        else told
        for name, told in event.items()
    }


OPERATIONS: "Mapping[str, Operation]" = {"GetExecutionHistory": history}
