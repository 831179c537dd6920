"""The buses: each event goes to the targets of all rules that match it, one after the other, beside those who sent it.

Rules are moto's. Where moto has not been loaded, and nothing was kept that may be a rule, nobody waits for an event and
it is forgotten at once.
"""

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from queue import SimpleQueue
from threading import Event as Flag
from threading import Lock, Thread
from typing import Any, Final, NamedTuple, cast
from uuid import NAMESPACE_URL, uuid5

from handrail.local.eventbridge.given import INGESTED, given
from handrail.local.eventbridge.patterns import matches
from handrail.local.eventbridge.targets import Delivery, World, deliver, send_message
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
    """Takes events from any thread; delivers them in the order in which they come, in its own."""

    def __init__(self, moto: Callable[[], Moto], world: World, now: Callable[[], float]) -> None:
        self.moto = moto
        self.world = world
        self.now = now
        self.inbox: SimpleQueue[Callable[[], object] | None] = SimpleQueue()
        self.lock = Lock()
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

    def put(self, event: Event, bus: str = "default", rule: str | None = None) -> None:
        """Send an event to a bus, or to one rule's targets."""
        event = {**event, INGESTED: moment(self.now())}
        self.send(Sent(event, bus, event["account"], event["region"], rule))

    def send(self, sent: Sent) -> None:
        self.later(lambda: self.pass_on(sent))

    def later(self, job: Callable[[], object]) -> None:
        """Have the thread do something after what it has to do already; nothing, once this is closed."""
        with self.lock:
            if self.closed:
                return
            self.inbox.put(job)
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
        """Wait until everything that was sent so far has been delivered, or could not be."""
        done = Flag()
        if self.thread is not None and not self.closed:
            self.later(done.set)
            done.wait()

    def close(self) -> None:
        """Deliver what is left."""
        with self.lock:
            self.closed = True
            self.inbox.put(None)
        if self.thread is not None:
            self.thread.join()

    def loop(self) -> None:
        while (job := self.inbox.get()) is not None:
            try:
                job()
            except Exception as error:  # noqa: BLE001  # one event's trouble is none of the next one's
                logger.error("An event could not be delivered: %s: %s", type(error).__name__, error)

    def pass_on(self, sent: Sent) -> None:
        self.moto().load()
        for rule in [*rules(sent)]:
            for target in [*rule.targets]:
                self.hand(sent, rule.arn, target)

    def hand(self, sent: Sent, rule: str, target: Mapping[str, Any]) -> None:
        """Give one target what it is to have of an event."""
        arn = str(target["Arn"])
        name = str(uuid5(NAMESPACE_URL, f"{sent.event['id']} {rule} {target.get('Id')}"))
        if arn.startswith("arn:aws:events:") and ":event-bus/" in arn:
            self.to_bus(sent, arn)
        elif arn.startswith("arn:aws:events:") and arn.endswith(":::"):
            archive(sent, target)
        else:
            text = given(target, sent.event, rule)
            self.attempt(Delivery(target, text, name, sent.account, sent.region), rule)

    def to_bus(self, sent: Sent, arn: str) -> None:
        """An event goes on to another bus as it is, whatever account it comes from."""
        _, _, _, region, account, bus = arn.split(":", 5)
        if sent.hops < HOPS:
            self.send(sent._replace(bus=bus.partition("/")[2], account=account, region=region, hops=sent.hops + 1))

    def attempt(self, delivery: Delivery, source: str) -> None:
        """Deliver; what a target does not take goes to its dead-letter queue, or is told."""
        try:
            deliver(delivery, self.world)
        except Exception as error:  # noqa: BLE001  # whatever boto3, or a function, raises
            told = f"{type(error).__name__}: {error}"
            queue = delivery.settings("DeadLetterConfig").get("Arn")
            if queue is None:
                logger.warning("%s could not reach %s: %s", source, delivery.arn, told)
                return
            _, _, _, region, account, _ = str(queue).split(":", 5)
            sqs = self.world.client("sqs", account, region)
            send_message(str(queue), delivery.text, sqs, Delivery({"Arn": queue}, "", "", account, region))


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
