"""New values from references: text, counts, parts of lists, and an author's own JSONata."""

import json
import re
import string
from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from handrail.asl.functions import called
from handrail.errors import did_you_mean
from handrail.machine import kinds
from handrail.machine.condition import condition_node
from handrail.machine.expression import Code, Constant, Filter, Form, Node, Path, Source
from handrail.machine.place import Origin, here, refuse
from handrail.machine.reference import annotation_of, is_reference, node_of, operand, refer, step_into

T = TypeVar("T")


def text(template: str, *values: object) -> str:
    """A text with a value for each `{}`; `{{` and `}}` stand for braces."""
    parts: list[Node] = []
    left = list(values)
    for literal, name, spec, conversion in _parsed(template):
        if literal:
            parts.append(Constant(literal))
        if name is None:
            continue
        if name or spec or conversion:
            refuse(f"text() fills plain {{}} only, not {{{name}{'!' + conversion if conversion else ''}}}.")
        if not left:
            refuse(f"text() has more {{}} than values ({len(values)}).")
        parts.append(_texted(left.pop(0)))
    if left:
        refuse(f"text() has {len(left)} more values than {{}}.")
    return cast(str, refer(_concatenated(parts), str))


def count(items: Sequence[object]) -> int:
    """How many items a list has."""
    return cast(int, refer(Form("$count({})", (_list_node(items, "count"),)), int))


def first(items: Sequence[T]) -> T:
    """The first item; the run fails with States.QueryEvaluationError where there is none."""
    node = _list_node(items, "first")
    return cast(T, refer(step_into(node, 0, sure=False), kinds.element(annotation_of(items), 0)))


def where(items: Sequence[T], condition: Callable[[T], bool]) -> list[T]:
    """The items that meet the condition, always as a list."""
    node = _list_node(items, "where")
    kind = kinds.element(annotation_of(items))
    if "array" in kinds.json_kinds(kind) and kinds.json_kinds(kind) != kinds.ALL:
        refuse("where() on a list of lists: JSONata would flatten them. Filter in a task.")
    local = Source("local", Origin("an item", here()))
    met = condition_node(condition(cast(T, refer(Path(local), kind))))
    return cast(list[T], refer(Filter(node, local, met), list[kind]))  # type: ignore[valid-type]


def jsonata(kind: type[T], expression: str, /, **arguments: object) -> T:
    """An author's own JSONata, typed as `kind`; each argument is a variable of the same name in it.

    Values come in as variables only, so what a user typed is never read as JSONata.
    """
    used = set(re.findall(r"\$([A-Za-z_]\w*)", expression))
    for name in arguments:
        if name not in used:
            refuse(f"jsonata() is given {name}, but ${name} is nowhere in it.{did_you_mean(name, used)}")
    if "states" in arguments:
        refuse("$states belongs to Step Functions; call the argument something else.")
    for name in called(expression) & arguments.keys():
        refuse(f"jsonata() calls ${name}, which its argument {name} hides; call the argument something else.")
    wrong = _syntax_problem(expression) if expression.strip() else "it says nothing"
    if wrong:
        refuse(f"jsonata({expression!r}): {wrong}.")
    nodes = tuple((name, operand(value, "jsonata()")) for name, value in arguments.items())
    return cast(T, refer(Code(expression, nodes), kind))


def _syntax_problem(expression: str) -> str | None:
    """What the reference grammar has against an expression, read in parentheses, as it will stand.

    Step Functions takes a little less than this grammar; the rest is told when the machine is loaded.
    """
    from jsonata.jexception import JException  # few machines need it
    from jsonata.jsonata import Jsonata

    try:
        kind = Jsonata(f"({expression})").ast.type
    except JException as error:
        return str(error).rstrip(".")
    except IndexError:
        return "something in it is opened and never closed"
    except (re.error, RecursionError, ValueError, TypeError, AttributeError) as error:
        return f"it cannot be read: {error}"
    return None if kind == "block" else "a parenthesis in it closes what it did not open"


def _parsed(template: str) -> list[tuple[str, str | None, str | None, str | None]]:
    try:
        return list(string.Formatter().parse(template))
    except ValueError as error:
        refuse(f"text({template!r}): {error}. Braces that are meant as such are doubled.")


def _texted(value: object) -> Node:
    node = operand(value, "text()")
    if isinstance(node, Constant):
        return node if isinstance(node.value, str) else Constant(json.dumps(node.value))
    kind = kinds.json_kinds(annotation_of(value))
    if kind & {"array", "object"} and kind != kinds.ALL:
        refuse(f"text() takes text and numbers, not a {kinds.named(annotation_of(value))}; pick a field of it.")
    # `&` makes text of numbers by itself, and nothing of nothing.
    return node


def _concatenated(parts: list[Node]) -> Node:
    if all(isinstance(part, Constant) for part in parts):
        return Constant("".join(str(part.value) for part in parts if isinstance(part, Constant)))
    if len(parts) == 1:
        return Form("$string({})", (parts[0],))
    return Form(" & ".join("{}" for _ in parts), tuple(parts), loose=True)


def _list_node(items: Any, what: str) -> Node:
    if not is_reference(items) or kinds.element(annotation_of(items)) is None:
        kind = kinds.named(annotation_of(items)) if is_reference(items) else repr(items)
        refuse(f"{what}() takes a reference to a list, not {kind}.")
    return node_of(items)
