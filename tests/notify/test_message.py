"""A message holds Slack's limits, and its JSON is Slack's."""

import json
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from handrail.notify import Align, Message, Post, actions, button, context, header, section, table

PRESS = actions(button("Take it", "drift_claim", "7f3a", "primary"))
NAMES: dict[str, Align] = {f"c{number}": "left" for number in range(21)}


@pytest.mark.parametrize(
    ("make", "says"),
    [
        pytest.param(lambda: header("x" * 151), "at most 150 characters", id="header"),
        pytest.param(lambda: header(""), "at least 1 character", id="empty header"),
        pytest.param(lambda: section("x" * 3_001), "at most 3000 characters", id="section"),
        pytest.param(lambda: section(""), "at least 1 character", id="empty section"),
        pytest.param(lambda: context("x" * 3_001), "at most 3000 characters", id="context text"),
        pytest.param(lambda: context(*"abcdefghijk"), "at most 10 items", id="context elements"),
        pytest.param(lambda: table({"a": "left"}, [["x"]] * 100), "at most 100 items", id="table rows"),
        pytest.param(lambda: table(NAMES, []), "at most 20 items", id="table columns"),
        pytest.param(lambda: table({"a": "left"}, [["x", "y"]]), "row 1 has 2 cells, and there are 1", id="row width"),
        pytest.param(lambda: table({"a": "left"}, [["x" * 10_000]]), "hold 10,001 characters", id="table text"),
        pytest.param(lambda: button("x" * 76, "a", "v"), "at most 75 characters", id="button"),
        pytest.param(lambda: button("x", "a" * 256, "v"), "at most 255 characters", id="action"),
        pytest.param(lambda: button("x", "a", "v" * 2_001), "at most 2000 characters", id="value"),
        pytest.param(lambda: actions(), "at least 1 item", id="no buttons"),
        pytest.param(lambda: actions(*(button("x", f"a{n}", "v") for n in range(26))), "at most 25", id="buttons"),
        pytest.param(lambda: actions(button("x", "a", "v"), button("y", "a", "w")), "one action_id", id="same action"),
        pytest.param(lambda: Post(text="x" * 4_001, blocks=(section("y"),)), "at most 4000 characters", id="text"),
        pytest.param(lambda: Post(text="x", blocks=()), "at least 1 item", id="no blocks"),
        pytest.param(lambda: Post(text="x", blocks=(section("y"),) * 51), "at most 50 items", id="blocks"),
        pytest.param(lambda: Post(text="x", blocks=(section("y" * 2_500),) * 5), "hold 12,500 characters", id="total"),
        pytest.param(lambda: Post(text="x", blocks=(table({"a": "left"}, []),) * 2), "one table", id="two tables"),
    ],
)
def test_what_slack_would_refuse_is_refused_here(make: Callable[[], object], says: str) -> None:
    """Each of Slack's limits is met where the message is made, and the error names it."""
    with pytest.raises(ValidationError, match=says):
        make()


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda: header("x" * 150), id="header"),
        pytest.param(lambda: section("x" * 3_000), id="section"),
        pytest.param(lambda: table(dict(list(NAMES.items())[:20]), [["x"] * 20] * 99), id="table"),
        pytest.param(lambda: actions(*(button("x" * 75, f"{n:0255}", "v" * 2_000) for n in range(25))), id="buttons"),
        pytest.param(lambda: Post(text="x" * 4_000, blocks=(section("y" * 240),) * 50), id="post"),
    ],
)
def test_what_slack_takes_is_taken(make: Callable[[], object]) -> None:
    """The limit itself is still within the limit."""
    assert make()


def test_the_json_is_what_slack_takes() -> None:
    """A post dumps to the arguments of chat.postMessage."""
    post = Post(
        text="fallback",
        blocks=(header("Head"), section("*x*"), table({"A": "left", "B": "right"}, [["1", ""]]), context("small")),
    )

    assert json.loads(post.model_dump_json()) == {
        "text": "fallback",
        "blocks": [
            {"type": "header", "text": {"type": "plain_text", "text": "Head"}},
            {"type": "section", "text": {"type": "mrkdwn", "text": "*x*", "verbatim": True}},
            {
                "type": "table",
                "rows": [
                    [{"type": "raw_text", "text": "A"}, {"type": "raw_text", "text": "B"}],
                    [{"type": "raw_text", "text": "1"}, {"type": "raw_text", "text": "-"}],
                ],
                "column_settings": [
                    {"align": "left", "is_wrapped": True},
                    {"align": "right", "is_wrapped": True},
                ],
            },
            {"type": "context", "elements": [{"type": "mrkdwn", "text": "small", "verbatim": True}]},
        ],
    }


def test_a_button_is_what_slack_takes() -> None:
    """A button dumps without a null, which Slack refuses."""
    row = actions(button("Take it", "drift_claim", "7f3a"), button("Stop", "stop", "7f3a", "danger"))

    assert json.loads(Post(text="x", blocks=(row,)).model_dump_json())["blocks"] == [
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "Take it"},
                    "action_id": "drift_claim",
                    "value": "7f3a",
                },
                {
                    "type": "button",
                    "text": {"type": "plain_text", "text": "Stop"},
                    "action_id": "stop",
                    "value": "7f3a",
                    "style": "danger",
                },
            ],
        }
    ]


def test_a_message_comes_back_from_its_json() -> None:
    """What was written is read back as the same value."""
    reply = Post(text="more", blocks=(section("detail"),))
    message = Message(
        text="x", blocks=(header("Head"), table({"A": "left"}, [["<!channel>"]]), PRESS), details=(reply,)
    )

    assert Message.model_validate_json(message.model_dump_json()) == message
