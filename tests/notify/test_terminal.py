"""A message in a terminal looks as it would in Slack."""

import io

import pytest
from rich.console import Console

from handrail.notify import Message, Post, actions, button, code, context, escape, header, section, table
from handrail.notify.terminal import mrkdwn, rendered


@pytest.mark.parametrize(
    ("markup", "shown"),
    [
        pytest.param("all *bold* here", [("all ", ""), ("bold", "bold"), (" here", "")], id="bold"),
        pytest.param("_so_ and ~not~", [("so", "italic"), (" and ", ""), ("not", "strike")], id="italic, strike"),
        pytest.param("`a*b*c`", [("a*b*c", "dark_orange3")], id="code holds its signs"),
        pytest.param("```two\nlines```", [("two\nlines", "dark_orange3")], id="code block"),
        pytest.param("*`x`*", [("x", "bold dark_orange3")], id="code in bold"),
        pytest.param("snake_case_x 2*3*4", [("snake_case_x 2*3*4", "")], id="signs inside a word"),
        pytest.param("<https://a.test|run>", [("run", "underline blue link https://a.test")], id="link"),
        pytest.param("<https://a.test>", [("https://a.test", "underline blue link https://a.test")], id="bare link"),
        pytest.param("<!channel>", [("@channel", "black on yellow")], id="mention of all"),
        pytest.param("<@U1|jo>", [("@jo", "black on yellow")], id="mention of one"),
        pytest.param("<!subteam^S0614TZR7>", [("@S0614TZR7", "black on yellow")], id="mention of a group"),
        pytest.param("&lt;!channel&gt; &amp;lt;", [("<!channel> &lt;", "")], id="escaped"),
        pytest.param("a\x1b[31mb", [("a[31mb", "")], id="what steers a terminal"),
    ],
)
def test_markup_is_shown_as_slack_shows_it(markup: str, shown: list[tuple[str, str]]) -> None:
    """Each piece of markup becomes styled text, and only what is markup does."""
    text = mrkdwn(markup)

    spans = {(span.start, span.end): str(span.style) for span in text.spans}
    pieces, at = [], 0
    for words, _ in shown:
        style = spans.get((at, at + len(words)), "none")
        pieces.append((words, "" if style == "none" else style))
        at += len(words)
    assert text.plain == "".join(words for words, _ in shown)
    assert pieces == shown


@pytest.mark.parametrize("foreign", ["<!channel>", "<https://x.test|ok>", "*a*", "x`y", "[bold]z[/bold]", "&lt;"])
def test_foreign_text_is_seen_as_it_is(foreign: str) -> None:
    """What was escaped is read by people as it was written, wherever it stands."""
    message = Message(
        text="x",
        blocks=(section(f"{code(foreign)} in a row"), table({"Name": "left"}, [[foreign]])),
        details=(Post(text="x", blocks=(section(escape(foreign.replace("*", "+"))),)),),
    )

    shown = _shown(message)

    assert shown.count(foreign.replace("`", "ˋ")) + shown.count(foreign.replace("*", "+")) >= 2


def test_the_whole_message() -> None:
    """Heading, text, table, small text; the thread stands below, indented."""
    message = Message(
        text="x",
        blocks=(
            header("Drift check"),
            section("2 of 3"),
            table({"Root": "left", "N": "right"}, [["a", "10"]]),
            context("at `3f2a`", "12 s"),
        ),
        details=(Post(text="x", blocks=(section("one\ntwo"),)), Post(text="x", blocks=(section("three"),))),
    )

    assert _lines(message) == [
        "",
        "Drift check",
        "2 of 3",
        "╭──────┬────╮",
        "│ Root │  N │",
        "├──────┼────┤",
        "│ a    │ 10 │",
        "╰──────┴────╯",
        "at 3f2a  12 s",
        "",
        "  2 replies",
        "",
        "    one",
        "    two",
        "",
        "    three",
    ]


def test_buttons_can_be_told_from_text() -> None:
    """Buttons stand in brackets, beside each other."""
    row = actions(button("Take it", "take", "1"), button("Stop\x1b[2J", "stop", "1", "danger"))

    assert _lines(Message(text="x", blocks=(row,))) == ["", "[ Take it ] [ Stop[2J ]"]


def test_a_reply_is_shown_as_one() -> None:
    """What is posted in a thread says so and stands indented, its details with it."""
    message = Message(text="x", blocks=(section("it grew"),), details=(Post(text="x", blocks=(section("how"),)),))

    assert _lines(message, "1.000000") == [
        "",
        "  in the thread of an earlier message",
        "",
        "    it grew",
        "",
        "    how",
    ]


def _lines(message: Message, thread: str | None = None) -> list[str]:
    return [line.rstrip() for line in _shown(message, thread).splitlines()]


def _shown(message: Message, thread: str | None = None) -> str:
    out = io.StringIO()
    Console(file=out, width=80).print(rendered(message, thread=thread))
    return out.getvalue()
