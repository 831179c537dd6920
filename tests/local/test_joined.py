"""A server that has the store is asked in the words of its API, and what it refuses is told."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from handrail.errors import HandrailError
from handrail.local.joined import Joined, Refused

EXECUTION = "arn:aws:states:us-east-1:123456789012:execution:knock:one"


class Server:
    """Writes down what it is asked, and answers what it was told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.signed: list[str] = []
        self.status, self.answer = 200, json.dumps({"executionArn": EXECUTION})
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {}
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append((self.headers["X-Amz-Target"], json.loads(body)))
                outer.signed.append(self.headers["Authorization"])
                special = outer.answers.get(self.headers["X-Amz-Target"].partition(".")[2])
                status, answer = (special[0], json.dumps(special[1])) if special else (outer.status, outer.answer)
                self.send_response(status)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer.encode())

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.http.serve_forever, daemon=True).start()
        self.endpoint = f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    # A proxy is not asked for what is on this machine.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    served = Server()
    yield served
    served.http.shutdown()
    served.http.server_close()


def test_a_run_a_redrive_and_a_stop_are_asked_for(server: Server) -> None:
    """Each is the operation of Step Functions that does it, of this machine's account."""
    joined = Joined(server.endpoint)

    assert joined.start("knock", '{"how": "talk"}', "one") == EXECUTION
    joined.redrive(EXECUTION)
    joined.stop(EXECUTION, "Enough", "why")

    machine = "arn:aws:states:us-east-1:123456789012:stateMachine:knock"
    assert server.asked == [
        ("AWSStepFunctions.StartExecution", {"stateMachineArn": machine, "input": '{"how": "talk"}', "name": "one"}),
        ("AWSStepFunctions.RedriveExecution", {"executionArn": EXECUTION}),
        ("AWSStepFunctions.StopExecution", {"executionArn": EXECUTION, "error": "Enough", "cause": "why"}),
    ]
    assert all("Credential=123456789012/" in signed and "/us-east-1/states/" in signed for signed in server.signed)


NOBODY = (400, {"__type": "StateMachineDoesNotExist", "message": "State Machine Does Not Exist"})


@pytest.mark.parametrize(
    ("known", "done", "operations"),
    [
        pytest.param(NOBODY, "registered", ["Describe", "Create"], id="unknown"),
        pytest.param((200, {"definition": '{"StartAt":"B"}'}), "updated", ["Describe", "Update"], id="another"),
        pytest.param((200, {"definition": '{"StartAt":"A"}'}), "known", ["Describe"], id="the same, written otherwise"),
    ],
)
def test_a_machine_is_registered_as_it_is_now(
    server: Server, known: tuple[int, dict[str, Any]], done: str, operations: list[str]
) -> None:
    """Made where there is none of its name, changed where it is another, and left alone where it is the same."""
    server.answers["DescribeStateMachine"] = known

    assert Joined(server.endpoint).register("order", '{"StartAt": "A"}') == done
    assert [asked for asked, _ in server.asked] == [f"AWSStepFunctions.{name}StateMachine" for name in operations]
    assert operations == ["Describe"] or server.asked[-1][1]["definition"] == '{"StartAt": "A"}'


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param(
            '{"__type": "ExecutionNotRedrivable", "message": "It is RUNNING"}',
            "The server refuses: It is RUNNING (ExecutionNotRedrivable)",
            id="with its reason",
        ),
        pytest.param(
            '{"__type": "com.amazonaws.sfn#InvalidName", "Message": "No"}',
            "The server refuses: No (InvalidName)",
            id="with a long name",
        ),
        pytest.param("{}", "The server refuses: no reason is given (400)", id="without a word"),
        pytest.param("[]", "The server refuses: no reason is given (400)", id="with no object"),
    ],
)
def test_a_refusal_is_told(server: Server, answer: str, told: str) -> None:
    """With AWS's code and words."""
    server.status, server.answer = 400, answer
    with pytest.raises(Refused) as refused:
        Joined(server.endpoint).redrive(EXECUTION)
    assert str(refused.value) == told


def test_who_does_not_answer_as_a_server_is_told(server: Server) -> None:
    """What is no JSON, and nobody at all: the endpoint, and where to look."""
    server.answer = "<html>"
    with pytest.raises(HandrailError, match=r"does not answer as one .* Look at the terminal"):
        Joined(server.endpoint).redrive(EXECUTION)
    server.http.server_close()
    with pytest.raises(HandrailError, match="does not answer as one"):
        Joined("http://127.0.0.1:1").redrive(EXECUTION)
