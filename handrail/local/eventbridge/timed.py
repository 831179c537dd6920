"""EventBridge Scheduler's schedules and scheduled rules, as moto keeps them: which are due, and what each does then.

A laptop that was off has missed what was due meanwhile: that is told, and not made up for. A firing does the same thing
once, since its deliveries are named by what fires when.

Sources: "Schedule types in EventBridge Scheduler" and "Managing a schedule" in its User Guide, "Creating a scheduled
rule" in the EventBridge User Guide.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Condition, Thread
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from handrail.errors import HandrailError
from handrail.local.eventbridge.bus import EventBridge
from handrail.local.eventbridge.targets import Delivery
from handrail.local.eventbridge.told import event, moment
from handrail.local.scheduler import NAP, PRECISION, Diary, Firing, due, upcoming
from handrail.schedule import Schedule
from handrail.schedule.moments import Rate

logger = logging.getLogger(__name__)

DIARY: Final = "aws-schedules.json"

DUE: Final = "Scheduled Event"


@dataclass(frozen=True)
class Timed:
    """One schedule or rule; `anchor` is the moment from which a rate counts, which is its first."""

    arn: str
    schedule: Schedule
    account: str
    region: str
    anchor: datetime | None = None
    begin: datetime | None = None
    end: datetime | None = None
    target: Mapping[str, Any] | None = None
    bus: str = "default"
    delete: bool = False

    @property
    def expression(self) -> str:
        return self.schedule.expression

    @property
    def timezone(self) -> str:
        return self.schedule.timezone

    def next(self, after: datetime) -> datetime | None:
        return next(self.firings(after), None)

    def firings(self, after: datetime) -> Iterator[datetime]:
        """Every firing later than a moment, between the first and the last day."""
        for at in self.moments(after):
            if self.end is not None and at > self.end:
                return
            if self.begin is None or at >= self.begin:
                yield at

    def moments(self, after: datetime) -> Iterator[datetime]:
        rate = self.schedule.moments
        if not isinstance(rate, Rate) or self.anchor is None:
            yield from self.schedule.firings(max(after, self.begin - timedelta(seconds=1)) if self.begin else after)
            return
        times = max((after - self.anchor) // rate.every + 1, 0)
        while True:
            yield self.anchor + times * rate.every
            times += 1


class Timetable:
    """Fires what is due from `begin` to `close`, in a thread of its own, once there is anything that could be."""

    def __init__(self, bus: EventBridge, home: Path | None) -> None:
        self.bus = bus
        self.diary = None if home is None else Diary(home / DIARY)
        self.seen: dict[str, datetime] | None = None
        self.condition = Condition()
        self.thread: Thread | None = None
        self.begun = False
        self.closed = False
        self.stirred = False

    def begin(self) -> None:
        """Fire from now on, also what an earlier process kept: this is a server, and no run of one machine alone."""
        self.begun = True
        if self.bus.awaited:
            self.changed()

    def changed(self) -> None:
        """A schedule or a rule may have come, changed or gone."""
        with self.condition:
            self.stirred = True
            self.condition.notify_all()
            if self.thread is None and self.begun and not self.closed:
                self.thread = Thread(target=self.loop, name="handrail-timetable", daemon=True)
                self.thread.start()

    def close(self) -> None:
        with self.condition:
            self.closed = True
            self.condition.notify_all()
        if self.thread is not None:
            self.thread.join()

    def loop(self) -> None:
        while not self.closed:
            try:
                rest = self.turn()
            except Exception as error:  # noqa: BLE001  # tomorrow's schedule fires whatever happened to today's
                logger.error("Schedules could not be looked at: %s: %s", type(error).__name__, error)
                rest = NAP
            with self.condition:
                self.condition.wait_for(lambda: self.closed or self.stirred, max(rest.total_seconds(), 0))
                self.stirred = False

    def turn(self) -> timedelta:
        """Fire what is due now; how long nothing will be."""
        self.bus.moto().load()
        timed, now = {one.arn: one for one in (*schedules(), *scheduled_rules())}, self.now()
        if self.seen is None:
            self.seen = {} if self.diary is None else self.diary.read(timed)
        last = {arn: self.seen.get(arn) or first_look(one, now) for arn, one in timed.items()}
        found = due(timed, last, now)
        for missed in found.missed:
            logger.warning("%s missed %d times until %s: nothing ran here", missed.runbook, missed.count, missed.last)
        for firing in found.firings:
            self.fire(timed[firing.runbook], firing)
        self.seen = dict.fromkeys(timed, now)
        if self.diary is not None:
            self.diary.write(timed, now)
        self.forget(timed.values(), now)
        return min([NAP, *(firing.at - self.now() for firing in upcoming(timed, now))])

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.bus.now(), UTC)

    def fire(self, timed: Timed, firing: Firing) -> None:
        id = str(uuid5(NAMESPACE_URL, f"{timed.arn} {moment(firing.at.timestamp())}"))
        at, place = firing.at.timestamp(), {"account": timed.account, "region": timed.region}
        if timed.target is None:
            sent = event("aws.events", DUE, at, {}, resources=[timed.arn], id=id, **place)
            self.bus.put(sent, timed.bus, timed.arn)
            return
        default = event("aws.scheduler", DUE, at, "{}", resources=[timed.arn], id=id, **place)
        text = filled(timed, default)
        # In the bus's thread nothing waits for a slow target but other events; here other schedules would.
        self.bus.later(lambda: self.bus.attempt(Delivery(timed.target or {}, text, id, **place), timed.arn))

    def forget(self, all_timed: Any, now: datetime) -> None:
        """Delete the schedules that wished for it and fire no more."""
        for timed in all_timed:
            if timed.delete and timed.next(now) is None:
                group, name = timed.arn.rpartition(":schedule/")[2].split("/")
                client = self.bus.world.client("scheduler", timed.account, timed.region)
                client.delete_schedule(GroupName=group, Name=name)


def first_look(timed: Timed, now: datetime) -> datetime:
    """From when on a new one is looked at: a rate's first moment may be the one at which it was made."""
    lately = timed.anchor is not None and now - PRECISION < timed.anchor <= now
    if timed.anchor is None or not lately or not isinstance(timed.schedule.moments, Rate):
        return now
    return timed.anchor - timedelta(microseconds=1)


