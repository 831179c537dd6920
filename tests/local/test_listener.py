"""The HTTP server: programs are answered; whatever else comes over the wire is refused and harms nobody."""

import http.client
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.local import incoming, listener
from handrail.local.doors import Environ
from handrail.local.listener import Listener, today

HOST = "127.0.0.1"


class Application:
    """Says what it was asked; `/deep` fails as deep JSON does, `/broken` as a bug does, `/slow` waits for `go`."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.begun = threading.Event()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        path, body = environ["PATH_INFO"], environ["wsgi.input"].read()
        if path == "/deep":
            json.loads("[" * 100_000)
        if path == "/broken":
            raise KeyError("secret")
        if path == "/slow":
            self.begun.set()
            self.go.wait(20)
        said = {name: value for name, value in environ.items() if isinstance(value, str)}
        answer = json.dumps({**said, "body": body.decode("latin-1")}).encode()
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]


class Site:
    """A server, and what a client says to it by hand."""

    def __init__(self) -> None:
        self.application = Application()
        self.listener = Listener(socket.create_server((HOST, 0)), self.application)

    @property
    def port(self) -> int:
        return self.listener.address[1]

    def connect(self) -> socket.socket:
        return socket.create_connection((HOST, self.port), timeout=20)

    def say(self, request: bytes) -> tuple[int, bytes]:
        """Send these bytes, say no more, and read to the end: the status of the first answer, and everything."""
        with self.connect() as connection:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            said = b"".join(iter(lambda: connection.recv(65536), b""))
        return (int(said.split()[1]) if said else 0), said

    def asks(self) -> dict[str, Any]:
        """What an ordinary request is answered: the server is alive."""
        client = http.client.HTTPConnection(HOST, self.port, timeout=20)
        client.request("POST", "/a%20b?c=d", b"{}", {"X-Amz-Target": "A.B"})
        answer: dict[str, Any] = json.loads(client.getresponse().read())
        client.close()
        return answer


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()
    yield site
    site.listener.close()


def test_puts_a_request_as_wsgi_has_it(site: Site) -> None:
    """Path, query, headers and body."""
    asked = site.asks()

    assert (asked["REQUEST_METHOD"], asked["PATH_INFO"], asked["QUERY_STRING"]) == ("POST", "/a b", "c=d")
    assert (asked["HTTP_X_AMZ_TARGET"], asked["body"], asked["CONTENT_LENGTH"]) == ("A.B", "{}", "2")


def test_keeps_a_connection_for_the_next_request(site: Site) -> None:
    """A client that asks twice connects once."""
    client = http.client.HTTPConnection(HOST, site.port, timeout=20)
    doors = set()
    for _ in range(3):
        client.request("GET", "/")
        client.getresponse().read()
        assert client.sock is not None
        doors.add(client.sock.getsockname())
    client.close()

    assert len(doors) == 1


def test_an_old_client_sees_the_end_of_an_answer(site: Site) -> None:
    """By the end of its connection, also where it asks to keep it: HTTP/1.0 has no word for that which all know."""
    with site.connect() as connection:
        connection.sendall(b"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n")
        said = b"".join(iter(lambda: connection.recv(65536), b""))

    assert b"\r\nConnection: close\r\n" in said


HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize(
    ("request_", "found"),
    [
        pytest.param(HEAD + b"Content-Length: 2\r\n\r\n{}", {"body": "{}"}, id="a length"),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n", {"body": "{}"}, id="chunks"
        ),
        pytest.param(
            HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nx-amz-checksum: 1\r\n\r\n",
            {"body": "{}"},
            id="trailers",
        ),
        pytest.param(b"GET http://example.com/x?y HTTP/1.1\r\n\r\n", {"HTTP_HOST": "example.com"}, id="an address"),
        pytest.param(b"GET //x HTTP/1.1\r\n\r\n", {"PATH_INFO": "//x"}, id="two slashes"),
        pytest.param(b"\r\nGET / HTTP/1.0\r\n\r\n", {"SERVER_PROTOCOL": "HTTP/1.0"}, id="an empty line before"),
        pytest.param(
            b"GET / HTTP/1.1\r\nX-Amz-Meta-a_b: 1\r\n\r\n", {"HTTP_X_AMZ_META_A_B": "1"}, id="metadata with a dash"
        ),
        pytest.param(b"GET / HTTP/1.1\r\nA: 1\r\na: 2\r\n\r\n", {"HTTP_A": "1,2"}, id="a header twice"),
    ],
)
def test_reads_what_http_allows(site: Site, request_: bytes, found: dict[str, str]) -> None:
    status, said = site.say(request_)
    answer = json.loads(said.partition(b"\r\n\r\n")[2])

    assert status == 200
    assert {name: answer[name] for name in found} == found


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        pytest.param(b"nonsense\r\n\r\n", 400, id="no request"),
        pytest.param(b"GET / HTTP/2\r\n\r\n", 400, id="another version"),
        pytest.param(b"GET nowhere HTTP/1.1\r\n\r\n", 400, id="no path"),
        pytest.param(b"GET / HTTP/1.1\r\nno header\r\n\r\n", 400, id="no header"),
        pytest.param(b"GET / HTTP/1.1\r\nA: 1\r\n folded\r\n\r\n", 400, id="a folded line"),
        pytest.param(b"GET / HTTP/1.1\r\nA: 1\nB: 2\r\n\r\n", 400, id="half a line's end"),
        pytest.param(b"GET / HTTP/1.1\r\nA: 1\rB: 2\r\n\r\n", 400, id="the other half"),
        pytest.param(b"GET / HTTP/1.1\r\nA: 1\rB: 2\n\r\n\r\n", 400, id="both halves"),
        pytest.param(b"GET / HTTP/1.1\r\nA: \0\r\n\r\n", 400, id="a null"),
        pytest.param(b"GET / HTTP/1.1\r\nA : 1\r\n\r\n", 400, id="a name with a space"),
        pytest.param(HEAD + b"Content-Length: -1\r\n\r\n", 400, id="a negative length"),
        pytest.param(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab", 400, id="two lengths"),
        pytest.param(HEAD + b"Host: evil.example\r\n\r\n", 400, id="two hosts"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400, id="TLS, which waits for an answer"),
        pytest.param(HEAD + b"Content-Length: 99999999999999999\r\n\r\n", 413, id="too long"),
        pytest.param(HEAD + b"X-Amz-Target: A.B\r\nContent-Length: 999999999\r\n\r\n", 413, id="too long for JSON"),
        pytest.param(
            HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, id="a length and chunks"
        ),
        pytest.param(HEAD + b"Transfer-Encoding: gzip\r\n\r\n", 400, id="an unknown coding"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400, id="a chunk without a length"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n", 400, id="a chunk that is longer"),
        pytest.param(HEAD + b"Transfer-Encoding: chunked\r\n\r\nffffffff\r\n", 413, id="a chunk that is too long"),
        pytest.param(b"GET / HTTP/1.1\r\nA: " + b"x" * 70_000 + b"\r\n\r\n", 431, id="long headers"),
        pytest.param(b"POST /deep HTTP/1.1\r\n\r\n", 400, id="nested too deeply"),
        pytest.param(b"POST /broken HTTP/1.1\r\n\r\n", 500, id="a bug of ours"),
        pytest.param(HEAD + b"Content-Length: 5\r\n\r\nab", 0, id="a client that has gone"),
    ],
)
def test_refuses_the_rest_in_a_sentence(
    site: Site, caplog: pytest.LogCaptureFixture, request_: bytes, status: int
) -> None:
    """AWS's form of an error, no traceback to the client or on the console; and the next one is answered."""
    with caplog.at_level(logging.INFO):
        answered, said = site.say(request_)

    assert answered == status
    assert b"Traceback" not in said
    assert b"secret" not in said
    assert not any(record.exc_info for record in caplog.records)
    if status:
        assert {*json.loads(said.partition(b"\r\n\r\n")[2])} == {"__type", "message"}
    assert site.asks()["body"] == "{}"


