"""Expressions as text: whatever is in a text, it stays a text."""

import re
from typing import Any

import jsonata
from hypothesis import given
from hypothesis import strategies as st

from handrail.machine.expression import Constant, Form, Path, Source, code, dotted, quoted, template

ASKED = Source("asked")
NAMES = st.text(st.sampled_from("{%}\"'`$\\& aあ\n"), max_size=12) | st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**31), 2**31) | NAMES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)


def run(expression: str) -> Any:
    """What jsonata-python makes of it."""
    return jsonata.Jsonata(expression).evaluate(None)


@given(NAMES)
def test_a_quoted_text_is_that_text(text: str) -> None:
    """Quotes, backslashes and braces do not end the literal, nor the expression around it."""
    literal = quoted(text)

    assert run(literal) == text
    assert "{%" not in literal
    assert "%}" not in literal


@given(JSON)
def test_a_field_without_references_is_what_was_given(value: Any) -> None:
    """A text that looks like an expression is written as one that gives the text."""

    def read(field: Any) -> Any:
        if isinstance(field, list):
            return [read(part) for part in field]
        if isinstance(field, dict):
            return {name: read(part) for name, part in field.items()}
        expression = re.fullmatch(r"\{%(.*)%\}", field, re.DOTALL) if isinstance(field, str) else None
        assert expression or not isinstance(field, str) or ("{%" not in field and "%}" not in field)
        return run(expression[1]) if expression else field

    assert read(template(value, {})) == value


@given(st.dictionaries(NAMES, st.integers(0, 9), max_size=3) | st.lists(NAMES, max_size=3) | NAMES)
def test_a_constant_in_an_expression_is_what_was_given(value: Any) -> None:
    """Objects and lists are written in JSONata's own notation, which quotes every text."""
    assert run(code(Constant(value), {})) == value


def test_names_that_jsonata_would_misread_are_quoted() -> None:
    """A field may be called as one of JSONata's own words, or with a dash."""
    path = Path(ASKED, ("and", "x-y", "plain", 0, "null"))

    assert code(path, {ASKED: dotted("$asked")}) == "$asked.`and`.`x-y`.plain[0].`null`"


def test_parentheses_stand_where_they_are_needed() -> None:
    """Parts of an operator keep together; arguments of a function need no more."""
    either = Form("{} or {}", (Path(ASKED, ("a",)), Path(ASKED, ("b",))), loose=True)
    both = Form("{} and {}", (either, either), loose=True)

    assert code(both, {ASKED: dotted("$x")}) == "($x.a or $x.b) and ($x.a or $x.b)"
    assert code(Form("$not({})", (either,)), {ASKED: dotted("$x")}) == "$not($x.a or $x.b)"
