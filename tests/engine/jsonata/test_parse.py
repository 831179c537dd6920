"""Reading expressions: what AWS refuses, in its words, and what no text may do."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from handrail.engine.jsonata import JsonataSyntaxError, compile_jsonata
from handrail.engine.jsonata.nodes import Node
from handrail.engine.jsonata.parse import parse
from tests.engine.jsonata.trees import FULL, texts

PIECES = st.sampled_from(
    [
        *(
            "$",
            "$$",
            "$x",
            "$states.input",
            "a",
            "`a b`",
            '"a"',
            "'b'",
            "1",
            "1.5e3",
            "true",
            "null",
            "and",
            "or",
            "in",
        ),
        *(".", "..", ",", ";", ":", ":=", "?", "(", ")", "[", "]", "{", "}", "+", "-", "*", "**", "/", "%", "=", "!="),
        *(
            "<",
            "<=",
            ">",
            ">=",
            "~>",
            "&",
            "|",
            "^",
            "@",
            "#",
            "!",
            "~",
            "function",
            "λ",
            "/a/i",
            "/* c */",
            "\\",
            "\n",
        ),
        *("$map", "$match", "$now", "$eval", "€", "\ud800"),
    ]
)


def compiles_or_says_why(text: str) -> None:
    refused: JsonataSyntaxError | None = None
    try:
        compile_jsonata(text, "Output")
    except JsonataSyntaxError as error:
        refused = error
    assert refused is None or (refused.message and 0 <= refused.position <= len(text) + 1)


# What ValidateStateMachineDefinition answered to these expressions.
@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("$a[1,2)", 'Expected "]", got ","', id="wrong bracket"),
        pytest.param('"unterminated', "String literal must be terminated by a matching quote", id="open string"),
        pytest.param("1 +", "Unexpected end of expression", id="nothing after an operator"),
        pytest.param('{"a":}', 'The symbol "}" cannot be used as a unary operator', id="no value"),
        pytest.param("$x :=", "Unexpected end of expression", id="nothing to bind"),
        pytest.param('$match("a", /abc', "No terminating / in regular expression", id="open pattern"),
        pytest.param("$x ?: 1", 'The symbol ":" cannot be used as a unary operator', id="Elvis, of JSONata 2.1"),
        pytest.param("$x ?? 1", 'The symbol "?" cannot be used as a unary operator', id="??, of JSONata 2.1"),
        pytest.param("", "Unexpected end of expression", id="nothing"),
    ],
)
def test_says_what_is_wrong(text: str, message: str) -> None:
    """A mistake is told as AWS tells it, without JSONata's code, which stands beside it."""
    with pytest.raises(JsonataSyntaxError) as caught:
        compile_jsonata(text, "Output")

    assert str(caught.value) == message
    assert caught.value.diagnostic == "INVALID_JSONATA_EXPRESSION"
    assert caught.value.code.startswith("S0")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("phone", "Reference to 'phone' at the top level is not supported.", id="a name"),
        pytest.param("phone[0]", "Reference to 'phone' at the top level is not supported.", id="a filtered name"),
        pytest.param("aaa + bbb", "Reference to 'aaa' at the top level is not supported.", id="the first of two"),
        pytest.param("$.phone", "Reference to '$' at the top level is not supported.", id="the context value"),
        pytest.param("$$", "Reference to '$$' is not supported.", id="the root"),
        pytest.param("$x[$$.a]", "Reference to '$$' is not supported.", id="the root in a filter"),
        pytest.param('{"a": b}', "Reference to 'b' at the top level is not supported.", id="in an object"),
        pytest.param(
            "$map($x, function($v){ b })", "Reference to 'b' at the top level is not supported.", id="in a function"
        ),
    ],
)
def test_refuses_bare_references(text: str, message: str) -> None:
    """There is no context value at the top, so AWS refuses what would read it."""
    with pytest.raises(JsonataSyntaxError) as caught:
        compile_jsonata(text, "Output")

    assert str(caught.value) == message
    assert caught.value.diagnostic == "UNSUPPORTED_JSONATA_EXPRESSION"


@pytest.mark.parametrize(
    "text",
    [
        "$states.input.phone",
        "$states.input.items[phone > 3]",
        "$states.input.items.($ + phone)",
        "$states.input.items^(phone)",
        "$states.input.items{phone: $sum(price)}",
        "$map($states.input.a, function($x){ $x.phone })",
        "$phone",
        "$states.input ~> |items|{'phone': 1}|",
    ],
)
def test_takes_references_to_what_is_there(text: str) -> None:
    """Names in later steps, filters, sort terms, groups and transforms are read against something."""
    compile_jsonata(text, "Output")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(PIECES, max_size=12).map(" ".join) | st.lists(PIECES, max_size=12).map("".join) | st.text(max_size=30))
@example("(" * 5_000)
@example("(" * 5_000 + "1" + ")" * 5_000)
@example("1" + "+1" * 5_000)
@example("$x" + ".a" * 5_000)
@example("function" * 200)
@example("/[/]/")
@example("/a/i /* c */")
@example("/(/")
@example("$x[/(?<n>a)/]")
@example('"\\')
@example('"\\u00')
def test_no_text_does_more_than_fail(text: str) -> None:
    """Whatever the text, it compiles, or is refused with a reason and a place."""
    compiles_or_says_why(text)


@settings(max_examples=200, deadline=None)
@given(texts(FULL), st.data())
def test_no_cut_expression_does_more_than_fail(expression: str, data: st.DataObject) -> None:
    """An expression from which a piece is missing compiles, or is refused with a reason and a place."""
    start = data.draw(st.integers(0, len(expression)))
    end = data.draw(st.integers(start, len(expression)))

    compiles_or_says_why(expression[:start] + expression[end:])


def drawn(node: Node) -> str:
    """A tree as a text with every operation in brackets."""
    if node.kind == "path":
        return ".".join(map(drawn, node.parts))
    return f"({f' {node.value} '.join(map(drawn, node.parts))})" if node.kind == "binary" else str(node.value)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        pytest.param("1 + 2 * 3", "(1 + (2 * 3))", id="product before sum"),
        pytest.param("1 - 2 - 3", "((1 - 2) - 3)", id="from left to right"),
        pytest.param("1 & 2 + 3", "((1 & 2) + 3)", id="& beside +"),
        pytest.param("1 = 2 and 3 < 4 or 5", "(((1 = 2) and (3 < 4)) or 5)", id="and before or"),
        pytest.param("a.b + c", "(a.b + c)", id="dot before sum"),
        pytest.param("and and or", "(and and or)", id="words as names"),
        pytest.param("a/* x */ .b", "a.b", id="comment"),
    ],
)
def test_binds(text: str, tree: str) -> None:
    """Operators bind as strongly as JSONata says."""
    assert drawn(parse(text)) == tree
