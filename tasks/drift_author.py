"""Who probably changed a resource, by CloudTrail's log of operations (S003-14).

LookupEvents knows ninety days of one account and region, takes two requests a second, and finds events by the name
under which the operation knew the resource: its ARN, or the last part of it. Source:
https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html
"""

import json
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from handrail.accounts import SESSION
from handrail.aws import client
from handrail.names import PREFIX
from schemas.drift_memory import Author, Memory, News
from schemas.drift_result import Report

Event = Mapping[str, Any]

MOST_LOOKUPS = 20
APART = 0.5
"""Seconds from one request to the next."""

MOST_ARNS = 3
TRIES = 3

THROTTLED = frozenset({"ThrottlingException", "Throttling", "RequestLimitExceeded", "TooManyRequestsException"})
DENIED = frozenset({"AccessDeniedException", "AccessDenied", "UnauthorizedOperation", "OptInRequired"})

# Services of the whole world write their events where they live.
GLOBAL = "us-east-1"

# People of the identity centre come in through roles that begin so; the session is the person.
OF_PEOPLE = "AWSReservedSSO_"


class Denied(Exception):
    """CloudTrail may not be read."""


def author_of(events: Iterable[Event], before: datetime) -> Author | None:
    """Who made the newest change among events of LookupEvents; None where nobody but us is known to have made one.

    What only reads, what was refused, and what our own roles did changed nothing.
    """
    changes = (
        event for event in events if str(event.get("ReadOnly")).lower() != "true" and event["EventTime"] <= before
    )
    for event in sorted(changes, key=lambda event: event["EventTime"], reverse=True):
        told = _told(event)
        identity = told.get("userIdentity") or {}
        name = _who(identity) or str(event.get("Username") or "")
        if name and not told.get("errorCode") and not _ours(identity):
            return Author(name=name[:200], event=str(event.get("EventName", ""))[:100], at=event["EventTime"])
    return None


def _told(event: Event) -> Mapping[str, Any]:
    try:
        told = json.loads(event.get("CloudTrailEvent") or "{}")
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _ours(identity: Mapping[str, Any]) -> bool:
    role, session = _session(identity)
    return role.startswith(PREFIX) or session == SESSION


def _session(identity: Mapping[str, Any]) -> tuple[str, str]:
    """The role and the session's name of somebody who assumed one, from `…:assumed-role/<role>/<session>`."""
    parts = str(identity.get("arn") or "").split("/")
    return (parts[1], parts[-1]) if len(parts) > 2 and identity.get("type") == "AssumedRole" else ("", "")


def _of_role(identity: Mapping[str, Any]) -> str:
    role, session = _session(identity)
    context = identity.get("sessionContext") or {}
    source = str(context.get("sourceIdentity") or "")
    return source or (session if role.startswith(OF_PEOPLE) or not role else f"{role}/{session}")


# How each kind of identity is called: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/
# cloudtrail-event-reference-user-identity.html
NAMES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "Root": lambda identity: "root",
    "IAMUser": lambda identity: str(identity.get("userName") or ""),
    "AssumedRole": _of_role,
    "FederatedUser": lambda identity: str(identity.get("arn") or "").rpartition("/")[2],
    "IdentityCenterUser": lambda identity: str((identity.get("onBehalfOf") or {}).get("userId") or ""),
    "AWSService": lambda identity: str(identity.get("invokedBy") or ""),
    "AWSAccount": lambda identity: str(identity.get("accountId") or ""),
}


def _who(identity: Mapping[str, Any]) -> str:
    named = NAMES.get(str(identity.get("type")))
    return named(identity) if named else str(identity.get("userName") or "")


@dataclass
class Log:
    """CloudTrail, asked slowly and not often: `ask(region, request)` gives an answer of LookupEvents."""

    ask: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
    pause: Callable[[float], None] = time.sleep
    left: int = MOST_LOOKUPS

    def author(self, arns: Sequence[str], since: datetime | None, until: datetime) -> Author | None:
        """The last of those who changed one of these between the two times; None: unknown. Raises Denied."""
        found = [author for arn in arns[:MOST_ARNS] if (author := author_of(self._events(arn, since, until), until))]
        return max(found, key=lambda author: author.at, default=None)

    def _events(self, arn: str, since: datetime | None, until: datetime) -> list[Event]:
        names = dict.fromkeys([arn, arn.replace("/", ":").rpartition(":")[2]])
        return next((events for name in names if (events := [*self._of(arn, name, since, until)])), [])

    def _of(self, arn: str, name: str, since: datetime | None, until: datetime) -> Iterator[Event]:
        wanted = {"LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": name}], "EndTime": until}
        request: dict[str, Any] = wanted | ({"StartTime": since} if since else {})
        while self.left > 0:
            answer = self._answer(arn.split(":")[3] or GLOBAL, request)
            yield from answer.get("Events", ())
            if not answer.get("NextToken"):
                return
            request = {**request, "NextToken": answer["NextToken"]}

    def _answer(self, region: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        """One answer; asked again, later each time, where we asked too fast. No answer is an empty one."""
        from botocore.exceptions import BotoCoreError, ClientError

        for attempt in range(TRIES):
            if self.left <= 0:
                break
            if self.left < MOST_LOOKUPS:
                self.pause(APART * 2**attempt)
            self.left -= 1
            try:
                return self.ask(region, request)
            except ClientError as error:
                code = error.response["Error"]["Code"]
                if code in DENIED:
                    raise Denied from None
                if code not in THROTTLED:
                    break
            except BotoCoreError:
                break
        return {}


def cloudtrail() -> Log:
    """The log of the account that this runs in."""
    return Log(lambda region, request: client("cloudtrail", None, region).lookup_events(**request))


def named(news: News, report: Report, memory: Mapping[str, Memory], log: Log) -> News:
    """The news with the likely author of each drift that is new or has changed; the cause is asked for once."""
    arns = {root.name: [change.arn for change in root.drift if change.arn] for root in report.roots}
    wanted = [item for item in news.items if item.kind in ("new", "changed") and item.verdict == "drift"]
    authors = {}
    try:
        for item in wanted:
            if arns.get(item.name) and item.case not in authors:
                known = memory.get(item.name)
                authors[item.case] = log.author(arns[item.name], known.judged if known else None, news.started)
        denied = news.state.denied and not authors
    except Denied:
        denied = True
    items = tuple(item.model_copy(update={"author": authors.get(item.case)}) for item in news.items)
    state = news.state.model_copy(update={"denied": denied})
    return news.model_copy(update={"items": items, "denied": denied and not news.state.denied, "state": state})
