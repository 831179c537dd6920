"""The drift check's rows in the table: what is remembered of each root, who has claimed it, and what happened when.

A root's memory is one attribute of JSON text: nobody asks the table for a part of it, and DynamoDB's typed attributes
cost several times its work at both ends, for each root on each day.

A claim is a row of its own: a run writes what it remembers as a whole, and cannot overwrite a claim that somebody made
meanwhile. Its key holds when the difference was found, so it ends with it.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from handrail.table import TTL_ATTRIBUTE, Taken, table
from schemas.drift_memory import Kind, Memory, News, State

ROOTS, CLAIMS, EVENTS, STATE = "drift-root", "drift-claim", "drift-event", "drift-state"

# Statistics look back a year.
KEPT = timedelta(days=400)

# How each kind of news is counted; what was only told again is no event.
EVENT: Mapping[Kind, str] = {
    "found": "new", "new": "new", "changed": "changed", "resolved": "resolved",
    "ignored": "ignored", "failed": "failed", "recovered": "recovered", "closed": "closed",
}  # fmt: skip


def rows() -> Mapping[str, Memory]:
    """Every row by its root's name. One that cannot be read is as good as none: its root counts as new."""
    claims = {claim["sk"]: claim for claim in table().query(CLAIMS)}
    known = {}
    for item in table().query(ROOTS):
        with suppress(ValidationError):
            row = Memory.model_validate_json(str(item.get("memory")))
            known[row.name] = _claimed(row, claims)
    return known


def state() -> State:
    """What the check remembers of itself."""
    with suppress(ValidationError):
        return State.model_validate((table().get(STATE, "state") or {}).get("state") or {})
    return State()


def events() -> list[dict[str, Any]]:
    """What happened to roots, in the order in which it was seen."""
    return table().query(EVENTS)


def keep(news: News, rows: Iterable[Memory]) -> None:
    """Remember these rows, forget what is gone, and count what happened; once more changes nothing.

    The events come first: a row says that its news was told, so whatever follows from it must be there by then.
    """
    table().put_all(_events(news))
    told = {"claimed_by", "claimed_at"}
    table().put_all({"pk": ROOTS, "sk": row.name, "memory": row.model_dump_json(exclude=told)} for row in rows)
    for name in news.gone:
        table().delete(ROOTS, name)


def keep_state(state: State) -> None:
    table().put({"pk": STATE, "sk": "state", "state": state.model_dump(mode="json")})


def claim(row: Memory, who: str, at: datetime) -> Mapping[str, Any]:
    """The claim that holds from now on: this one, or the one that somebody made before."""
    assert row.open is not None
    wanted = {
        "pk": CLAIMS,
        "sk": _claim_key(row),
        "by": who,
        "at": at.isoformat(),
        TTL_ATTRIBUTE: int((at + KEPT).timestamp()),
    }
    try:
        table().claim(wanted)
    except Taken as taken:
        return taken.item
    return wanted


def _claim_key(row: Memory) -> str:
    return f"{row.name}#{row.open.opened.isoformat()}" if row.open else ""


def _claimed(row: Memory, claims: Mapping[str, Mapping[str, Any]]) -> Memory:
    found = claims.get(_claim_key(row))
    if found is None:
        return row
    return row.model_copy(update={"claimed_by": str(found["by"]), "claimed_at": datetime.fromisoformat(found["at"])})


def _events(news: News) -> Iterator[dict[str, Any]]:
    for item in news.items:
        if item.kind in EVENT:
            kind = EVENT[item.kind]
            yield {
                "pk": EVENTS,
                "sk": f"{news.started.isoformat()}#{item.name}#{kind}",
                "kind": kind,
                "root": item.name,
                "verdict": item.verdict,
                # What piled up before the first look was not found on a day of its own.
                "first": item.kind == "found",
                "at": news.started.isoformat(),
                "opened": item.opened.isoformat(),
                "run": news.run,
                TTL_ATTRIBUTE: int((news.started + KEPT).timestamp()),
            }
