"""The buses: each event goes to the targets of all rules that match it, beside those who sent it.

put ─► its thread: which rules match, what each target gets ─► deliveries: to the targets, retried, dead letters

Rules are moto's. Where moto has not been loaded, and nothing was kept that may be a rule, nobody waits for an event and
it is forgotten at once.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from queue import SimpleQueue
from threading import Condition, Thread
from typing import Any, Final, NamedTuple, cast
from uuid import NAMESPACE_URL, uuid5

from handrail.local.eventbridge.deliveries import Deliveries
from handrail.local.eventbridge.given import INGESTED, given, shown, written
from handrail.local.eventbridge.patterns import matches
from handrail.local.eventbridge.targets import Delivery, World
from handrail.local.eventbridge.told import Event, moment, of_build, of_execution, of_phase
from handrail.local.moto.application import Moto
from handrail.local.store import Stored

logger = logging.getLogger(__name__)

HOPS: Final = 5
"""So many buses an event passes at most, from one to the next."""

KEEPERS: Final = ("cloudformation", "events", "scheduler")
"""Services whose kept changes may have made a rule or a schedule."""


class Sent(NamedTuple):
    """An event on its way: to a bus by its name, or to the targets of one rule alone."""

    event: Event
    bus: str
    account: str
    region: str
    rule: str | None = None
    hops: int = 0


class EventBridge:
    """Takes events from any thread; looks in its own, in the order in which they come, who is to have them.

    What is on its way to a target is kept in `home`, where there is one.
    """

    def __init__(
        self, moto: Callable[[], Moto], world: World, now: Callable[[], float], home: Path | None = None
    ) -> None:  # fmt: skip
        self.moto = moto
        self.world = world
        self.now = now
        self.deliveries = Deliveries(world, lambda: self.now(), home)
        self.inbox: SimpleQueue[Sent | None] = SimpleQueue()
        self.condition = Condition()
        self.undone = 0
        self.thread: Thread | None = None
        self.closed = False
        self.statuses: dict[str, tuple[str, int]] = {}

    # ------------------------------------------------------------------ who sends

    def execution(self, stored: Stored) -> None:
        """An execution has begun, ended, or goes on again. Express ones send no events."""
        if stored.type == "STANDARD" and self.awaited:
            self.put(of_execution(stored))

    def build(self, build: Mapping[str, Any]) -> None:
        """Something about a build has changed; its phases that have ended since, then its status, where it is new."""
        if not self.awaited:
            return
        before, ended = self.statuses.get(build["id"], ("", 0))
        over = [phase for phase in build["phases"] if "endTime" in phase]
        for phase in over[ended:]:
            self.put(of_phase(build, phase))
        if build["buildStatus"] != before:
            self.put(of_build(build))
        self.statuses[build["id"]] = (build["buildStatus"], len(over))
        if build["buildComplete"]:
            del self.statuses[build["id"]]

    def put(self, event: Event, bus: str = "default") -> None:
        """Send an event to a bus."""
        self.send(self.sent(event, bus))

    def sent(self, event: Event, bus: str, rule: str | None = None) -> Sent:
        """An event as it is sent now, to a bus or to one rule's targets."""
        event = {**event, INGESTED: moment(self.now())}
        return Sent(event, bus, event["account"], event["region"], rule)

    def send(self, sent: Sent) -> None:
        """Have the thread see to an event after those that came before; nothing, once this is closed."""
        with self.condition:
            if self.closed:
                return
            self.undone += 1
            self.inbox.put(sent)
            if self.thread is None:
                self.thread = Thread(target=self.loop, name="handrail-events", daemon=True)
                self.thread.start()

    @property
    def awaited(self) -> bool:
        """Whether there may be a rule or a schedule."""
        return self.moto().loaded or self.kept

    @cached_property
    def kept(self) -> bool:
        """Whether an earlier process may have made one; what this one makes is made in moto, which is loaded then."""
        return self.moto().kept(KEEPERS)

    # ------------------------------------------------------------------ the thread

    def drain(self) -> None:
        """Wait until everything that was sent so far has been tried, and what that sent from bus to bus."""
        with self.condition:
            self.condition.wait_for(lambda: not self.undone)
        self.deliveries.drain()

    def close(self) -> None:
        """Deliver what is left."""
        with self.condition:
            self.closed = True
            self.inbox.put(None)
        if self.thread is not None:
            self.thread.join()
        self.deliveries.close()

    def loop(self) -> None:
        while (sent := self.inbox.get()) is not None:
            try:
                self.deliveries.take(self.handed(sent))
            except Exception as error:  # noqa: BLE001  # one event's trouble is none of the next one's
                logger.error("An event could not be delivered: %s: %s", type(error).__name__, error)
            with self.condition:
                self.undone -= 1
                self.condition.notify_all()

    def handed(self, sent: Sent) -> list[Delivery]:
        """What targets are to have of an event; another bus, or an archive, has it at once."""
        self.moto().load()
        deliveries = []
        for rule in [*rules(sent)]:
            for target in [*rule.targets]:
                arn = str(target["Arn"])
                if arn.startswith("arn:aws:events:") and ":event-bus/" in arn:
                    self.to_bus(sent, arn)
                elif arn.startswith("arn:aws:events:") and arn.endswith(":::"):
                    archive(sent, target)
                else:
                    deliveries.append(self.delivery(sent, rule.arn, target))
        return deliveries

    def delivery(self, sent: Sent, rule: str, target: Mapping[str, Any]) -> Delivery:
        """What one target is to have of an event."""
        id = str(uuid5(NAMESPACE_URL, f"{sent.event['id']} {rule} {target.get('Id')}"))
        text, whole = given(target, sent.event, rule), written(shown(sent.event))
        return Delivery(target, text, id, sent.account, sent.region, rule, self.now(), whole)

    def to_bus(self, sent: Sent, arn: str) -> None:
        """An event goes on to another bus as it is, whatever account it comes from."""
        _, _, _, region, account, bus = arn.split(":", 5)
        if sent.hops < HOPS:
            self.send(sent._replace(bus=bus.partition("/")[2], account=account, region=region, hops=sent.hops + 1))


def rules(sent: Sent) -> Iterator[Any]:
    """moto's rules that are enabled and match."""
    from moto.events.models import events_backends

    backend = events_backends[sent.account][sent.region]
    bus = backend.event_buses.get(sent.bus)
    for rule in [] if bus is None else [*bus.rules.values()]:
        if sent.rule is not None:
            chosen = rule.arn == sent.rule
        else:
            pattern = rule.event_pattern.get_pattern()
            chosen = bool(pattern) and matches(pattern, sent.event)
        if chosen and rule.state.startswith("ENABLED"):
            yield rule


def archive(sent: Sent, target: Mapping[str, Any]) -> None:
    """Keep an event in the archive of moto's that the target's template names."""
    from moto.events.models import events_backends

    template = str(target["InputTransformer"]["InputTemplate"])
    named = json.loads(template.partition(",")[0] + "}")["archive-arn"].partition(":archive/")[2].partition(":")[0]
    kept = events_backends[sent.account][sent.region].archives.get(named)
    if kept is not None:
        kept.events.append(cast(Any, sent.event))