def test_an_underscore_is_no_dash(site: Site) -> None:
    """A header that WSGI could take for another one is left out."""
    _, said = site.say(b"GET / HTTP/1.1\r\nX_Amz_Target: A.B\r\nX-Moto-Account-Id: 1\r\nX_Moto_Account_Id: 2\r\n\r\n")
    answer = json.loads(said.partition(b"\r\n\r\n")[2])

    assert ("HTTP_X_AMZ_TARGET" in answer, answer["HTTP_X_MOTO_ACCOUNT_ID"]) == (False, "1")


def test_a_client_that_waits_to_be_told_to_go_on_is_told(site: Site) -> None:
    """boto3 asks so before it sends an object."""
    with site.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        said = connection.recv(1024)
        connection.sendall(b"{}")
        answer = connection.recv(65536)

    assert said == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert b'"body": "{}"' in answer


def test_answers_head_without_a_body(site: Site) -> None:
    """The length is that of what a GET would have had."""
    _, said = site.say(b"HEAD / HTTP/1.1\r\n\r\n")
    head, _, body = said.partition(b"\r\n\r\n")

    assert body == b""
    assert b"Content-Length: 0" not in head


@pytest.mark.parametrize(
    "begun", [pytest.param(b"GET / HT", id="headers"), pytest.param(HEAD + b"Content-Length: 9\r\n\r\nab", id="body")]
)
def test_a_slow_client_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch, begun: bytes) -> None:
    """What has begun must come in its time; others are answered meanwhile."""
    monkeypatch.setattr(incoming, "PATIENCE", 0.2)
    with site.connect() as connection:
        connection.sendall(begun)
        assert site.asks()["body"] == "{}"
        said = connection.recv(65536)

    assert said.startswith(b"HTTP/1.1 408 ")


