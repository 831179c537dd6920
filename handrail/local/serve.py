"""A laptop that is reached at a port which everybody knows: `handrail local`.

pages ─► Step Functions' own API ─► the other doors ─► moto
"""

import errno
import ipaddress
import socket
from typing import TYPE_CHECKING, Final

from handrail.errors import HandrailError
from handrail.local.environment import HOST
from handrail.local.listening import listens

if TYPE_CHECKING:
    from handrail.local.laptop import Laptop

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
        whose = listens(port)
        return (
            f"Port {port} of {host} is taken{f' by {whose}' if whose else ''}. If that is another `handrail local`, "
            "use it, or stop it; otherwise take another port with "
            f"--port {port + 1 if port < 65535 else 0}, or any free one with --port 0."
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
