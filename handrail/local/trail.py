"""CloudTrail's event history: every change that was asked for here, found again with LookupEvents.

Source: "LookupEvents", AWS CloudTrail API Reference, and "Viewing recent management events with the AWS CLI".
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from handrail.errors import did_you_mean
from handrail.local.cloudfile import CloudFile
from handrail.local.doors import ACCOUNT, Answered, Asked
from handrail.local.moto.changes import told
from handrail.local.trailevents import Event, Resource, event

LASTS: Final = timedelta(days=90)
MOST: Final = 50
LONGEST: Final = 2000

# Two requests a second, for each account and region.
RATE: Final = 2

# What each key compares, as a condition on the table.
KEYS: Final[Mapping[str, str]] = {
    "AccessKeyId": "access_key = ?",
    "EventId": "id = ?",
    "EventName": "name = ?",
    "EventSource": "source = ?",
    "ReadOnly": "read_only = ?",
    "ResourceName": "EXISTS (SELECT 1 FROM json_each(resources) WHERE json_extract(value, '$[1]') = ?)",
    "ResourceType": "EXISTS (SELECT 1 FROM json_each(resources) WHERE json_extract(value, '$[0]') = ?)",
    "Username": "username = ?",
}
COLUMNS: Final = "number, id, at, name, source, username, access_key, read_only, resources, detail"


class Refused(Exception):
    """LookupEvents does not take a request; its first argument is AWS's error code."""


class Trail:
    """The door of LookupEvents. `throttled` counts requests as AWS does; without a folder events are forgotten.

    Another process may open the same folder and record what it did there.
    """

    def __init__(
        self,
        home: Path | None = None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        throttled: bool = False,
    ) -> None:
        self.file = CloudFile(home)
        self.now = now
        self.throttled = throttled
        self._asked: defaultdict[tuple[str, str], deque[datetime]] = defaultdict(lambda: deque(maxlen=RATE))
        self.file.write("DELETE FROM event WHERE at < ?", ((now() - LASTS).timestamp(),))

    def __call__(self, asked: Asked) -> Answered | None:
        """Answer LookupEvents; everything else is moto's."""
        if (asked.service, asked.action) != ("cloudtrail", "LookupEvents"):
            return None
        try:
            self._count(asked)
            return asked.answer(self._page(asked))
        except Refused as refused:
            return asked.refuse(*refused.args)

    def see(self, asked: Asked, answered: Answered) -> None:
        """Write down a request that was answered, if it is one that CloudTrail tells of."""
        if told(asked.service, asked.action, asked.method) and asked.known:
            self.put(event(asked, answered, self.now()))

    def record(
        self,
        name: str,
        source: str,
        username: str,
        *,
        resources: Sequence[Resource] = (),
        at: datetime | None = None,
        account: str = ACCOUNT,
        region: str = "us-east-1",
        detail: Mapping[str, Any] | None = None,
    ) -> Event:
        """Write down what happened elsewhere: `record("ModifyDBCluster", "rds.amazonaws.com", "alice", …)`.

        `resources` are types and names; `detail` overrides parts of CloudTrail's record, like `userIdentity`.
        """
        made = Event(name, source, username, at or self.now(), account, region, tuple(resources), detail=detail or {})
        self.put(made)
        return made

    def put(self, made: Event) -> None:
        """Keep an event."""
        columns = "id, at, account, region, name, source, username, access_key, read_only, resources, detail"
        values = (
            *(made.id, made.at.timestamp(), made.account, made.region, made.name, made.source, made.username),
            *(made.access_key, str(made.read_only).lower(), json.dumps(made.resources), made.record()),
        )
        self.file.write(f"INSERT INTO event ({columns}) VALUES ({', '.join('?' * len(values))})", values)  # noqa: S608

    def close(self) -> None:
        self.file.close()

    # ------------------------------------------------------------------ LookupEvents

    def _count(self, asked: Asked) -> None:
        """Refuse what comes faster than AWS takes it."""
        last, now = self._asked[asked.account, asked.region], self.now()
        if self.throttled and len(last) == RATE and now - last[0] < timedelta(seconds=1):
            raise Refused("ThrottlingException", "Rate exceeded")
        last.append(now)

    def _page(self, asked: Asked) -> Mapping[str, Any]:
        parameters = dict(asked.parameters)
        category = parameters.get("EventCategory")
        if category not in (None, "insight"):
            raise Refused("InvalidEventCategoryException", f'"{category}" is no event category; there is: insight.')
        most, token = _most(parameters.pop("MaxResults", MOST)), parameters.pop("NextToken", None)
        where, values = self._where(parameters)
        same = sha256(repr((asked.account, asked.region, where, sorted(map(repr, parameters.items())))).encode())
        digest = same.hexdigest()[:16]
        if category is not None:
            return {"Events": []}
        if token is not None:
            where, values = [*where, "(at, number) < (?, ?)"], [*values, *_after(token, digest)]
        rows = self.file.read(
            f"SELECT {COLUMNS} FROM event WHERE {' AND '.join(['account = ?', 'region = ?', *where])} "  # noqa: S608
            "ORDER BY at DESC, number DESC LIMIT ?",
            [asked.account, asked.region, *values, most + 1],
        )
        more = {"NextToken": _token(digest, rows[most - 1])} if len(rows) > most else {}
        return {"Events": [_shown(row) for row in rows[:most]], **more}

    def _where(self, parameters: Mapping[str, Any]) -> tuple[list[str], list[Any]]:
        """The conditions of a request; its times end where the ninety days begin."""
        begin, end = parameters.get("StartTime"), parameters.get("EndTime")
        if begin is not None and end is not None and begin > end:
            raise Refused("InvalidTimeRangeException", "The start time must not be after the end time.")
        oldest = (self.now() - LASTS).timestamp()
        where: list[str] = ["at >= ?"]
        values: list[Any] = [max(oldest, _seconds(begin)) if begin is not None else oldest]
        if end is not None:
            where, values = [*where, "at < ?"], [*values, _seconds(end) + 1]
        attributes = parameters.get("LookupAttributes") or []
        if len(attributes) > 1:
            raise Refused(WRONG, "Only one lookup attribute can be given.")
        for attribute in attributes:
            key, value = _attribute(attribute)
            where, values = [*where, KEYS[key]], [*values, value]
        return where, values


