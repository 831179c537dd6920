"""The timeline of an execution: a bar for each state, over the time that the run took."""

from typing import Any

import pytest
from rich.cells import cell_len

from handrail.cli.timeline import MOST_LANES, Span, timeline
from handrail.engine.visits import Visit


def visit(name: str, entered: float, exited: float | None, **more: Any) -> Visit:
    kind, status = more.pop("type", "Task"), more.pop("status", "SUCCEEDED")
    return Visit(name, kind, entered, "{}", exited=exited, status=status, **more)


def drawn(*top: Visit, end: float = 10, width: int = 30, **more: Any) -> list[str]:
    return [line.plain for line in timeline(top, Span(0, end), width=width, **more)]


@pytest.mark.parametrize(
    ("state", "bar"),
    [
        pytest.param(visit("A", 0, 9.9), "██████████", id="all the time"),
        pytest.param(visit("A", 5, 6.9), "     ██", id="a part of it"),
        pytest.param(visit("A", 5, 5), "     █", id="no time at all"),
        pytest.param(visit("A", 10, 10), "         █", id="at the end"),
        pytest.param(visit("A", 2, 5, type="Wait"), "  ░░░░", id="waiting is lighter"),
        pytest.param(visit("A", 0, 3, status="FAILED"), "███✗", id="failed"),
        pytest.param(visit("A", 4, None, status="RUNNING"), "    █████▶", id="goes on"),
        pytest.param(visit("A", 0, 9, tries=[(0, 1.5), (5, 6), (8, 9)]), "█✗░░░█✗░██", id="pauses before a retry"),
        pytest.param(visit("A", 0, 9, tries=[(0, 4), (8, 9)], status="CAUGHT"), "████✗░░░█✗", id="caught at last"),
    ],
)
def test_a_bar_shows_when_a_state_ran(state: Visit, bar: str) -> None:
    """In ten columns for ten seconds: work, waiting, pauses, attempts that failed, and what still goes on."""
    [line, _] = drawn(state, width=1 + 2 + 5 + 2 + 10)

    assert line[10:] == bar


def test_marks_are_ascii_where_nothing_else_can_be_written() -> None:
    """Without colours and without blocks it says the same."""
    [line, _] = drawn(visit("A", 0, 9, tries=[(0, 1.5), (5, 6), (8, 9)]), width=20, plain=True)

    assert line[10:] == "#x...#x.##"


def test_what_ran_inside_is_below_and_indented() -> None:
    """The lanes of a Map or Parallel, each with its number; the ruler says how long it all took."""
    inner = [visit("B", 0, 4, lane=0, depth=1), visit("B", 4, 9, lane=1, depth=1)]

    assert drawn(visit("A", 0, 9, type="Map", inner=inner), width=40) == [
        "A        9.0 s  " + "█" * 22,
        "  B [0]  4.0 s  " + "█" * 10,
        "  B [1]  5.0 s  " + " " * 9 + "█" * 13,
        " " * 16 + "0" + "10.0 s".rjust(23),
    ]


def test_of_many_that_ended_well_only_the_first_are_drawn() -> None:
    """Those that failed are all drawn, and `full` draws everything."""
    inner = [visit("B", 0, 1, lane=lane, depth=1) for lane in range(50)]
    inner.append(visit("B", 0, 1, lane=50, depth=1, status="FAILED"))
    each = visit("A", 0, 9, type="Map", inner=inner)

    assert len(drawn(each)) == 1 + MOST_LANES + 1 + 1 + 1
    assert any("… 40 more (--full)" in line for line in drawn(each, width=60))
    assert any("B [50]" in line for line in drawn(each))
    assert len(drawn(each, full=True)) == 53


@pytest.mark.parametrize("width", [20, 40, 80, 100_000])
@pytest.mark.parametrize("name", ["A", "とても長い名前" * 9, "a\x1b[2Jb" * 20])
def test_is_as_wide_as_the_terminal(width: int, name: str) -> None:
    """Long names are cut, and what would steer the terminal is written out."""
    lines = drawn(visit(name, 0, 10), width=width)

    assert max(cell_len(line) for line in lines) <= max(width, 35) <= 120 or width > 120
    assert not any("\x1b" in line for line in lines)


def test_nothing_is_drawn_of_nothing() -> None:
    """An execution that has entered no state yet, and one that took no time."""
    assert drawn() == []
    assert drawn(visit("A", 0, 0), end=0, width=20)[0][10:] == "█"
