"""References: what an author reads of values that only a run will have.

To a type checker a reference *is* the value (`given(DriftCheck)` is a DriftCheck). While the machine is written it
only records which fields are read, and refuses everything that needs the value itself.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Set
from dataclasses import is_dataclass
from typing import Any, NoReturn, cast

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError, to_jsonable_python

from handrail.errors import did_you_mean
from handrail.machine import kinds
from handrail.machine.expression import Constant, Form, Node, Path, Tree, is_node, reads
from handrail.machine.place import refuse


class Reference:
    """A value that a run will have, of a known type."""

    __slots__ = ("_annotation", "_node")

    def __init__(self, node: Node, annotation: Any) -> None:
        self._node = node
        self._annotation = annotation

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # copy, pickle, inspect and debuggers ask for these and take no for an answer
            raise AttributeError(name)
        known = kinds.fields(self._annotation)
        if name not in known:
            refuse(_no_field(name, self._annotation))
        found = known[name]
        return refer(step_into(self._node, found.json, self._sure and found.sure), found.annotation)

    def __getitem__(self, key: object) -> Any:
        found = kinds.element(self._annotation, key) if isinstance(key, int) else None
        if isinstance(key, str):
            found = kinds.value_type(self._annotation)
        if found is None or not isinstance(key, (int, str)) or "`" in str(key):
            refuse(f"{kinds.named(self._annotation)} has no item {key!r}.")
        return refer(step_into(self._node, key, sure=False), found)

    def __repr__(self) -> str:
        return f"<a {kinds.named(self._annotation)} of the run>"

    def __setattr__(self, name: str, value: object) -> None:
        if name not in Reference.__slots__:
            refuse(f'"{name}" cannot be set: a machine reads the values of a run, a task makes new ones.')
        object.__setattr__(self, name, value)

    @property
    def _sure(self) -> bool:
        # Of a value that may be null or missing, no field can be taken before it is known to be there.
        whole = isinstance(self._node, Path) and self._node.sure == len(self._node.steps)
        return whole and not kinds.optional(self._annotation)


def _refusal(does: str, remedy: str) -> Callable[..., NoReturn]:
    def refused(self: Reference, *_: object) -> NoReturn:
        kind = kinds.named(annotation_of(self))
        refuse(f"{does} needs the value of a {kind}, which only a run has. {remedy}")

    return refused


_CONDITIONS = "Branch with Choice and when(…); combine conditions with all_of, any_of and not_."
_TEXT = 'Write text("… {} …", value).'
_NUMBERS = 'Do it in a task, or write jsonata(int, "$a + $b", a=…, b=…).'
_SETS = "Combine conditions with all_of, any_of and not_."

# What Python would ask of the value → what that was, and what to write instead.
_REFUSED: dict[str, tuple[str, str]] = {
    "__bool__": ("`if`, `and`, `or`, `not` or a chain of comparisons", _CONDITIONS),
    "__contains__": ("`in`", "Write is_in(value, options)."),
    "__iter__": ("A loop", "Write Map(…, items=…), where(…) or first(…)."),
    "__len__": ("`len()`", "Write count(…)."),
    "__str__": ("`str()`, `print()` or an f-string", _TEXT),
    "__format__": ("An f-string or `format()`", _TEXT),
    "__call__": ("A call", "Do it in a task, or write jsonata(…)."),
    "__hash__": ("A set or a key of a dict", "Use the reference as a value."),
    "__index__": ("Counting with it", _NUMBERS),
    "__int__": ("`int()`", _NUMBERS),
    "__float__": ("`float()`", _NUMBERS),
    "__neg__": ("`-`", _NUMBERS),
    "__invert__": ("`~`", "Write not_(…)."),
}
_OPERATORS = {
    "add": ("+", f'{_NUMBERS} For text, write text("{{}}{{}}", a, b).'),
    "sub": ("-", _NUMBERS),
    "mul": ("*", _NUMBERS),
    "truediv": ("/", _NUMBERS),
    "floordiv": ("//", _NUMBERS),
    "mod": ("%", _NUMBERS),
    "pow": ("**", _NUMBERS),
    "and": ("&", _SETS),
    "or": ("|", _SETS),
}
for _operator, (_sign, _remedy) in _OPERATORS.items():
    _REFUSED.update({f"__{_side}{_operator}__": (f"`{_sign}`", _remedy) for _side in ("", "r")})
for _name, (_does, _remedy) in _REFUSED.items():
    setattr(Reference, _name, _refusal(_does, _remedy))


class Special(ABC):
    """A type of values whose references are of a kind of their own."""

    @abstractmethod
    def refer(self, node: Node) -> Reference:
        """The reference to such a value."""


def refer(node: Node, annotation: Any) -> Any:
    """The reference to a value of a run that has this type; Any, since to a type checker it is that value."""
    return annotation.refer(node) if isinstance(annotation, Special) else Reference(node, annotation)


def is_reference(value: object) -> bool:
    """Whether a value is only known in a run."""
    return isinstance(value, Reference)


def node_of(reference: Any) -> Node:
    """The expression behind a reference."""
    return cast(Node, object.__getattribute__(reference, "_node"))


def annotation_of(reference: Any) -> Any:
    """The Python type of a reference's value."""
    return object.__getattribute__(reference, "_annotation")


