"""checks.proportions: what counts as a line of code, and what is told when something is out of proportion."""

from pathlib import Path

import pytest

from checks.proportions import functions, measure

SHORT = "def short() -> int:\n    return 1\n"


def lines_of(count: int) -> str:
    """A function with this many lines of code."""
    return "def f() -> None:\n" + "    print()\n" * (count - 1)


@pytest.mark.parametrize(
    ("source", "sizes"),
    [
        pytest.param(SHORT, {"short": 2}, id="the line with its name counts"),
        pytest.param('def f():\n    """Says.\n\n    More.\n    """\n    return 1\n', {"f": 2}, id="no docstring"),
        pytest.param("def f():\n    # Why.\n\n    return 1  # so\n", {"f": 2}, id="no comment, no blank line"),
        pytest.param('def f():\n    return """\n    one\n    """\n', {"f": 4}, id="a text that is used counts"),
        pytest.param("@cache\n@other(\n    1\n)\ndef f():\n    return 1\n", {"f": 2}, id="no decorator"),
        pytest.param("def f(\n    a,\n    b,\n):\n    return 1\n", {"f": 5}, id="each line of a long signature"),
        pytest.param("def f():\n    def g():\n        return 1\n    return g\n", {"f": 4, "g": 2}, id="nested"),
        pytest.param("class A:\n    async def f(self):\n        return 1\n", {"f": 2}, id="methods, async ones too"),
    ],
)
def test_counts_the_lines_with_code(source: str, sizes: dict[str, int]) -> None:
    """A function is as long as the lines of it that Python runs."""
    assert {size.name: size.lines for size in functions(source, "a.py")} == sizes


@pytest.mark.parametrize(
    ("source", "told"),
    [
        pytest.param(SHORT, [], id="in proportion"),
        pytest.param(
            SHORT * 11 + lines_of(51), ["a.py:23: f has 51 lines of code, at most 50"], id="one function too long"
        ),
        pytest.param(SHORT * 11 + lines_of(50), [], id="as long as may be"),
        pytest.param("\n" * 501, ["a.py:1: 501 lines in one file, at most 500"], id="file too long"),
        pytest.param("\n" * 500, [], id="file as long as may be"),
        pytest.param(lines_of(9), ["source: the median function has 9 lines of code, at most 8"], id="median"),
        pytest.param(
            SHORT * 8 + lines_of(25),
            ["source: 88.9% of the functions have under 25 lines, at least 90%"],
            id="too many long ones",
        ),
        pytest.param("", [], id="nothing to measure"),
    ],
)
def test_tells_what_is_out_of_proportion(tmp_path: Path, source: str, told: list[str]) -> None:
    """Each function and file that is too long is told with its place, and each figure that is broken as a whole."""
    path = tmp_path / "a.py"
    path.write_text(source)

    assert list(measure("source", [path], tmp_path).broken) == told
