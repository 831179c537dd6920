"""A server that has the store already, asked through its Step Functions API by another process of this machine.

Source: "AWS JSON 1.0 protocol" in the Smithy specification.
"""

import json
from typing import Any, Final
from urllib.parse import urlsplit

from handrail.errors import HandrailError

ACCOUNT: Final = "123456789012"
REGION: Final = "us-east-1"

# The signature is none; its scope says whose request it is, to which service.
SIGNED: Final = (
    f"AWS4-HMAC-SHA256 Credential={ACCOUNT}/20260101/{REGION}/states/aws4_request, SignedHeaders=host, Signature=0"
)
PATIENCE: Final = 30.0
"""Seconds for an answer."""


class Refused(HandrailError):
    """The server refuses; `code` is AWS's."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(f"The server refuses: {message} ({code})")


def machine_arn(name: str) -> str:
    return f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:{name}"


class Joined:
    """The server at an endpoint."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def register(self, machine: str, definition: str) -> str:
        """Have a state machine of this name there, with this definition (ASL in JSON); what was done, in a word."""
        arn = machine_arn(machine)
        try:
            known = self.call("DescribeStateMachine", stateMachineArn=arn)
        except Refused as refused:
            if refused.code != "StateMachineDoesNotExist":
                raise
            role = f"arn:aws:iam::{ACCOUNT}:role/handrail-{machine}"
            self.call("CreateStateMachine", name=machine, definition=definition, roleArn=role)
            return "registered"
        if json.loads(known["definition"]) == json.loads(definition):
            return "known"
        self.call("UpdateStateMachine", stateMachineArn=arn, definition=definition)
        return "updated"

    def start(self, machine: str, input: str, name: str | None = None) -> str:
        """Begin an execution of a runbook or another state machine there, and give its ARN.

        `order#HappyPath` is one with the mocks of a test case.
        """
        named = {} if name is None else {"name": name}
        arn = machine_arn(machine)
        return str(self.call("StartExecution", stateMachineArn=arn, input=input, **named)["executionArn"])

    def redrive(self, arn: str) -> None:
        """Let an execution that did not succeed go on where it ended."""
        self.call("RedriveExecution", executionArn=arn)

    def stop(self, arn: str, error: str, cause: str) -> None:
        """Abort an execution; one that has ended stays as it is."""
        self.call("StopExecution", executionArn=arn, error=error, cause=cause)

    def call(self, operation: str, **parameters: str) -> dict[str, Any]:
        """The answer of an operation; raises Refused, or HandrailError where nobody answers."""
        from http.client import HTTPConnection, HTTPException  # brings TLS, which most commands do without

        place = urlsplit(self.endpoint)
        # No proxy is asked for what is on this machine.
        connection = HTTPConnection(place.hostname or "", place.port, timeout=PATIENCE)
        headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Target": f"AWSStepFunctions.{operation}",
            "Authorization": SIGNED,
        }
        try:
            connection.request("POST", "/", json.dumps(parameters).encode(), headers)
            response = connection.getresponse()
            status, answer = response.status, json.loads(response.read())
        except (OSError, HTTPException, ValueError) as error:
            raise HandrailError(
                f"The server at {self.endpoint} does not answer as one ({type(error).__name__}: {error}). "
                "Look at the terminal in which `handrail local` runs, or begin it anew."
            ) from None
        finally:
            connection.close()
        if status != 200 or not isinstance(answer, dict):
            told = answer if isinstance(answer, dict) else {}
            code = str(told.get("__type", status)).rpartition("#")[2]
            raise Refused(code, str(told.get("message") or told.get("Message") or "no reason is given"))
        return answer
