"""Ctrl-C, SIGTERM and a closed terminal: the first asks the execution to stop, the second ends this process."""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from types import FrameType, TracebackType
from typing import Any, Self

INTERRUPTED = 130

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

CURSOR_ON = b"\x1b[?25h\n"


class Interrupts:
    """While it is entered, a signal calls what `stop` was set to, once; signals that are ignored stay so."""

    def __init__(self) -> None:
        self.asked = False
        self.stop: Callable[[], None] = lambda: None
        self.before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        heard = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
        self.before = {number: signal.signal(number, self.handle) for number in heard}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)

    def then(self, stop: Callable[[], None]) -> None:
        """What a signal does from now on; done at once where one has come already."""
        self.stop = stop
        if self.asked:
            stop()

    def handle(self, _number: int, _frame: FrameType | None) -> None:
        if self.asked:
            end_now()
        self.asked = True
        self.stop()


def end_now() -> None:
    """End without another word; the builds' watchdog ends their processes, the next look at the store the execution."""
    for descriptor in (1, 2):
        if os.isatty(descriptor):
            with suppress(OSError):
                os.write(descriptor, CURSOR_ON)
            break
    os._exit(INTERRUPTED)
