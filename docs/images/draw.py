"""Draws the pictures of README.md from a real run of the demo: `python docs/images/draw.py`.

`drift-check.svg` is what `handrail run drift-check` shows in a terminal, `drift-check-graph.svg` the machine it runs.
"""

import io
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.terminal_theme import DIMMED_MONOKAI

from handrail.cli import main
from handrail.cli.output import console

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WIDTH = 92

# A picture must not fetch a font from somewhere; whoever looks at it has one with letters of the same width.
FONTS = re.compile(r"@font-face \{.*?\}\n?", re.DOTALL)


def shown(*arguments: str) -> str:
    """Everything that a command shows a person, as SVG."""
    console.record, console.width, console.file = True, WIDTH, io.StringIO()
    called(main, "handrail", *arguments)
    title = " ".join(("handrail", *arguments))
    return FONTS.sub("", console.export_svg(title=title, theme=DIMMED_MONOKAI, unique_id="terminal"))


def called(command: Callable[[], None], *argv: str) -> None:
    """Run a command as its script would."""
    sys.argv = [*argv]
    try:
        command()
    except SystemExit as ended:
        if ended.code not in (0, None):
            raise


def draw() -> None:
    subprocess.run([sys.executable, str(ROOT / "examples/prepare.py"), "--fresh"], cwd=ROOT, check=True)
    with TemporaryDirectory() as home:
        os.environ["HANDRAIL_HOME"] = home
        (HERE / "drift-check.svg").write_text(shown("run", "drift-check"), encoding="utf-8")
    called(main, "handrail", "graph", "drift-check", "--svg", str(HERE / "drift-check-graph.svg"))


if __name__ == "__main__":
    draw()
