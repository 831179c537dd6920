"""A small HTTP/1.1 server for a WSGI application: one thread a connection, which is kept for the next request.

No traceback reaches a client, and none that is slow, silent or gone keeps more than its own thread, for a while.
"""

import json
import logging
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from threading import Condition, Thread
from typing import Any, Final

from handrail.local.doors import Wsgi
from handrail.local.incoming import PACE, PATIENCE, Incoming, Request, Unreadable, limit
from handrail.local.later import answering

logger = logging.getLogger(__name__)

MOST: Final = 2000
"""Connections at a time; more wait until one of these has ended."""

LEAVE: Final = 2.0
"""Seconds for which the end waits for answers that are being given."""

SHORT: Final = 64 * 1024
"""Bytes of an answer that go out at once, as the system has room for them; a longer one has a time limit of its own."""

REASONS: Final = {200: "OK", 400: "Bad Request", 408: "Request Timeout", 413: "Content Too Large", 500: "Error"}
DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Listener:
    """Serves from now on until it is closed. The socket is its own from here."""

    def __init__(self, listening: socket.socket, application: Wsgi, name: str = "handrail-aws") -> None:
        self.listening = listening
        self.application = application
        self.name = name
        self.address: tuple[str, int] = listening.getsockname()[:2]
        self.closed = False
        self.changed = Condition()
        self.open: set[socket.socket] = set()
        # Those that nobody is answered on, the longest idle first.
        self.idle: dict[socket.socket, None] = {}
        self.busy = 0
        self.thread = Thread(target=self.accept, name=name, daemon=True)
        self.thread.start()

    def close(self) -> None:
        """Take no more requests; what is being answered has a moment to be so."""
        self.closed = True
        while self.thread.is_alive():
            # It waits for somebody to connect, and looks only then whether it is to end.
            with suppress(OSError):
                socket.create_connection((reached(self.address[0]), self.address[1]), timeout=5).close()
            with self.changed:
                self.changed.notify_all()
            self.thread.join(0.01)
        self.listening.close()
        with self.changed:
            for connection in self.open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RD)
            self.changed.wait_for(lambda: not self.busy, LEAVE)
            # Who asked for more than that hears nothing, and asks again; what it would be told from is closed next.
            for connection in self.open:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    # ------------------------------------------------------------------ connections

    def accept(self) -> None:
        while not self.closed:
            try:
                connection, _ = self.listening.accept()
            except OSError as error:
                # No descriptor is left: those who are connected have them, and will give them back.
                logger.error("A connection could not be taken: %s", error)
                time.sleep(0.1)
                continue
            with self.changed:
                self.make_room()
                self.open.add(connection)
                self.idle[connection] = None
            self.begin(connection)

    def make_room(self) -> None:
        """Wait until there are fewer than MOST; who asks for nothing gives way to whoever comes."""
        while not self.closed and len(self.open) >= MOST:
            if self.idle:
                longest = next(iter(self.idle))
                del self.idle[longest]
                with suppress(OSError):
                    longest.shutdown(socket.SHUT_RDWR)
            self.changed.wait()

    def begin(self, connection: socket.socket) -> None:
        if self.closed:
            self.leave(connection)
            return
        try:
            Thread(target=self.talk, args=(connection,), name=f"{self.name}-answer", daemon=True).start()
        except RuntimeError as error:
            logger.error("A connection could not be served: %s", error)
            self.leave(connection)

    def talk(self, connection: socket.socket) -> None:
        """Answer one request after the other, for as long as the client wants."""
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            limit(connection, socket.SO_SNDTIMEO, PATIENCE)
            incoming = Incoming(connection, self.address)
            while not self.closed and self.turn(connection, incoming):
                pass
        except OSError:
            # The client has gone; nobody is left to tell.
            pass
        except Exception as error:  # noqa: BLE001
            logger.error("A connection broke: %s: %s", type(error).__name__, error)
        finally:
            self.leave(connection)

    def turn(self, connection: socket.socket, incoming: Incoming) -> bool:
        """Answer one request; whether the connection is kept."""
        try:
            request = incoming.request()
        except Unreadable as error:
            send(connection, refusal(error.status, error.text))
            # What is on its way is taken in, or the client would see a reset and no answer.
            connection.shutdown(socket.SHUT_WR)
            drain(connection)
            return False
        if request is None:
            return False
        with self.changed:
            self.busy += 1
            self.idle.pop(connection, None)
        try:
            with answering():
                send(connection, self.answer(request))
        finally:
            with self.changed:
                self.busy -= 1
                self.idle[connection] = None
                if self.closed or len(self.open) >= MOST:
                    self.changed.notify_all()
        return request.keep

    def leave(self, connection: socket.socket) -> None:
        with suppress(OSError):
            connection.close()
        with self.changed:
            self.open.discard(connection)
            self.idle.pop(connection, None)
            self.changed.notify_all()

    # ------------------------------------------------------------------ one request

    def answer(self, request: Request) -> bytes:
        """The whole answer; whatever goes wrong in the application is told to the client in one sentence."""
        said: list[Any] = []

        def start_response(status: str, headers: Sequence[tuple[str, str]], exc_info: Any = None) -> None:
            said[:] = [status, headers]

        environ = request.environ
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"]
        try:
            body = b"".join(self.application(environ, start_response))
        except RecursionError:
            return refusal(400, "The request is nested too deeply.", "SerializationException", keep=request.keep)
        except Exception as error:  # the server goes on, whatever one request led to
            logger.error("A request (%s %s) failed: %s: %s", method, path, type(error).__name__, error)
            logger.debug("The same with its traceback", exc_info=error)
            return refusal(500, "Something went wrong here; the log says what.", "InternalFailure", keep=request.keep)
        status, headers = said
        return written(status, headers, b"" if method == "HEAD" else body, keep=request.keep)


