"""What a request leaves to be done is done once its answer is out, and in its place among everything else."""

import json
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from handrail.local.doors import Environ
from handrail.local.driver import Driver
from handrail.local.later import afterwards, answering
from handrail.local.listener import Listener
from handrail.local.store import Store, Stored
from tests.local.driving import Taker, types


def test_without_a_request_it_is_done_at_once() -> None:
    """Nobody waits for an answer."""
    done: list[int] = []
    afterwards(lambda: done.append(1))
    assert done == [1]


class Leaves:
    """Leaves something to be done, which waits for `read`; `/broken` fails then."""

    def __init__(self) -> None:
        self.read = threading.Event()
        self.done = threading.Event()

    def finish(self) -> None:
        if self.read.wait(20):
            self.done.set()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        afterwards(self.finish)
        if environ["PATH_INFO"] == "/broken":
            raise KeyError
        start_response("200 OK", [])
        return [b"answered"]


@pytest.mark.parametrize(("path", "status"), [("/", 200), ("/broken", 500)])
def test_a_client_does_not_wait_for_it(path: str, status: int) -> None:
    """It has its answer before; where there is none but an excuse it is done all the same."""
    leaves = Leaves()
    listener = Listener(socket.create_server(("127.0.0.1", 0)), leaves)
    with closing(HTTPConnection(*listener.address, timeout=20)) as client:
        client.request("GET", path)
        answer = client.getresponse()
        assert (answer.status, bool(answer.read())) == (status, True)
        leaves.read.set()
        assert leaves.done.wait(20)
    listener.close()


@pytest.fixture
def driver(tmp_path: Path) -> Iterator[Driver]:
    with Store.writing(tmp_path, 0) as store:
        driver = Driver(store, Taker())
        yield driver
        driver.close()


def test_what_begins_later_has_begun_before_anything_else_happens_to_it(driver: Driver) -> None:
    """Who hears of an execution may stop it while its first answer is still on its way."""
    arn = "arn:aws:states:us-east-1:123456789012:execution:m:one"
    definition = json.dumps({"StartAt": "A", "States": {"A": {"Type": "Wait", "Seconds": 3600, "End": True}}})
    with answering():
        driver.begin(Stored(arn, "one", "m", definition, "{}", "RUNNING", 1.0))
        stopping = threading.Thread(target=driver.stop, args=(arn,))
        stopping.start()
        stopping.join(20)
        assert driver.wait(arn, 20)
    assert types(driver, arn) == ["ExecutionStarted", "WaitStateEntered", "ExecutionAborted"]
