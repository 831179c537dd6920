"""A laptop that is reached at a port which everybody knows: `handrail local`.

pages ─► Step Functions' own API ─► the other doors ─► moto
"""

import errno
import fcntl
import ipaddress
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

from handrail.errors import HandrailError
from handrail.local.holder import Holder

if TYPE_CHECKING:
    from handrail.local.laptop import Laptop

HOST: Final = "127.0.0.1"
PORT: Final = 8083
"""The port of AWS's own Step Functions Local, which its users have in their settings."""

WAITING: Final = 512
"""Connections that may wait to be taken."""


class Server:
    """Lets a laptop listen at a host and a port, until the laptop is closed; port 0 is any that is free.

    Raises HandrailError where the port is taken or the host is none of this machine's.
    """

    def __init__(self, laptop: "Laptop", host: str = HOST, port: int = PORT) -> None:
        self.laptop = laptop
        laptop.listen(bound(host, port))
        laptop.prepare()
        self.endpoint = laptop.aws.endpoint
        mark(laptop, self.endpoint)


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens there."""
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        return socket.create_server(address[:2], family=family, backlog=WAITING)
    except (OSError, OverflowError, UnicodeError) as error:
        raise HandrailError(refusal(host, port, error)) from None


def refusal(host: str, port: int, error: Exception) -> str:
    """Why nobody can listen there, and what to do."""
    code = getattr(error, "errno", None)
    if isinstance(error, socket.gaierror | UnicodeError):
        return f'There is no host "{host}" here. --host takes an address of this machine, like {HOST}.'
    if code == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken. If another `handrail local` has it, use that one, or stop it; "
            f"otherwise take another port with --port {port + 1 if port < 65535 else 0}, or any free one with --port 0."
        )
    if code == errno.EADDRNOTAVAIL:
        return f"{host} is no address of this machine. --host takes one that is, like {HOST}."
    if code in (errno.EACCES, errno.EPERM):
        return f"Port {port} of {host} may not be used by this person. Ports from 1024 on may: --port {PORT}."
    return f"Nothing can listen at {host}, port {port}: {error}. --host and --port name another place."


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches what listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def mark(laptop: "Laptop", endpoint: str) -> None:
    """Say in the store's lock where the one who has it is reached."""
    lock = laptop.store.lock
    if lock is not None:
        lock.write(f", at {endpoint}")
        lock.flush()


def running(folder: Path) -> str | None:
    """The address of the server that works in a folder now; None where none does."""
    try:
        with (folder / "lock").open(encoding="utf-8") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = Holder.read(lock.read())
                return None if holder is None else holder.endpoint
    except OSError:
        pass
    return None


def environment(endpoint: str, region: str) -> Mapping[str, str]:
    """What a program needs to reach a server here and no other AWS; the credentials are valid nowhere else."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "handrail",
        "AWS_SECRET_ACCESS_KEY": "handrail",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Else botocore asks `sync-127.0.0.1`, which is no host, for StartSyncExecution and TestState.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }


CLEARED: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_SFN")
"""Variables that would lead to another AWS, or to none."""
