"""The colours of graphs: of a state's type, and of how a state has gone, for light and for dark."""

from typing import NamedTuple

# Fill, line and text.
Tint = tuple[str, str, str]


class Status(NamedTuple):
    """How a visited state is drawn.

    Colour alone says too little: `badge` is the path of a sign in a field of 12 by 12.
    """

    light: Tint
    dark: Tint
    badge: str


TICK = "M3 6.2 5.2 8.4 9.2 3.8"
CROSS = "M3.4 3.4 8.6 8.6M8.6 3.4 3.4 8.6"
DOTS = "M3 6h.01M6 6h.01M9 6h.01"
AGAIN = "M9 4.2A3.6 3.6 0 1 0 9.6 6.6M9.4 2.4V4.6H7.2"
BAR = "M3.2 6H8.8"

GREEN = ("#e3f6e8", "#1a7f37", "#0f3d1c"), ("#12301b", "#3fb950", "#c8f0d2")
RED = ("#ffebe9", "#cf222e", "#5c0d12"), ("#3a1417", "#f85149", "#ffd6d2")
BLUE = ("#ddf0ff", "#0969da", "#0a2f66"), ("#0e2744", "#58a6ff", "#cfe5ff")
AMBER = ("#fff4d6", "#b26a00", "#4d2d00"), ("#352505", "#d8a02b", "#fbe5b3")
GREY = ("#eef0f3", "#6e7781", "#2d333a"), ("#262b33", "#8b949e", "#d5dae0")

STATUSES = {
    "SUCCEEDED": Status(*GREEN, TICK),
    "FAILED": Status(*RED, CROSS),
    "TIMED_OUT": Status(*RED, CROSS),
    "RUNNING": Status(*BLUE, DOTS),
    "RETRIED": Status(*AMBER, AGAIN),
    "CAUGHT": Status(*AMBER, BAR),
    "ABORTED": Status(*GREY, BAR),
}

# The accent of each type, light and dark.
ACCENTS = {
    "Task": ("#0969da", "#58a6ff"),
    "Pass": ("#6e7781", "#8b949e"),
    "Wait": ("#8250df", "#bc8cff"),
    "Choice": ("#b26a00", "#d8a02b"),
    "Succeed": ("#1a7f37", "#3fb950"),
    "Fail": ("#cf222e", "#f85149"),
    "Map": ("#0a7ea4", "#39c5cf"),
    "Parallel": ("#0a7ea4", "#39c5cf"),
    "Start": ("#57606a", "#8b949e"),
    "End": ("#57606a", "#8b949e"),
}
