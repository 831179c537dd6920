"""Who probably changed a resource: the newest change by anybody but us, or nobody."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from handrail.aws import client
from handrail.local.aws import Aws
from handrail.local.environment import turn
from schemas.drift_memory import Author
from tasks.drift_author import MOST_LOOKUPS, Denied, Log, author_of, cloudtrail

RUN = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
DB = "arn:aws:rds:eu-west-1:123456789012:db:orders"
ROLE = "arn:aws:iam::123456789012:role/x"

JO = {"type": "IAMUser", "userName": "jo"}


def assumed(role: str, session: str, **context: Any) -> dict[str, Any]:
    arn = f"arn:aws:sts::123456789012:assumed-role/{role}/{session}"
    return {"type": "AssumedRole", "arn": arn, "sessionContext": context}


def event(
    identity: Mapping[str, Any] | None = None, *, hours: float = 1, name: str = "ModifyDBInstance", **more: Any
) -> Any:
    """An event so many hours before the run, as LookupEvents answers it."""
    told = {"userIdentity": identity or JO, **({"errorCode": more.pop("error")} if "error" in more else {})}
    return {
        "EventName": name,
        "EventTime": RUN - timedelta(hours=hours),
        "ReadOnly": "false",
        "CloudTrailEvent": json.dumps(told),
        **more,
    }


@pytest.mark.parametrize(
    ("events", "name"),
    [
        pytest.param([], None, id="no event"),
        pytest.param([event()], "jo", id="one"),
        pytest.param([event(hours=5), event({"type": "Root"}, hours=2), event(hours=9)], "root", id="the last"),
        pytest.param([event({"type": "Root"}, ReadOnly="true"), event(hours=2)], "jo", id="who only looked"),
        pytest.param([event({"type": "Root"}, error="AccessDenied"), event(hours=2)], "jo", id="who was refused"),
        pytest.param([event({"type": "Root"}, hours=-1), event(hours=2)], "jo", id="who came after the run"),
        pytest.param([event(assumed("handrail-drift", "build-1")), event(hours=2)], "jo", id="our own role"),
        pytest.param([event(assumed("ops", "handrail")), event(hours=2)], "jo", id="our own session elsewhere"),
        pytest.param([event(assumed("handrail-x", "y"))], None, id="nobody but us"),
        pytest.param([event(assumed("AWSReservedSSO_Admin_1f", "jo@example.com"))], "jo@example.com", id="signed in"),
        pytest.param([event(assumed("deploy", "ci-17"))], "deploy/ci-17", id="a role"),
        pytest.param([event(assumed("deploy", "s", sourceIdentity="jo"))], "jo", id="a role that knows its person"),
        pytest.param([event({"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"})],
                     "autoscaling.amazonaws.com", id="a service"),
        pytest.param([event({"type": "New", "userName": "zoe"})], "zoe", id="a kind nobody knows"),
        pytest.param([event({"type": "New"}, Username="zoe")], "zoe", id="only the event's own user name"),
        pytest.param([event(CloudTrailEvent="{", Username="zoe")], "zoe", id="an event that cannot be read"),
        pytest.param([event({"type": "IAMUser"})], None, id="without any name"),
    ],
)  # fmt: skip
def test_who_it_was(events: list[Any], name: str | None) -> None:
    """The judgement alone, over events as CloudTrail tells them."""
    found = author_of(events, RUN)

    assert (found and found.name) == name


def test_what_is_known_of_the_author() -> None:
    """The name, the operation and the time; a name has a bound."""
    assert author_of([event(name="RebootDBInstance")], RUN) == Author(
        name="jo", event="RebootDBInstance", at=RUN - timedelta(hours=1)
    )
    assert len(author_of([event({"type": "IAMUser", "userName": "x" * 999})], RUN).name) == 200  # type: ignore[union-attr]


class Trail:
    """CloudTrail: what is asked by which name in which region, and what happens to each request."""

    def __init__(self, events: Mapping[str, Sequence[Any]], failing: Sequence[str] = (), page: int = 50) -> None:
        self.events = events
        self.failing = list(failing)
        self.page = page
        self.asked: list[tuple[str, str]] = []
        self.paused: list[float] = []

    def ask(self, region: str, request: Mapping[str, Any]) -> Mapping[str, Any]:
        name = request["LookupAttributes"][0]["AttributeValue"]
        self.asked.append((region, name))
        if self.failing:
            code = self.failing.pop(0)
            raise (
                ClientError({"Error": {"Code": code}}, "LookupEvents")
                if code
                else EndpointConnectionError(endpoint_url="x")
            )
        known = self.events.get(name, ())
        at = int(request.get("NextToken", 0))
        more = {"NextToken": str(at + self.page)} if len(known) > at + self.page else {}
        return {"Events": known[at : at + self.page], **more}

    def log(self, left: int = MOST_LOOKUPS) -> Log:
        return Log(self.ask, self.paused.append, left)


@pytest.mark.parametrize(
    ("arn", "events", "asked"),
    [
        pytest.param(DB, {DB: [event()]}, [("eu-west-1", DB)], id="by its ARN"),
        pytest.param(DB, {"orders": [event()]}, [("eu-west-1", DB), ("eu-west-1", "orders")], id="by its name"),
        pytest.param(ROLE, {"x": [event()]}, [("us-east-1", ROLE), ("us-east-1", "x")], id="of the whole world"),
    ],
)
def test_where_it_is_looked_up(arn: str, events: Mapping[str, Any], asked: list[tuple[str, str]]) -> None:
    """In the ARN's region, under the names by which an operation may know it."""
    trail = Trail(events)

    found = trail.log().author([arn], None, RUN)

    assert (found and found.name, trail.asked) == ("jo", asked)


