"""What a target is given of an event."""

import json
from typing import Any

import pytest

from handrail.local.eventbridge.given import given

RULE = "arn:aws:events:us-east-1:123456789012:rule/ends"

EVENT: dict[str, Any] = {
    "id": "1",
    "time": "2026-11-20T12:00:00Z",
    "ingestion-time": "2026-11-20T12:00:01Z",
    "detail": {"status": "FAILED", "why": 'it "broke"', "count": 3, "items": [{"id": "a"}, {"id": "b"}]},
}
SHOWN = {name: value for name, value in EVENT.items() if name != "ingestion-time"}


def transformer(template: str, **paths: str) -> dict[str, Any]:
    return {"InputTransformer": {"InputTemplate": template, "InputPathsMap": paths}}


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        pytest.param({}, SHOWN, id="the whole event"),
        pytest.param({"Input": '{"fixed": 1}'}, {"fixed": 1}, id="a constant"),
        pytest.param({"InputPath": "$.detail"}, EVENT["detail"], id="a part"),
        pytest.param({"InputPath": "$.detail.items[1].id"}, "b", id="an element"),
        pytest.param({"InputPath": "$.nowhere"}, None, id="a path to nothing"),
        pytest.param(
            transformer('{"status": <s>, "count": <n>}', s="$.detail.status", n="$.detail.count"),
            {"status": "FAILED", "count": 3},
            id="variables as values",
        ),
        pytest.param(transformer('{"told": "is <s>"}', s="$.detail.status"), {"told": "is FAILED"}, id="in a text"),
        pytest.param(transformer('"because <w>"', w="$.detail.why"), 'because it "broke"', id="quotes stay quotes"),
        pytest.param(transformer('{"all": <i>}', i="$.detail.items"), {"all": EVENT["detail"]["items"]}, id="an array"),
        pytest.param(transformer('{"rule": "<aws.events.rule-name>"}'), {"rule": "ends"}, id="the rule's name"),
        pytest.param(transformer('{"arn": <aws.events.rule-arn>}'), {"arn": RULE}, id="the rule's ARN"),
        pytest.param(
            transformer('{"at": <aws.events.event.ingestion-time>}'), {"at": "2026-11-20T12:00:01Z"}, id="taken in"
        ),
        pytest.param(transformer('{"e": <aws.events.event.json>}'), {"e": SHOWN}, id="all of it in a member"),
        pytest.param(
            transformer('{"e": <aws.events.event>}'), {"e": {"id": "1", "time": EVENT["time"]}}, id="without its detail"
        ),
        pytest.param(
            transformer('{"x": "<gone>|"}', gone="$.detail.gone"), {"x": "|"}, id="a path to nothing, in a text"
        ),
    ],
)
def test_gives_what_the_target_asks_for(target: dict[str, Any], expected: Any) -> None:
    """Constant, part, template, or the event as it is."""
    assert json.loads(given(target, EVENT, RULE)) == expected
