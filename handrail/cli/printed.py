"""What tasks print: they run in this process, whose standard output belongs to the command line."""

import io
import sys
from collections.abc import Callable
from threading import local


class Printed(io.TextIOBase):
    """Stands for standard output and gives each line on; lines of threads that print at once are not mixed."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.real = sys.stdout
        self.begun = local()

    def write(self, text: str) -> int:
        *lines, rest = f"{getattr(self.begun, 'line', '')}{text}".split("\n")
        for line in lines:
            self.say(line)
        self.begun.line = rest
        return len(text)

    def flush(self) -> None:
        """Whoever flushes in the middle of a line wants it to be seen."""
        if begun := getattr(self.begun, "line", ""):
            self.begun.line = ""
            self.say(begun)

    def fileno(self) -> int:
        """The descriptor of the real one, for a child that is to write there."""
        return self.real.fileno()
