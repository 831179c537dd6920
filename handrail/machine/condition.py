"""Conditions made of conditions; comparisons themselves are written with Python's signs."""

from collections.abc import Sequence
from typing import TypeVar, cast

from handrail.machine import kinds
from handrail.machine.expression import Form, Node
from handrail.machine.place import refuse
from handrail.machine.reference import annotation_of, is_reference, misfit, node_of, operand, refer

T = TypeVar("T")


def all_of(*conditions: bool) -> bool:
    """True where every condition is."""
    return _joined(" and ", conditions)


def any_of(*conditions: bool) -> bool:
    """True where at least one condition is."""
    return _joined(" or ", conditions)


def not_(condition: bool) -> bool:
    """True where the condition is not."""
    return _bool(Form("$not({})", (condition_node(condition),)))


def is_in(value: T, options: Sequence[T]) -> bool:
    """True where the value is one of the options, which are a list or a reference to one."""
    reference = value if is_reference(value) else options
    if not is_reference(reference):
        refuse("is_in compares nothing that a run brings: neither the value nor the options are a reference.")
    item = kinds.element(annotation_of(options)) if is_reference(options) else annotation_of(value)
    for option in [value] if is_reference(options) else options:
        wrong = misfit(option, item)
        if wrong:
            refuse(f"{option!r} is never found: {wrong}.")
    return _bool(Form("{} in {}", (operand(value, "is_in"), operand(options, "is_in")), loose=True))


def condition_node(condition: object) -> Node:
    """The expression of a condition; refuses what Python has decided already."""
    if not is_reference(condition):
        refuse(
            f"This condition is {condition!r} already, while the machine is written. Compare a reference with "
            "== != < <= > >= (`is` compares objects, not values)."
        )
    kind = annotation_of(condition)
    if kinds.json_kinds(kind) != {"boolean"} and kinds.json_kinds(kind) != kinds.ALL:
        refuse(f"A {kinds.named(kind)} is no condition; compare it with something.")
    return node_of(condition)


def _joined(word: str, conditions: tuple[bool, ...]) -> bool:
    if not conditions:
        refuse("There is no condition in it.")
    nodes = tuple(condition_node(condition) for condition in conditions)
    return _bool(Form(word.join("{}" for _ in nodes), nodes, loose=True)) if len(nodes) > 1 else conditions[0]


def _bool(form: Form) -> bool:
    return cast(bool, refer(form, bool))
