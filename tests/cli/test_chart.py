"""Charts in a terminal."""

import pytest

from handrail.cli.chart import drawn
from handrail.stats import Chart


def rows(chart: Chart) -> list[str]:
    return [row.plain for row in drawn(chart)]


def test_a_few_bars_lie() -> None:
    """With their names and numbers; the least that is not nothing is one block."""
    assert rows(Chart("runs", (("01-30", 0), ("01-31", 1), ("今日", 100)), unit="a day")) == [
        "runs (a day)",
        "01-30    0",
        "01-31    1  █",
        f"今日   100  {'█' * 40}",
    ]


def test_many_bars_stand() -> None:
    """In five lines, with the greatest number and the two ends."""
    chart = Chart("runs a day", tuple((f"01-{day:02}", day if day != 2 else 0) for day in range(1, 13)))

    assert rows(chart) == [
        "runs a day",
        "12                   ▁ ▅ █",
        "                 ▃ ▆ █ █ █",
        "           ▁ ▄ ▇ █ █ █ █ █",
        "       ▂ ▅ █ █ █ █ █ █ █ █",
        "   ▃   █ █ █ █ █ █ █ █ █ █",
        "   01-01             01-12",
    ]


@pytest.mark.parametrize(
    ("bars", "expected"),
    [
        pytest.param((), ["empty"], id="none"),
        pytest.param((("a", 0),), ["empty", "a  0"], id="nothing"),
        pytest.param((("a", 0.5),), ["empty", f"a  0.50  {'█' * 40}"], id="a fraction"),
        pytest.param((("a\x1b[31m", 1),), ["empty", f"a  1  {'█' * 40}"], id="a name that would colour the terminal"),
    ],
)
def test_odd_charts(bars: tuple[tuple[str, int | float], ...], expected: list[str]) -> None:
    """Nothing breaks them."""
    assert rows(Chart("empty", bars)) == expected


def test_nothing_at_all_in_many_days() -> None:
    """An empty chart is as high as any."""
    found = rows(Chart("runs a day", tuple((str(day), 0) for day in range(11))))

    assert found == ["runs a day", "0 ", "  ", "  ", "  ", "  ", "  0                  10"]
