"""Who brings deliveries to targets: a few threads, so that nobody waits for somebody else's slow target.

One target's deliveries are first tried in the order in which they came, one after the other; a retry comes in between,
as it does on AWS. What has not arrived is written down.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from heapq import heappop, heappush
from itertools import count
from pathlib import Path
from threading import Condition, Thread
from typing import Final

from handrail.local.eventbridge.failures import Failure, failure_of
from handrail.local.eventbridge.outbox import Outbox
from handrail.local.eventbridge.retries import Again, Over, letter, verdict
from handrail.local.eventbridge.targets import Delivery, World, deliver, send_message
from handrail.local.scheduler import NAP

logger = logging.getLogger(__name__)

WORKERS: Final = 8
"""So many targets are being reached at a time; a thread begins when there is work for it."""


class Deliveries:
    """Takes deliveries from any thread and sees each to its end: taken by its target, a dead letter, or told.

    `now` is in seconds since the epoch; retries are due by it.
    """

    def __init__(self, world: World, now: Callable[[], float], home: Path | None) -> None:
        self.world = world
        self.now = now
        self.outbox = Outbox(home)
        self.condition = Condition()
        self.lines: dict[str, deque[Delivery]] = {}
        self.ready: deque[str] = deque()
        self.later: list[tuple[float, int, Delivery]] = []
        self.order = count()
        self.known: dict[str, str] = {}
        self.threads: list[Thread] = []
        self.idle = 0
        self.closed = False
        self.ended_listeners: list[Callable[[Delivery], None]] = []

    # ------------------------------------------------------------------ who sends

    def take(self, deliveries: Sequence[Delivery]) -> None:
        """Deliver, as soon as there is somebody for it; raises HandrailError where it cannot be written down."""
        self.outbox.keep(deliveries)
        self.begin(deliveries)

    def begin(self, deliveries: Iterable[Delivery]) -> None:
        """Deliver what is written down; what is under way already is not doubled."""
        with self.condition:
            for one in deliveries:
                if one.id not in self.known and not self.closed:
                    self.known[one.id] = one.source
                    self.line_up(one)
            self.rouse()

    def take_up(self) -> None:
        """Go on with what an earlier process left."""
        with self.condition:
            for due, one in self.outbox.left():
                if one.id not in self.known:
                    self.known[one.id] = one.source
                    heappush(self.later, (due, next(self.order), one))
            self.rouse()

    def pending(self, source: str) -> bool:
        """Whether something of a rule or a schedule has not come to its end."""
        with self.condition:
            return source in self.known.values()

    def drain(self) -> None:
        """Wait until everything that is due by now has been tried."""
        with self.condition:
            self.rouse()
            self.condition.wait_for(lambda: not self.lines and not self.due())

    def close(self) -> None:
        """Try what is due; the next process goes on with the rest."""
        with self.condition:
            self.closed = True
            self.condition.notify_all()
        for thread in self.threads:
            thread.join()
        self.outbox.close()

    # ------------------------------------------------------------------ lines: for whoever has the condition

    def line_up(self, delivery: Delivery) -> None:
        """Let a delivery wait behind those of its target that came before."""
        if delivery.line in self.lines:
            self.lines[delivery.line].append(delivery)
        else:
            self.lines[delivery.line] = deque([delivery])
            self.ready.append(delivery.line)

    def due(self) -> bool:
        return bool(self.later) and self.later[0][0] <= self.now()

    def rouse(self) -> None:
        """Line up what is due again, and see to it that somebody comes."""
        while self.due():
            self.line_up(heappop(self.later)[2])
        # What is due later needs somebody who waits for it.
        wanted = 0 if self.closed else max(len(self.ready), bool(self.later)) - self.idle
        for _ in range(min(wanted, WORKERS - len(self.threads))):
            thread = Thread(target=self.work, name="handrail-delivery", daemon=True)
            self.threads.append(thread)
            thread.start()
        self.condition.notify_all()

    # ------------------------------------------------------------------ the threads

    def work(self) -> None:
        while (delivery := self.next()) is not None:
            try:
                self.attempt(delivery)
            # The delivery is still written down, and the next process finds it; nobody else waits for it here.
            except Exception as error:  # noqa: BLE001  # one delivery's trouble is none of the next one's
                logger.error("%s could not be dealt with: %s: %s", delivery.source, type(error).__name__, error)
            finally:
                self.over(delivery)

    def next(self) -> Delivery | None:
        """What is to be tried; waits for it. None when there is nothing left to do here."""
        with self.condition:
            while True:
                if self.due():
                    self.rouse()
                if self.ready:
                    return self.lines[self.ready.popleft()].popleft()
                if self.closed:
                    return None
                self.idle += 1
                self.condition.wait(self.rest())
                self.idle -= 1

    def rest(self) -> float | None:
        """Seconds for which nothing will be due; a machine that slept, or whose clock is set, tells nobody."""
        return max(min(self.later[0][0] - self.now(), NAP.total_seconds()), 0) if self.later else None

    def over(self, delivery: Delivery) -> None:
        """The next of the same target may come."""
        with self.condition:
            if self.lines[delivery.line]:
                self.ready.append(delivery.line)
            else:
                del self.lines[delivery.line]
            self.condition.notify_all()

    def attempt(self, delivery: Delivery) -> None:
        try:
            deliver(delivery.numbered, self.world)
        except Exception as error:  # noqa: BLE001  # whatever boto3, or a function, raises
            self.failed(delivery, failure_of(error))
        else:
            self.ended(delivery)

    def failed(self, delivery: Delivery, failure: Failure) -> None:
        match verdict(delivery, failure, self.now()):
            case Again(at):
                if delivery.retries == 0:
                    logger.warning("%s could not reach %s, and tries again: %s", delivery.source, delivery.arn, failure)
                self.postpone(replace(delivery, retries=delivery.retries + 1), at)
            case Over() as over:
                self.give_up(delivery, failure, over)
                self.ended(delivery)

    def postpone(self, delivery: Delivery, at: float) -> None:
        with self.condition:
            heappush(self.later, (at, next(self.order), delivery))
        self.outbox.postpone(delivery, at)

    def ended(self, delivery: Delivery) -> None:
        """Nothing more is to be done for it."""
        self.outbox.forget(delivery)
        with self.condition:
            self.known.pop(delivery.id, None)
        for listener in self.ended_listeners:
            listener(delivery)

    def give_up(self, delivery: Delivery, failure: Failure, over: Over) -> None:
        """What a target does not take goes to its dead-letter queue, or is told; a function's failure is its own."""
        queue = None if failure.in_function else delivery.settings("DeadLetterConfig").get("Arn")
        tries = f" after {delivery.retries} retries" if delivery.retries else ""
        if queue is None:
            logger.warning("%s could not reach %s%s: %s", delivery.source, delivery.arn, tries, failure)
            return
        body, about = letter(delivery, failure, over)
        attributes = {name: {"DataType": "String", "StringValue": value} for name, value in about.items()}
        try:
            send_message(str(queue), body, self.world, MessageAttributes=attributes)
        except Exception as error:  # noqa: BLE001  # whatever boto3 raises: nothing is left to be done but tell it
            told = "%s could not reach %s%s (%s), nor its dead-letter queue: %s"
            logger.warning(told, delivery.source, delivery.arn, tries, failure, error)
