"""The sentences of JSONata's errors, and AWS's sentences around them.

Codes and sentences are those of JSONata 2.0.6, the version that Step Functions implements; the frame is AWS's, as
recorded in execution histories. What the fallback alone can raise is worded by the library that raises it.
"""

import re
from typing import Any, Final

from handrail.engine.failure import EvaluationFailure
from handrail.engine.jsonata.errors import JsonataError, JsonataSyntaxError
from handrail.engine.jsonata.sequence import MISSING
from handrail.engine.jsonata.text import to_json

# `{name}` is the JSON of a value of the error, `{!name}` its bare text.
SENTENCES: Final = {
    "S0101": "String literal must be terminated by a matching quote",
    "S0102": "Number out of range: {token}",
    "S0103": "Unsupported escape sequence: \\{token}",
    "S0104": "The escape sequence \\u must be followed by 4 hex digits",
    "S0105": "Quoted property name must be terminated with a backquote (`)",
    "S0106": "Comment has no closing tag",
    "S0201": "Syntax error: {token}",
    "S0202": "Expected {value}, got {token}",
    "S0203": "Expected {value} before end of expression",
    "S0204": "Unknown operator: {token}",
    "S0206": "Unknown expression type: {token}",
    "S0207": "Unexpected end of expression",
    "S0208": "Parameter {value} of function definition must be a variable name (start with $)",
    "S0209": "A predicate cannot follow a grouping expression in a step",
    "S0210": "Each step can only have one grouping expression",
    "S0211": "The symbol {token} cannot be used as a unary operator",
    "S0212": "The left side of := must be a variable name (start with $)",
    "S0213": "The literal value {value} cannot be used as a step within a path expression",
    "S0214": "The right side of {token} must be a variable name (start with $)",
    "S0215": "A context variable binding must precede any predicates on a step",
    "S0216": "A context variable binding must precede the 'order-by' clause on a step",
    "S0301": "Empty regular expressions are not allowed",
    "S0302": "No terminating / in regular expression",
    "T0410": "Argument {index} of function {token} does not match function signature",
    "T0411": "Context value is not a compatible type with argument {index} of function {token}",
    "T0412": "Argument {index} of function {token} must be an array of {type}",
    "D1001": "Number out of range: {value}",
    "D1002": "Cannot negate a non-numeric value: {value}",
    "T1003": "Key in object structure must evaluate to a string; got: {value}",
    "T1005": "Attempted to invoke a non-function. Did you mean ${!token}?",
    "T1006": "Attempted to invoke a non-function",
    "D1009": "Multiple key definitions evaluate to same key: {value}",
    "T2001": "The left side of the {token} operator must evaluate to a number",
    "T2002": "The right side of the {token} operator must evaluate to a number",
    "T2003": "The left side of the range operator (..) must evaluate to an integer",
    "T2004": "The right side of the range operator (..) must evaluate to an integer",
    "T2006": "The right side of the function application operator ~> must be a function",
    "T2007": "Type mismatch when comparing values {value} and {value2} in order-by clause",
    "T2008": "The expressions within an order-by clause must evaluate to numeric or string values",
    "T2009": "The values {value} and {value2} either side of operator {token} must be of the same data type",
    "T2010": "The expressions either side of operator {token} must evaluate to numeric or string values",
    "D3001": "Attempting to invoke string function on Infinity or NaN",
    "D3010": "Second argument of replace function cannot be an empty string",
    "D3011": "Fourth argument of replace function must evaluate to a positive number",
    "D3020": "Third argument of split function must evaluate to a positive number",
    "D3030": "Unable to cast value to a number: {value}",
    "D3050": "The second argument of reduce function must be a function with at least two arguments",
    "D3060": "The sqrt function cannot be applied to a negative number: {value}",
    "D3061": (
        "The power function has resulted in a value that cannot be represented as a JSON number: "
        "base={value}, exponent={exp}"
    ),
    "D3070": (
        "The single argument form of the sort function can only be applied to an array of strings or an array of "
        "numbers.  Use the second argument to specify a comparison function"
    ),
    "D3100": "The radix of the formatBase function must be between 2 and 36.  It was given {value}",
    "D3110": "The argument of the toMillis function must be an ISO 8601 formatted timestamp. Given {value}",
    "D3137": "{!message}",
    "D3138": "The $single() function expected exactly 1 matching result.  Instead it matched more.",
    "D3139": "The $single() function expected exactly 1 matching result.  Instead it matched 0.",
    "D3141": "{!message}",
}

# Limits of AWS's that end an evaluation without a code of JSONata's.
TOO_DEEP: Final = (
    "Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive"
)
TOO_LARGE: Final = "Expression evaluation memory limit exceeded: Check for excessive memory usage"
TOO_LONG: Final = "Expression evaluation timeout: Check for infinite loop"


def sentence(code: str, values: dict[str, Any]) -> str:
    """The sentence of a JSONata error code with its values filled in."""

    def fill(match: "re.Match[str]") -> str:
        name = match[2]
        return str(values.get(name)) if match[1] else to_json(values.get(name, MISSING))

    return re.sub(r"\{(!?)(\w+)\}", fill, SENTENCES[code])


def syntax_error(code: str, position: int, **values: Any) -> JsonataSyntaxError:
    """The error for text that cannot be read, in AWS's words."""
    return JsonataSyntaxError(sentence(code, values), code=code, position=position)


def undefined(text: str, field: str) -> EvaluationFailure:
    """The failure of a state whose expression found nothing; JSON has no word for that."""
    return EvaluationFailure(f"{_subject(text, field)} returned nothing (undefined).", field)


def threw(text: str, field: str, error: JsonataError) -> EvaluationFailure:
    """The failure of a state whose expression stopped with an error."""
    if not error.code:
        return EvaluationFailure(f"{_subject(text, field)} threw an internal error during evaluation.", field)
    told = error.values.get("sentence") or sentence(error.code, error.values)
    return EvaluationFailure(f"{_subject(text, field)} threw an error during evaluation. {error.code}: {told}", field)


def limited(text: str, field: str, limit: str) -> EvaluationFailure:
    """The failure of a state whose expression went beyond a limit of AWS's: TOO_DEEP, TOO_LARGE or TOO_LONG."""
    return EvaluationFailure(f"{_subject(text, field)} threw an error during evaluation: {limit}", field)


def _subject(text: str, field: str) -> str:
    return f"The JSONata expression '{text}' specified for the field '{field}'"
