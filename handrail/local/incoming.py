"""One HTTP/1.1 request, read from a connection strictly, within limits of size and time, and put as WSGI has it.

Source: RFC 9112, "HTTP/1.1". What is unclear in it (two lengths, folded lines) is refused, not guessed at.
"""

import io
import re
import socket
import struct
import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from time import monotonic
from typing import Any, Final, NamedTuple
from urllib.parse import unquote_to_bytes

from handrail.local.doors import GONE, Environ

IDLE: Final = 600.0
"""Seconds for which a connection may stay without a request; clients keep theirs open for the next call."""

PATIENCE: Final = 30.0
"""Seconds within which the first line and the headers have come."""

PACE: Final = 64 * 1024
"""Bytes a second at which a body comes at the least, after PATIENCE."""

HEAD: Final = 64 * 1024
"""Bytes of the first line and all headers."""

TARGETED: Final = 64 * 1024**2
"""Bytes of a body whose operation is named by a header: JSON, of which no service takes as much."""

BODY: Final = 2 * 1024**3
"""Bytes of any other body: an object of S3, which is held in memory."""

NO_REQUEST: Final = (
    "The first line is no request of HTTP/1.1. The address of this server begins with http://, not https://."
)

FIRST: Final = re.compile(r"([A-Z]{1,20}) ([!-~\x80-\xff]+) HTTP/1\.([01])")
NAME: Final = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):")
SIZE: Final = re.compile(rb"([0-9A-Fa-f]{1,8})[ \t]*(?:;.*)?")

ONCE: Final = frozenset({"CONTENT_LENGTH", "HTTP_HOST"})
"""Headers of which a request has one: of two, another program might believe the other one."""

SPELLED: Final = "moto.preserved_header_names"
"""The names of an object's metadata as they were written: WSGI cannot tell `a_b` from `a-b`."""

STANDING: Final[Mapping[str, Any]] = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "handrail",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


