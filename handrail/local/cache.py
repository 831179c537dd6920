"""What was worked out last is kept for the next time: as much of it as fits into so many bytes."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Cache(Generic[Key, Value]):
    """Values by their keys, for any thread; those that nobody asked for longest go first.

    `most` is in bytes, as whoever puts something in counts them. What was put in last stays, whatever its size.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.held = 0
        self.kept: OrderedDict[Key, tuple[Value, int]] = OrderedDict()
        self.lock = Lock()

    def get(self, key: Key) -> Value | None:
        """What is kept under a key."""
        with self.lock:
            found = self.kept.get(key)
            if found is None:
                return None
            self.kept.move_to_end(key)
            return found[0]

    def put(self, key: Key, value: Value, size: int) -> Value:
        """Keep a value of so many bytes; gives what is kept, which is what another thread was faster to put in."""
        with self.lock:
            if key in self.kept:
                return self.kept[key][0]
            self.kept[key] = value, size
            self.held += size
            while self.held > self.most and len(self.kept) > 1:
                _, (_, gone) = self.kept.popitem(last=False)
                self.held -= gone
            return value