def step_into(node: Node, step: str | int, sure: bool) -> Path:
    """The expression for one field or item of another expression's value."""
    if isinstance(node, Path):
        return Path(node.root, (*node.steps, step), node.sure + 1 if sure else node.sure)
    return Path(node, (step,))


def _no_field(name: str, annotation: Any) -> str:
    known = kinds.fields(annotation)
    if not known:
        return (
            f"{kinds.named(annotation)} has no field {name} while the machine is written. "
            f"Do it in a task, or write jsonata(…)."
        )
    listed = ", ".join(known)
    return f"{kinds.named(annotation)} has no field {name}; it has {listed}.{did_you_mean(name, known)}"


def lift(value: object) -> Tree:
    """A Python value with references anywhere in it, as a tree of JSON and expressions."""
    if is_reference(value):
        return node_of(value)
    if isinstance(value, BaseModel) or (is_dataclass(value) and not isinstance(value, type)):
        return {field.json: lift(getattr(value, name)) for name, field in kinds.fields(type(value)).items()}
    if isinstance(value, Mapping):
        return {_key(name): lift(part) for name, part in value.items()}
    if isinstance(value, (list, tuple, Set)):
        return [lift(part) for part in value]
    return _plain(value)


def operand(value: object, what: str) -> Node:
    """A value as part of an expression: a reference, or a constant without references inside."""
    tree = lift(value)
    if is_node(tree):
        return cast(Node, tree)
    if any(True for _ in reads(tree)):
        refuse(f"{what} takes a reference or a plain value, not a list or dict with references inside.")
    return Constant(tree)


def misfit(value: object, annotation: Any) -> str | None:
    """Why a value cannot be what this type says, as a task would find out; None where it fits or cannot be known."""
    if is_reference(value):
        kind = annotation_of(value)
        if kinds.json_kinds(kind) & kinds.json_kinds(annotation):
            return None
        return f"this is a {kinds.named(kind)}, not a {kinds.named(annotation)}"
    tree = lift(value)
    if is_node(tree) or any(True for _ in reads(tree)):
        return None
    try:
        TypeAdapter(annotation).validate_json(json.dumps(tree), strict=True)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        at = ".".join(map(str, wrong["loc"]))
        choices = str(wrong.get("ctx", {}).get("expected", "")).replace(" or ", ", ").split(", ")
        near = did_you_mean(value, [choice.strip("'") for choice in choices]) if isinstance(value, str) else ""
        return f"{at + ': ' if at else ''}{wrong['msg']}.{near}".removesuffix(".")
    return None


def _key(name: object) -> str:
    if isinstance(name, str):
        return name
    return refuse(f"A JSON object's names are text, not {name!r}.")


def _plain(value: object) -> Tree:
    if value is None or (isinstance(value, (bool, int, str)) and not hasattr(value, "value")):
        return value
    try:
        plain = to_jsonable_python(value, inf_nan_mode="constants")
        json.dumps(plain, allow_nan=False)
    except (PydanticSerializationError, ValueError, TypeError):
        refuse(f"A {type(value).__name__} cannot be written as JSON: {value!r}.")
    return plain


# Python's comparison → JSONata's, and whether it needs an order.
_COMPARISONS = {
    "__eq__": ("=", False),
    "__ne__": ("!=", False),
    "__lt__": ("<", True),
    "__le__": ("<=", True),
    "__gt__": (">", True),
    "__ge__": (">=", True),
}


def _comparison(sign: str, *, orders: bool) -> Callable[[Reference, object], Any]:
    def compared(left: Reference, right: object) -> Any:
        wrong = _incomparable(annotation_of(left), right, orders=orders)
        if wrong:
            refuse(f"{kinds.named(annotation_of(left))} {sign} {right!r}: {wrong}.")
        return refer(Form(f"{{}} {sign} {{}}", (node_of(left), operand(right, "A comparison")), loose=True), bool)

    return compared


def _incomparable(annotation: Any, other: object, *, orders: bool) -> str | None:
    if orders and not kinds.ordered(annotation):
        return "JSONata orders only numbers and text; compare in a task"
    if is_reference(other) or kinds.json_kinds(annotation) != {"number"}:
        return misfit(other, annotation)
    return misfit(other, float)


for _name, (_sign, _orders) in _COMPARISONS.items():
    setattr(Reference, _name, _comparison(_sign, orders=_orders))