class Unreadable(Exception):
    """What came is no request that is answered; the connection ends with this status and text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Request(NamedTuple):
    """A whole request; `keep` is whether the client wants to use the connection again."""

    environ: Environ
    keep: bool


class Incoming:
    """What comes in over one connection."""

    def __init__(self, connection: socket.socket, address: tuple[str, int]) -> None:
        self.connection = connection
        self.standing: Environ = {**STANDING, "SERVER_NAME": address[0], "SERVER_PORT": str(address[1])}
        self.buffer = b""
        self.until = 0.0
        self.waits: float | None = None

    def request(self) -> Request | None:
        """The next request; None where there is none any more. Raises Unreadable and OSError."""
        if not self.buffer and not self.wait():
            return None
        self.until = monotonic() + PATIENCE
        first, headers = parsed(self.head())
        method, target, minor = first
        environ: Environ = {**self.standing, **named(headers), **aimed(target)}
        environ |= {"REQUEST_METHOD": method, "SERVER_PROTOCOL": f"HTTP/1.{minor}", "wsgi.errors": sys.stderr}
        body = self.body(environ)
        environ["wsgi.input"] = io.BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))
        environ[GONE] = self.gone
        # An old client knows the end of an answer by the end of the connection.
        return Request(environ, minor == "1" and "close" not in str(environ.get("HTTP_CONNECTION", "")).lower())

    def gone(self) -> bool:
        """Whether the client has closed the connection since; for the thread that answers it."""
        try:
            return not self.buffer and not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except OSError as error:
            return not isinstance(error, BlockingIOError)

    # ------------------------------------------------------------------ the parts

    def wait(self) -> bool:
        """Wait for the first byte of a request; whether there was one."""
        self.within(IDLE)
        try:
            self.buffer = self.connection.recv(HEAD)
        except BlockingIOError:
            return False
        return bool(self.buffer)

    def within(self, seconds: float) -> None:
        """Receive what comes within so many seconds."""
        if self.waits != seconds:
            limit(self.connection, socket.SO_RCVTIMEO, seconds)
            self.waits = seconds

    def head(self) -> bytes:
        """The first line and the headers."""
        # An empty line before the first one is left by some clients after a body.
        self.buffer = self.buffer.lstrip(b"\r\n")
        while (end := self.buffer.find(b"\r\n\r\n")) < 0:
            if self.buffer and not self.buffer[:1].isupper():
                # Who speaks TLS, or no HTTP at all, waits for an answer before there are any headers.
                raise Unreadable(400, NO_REQUEST)
            if len(self.buffer) > HEAD:
                raise Unreadable(431, "The headers are too long.")
            self.more()
        if end > HEAD:
            raise Unreadable(431, "The headers are too long.")
        head, self.buffer = self.buffer[:end], self.buffer[end + 4 :]
        return head

    def body(self, environ: Environ) -> bytes:
        """The body, whole."""
        length, coding = environ.get("CONTENT_LENGTH"), environ.pop("HTTP_TRANSFER_ENCODING", None)
        most = TARGETED if "HTTP_X_AMZ_TARGET" in environ else BODY
        if coding is not None and (length is not None or str(coding).lower() != "chunked"):
            raise Unreadable(400, "The length of the body is not clear.")
        if length is not None and not re.fullmatch("[0-9]{1,18}", str(length), re.ASCII):
            raise Unreadable(400, "The Content-Length is no number.")
        if int(length or 0) > most:
            raise Unreadable(413, f"The body is longer than {most} bytes.")
        if (coding or int(length or 0)) and str(environ.get("HTTP_EXPECT", "")).lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return self.chunks(most) if coding is not None else self.exactly(int(length or 0))

    def chunks(self, most: int) -> bytes:
        """A body that comes in chunks, each with its length before it; what follows the last is not needed."""
        parts, total = [], 0
        while True:
            found = SIZE.fullmatch(self.line())
            if found is None:
                raise Unreadable(400, "A chunk of the body has no length.")
            size = int(found[1], 16)
            total += size
            if total > most:
                raise Unreadable(413, f"The body is longer than {most} bytes.")
            if not size:
                break
            parts.append(self.exactly(size))
            if self.line():
                raise Unreadable(400, "A chunk of the body is longer than it says.")
        for _ in range(100):
            if not self.line():
                return b"".join(parts)
        raise Unreadable(431, "The trailers are too long.")

    def line(self) -> bytes:
        """One short line, without its end."""
        while (end := self.buffer.find(b"\r\n")) < 0:
            if len(self.buffer) > HEAD:
                raise Unreadable(400, "A line of the body is too long.")
            self.more()
        line, self.buffer = self.buffer[:end], self.buffer[end + 2 :]
        return line

    def exactly(self, length: int) -> bytes:
        """So many bytes."""
        self.until += length / PACE
        if len(self.buffer) >= length:
            read, self.buffer = self.buffer[:length], self.buffer[length:]
            return read
        parts, missing = [self.buffer], length - len(self.buffer)
        self.buffer = b""
        while missing:
            parts.append(self.received(min(missing, 1024 * 1024)))
            missing -= len(parts[-1])
        return b"".join(parts)

    def more(self) -> None:
        self.buffer += self.received(HEAD)

    def received(self, most: int) -> bytes:
        """Some bytes, before the time is over."""
        left = self.until - monotonic()
        if left <= 0:
            raise Unreadable(408, "The request came too slowly.")
        self.within(left)
        try:
            received = self.connection.recv(most)
        except BlockingIOError:
            raise Unreadable(408, "The request came too slowly.") from None
        if not received:
            raise ConnectionResetError("The client has gone in the middle of a request.")
        return received


def limit(connection: socket.socket, option: int, seconds: float) -> None:
    """Let the system end what takes longer, with a BlockingIOError.

    Python's own time limit costs two more calls of the system for each byte string that comes or goes. At each of them
    another thread goes on instead of this one, and a client waits for both.
    """
    whole, rest = divmod(max(seconds, 1e-6), 1)
    connection.setsockopt(socket.SOL_SOCKET, option, struct.pack("ll", int(whole), int(rest * 1e6)))


def parsed(head: bytes) -> tuple[tuple[str, str, str], list[tuple[str, str]]]:
    """Method, target and minor version of the first line, and the headers."""
    text = head.decode("latin-1")
    first, *lines = text.split("\r\n")
    found = FIRST.fullmatch(first)
    if found is None:
        raise Unreadable(400, NO_REQUEST)
    # Half of a line's end, or a null, would be read in another way elsewhere.
    if not text.count("\r") == text.count("\n") == len(lines) or "\0" in text:
        raise Unreadable(400, "A header is none.")
    headers = []
    for line in lines:
        name, colon, value = line.partition(":")
        headers.append((name_of(name + colon), value.strip(" \t")))
    method, target, minor = found.groups()
    return (method, target, minor), headers


def named(headers: Iterable[tuple[str, str]]) -> Environ:
    """The headers by the names that WSGI has for them."""
    environ: Environ = {}
    spelled: dict[str, str] = {}
    given = [*headers]
    underscored = any("_" in name for name, _ in given)
    dashed = {key_of(name) for name, _ in given if "_" not in name} if underscored else set()
    for name, value in given:
        key = key_of(name)
        if "_" in name:
            # Whoever writes `x_amz_target` must not be taken for a sender of `x-amz-target`.
            if key in dashed or not name.lower().startswith("x-amz-meta-"):
                continue
            spelled.setdefault(key, name)
        if key in ONCE and environ.get(key, value) != value:
            raise Unreadable(400, f"The request has {name} twice.")
        joined = key in environ and key not in ("CONTENT_LENGTH", "CONTENT_TYPE", "HTTP_HOST")
        environ[key] = f"{environ[key]},{value}" if joined else value
    environ[SPELLED] = spelled
    return environ


@lru_cache(maxsize=128)
def name_of(header: str) -> str:
    """The name in a header's beginning, which is the name and a colon."""
    found = NAME.fullmatch(header)
    if found is None:
        raise Unreadable(400, "A header is none.")
    return found[1]


@lru_cache(maxsize=128)
def key_of(name: str) -> str:
    key = name.upper().replace("-", "_")
    return key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"


def aimed(target: str) -> Environ:
    """What a target says: `/path?query`, or a whole address, whose host counts then."""
    host: Environ = {}
    if target.startswith(("http://", "https://")):
        netloc, slash, rest = target.partition("://")[2].partition("/")
        host, target = {"HTTP_HOST": netloc}, slash + rest or "/"
    elif not target.startswith("/") and target != "*":
        raise Unreadable(400, "The target is no path.")
    path, _, query = target.partition("?")
    return {
        **host,
        "PATH_INFO": unquote_to_bytes(path.encode("latin-1")).decode("latin-1"),
        "QUERY_STRING": query,
        "REQUEST_URI": target,
        "RAW_URI": target,
    }
