"""A laptop that is open for a module, its clients, and a queue in which events are found."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from handrail.catalogue import load
from handrail.local.laptop import Laptop
from handrail.local.serve import Server
from tests.catalogue.conftest import apart
from tests.cli.conftest import KNOCK, written

__all__ = ["apart"]


class World:
    """A laptop, and what a test asks of its AWS."""

    def __init__(self, laptop: Laptop) -> None:
        self.laptop = laptop
        self.made: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self.made:
            self.made[service] = self.laptop.aws.client(service)
        return self.made[service]

    def queue(self, name: str) -> str:
        """The ARN of a new queue."""
        self.client("sqs").create_queue(QueueName=name)
        return f"arn:aws:sqs:us-east-1:123456789012:{name}"

    def texts(self, name: str) -> list[str]:
        """What a queue holds, once all that was sent has been delivered; it is taken out."""
        self.laptop.events.drain()
        sqs = self.client("sqs")
        url, found = sqs.get_queue_url(QueueName=name)["QueueUrl"], []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                found.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return found

    def events(self, name: str) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.texts(name)]

    def rule(self, name: str, pattern: object, *targets: dict[str, Any], bus: str = "default") -> None:
        """A rule with targets; their ids are their numbers."""
        events = self.client("events")
        events.put_rule(Name=name, EventPattern=json.dumps(pattern), EventBusName=bus)
        numbered = [{"Id": str(number), **target} for number, target in enumerate(targets)]
        events.put_targets(Rule=name, EventBusName=bus, Targets=numbered)

    def put(self, detail: object, source: str = "test", **more: Any) -> dict[str, Any]:
        """Send an event as anybody does; the answer's only entry."""
        entry = {"Source": source, "DetailType": "Said", "Detail": json.dumps(detail), **more}
        told = self.client("events").put_events(Entries=[entry])
        [answer] = told["Entries"]
        assert told["FailedEntryCount"] == ("ErrorCode" in answer)
        return dict(answer)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("events")
    with Laptop.open(load(written(folder / "project", KNOCK)), folder / "home") as laptop:
        Server(laptop, port=0)
        laptop.resume()
        yield World(laptop)
