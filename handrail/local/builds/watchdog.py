"""A small process that outlives Handrail by seconds: when Handrail is gone, it ends the builds that were under way."""

import subprocess
from contextlib import suppress
from threading import Lock
from typing import IO, cast

# Reads `+ group` and `- group`. The end of its input is the end of Handrail, however that came.
SCRIPT = """
groups=
while read -r sign group; do
  if [ "$sign" = + ]; then groups="$groups -$group"; continue; fi
  left=
  for one in $groups; do [ "$one" = "-$group" ] || left="$left $one"; done
  groups=$left
done
[ -n "$groups" ] || exit 0
kill -s TERM -- $groups
sleep 2
kill -s KILL -- $groups
"""


class Watchdog:
    """Started with the first process group; with none alive at its end it does nothing."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def began(self, group: int) -> None:
        """From now on the process group ends with us."""
        self._tell(f"+ {group}\n")

    def ended(self, group: int) -> None:
        """The process group is gone, and its number may be somebody else's."""
        self._tell(f"- {group}\n")

    def _tell(self, line: str) -> None:
        with self._lock, suppress(BrokenPipeError):
            cast(IO[bytes], self._started().stdin).write(line.encode())

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", SCRIPT],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                bufsize=0,
            )
        return self._process

    def close(self) -> None:
        """End the process; call it when every group has ended."""
        with self._lock:
            if process := self._process:
                self._process = None
                cast(IO[bytes], process.stdin).close()
                process.wait()
