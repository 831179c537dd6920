"""The rules of JSONPath Choice states, compiled into closures: comparisons, `IsPresent` and its kin, And, Or and Not.

Source: "Choice workflow state" in the Developer Guide. A comparison with a value of another kind does not hold; a path
that finds nothing fails the state, except under IsPresent.
"""

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from handrail.asl.model import Json
from handrail.engine.env import Env, Evaluate
from handrail.engine.instants import instant
from handrail.engine.jsonpath import NoMatch, compile_path
from handrail.errors import did_you_mean

Rule = Callable[[Json, Env], bool]
Normal = Callable[[Any], Any]
"""A value in the form in which its kind is compared; None where it is of another kind."""


def text(value: Any) -> str | None:
    return value if type(value) is str else None


def code_units(value: Any) -> bytes | None:
    """Java orders strings by their UTF-16 code units."""
    return value.encode("utf-16-be", "surrogatepass") if type(value) is str else None


def number(value: Any) -> int | float | None:
    return value if type(value) is int or type(value) is float else None


def truth(value: Any) -> bool | None:
    return value if type(value) is bool else None


def timestamp(value: Any) -> int | None:
    return instant(value) if type(value) is str else None


ORDERS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
COMPARISONS: Final[Mapping[str, tuple[Normal, Callable[[Any, Any], bool]]]] = {
    "StringEquals": (text, operator.eq),
    "BooleanEquals": (truth, operator.is_),
    "NumericEquals": (number, operator.eq),
    "TimestampEquals": (timestamp, operator.eq),
    **{f"String{order}": (code_units, decide) for order, decide in ORDERS.items()},
    **{f"Numeric{order}": (number, decide) for order, decide in ORDERS.items()},
    **{f"Timestamp{order}": (timestamp, decide) for order, decide in ORDERS.items()},
}
TESTS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "IsNull": lambda value: value is None,
    "IsNumeric": lambda value: number(value) is not None,
    "IsString": lambda value: isinstance(value, str),
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: timestamp(value) is not None,
}


def compile_rule(rule: Mapping[str, Any]) -> Rule:
    """A rule from its JSON, whatever else stands in it (Next, Assign …); raises ValueError for an operator unknown."""
    for name, value in rule.items():
        if name in COMBINATIONS:
            return COMBINATIONS[name](value)
        if name in OPERATORS:
            return OPERATORS[name](compile_path(rule["Variable"], "Variable"), name, value)
    unknown = next((name for name in rule if name not in BESIDES), "")
    raise ValueError(f'A Choice rule has no operator "{unknown}".{did_you_mean(unknown, [*COMBINATIONS, *OPERATORS])}')


def all_of(rules: list[Mapping[str, Any]]) -> Rule:
    """And: rules after the first that does not hold are not looked at."""
    return joined([compile_rule(rule) for rule in rules], both)


def any_of(rules: list[Mapping[str, Any]]) -> Rule:
    """Or: rules after the first that holds are not looked at."""
    return joined([compile_rule(rule) for rule in rules], either)


def joined(rules: list[Rule], join: Callable[[Rule, Rule], Rule]) -> Rule:
    """Any number of rules, joined two by two, so that few closures call each other."""
    if not rules:
        raise ValueError("And and Or need at least one rule.")
    if len(rules) == 1:
        return rules[0]
    middle = len(rules) // 2
    return join(joined(rules[:middle], join), joined(rules[middle:], join))


def both(left: Rule, right: Rule) -> Rule:
    return lambda data, env: left(data, env) and right(data, env)


def either(left: Rule, right: Rule) -> Rule:
    return lambda data, env: left(data, env) or right(data, env)


def negation(rule: Mapping[str, Any]) -> Rule:
    inner = compile_rule(rule)
    return lambda data, env: not inner(data, env)


def comparison(find: Evaluate, name: str, operand: Json) -> Rule:
    """A comparison with a fixed value."""
    normal, decide = COMPARISONS[name]
    wanted = normal(operand)

    def holds(data: Json, env: Env) -> bool:
        value = normal(find(data, env))
        return value is not None and wanted is not None and decide(value, wanted)

    return holds


def path_comparison(find: Evaluate, name: str, operand: str) -> Rule:
    """A comparison with what another path finds; both must find something."""
    normal, decide = COMPARISONS[name.removesuffix("Path")]
    target = compile_path(operand, "Variable")
    # Step Functions was seen to take an array of one number for that number here.
    wanted_of = only_number if normal is number else normal

    def holds(data: Json, env: Env) -> bool:
        value, wanted = normal(find(data, env)), wanted_of(target(data, env))
        return value is not None and wanted is not None and decide(value, wanted)

    return holds


def only_number(value: Any) -> int | float | None:
    return number(value[0] if type(value) is list and len(value) == 1 else value)


def kind_test(find: Evaluate, name: str, operand: Json) -> Rule:
    test = TESTS[name]
    return lambda data, env: test(find(data, env)) is operand


def presence(find: Evaluate, _name: str, operand: Json) -> Rule:
    """IsPresent: a null is present, too."""

    def holds(data: Json, env: Env) -> bool:
        try:
            find(data, env)
        except NoMatch:
            return operand is False
        return operand is True

    return holds


def pattern_match(find: Evaluate, _name: str, operand: str) -> Rule:
    """StringMatches: `*` stands for any text, `\\*` for an asterisk."""
    first, *others = pieces(operand)

    def holds(data: Json, env: Env) -> bool:
        value = find(data, env)
        if not isinstance(value, str):
            return False
        return fits(value, first, others) if others else value == first

    return holds


def pieces(pattern: str) -> list[str]:
    """The fixed texts between the wildcards of a pattern."""
    found = [""]
    characters = iter(pattern)
    for character in characters:
        if character == "*":
            found.append("")
        elif character == "\\":
            following = next(characters, "")
            found[-1] += following if following in ("*", "\\") else character + following
        else:
            found[-1] += character
    return found


def fits(value: str, first: str, others: list[str]) -> bool:
    """Whether a text begins with the first piece, ends with the last, and has the others between them in order."""
    *middle, last = others
    if not value.startswith(first) or not value.endswith(last):
        return False
    place, end = len(first), len(value) - len(last)
    for piece in middle:
        found = value.find(piece, place, end)
        if found < 0:
            return False
        place = found + len(piece)
    return place <= end


COMBINATIONS: Final[Mapping[str, Callable[[Any], Rule]]] = {"And": all_of, "Or": any_of, "Not": negation}
OPERATORS: Final[Mapping[str, Callable[[Evaluate, str, Any], Rule]]] = {
    **dict.fromkeys(COMPARISONS, comparison),
    **dict.fromkeys([f"{name}Path" for name in COMPARISONS], path_comparison),
    **dict.fromkeys(TESTS, kind_test),
    "IsPresent": presence,
    "StringMatches": pattern_match,
}
BESIDES: Final = frozenset({"Variable", "Next", "Comment", "Assign", "Output"})
