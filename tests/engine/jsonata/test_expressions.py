"""One table of expressions, on which our compiler, our fallback and jsonata-python agree, or say why not."""

import json
from pathlib import Path
from typing import Any

import pytest

from handrail.engine.jsonata.compile import compile_tree
from handrail.engine.jsonata.errors import JsonataSyntaxError
from handrail.engine.jsonata.parse import parse
from handrail.engine.jsonata.scope import UnsupportedError
from tests.engine.jsonata.oracle import Outcome, compiled, fallen_back, is_plain, library, same

TABLE = json.loads(Path(__file__).with_name("expressions.json").read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = TABLE["rows"]
LEFT = "left to the fallback"


def outcome(row: dict[str, Any]) -> Outcome:
    """What a row, or its `library` member, says should come out."""
    [kind] = [key for key in ("expected", "undefined", "error", "syntax") if key in row]
    return {"expected": "value"}.get(kind, kind), None if kind == "undefined" else row[kind]


def rows(*, left: bool) -> pytest.MarkDecorator:
    chosen = [row for row in ROWS if left is None or (row["area"] == LEFT) is left]
    return pytest.mark.parametrize("row", [pytest.param(row, id=row["expression"]) for row in chosen])


def test_the_table_is_large_and_says_nothing_twice() -> None:
    """At least 300 rows, no expression in two of them, and a reason wherever jsonata-python differs."""
    expressions = [row["expression"] for row in ROWS]

    assert len(expressions) >= 300
    assert len(set(expressions)) == len(expressions)
    assert all(row["why"] for row in ROWS if "library" in row)


@rows(left=False)
def test_compiled(row: dict[str, Any]) -> None:
    """Our compiler gives what the row says, in plain JSON."""
    kind, value = compiled(row["expression"], TABLE["input"])

    assert same((kind, value), outcome(row)), (kind, value)
    assert kind != "value" or is_plain(value)


@rows(left=True)
def test_left_to_the_fallback(row: dict[str, Any]) -> None:
    """What the compiler does not know it leaves whole to the fallback."""
    with pytest.raises(UnsupportedError):
        compile_tree(parse(row["expression"]))


@pytest.mark.parametrize("row", [pytest.param(row, id=row["expression"]) for row in ROWS])
def test_fallen_back(row: dict[str, Any]) -> None:
    """The fallback gives the same as the compiler, so it does not matter which of them evaluates an expression."""
    kind, value = fallen_back(row["expression"], TABLE["input"])

    assert same((kind, value), outcome(row)), (kind, value)
    assert kind != "value" or is_plain(value)


@pytest.mark.parametrize("row", [pytest.param(row, id=row["expression"]) for row in ROWS])
def test_library(row: dict[str, Any]) -> None:
    """jsonata-python, left alone, gives what the row says, or differs as the row says."""
    found = library(row["expression"], TABLE["input"])

    assert same(found, outcome(row.get("library", row))), found


def test_no_input_is_changed() -> None:
    """Whatever an expression does, the input stays what it was."""
    before = json.dumps(TABLE["input"])
    for row in ROWS:
        for evaluate in (compiled, fallen_back):
            try:
                evaluate(row["expression"], TABLE["input"])
            except (UnsupportedError, JsonataSyntaxError):
                continue

    assert json.dumps(TABLE["input"]) == before
