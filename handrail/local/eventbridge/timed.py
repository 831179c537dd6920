"""EventBridge Scheduler's schedules and scheduled rules, as moto keeps them: which are due, and what each does then.

A laptop that was off has missed what was due meanwhile: that is told, and not made up for. A firing does the same thing
once, since its deliveries are named by what fires when; and it is not lost, since they are written down before it is
noted that anybody has looked.

With a flexible time window a schedule fires at the window's beginning, or as soon as there is somebody who can while
the window lasts. AWS takes any moment in it, so as not to call all targets of all customers at once; here that would
only let a person wait.

Sources: "Schedule types in EventBridge Scheduler" and "Managing a schedule" in its User Guide, "Creating a scheduled
rule" in the EventBridge User Guide.
"""

import json
import logging
from collections.abc import Iterable, Iterator, Mapping
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
from handrail.local.scheduler import NAP, Diary, Firing, due, upcoming
from handrail.schedule import Schedule
from handrail.schedule.moments import At, Rate

logger = logging.getLogger(__name__)

DIARY: Final = "aws-schedules.json"

DUE: Final = "Scheduled Event"


@dataclass(frozen=True)
class Timed:
    """One schedule or rule; `anchor` is the moment from which a rate counts, which is its first.

    `made` is when it became what it is now; None for a rule, of which moto does not know it.
    """

    arn: str
    schedule: Schedule
    account: str
    region: str
    anchor: datetime | None = None
    begin: datetime | None = None
    end: datetime | None = None
    target: Mapping[str, Any] | None = None
    delete: bool = False
    window: timedelta = timedelta()
    made: datetime | None = None

    @property
    def expression(self) -> str:
        return self.schedule.expression

    @property
    def timezone(self) -> str:
        return self.schedule.timezone

    def next(self, after: datetime) -> datetime | None:
        return next(self.firings(after), None)

    def firings(self, after: datetime) -> Iterator[datetime]:
        """Every firing later than a moment, between the first and the last day, which a single one does not have."""
        if isinstance(self.schedule.moments, At):
            yield from self.schedule.firings(after)
            return
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
        bus.deliveries.ended_listeners.append(self.ended)

    def begin(self) -> None:
        """Fire from now on, also what an earlier process kept: this is a server, and no run of one machine alone."""
        self.begun = True
        if self.bus.awaited:
            self.bus.deliveries.take_up()
            self.changed()

    def changed(self) -> None:
        """A schedule or a rule may have come, changed or gone."""
        with self.condition:
            self.stirred = True
            self.condition.notify_all()
            if self.thread is None and self.begun and not self.closed:
                self.thread = Thread(target=self.loop, name="handrail-timetable", daemon=True)
                self.thread.start()

    def ended(self, delivery: Delivery) -> None:
        """A delivery has come to its end; a schedule may be waiting for that to be deleted."""
        if delivery.scheduled is not None:
            self.changed()

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
        found = due(timed, last, now, {arn: one.window for arn, one in timed.items()})
        for missed in found.missed:
            logger.warning("%s missed %d times until %s: nothing ran here", missed.runbook, missed.count, missed.last)
        fired = [one for firing in found.firings for one in self.fired(timed[firing.runbook], firing)]
        # In this order: who is killed in between has fired what the diary does not know, and it is the same again.
        self.bus.deliveries.outbox.keep(fired)
        if self.diary is not None:
            self.diary.write(timed, now)
        self.seen = dict.fromkeys(timed, now)
        self.bus.deliveries.begin(fired)
        self.forget(timed.values(), now)
        return min([NAP, *(firing.at - self.now() for firing in upcoming(timed, now))])

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.bus.now(), UTC)

    def fired(self, timed: Timed, firing: Firing) -> list[Delivery]:
        """What the targets of a schedule, or of a rule, are to have now."""
        id = str(uuid5(NAMESPACE_URL, f"{timed.arn} {moment(firing.at.timestamp())}"))
        at, place = firing.at.timestamp(), {"account": timed.account, "region": timed.region}
        if timed.target is None:
            told = event("aws.events", DUE, at, {}, resources=[timed.arn], id=id, **place)
            return self.bus.handed(self.bus.sent(told, "default", timed.arn))
        default = event("aws.scheduler", DUE, at, "{}", resources=[timed.arn], id=id, **place)
        text = filled(timed, default)
        about = {"source": timed.arn, "since": self.bus.now(), "scheduled": default["time"]}
        return [Delivery(timed.target, text, id, timed.account, timed.region, **about)]

    def forget(self, all_timed: Iterable[Timed], now: datetime) -> None:
        """Delete the schedules that wished for it, fire no more, and have nothing under way."""
        for timed in all_timed:
            if timed.delete and timed.next(now) is None and not self.bus.deliveries.pending(timed.arn):
                group, name = timed.arn.rpartition(":schedule/")[2].split("/")
                client = self.bus.world.client("scheduler", timed.account, timed.region)
                client.delete_schedule(GroupName=group, Name=name)


def first_look(timed: Timed, now: datetime) -> datetime:
    """From when on one is looked at of which the diary says nothing: since it was made, which may have been just now.

    A rate's first moment may be the one at which it was made.
    """
    return now if timed.made is None else min(timed.made, now) - timedelta(microseconds=1)


def filled(timed: Timed, default: Mapping[str, Any]) -> str:
    """A schedule's input with what Scheduler knows put in, but for the attempt; where there is none, what it sends."""
    assert timed.target is not None
    text = timed.target.get("Input")
    if text is None:
        return json.dumps(default, separators=(",", ":"))
    known = {
        "<aws.scheduler.schedule-arn>": timed.arn,
        "<aws.scheduler.scheduled-time>": default["time"],
        "<aws.scheduler.execution-id>": default["id"],
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
                        yield timed_of(each, schedule, account, region)


def timed_of(each: Any, schedule: Schedule, account: str, region: str) -> Timed:
    """One of moto's schedules."""
    begin, end = instant(each.start_date), instant(each.end_date)
    return Timed(
        *(each.arn, schedule, account, region, begin or instant(each.creation_date), begin, end),
        target=each.target,
        delete=each.action_after_completion == "DELETE",
        window=window_of(each.flexible_time_window),
        made=instant(each.last_modified_date),
    )


def window_of(given: Mapping[str, Any]) -> timedelta:
    return timedelta(minutes=given["MaximumWindowInMinutes"] if given.get("Mode") == "FLEXIBLE" else 0)


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