def filled(timed: Timed, default: Mapping[str, Any]) -> str:
    """A schedule's input with what Scheduler knows put in, or what it sends where there is none."""
    assert timed.target is not None
    text = timed.target.get("Input")
    if text is None:
        return json.dumps(default, separators=(",", ":"))
    known = {
        "<aws.scheduler.schedule-arn>": timed.arn,
        "<aws.scheduler.scheduled-time>": default["time"],
        "<aws.scheduler.execution-id>": default["id"],
        "<aws.scheduler.attempt-number>": "1",
    }
    for name, value in known.items():
        text = text.replace(name, value)
    return str(text)


def schedules() -> Iterator[Timed]:
    """moto's schedules that are enabled and can be read."""
    from moto.scheduler.models import scheduler_backends

    for account, regions in [*scheduler_backends.items()]:
        for region, backend in [*regions.items()]:
            for group in [*backend.schedule_groups.values()]:
                for each in [*group.schedules.values()]:
                    schedule = readable(each.schedule_expression, each.schedule_expression_timezone)
                    if schedule is not None and each.state == "ENABLED":
                        begin, end = instant(each.start_date), instant(each.end_date)
                        yield Timed(
                            *(each.arn, schedule, account, region, begin or instant(each.creation_date), begin, end),
                            target=each.target,
                            delete=each.action_after_completion == "DELETE",
                        )


def scheduled_rules() -> Iterator[Timed]:
    """moto's rules that are enabled and have a time."""
    from moto.events.models import events_backends

    for account, regions in [*events_backends.items()]:
        for region, backend in [*regions.items()]:
            for rule in [*backend.event_buses["default"].rules.values()]:
                schedule = readable(rule.scheduled_expression, "UTC") if rule.scheduled_expression else None
                if schedule is not None and rule.state.startswith("ENABLED"):
                    yield Timed(rule.arn, schedule, account, region)


def readable(expression: str, zone: str) -> Schedule | None:
    """A schedule; None for one that came past the door, as CloudFormation's do, and cannot be read."""
    try:
        return Schedule(expression, zone)
    except HandrailError:
        return None


def instant(at: Any) -> datetime | None:
    """A moment as moto keeps it: seconds, or a text."""
    if at is None or at == "":
        return None
    if isinstance(at, int | float):
        return datetime.fromtimestamp(at, UTC)
    read = at if isinstance(at, datetime) else datetime.fromisoformat(str(at).replace("Z", "+00:00"))
    return read if read.tzinfo else read.replace(tzinfo=UTC)
