"""How a build's program begins and ends: its folders, its signals, its exit status."""

import gc
import signal
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from codebuild.terraform import spawn
from handrail.errors import HandrailError

STOPPED = 128 + signal.SIGTERM


def program(main: Callable[[], None]) -> int:
    """Runs `main`; an error is told without a traceback, and a stop leaves no terraform behind. The exit status."""
    # A build makes many objects and little garbage: the collector would look through all of them again and again.
    gc.freeze()
    gc.set_threshold(250_000, 20, 20)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: spawn.stop())
    try:
        main()
    except HandrailError as error:
        print(error, file=sys.stderr)
        return 1
    except spawn.Stopped:
        return STOPPED
    except OSError as error:
        # No room, or no right to write; the text of an OSError is a file's name and the system's words.
        print(f"{error.filename or 'A file'}: {error.strerror}.", file=sys.stderr)
        return 1
    except Exception as error:  # noqa: BLE001 the text of any other error may quote what Terraform wrote
        print(f"A mistake in the drift check itself: {type(error).__name__}", file=sys.stderr)
        for frame in traceback.extract_tb(error.__traceback__):
            print(f"  {frame.filename}:{frame.lineno} in {frame.name}", file=sys.stderr)
        return 1
    return 0


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that only this user may read, for checkouts and plans; gone at the end, whatever happens."""
    with tempfile.TemporaryDirectory(prefix="handrail-", ignore_cleanup_errors=True) as folder:
        yield Path(folder).resolve()


def line(text: str) -> None:
    """One line of a build's log, now. What comes from a repository cannot begin another line."""
    print("".join(letter if letter.isprintable() else "?" for letter in text), flush=True)
