"""The pages: every block of Python that can be copied runs as it stands."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
# A block that begins with an import can be copied; the others are excerpts.
BLOCK = re.compile(r"^```python\n(?P<text>(?:from|import) .*?)^```$", re.MULTILINE | re.DOTALL)

WITH_BLOCKS = [
    pytest.param(blocks, id=page.stem)
    for page in PAGES
    if (blocks := [found["text"] for found in BLOCK.finditer(page.read_text(encoding="utf-8"))])
]


def test_finds_the_blocks() -> None:
    """The page about somebody's own machine has some, or the next test would promise nothing."""
    assert any(page.id == "your-own-machine" for page in WITH_BLOCKS)


@pytest.mark.parametrize("blocks", WITH_BLOCKS)
def test_every_block_runs(blocks: list[str], tmp_path: Path) -> None:
    """Each in a Python of its own, one after the other in one folder, as a reader would."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(tmp_path)}
    for block in blocks:
        argv = [sys.executable, "-W", "error", "-c", block]
        done = subprocess.run(argv, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

        assert done.returncode == 0, f"{block}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A page names no file that is not there."""
    named = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))

    assert [name for name in named if not (page.parent / name).exists()] == []