@pytest.mark.parametrize(
    ("failing", "name", "requests"),
    [
        pytest.param(["ThrottlingException"], "jo", 2, id="too fast once"),
        pytest.param(["ThrottlingException"] * 3, None, 4, id="too fast for good; the name is tried as well"),
        pytest.param(["InvalidTimeRangeException"], None, 2, id="refused"),
        pytest.param([""], None, 2, id="out of reach"),
    ],
)
def test_trouble_with_cloudtrail_is_an_unknown_author(failing: list[str], name: str | None, requests: int) -> None:
    """What cannot be found out fails no run; a throttled request is made again, later."""
    trail = Trail({DB: [event()]}, failing)

    found = trail.log().author([DB], None, RUN)

    assert (found and found.name, len(trail.asked)) == (name, requests)


def test_a_refusal_is_said() -> None:
    """Who may not read CloudTrail learns nothing by asking again."""
    trail = Trail({}, ["AccessDeniedException"])

    with pytest.raises(Denied):
        trail.log().author([DB, DB], None, RUN)
    assert len(trail.asked) == 1


def test_requests_are_apart_and_bounded() -> None:
    """At most two a second and so many in a run, however many resources, pages and names there are."""
    trail = Trail({DB: [event(ReadOnly="true")] * 999}, page=10)
    log = trail.log(left=7)

    for _ in range(3):
        assert log.author([DB], None, RUN) is None

    assert len(trail.asked) == 7
    assert len(trail.paused) == 7
    assert min(trail.paused) >= 0.5


def test_pages_are_read_on() -> None:
    """A change behind many reads is found."""
    trail = Trail({DB: [*[event(ReadOnly="true")] * 25, event(hours=20)]}, page=10)

    assert trail.log().author([DB], None, RUN) == Author(
        name="jo", event="ModifyDBInstance", at=RUN - timedelta(hours=20)
    )


def test_the_laptops_cloudtrail_knows_who_it_was() -> None:
    """Through boto3 and the door that answers LookupEvents: by its ARN or its name, whoever changed it last."""
    aws = Aws.start()
    undo = turn(os.environ, aws.environment)
    client.cache_clear()
    try:
        queue = aws.client("sqs").create_queue(QueueName="orders")["QueueUrl"]
        asked = aws.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        soon = datetime.now(UTC) + timedelta(minutes=1)

        found = cloudtrail().author([asked["Attributes"]["QueueArn"]], soon - timedelta(days=1), soon)
    finally:
        undo()
        client.cache_clear()
        aws.close()

    assert (found and found.name, found and found.event) == ("handrail", "CreateQueue")