WRONG: Final = "InvalidLookupAttributesException"


def _attribute(attribute: Mapping[str, str]) -> tuple[str, str]:
    key, value = str(attribute.get("AttributeKey")), str(attribute.get("AttributeValue", ""))
    if key not in KEYS:
        raise Refused(WRONG, f'"{key}" is no lookup attribute.{did_you_mean(key, KEYS)}')
    if not 1 <= len(value) <= LONGEST:
        raise Refused(WRONG, f"The value of {key} must have 1 to {LONGEST} characters.")
    if key == "ReadOnly" and value not in ("true", "false"):
        raise Refused(WRONG, 'ReadOnly is "true" or "false".')
    return key, value


def _most(asked: Any) -> int:
    if not isinstance(asked, int) or not 1 <= asked <= MOST:
        raise Refused("InvalidMaxResultsException", f"MaxResults must be between 1 and {MOST}.")
    return asked


def _seconds(at: datetime) -> float:
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _token(digest: str, last: Sequence[Any]) -> str:
    return urlsafe_b64encode(json.dumps([digest, last[2], last[0]]).encode()).decode()


def _after(token: str, digest: str) -> tuple[float, int]:
    """Where the page before ended; a token is of one request, and of no other."""
    try:
        whose, at, number = json.loads(urlsafe_b64decode(token))
        place = float(at), int(number)
    except (ValueError, TypeError):
        raise Refused("InvalidNextTokenException", "This is no token of LookupEvents.") from None
    if whose != digest:
        raise Refused("InvalidNextTokenException", "The token belongs to a request with other parameters.")
    return place


def _shown(row: Sequence[Any]) -> Mapping[str, Any]:
    _, id, at, name, source, username, access_key, read_only, resources, detail = row
    return {
        "EventId": id,
        "EventName": name,
        "ReadOnly": read_only,
        **({"AccessKeyId": access_key} if access_key else {}),
        "EventTime": datetime.fromtimestamp(int(at), UTC),
        "EventSource": source,
        "Username": username,
        "Resources": [{"ResourceType": of, "ResourceName": named} for of, named in json.loads(resources)],
        "CloudTrailEvent": detail,
    }
