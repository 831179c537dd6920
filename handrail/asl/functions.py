"""The functions of JSONata as Step Functions has it, by name; a variable of the same name hides the function.

Sources: https://docs.jsonata.org (2.x) without $eval, and the six that Step Functions adds or changes:
https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html
"""

import re

FUNCTIONS = frozenset(
    {
        *("abs", "average", "ceil", "floor", "formatBase", "formatInteger", "formatNumber", "max", "min", "number"),
        *("parseInteger", "power", "round", "sqrt", "sum"),
        *("boolean", "exists", "not"),
        *("base64decode", "base64encode", "contains", "decodeUrl", "decodeUrlComponent", "encodeUrl"),
        *("encodeUrlComponent", "join", "length", "lowercase", "match", "pad", "replace", "split", "string"),
        *("substring", "substringAfter", "substringBefore", "trim", "uppercase"),
        *("append", "assert", "clone", "count", "distinct", "error", "keys", "lookup", "merge", "reverse", "shuffle"),
        *("sort", "spread", "type", "zip"),
        *("each", "filter", "map", "reduce", "sift", "single"),
        *("fromMillis", "millis", "now", "toMillis"),
        *("hash", "parse", "partition", "random", "range", "uuid"),
    }
)
# Patterns stay texts, as in the checker: compiled with the first use, importing costs nothing.
CALL = r"\$(\w+)\s*\(|~>\s*\$(\w+)"


def called(expression: str) -> set[str]:
    """The functions that an expression calls, as far as form tells it."""
    return {name for pair in re.findall(CALL, expression) for name in pair} & FUNCTIONS
