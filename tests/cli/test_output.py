"""What goes to a terminal or a pipe: safe, whole, and in the encoding that is there."""

import io

import pytest
from rich.table import Table
from rich.text import Text

from handrail.cli.output import WIDEST, Terminal, duration, moment, trimmed, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("plain\n\tand 日本語 ✓", "plain\n\tand 日本語 ✓", id="text stays"),
        pytest.param("\x1b[1;31mred\x1b[0m", "red", id="colours go"),
        pytest.param("\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07", id="what steers a terminal"),
        pytest.param("a\rb\x7f\x9b", "a\\rb\\x7f\\x9b", id="other control characters"),
        pytest.param("\u202eabc\u2066", "\\u202eabc\\u2066", id="what turns text around"),
        pytest.param("\udcff", "\\udcff", id="what no encoding can write"),
    ],
)
def test_a_text_from_elsewhere_is_safe_to_show(text: str, shown: str) -> None:
    """What a build or a person wrote cannot steer the terminal of whoever reads it."""
    assert visible(text) == shown


def test_lines_are_not_filled_up() -> None:
    """A table in a pipe has neither broken lines nor blanks at their ends."""
    console = Terminal(width=WIDEST, file=io.StringIO())
    table = Table("short", "long", box=None)
    table.add_row("x", "word " * 100)
    table.add_row("y", "z")

    rows = [row.plain for row in trimmed(console, table)]

    assert len(rows) == 3
    assert [row for row in rows if row != row.rstrip()] == []


def test_text_keeps_its_style() -> None:
    """Only blanks go."""
    console = Terminal(width=20, file=io.StringIO(), force_terminal=True)

    [row] = trimmed(console, Text("red  ", "red"))

    assert (row.plain, str(row.spans[0].style)) == ("red", "red")


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.04, "0.0 s"), (12, "12.0 s"), (59.94, "59.9 s"), (60, "0:01:00"), (3723.4, "1:02:03")]
)
def test_a_duration_is_short(seconds: float, shown: str) -> None:
    """Tenths of a second below a minute, hours and minutes above."""
    assert duration(seconds) == shown


def test_a_moment_is_local() -> None:
    """To the second, as the clock on the wall has it."""
    assert len(moment(0)) == len("1970-01-01 00:00:00")