def test_a_silent_client_is_let_go(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incoming, "IDLE", 0.1)
    with site.connect() as connection:
        assert connection.recv(1) == b""


@pytest.mark.parametrize("size", [pytest.param(20_000, id="short answers"), pytest.param(200_000, id="long ones")])
def test_who_reads_no_answer_is_let_go(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    """Its thread ends once nothing more can be sent for a while."""
    monkeypatch.setattr(listener, "PATIENCE", 0.1)
    monkeypatch.setattr(listener, "PACE", 10_000_000)
    site, request = Site(), b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % size + b"x" * size
    with site.connect() as connection, pytest.raises((ConnectionResetError, BrokenPipeError)):
        connection.sendall(request * (50_000_000 // size))
    assert site.asks()["body"] == "{}"
    site.listener.close()


def test_the_end_lets_an_answer_be_given() -> None:
    """Nobody new is served, silent connections end at once, and no thread is left."""
    site = Site()
    answers: list[tuple[int, bytes]] = []
    silent = site.connect()
    asking = threading.Thread(target=lambda: answers.append(site.say(b"GET /slow HTTP/1.1\r\n\r\n")))
    asking.start()
    site.application.begun.wait(20)
    closing = threading.Thread(target=site.listener.close)
    closing.start()
    assert silent.recv(1) == b""
    site.application.go.set()
    for thread in (closing, asking):
        thread.join(20)
    silent.close()

    assert [status for status, _ in answers] == [200]
    with pytest.raises(ConnectionRefusedError):
        site.connect()


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.builds(
            lambda line, headers, body: line + b"\r\n" + b"\r\n".join(headers) + b"\r\n\r\n" + body,
            st.sampled_from([b"GET / HTTP/1.1", b"POST / HTTP/1.1", b"POST /\xff%ff HTTP/1.0", b"PUT * HTTP/1.1"]),
            st.lists(
                st.one_of(
                    st.binary(max_size=30),
                    st.sampled_from(
                        [b"Content-Length: 3", b"Content-Length: x", b"Transfer-Encoding: chunked", b"Host: a"]
                    ),
                ),
                max_size=4,
            ),
            st.binary(max_size=60),
        ),
    )
)
def test_whatever_bytes_come_it_lives(site: Site, request_: bytes) -> None:
    """Each connection ends with an answer of HTTP or with nothing, within moments."""
    status, said = site.say(request_)

    assert status in (0, 200, 400, 413, 431)
    assert b"Traceback" not in said


def test_many_at_once_are_all_answered(site: Site) -> None:
    """One thread a connection; none is lost."""
    found: list[str] = []
    threads = [threading.Thread(target=lambda: found.append(site.asks()["body"])) for _ in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert found == ["{}"] * 60


def test_dates_are_in_http_s_language() -> None:
    """Whatever language this process speaks."""
    assert today(0) == "Thu, 01 Jan 1970 00:00:00 GMT"


def test_who_asks_for_nothing_gives_way_to_whoever_comes(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    """Connections that are only held keep nobody out; one that is being answered is not cut off."""
    monkeypatch.setattr(listener, "MOST", 3)
    site.application.begun.clear()
    site.application.go.clear()
    busy = site.connect()
    busy.sendall(b"GET /slow HTTP/1.1\r\nHost: h\r\n\r\n")
    site.application.begun.wait(20)
    held = [site.connect() for _ in range(5)]

    assert site.say(b"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")[0] == 200
    site.application.go.set()
    assert busy.recv(15) == b"HTTP/1.1 200 OK"
    for connection in (busy, *held):
        connection.close()
