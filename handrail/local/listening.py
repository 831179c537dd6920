"""Who listens at a port of this machine, as far as the kernel tells this person: Linux does, in /proc.

Source: proc(5), "/proc/net/tcp".
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

LISTEN: Final = "0A"
"""The state of a socket that listens."""

LONGEST: Final = 80
"""Characters of a command line that are shown."""


def listens(port: int) -> str | None:
    """The process that does, `process 4711 (java -jar StepFunctionsLocal.jar)`; None where nobody knows."""
    wanted = {f"socket:[{inode}]" for inode in sockets(port)}
    if not wanted:
        return None
    for process in Path("/proc").glob("[0-9]*"):
        # Another person's, or one that has just ended.
        with suppress(OSError):
            if any(str(descriptor.readlink()) in wanted for descriptor in (process / "fd").iterdir()):
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return f"process {process.name} ({command if len(command) <= LONGEST else f'{command[:LONGEST]}…'})"
    return None


def sockets(port: int) -> Iterator[str]:
    """The inodes of the sockets that listen there, at whichever address."""
    for table in ("tcp", "tcp6"):
        with suppress(OSError):
            for row in Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]:
                _, local, _, state, *rest = row.split()
                if state == LISTEN and int(local.rpartition(":")[2], 16) == port:
                    yield rest[5]
