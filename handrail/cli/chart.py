"""Bars in a terminal: a few lie one below the other, many stand side by side."""

from collections.abc import Sequence

from rich.cells import cell_len
from rich.text import Text

from handrail.cli.output import visible
from handrail.stats import Chart

LYING = 10
"""Bars that have a line each."""

LONGEST = 40
TALLEST = 5
EIGHTHS = " ▁▂▃▄▅▆▇█"

Bar = tuple[str, int | float]


def drawn(chart: Chart) -> list[Text]:
    """A chart with its name above; whatever is more than nothing is seen."""
    name = f"{visible(chart.name)} ({visible(chart.unit)})" if chart.unit else visible(chart.name)
    bars = [(visible(label), value) for label, value in chart.bars]
    return [Text(name, "bold"), *(lying(bars) if len(bars) <= LYING else standing(bars))]


def lying(bars: Sequence[Bar]) -> list[Text]:
    """`01-31   4  ████`."""
    labels, numbers = [label for label, _ in bars], [number(value) for _, value in bars]
    wide, high = (max(map(cell_len, texts), default=0) for texts in (labels, numbers))
    rows = []
    for label, told, size in zip(labels, numbers, sizes(bars, LONGEST), strict=True):
        begin = f"{label}{' ' * (wide - cell_len(label))}  {told:>{high}}"
        rows.append(Text.assemble(f"{begin}  ", ("█" * size, "blue")) if size else Text(begin))
    return rows


def standing(bars: Sequence[Bar]) -> list[Text]:
    """Columns from the first to the last; the greatest number is told, and where they begin and end."""
    heights = sizes(bars, TALLEST * 8)
    most = number(max(value for _, value in bars))
    rows = []
    for floor in reversed(range(TALLEST)):
        cells = " ".join(EIGHTHS[min(max(height - floor * 8, 0), 8)] for height in heights).rstrip()
        begin = most if floor == TALLEST - 1 else ""
        rows.append(Text.assemble(f"{begin:>{len(most)}} ", (cells, "blue")))
    first, last = bars[0][0], bars[-1][0]
    between = max(2 * len(bars) - 1 - cell_len(first) - cell_len(last), 1)
    return [*rows, Text(f"{'':{len(most)}} {first}{' ' * between}{last}", "dim")]


def sizes(bars: Sequence[Bar], longest: int) -> list[int]:
    """Each bar's size; the greatest value has the longest."""
    most = max((value for _, value in bars), default=0)
    return [max(round(value / most * longest), 1) if value > 0 else 0 for _, value in bars]


def number(value: int | float) -> str:
    return f"{value:,.2f}" if isinstance(value, float) else f"{value:,}"