def written(status: str, headers: Sequence[tuple[str, str]], body: bytes, *, keep: bool) -> bytes:
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers), f"Date: {today(int(time.time()))}"]
    if not any(name.lower() == "content-length" for name, _ in headers):
        lines.append(f"Content-Length: {len(body)}")
    if not keep:
        lines.append("Connection: close")
    head = "\r\n".join(lines)
    if not head.count("\r") == head.count("\n") == len(lines) - 1:
        # A value with a line's end in it would be two headers.
        head = "\r\n".join(line.replace("\r", " ").replace("\n", " ") for line in lines)
    return b"".join((head.encode("latin-1", "replace"), b"\r\n\r\n", body))


def refusal(status: int, text: str, code: str = "BadRequest", *, keep: bool = False) -> bytes:
    """An answer of the server's own, in the words of AWS's JSON protocols."""
    body = json.dumps({"__type": code, "message": text}).encode()
    headers = [("Content-Type", "application/x-amz-json-1.0"), ("x-amzn-ErrorType", code)]
    return written(f"{status} {REASONS.get(status, 'Refused')}", headers, body, keep=keep)


def send(connection: socket.socket, answer: bytes) -> None:
    if len(answer) <= SHORT:
        connection.sendall(answer)
        return
    connection.settimeout(PATIENCE + len(answer) / PACE)
    connection.sendall(answer)
    connection.settimeout(None)


def drain(connection: socket.socket) -> None:
    """Take in a little of what nobody wants to read, for a short while."""
    connection.settimeout(0.5)
    with suppress(OSError):
        for _ in range(64):
            if not connection.recv(64 * 1024):
                return


@lru_cache(maxsize=1)
def today(now: int) -> str:
    """A moment as HTTP writes it, whatever language this process speaks."""
    at = time.gmtime(now)
    day, month = DAYS[at.tm_wday], MONTHS[at.tm_mon - 1]
    return f"{day}, {at.tm_mday:02} {month} {at.tm_year} {at.tm_hour:02}:{at.tm_min:02}:{at.tm_sec:02} GMT"


def reached(host: str) -> str:
    """The address at which this machine reaches a server that listens there."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
