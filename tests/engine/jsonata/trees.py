"""Random expressions of the part of JSONata that we compile, and random JSON for them to work on.

An expression is derived from a grammar: `<name>` in a rule stands for any rule of that name.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

Grammar = Mapping[str, Sequence[str]]

JSON: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([0, 1, 2, -1, 1.5, 10, "", "a", "b", "1", True, False, None]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=12,
)

# Everything on which jsonata-python, as it comes, agrees with the reference.
PLAIN: Grammar = {
    "tree": [
        "<literal>",
        "$states.input.<field>",
        "$x",
        "$states.input<steps>",
        "$states.input<steps>",
        "(<tree> <operator> <tree>)",
        "[<tree>, <tree>]",
        "[<tree>]",
        "[<whole>..<whole>]",
        '{"a": <tree>, "b": <tree>}',
        "(<tree> ? <tree> : <tree>)",
        "(<tree> ? <tree>)",
        "($x := <tree>; <tree>)",
        "($x := <tree>; $x<step>)",
    ],
    "steps": ["", "<step>", "<step><step>", "<step><step><step>"],
    "step": [
        ".<field>",
        ".<field>",
        "[<index>]",
        "[<field> = <literal>]",
        "[<field> <comparison> <number>]",
        "[]",
        ".(<field>)",
        ".[<field>, <field>]",
    ],
    "field": ["a", "b", "c"],
    "index": ["0", "1", "-1"],
    "whole": ["0", "1", "2"],
    "literal": ["0", "1", "2", "-1", "1.5", "10", '""', '"a"', '"b"', '"1"', "true", "false", "null"],
    "operator": ["+", "-", "*", "=", "!=", "<", "<=", ">", ">=", "and", "or", "&"],
    "comparison": ["<", ">", ">="],
    "number": ["0", "1", "1.5"],
}

# Everything that we compile.
FULL: Grammar = {
    **PLAIN,
    "tree": [
        *PLAIN["tree"],
        "$v<steps>",
        "$x<steps>",
        "$y",
        "(<tree> in <tree>)",
        "(<tree> / <tree>)",
        "(<tree> % <tree>)",
        "-$states.input<step>",
        "$<one>(<tree>)",
        "$<one>(<tree>)",
        "$<two>(<tree>, <tree>)",
        "$<each>(<tree>, function($x){<tree>})",
        "$<each>(<tree>, function($x, $y){<tree>})",
        "$<each>(<tree>, function($x, $y, $z){<tree>})",
        "$<pair>(<tree>, function($x, $y){<tree>})",
        "$map(<tree>, $<one>)",
        "$map(<tree>, function($x){<tree> ? $<one>($x) : ($u := 1; $<one>($x))})",
        "(<tree> ~> $<one>)",
        "(<tree> ~> $<one>())",
        "(<tree> ~> ($<one> ~> $<one>))",
        "($f := function($x, $y){<tree>}; $f(<tree>))",
    ],
    "step": [
        *PLAIN["step"],
        "[<tree>]",
        ".(<tree>)",
        ".[<tree>]",
        '.{"k": <tree>}',
        ".$<one>()",
        ".*",
        ".**",
        ".$",
        "^(<field>, ><field>)",
        "{$string(<field>): <tree>}",
    ],
    "one": [
        *("sum", "count", "max", "min", "average", "number", "abs", "floor", "ceil", "round", "sqrt"),
        *("string", "length", "uppercase", "lowercase", "trim", "join", "base64encode"),
        *("boolean", "not", "exists", "type", "keys", "spread", "reverse", "distinct", "merge", "sort", "zip"),
    ],
    "two": [
        *("append", "lookup", "zip", "contains", "split", "join", "pad"),
        *("substring", "substringBefore", "substringAfter"),
    ],
    "each": ["map", "filter", "single"],
    "pair": ["reduce", "sort", "sift", "each"],
}


@st.composite
def texts(draw: st.DrawFn, grammar: Grammar, name: str = "tree", depth: int = 4) -> str:
    """A text derived from a grammar, trees nested no deeper than told."""
    rules = [rule for rule in grammar[name] if depth > 0 or "<tree>" not in rule]
    rule = draw(st.sampled_from(rules))
    return re.sub(r"<(\w+)>", lambda part: draw(texts(grammar, part[1], depth - (part[1] == "tree"))), rule)
