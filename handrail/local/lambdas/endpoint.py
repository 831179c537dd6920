"""Functions that run behind another Lambda endpoint: `sam local start-lambda`, LocalStack."""

from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from handrail.errors import HandrailError
from handrail.local.aws import connect
from handrail.local.lambdas.request import LATEST, Outcome, Refusal, Request

LONGEST = 900 + 10
"""Seconds for which an answer is waited for: as long as a function may run, and a little."""

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
"""What such endpoints take; valid nowhere."""


class Endpoint:
    """Lambda at another address. Raises HandrailError for one that is none."""

    def __init__(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            sound = False
        if not sound:
            raise HandrailError(f'"{url}" is no address: --lambda-endpoint takes one like http://127.0.0.1:3001.')
        self.url = url
        self.clients: dict[str, Any] = {}

    def client(self, region: str) -> Any:
        if region not in self.clients:
            environment = {**KEYS, "AWS_ENDPOINT_URL": self.url}
            # Lambda's caller retries as the machine says, and nothing else may run a function twice.
            more = {"read_timeout": LONGEST, "retries": {"total_max_attempts": 1}, "max_pool_connections": 50}
            self.clients[region] = connect("lambda", environment, region, **more)
        return self.clients[region]

    def invoke(self, request: Request) -> Outcome:
        """What the function there makes of an event; raises Refusal with the endpoint's own code and words."""
        asked = {"FunctionName": request.name, "Payload": request.event}
        asked |= {"Qualifier": request.qualifier} if request.qualifier else {}
        try:
            answered = self.client(request.place.region).invoke(**asked)
            payload = answered["Payload"].read()
        except ClientError as error:
            refused, about = error.response["Error"], error.response["ResponseMetadata"]
            raise Refusal(refused["Code"], refused["Message"], about.get("HTTPStatusCode", 500)) from None
        except BotoCoreError as error:
            told = f"Unable to execute HTTP request: {error} (is Lambda running at {self.url}?)"
            raise Refusal("SdkClientException", told, 502) from None
        return Outcome(payload, "FunctionError" in answered, answered.get("ExecutedVersion", LATEST))
