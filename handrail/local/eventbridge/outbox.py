"""Deliveries that are under way, written down before the first attempt: a process that is killed loses none of them.

What was delivered just before a kill may be delivered once more, as EventBridge says of itself: at least once. An
execution that it begins has the delivery's name, and is there only once.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from threading import Lock

from handrail.local.cloudfile import CloudFile
from handrail.local.eventbridge.targets import Delivery


class Outbox:
    """The table of deliveries in a folder's `cloud.sqlite3`, opened when it is first needed; any thread may call it.

    Without a folder nothing outlives the process. Raises HandrailError where the file cannot be used.
    """

    def __init__(self, home: Path | None) -> None:
        self.home = home
        self.lock = Lock()

    @cached_property
    def opened(self) -> CloudFile:
        return CloudFile(self.home)

    @property
    def file(self) -> CloudFile:
        with self.lock:
            return self.opened

    def keep(self, deliveries: Sequence[Delivery]) -> None:
        """Write deliveries down, all or none; one that is there already stays as it is."""
        if not deliveries:
            return
        with self.file.at_once():
            for one in deliveries:
                values = (one.id, one.since, json.dumps(asdict(one)))
                self.file.write("INSERT OR IGNORE INTO delivery (id, due, document) VALUES (?, ?, ?)", values)

    def postpone(self, delivery: Delivery, due: float) -> None:
        """Write down how often a delivery has been retried and when it is tried again."""
        document = json.dumps(asdict(delivery))
        self.file.write("UPDATE delivery SET due=?, document=? WHERE id=?", (due, document, delivery.id))

    def forget(self, delivery: Delivery) -> None:
        """A delivery has come to its end."""
        self.file.write("DELETE FROM delivery WHERE id=?", (delivery.id,))

    def left(self) -> Iterator[tuple[float, Delivery]]:
        """Every delivery that is written down, in the order in which they were, and when it is to be tried."""
        for due, document in self.file.read("SELECT due, document FROM delivery ORDER BY number"):
            yield due, Delivery(**json.loads(document))

    def close(self) -> None:
        if "opened" in self.__dict__:
            self.opened.close()
