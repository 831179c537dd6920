"""What a Python annotation says about the JSON value that it will be: its fields, its items, its kind."""

import types
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from dataclasses import fields as dataclass_fields
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from pydantic import BaseModel
from typing_extensions import is_typeddict

ALL = frozenset({"string", "number", "boolean", "array", "object", "null"})

# The JSON kind of each plain type; bool stands before int, of which it is a subclass.
_PLAIN: tuple[tuple[type, str], ...] = (
    (bool, "boolean"),
    (int, "number"),
    (float, "number"),
    (str, "string"),
    (date, "string"),
    (time, "string"),
    (timedelta, "string"),
    (Decimal, "string"),
    (UUID, "string"),
    (types.NoneType, "null"),
    (BaseModel, "object"),
    (Mapping, "object"),
    (Collection, "array"),
)


@dataclass(frozen=True, slots=True)
class FieldType:
    """A field's name in JSON, its annotation, and whether it is there in every value."""

    json: str
    annotation: Any
    sure: bool = True


def bare(annotation: Any) -> Any:
    """The annotation without Annotated, NewType and alias around it."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif isinstance(annotation, NewType):
            annotation = annotation.__supertype__
        elif hasattr(annotation, "__value__"):  # `type Power = …`
            annotation = annotation.__value__
        else:
            return annotation


def members(annotation: Any) -> tuple[Any, ...]:
    """The alternatives of a union, else the one annotation."""
    annotation = bare(annotation)
    if get_origin(annotation) in (Union, types.UnionType):
        return tuple(one for part in get_args(annotation) for one in members(part))
    return (annotation,)


def optional(annotation: Any) -> bool:
    """Whether the value may be null."""
    return types.NoneType in members(annotation)


def fields(annotation: Any) -> Mapping[str, FieldType]:
    """The fields of a model, dataclass or TypedDict, also where it may be null; none for anything else."""
    found = [one for one in members(annotation) if one is not types.NoneType]
    if len(found) != 1:
        return {}
    kind = get_origin(found[0]) or found[0]
    return _fields_of(kind, get_args(found[0])) if isinstance(kind, type) else {}


def element(annotation: Any, index: int | None = None) -> Any:
    """What a list holds, or a tuple at `index`; None for anything else."""
    for one in members(annotation):
        origin, arguments = get_origin(one) or one, get_args(one)
        if not isinstance(origin, type) or issubclass(origin, (str, bytes, Mapping)):
            continue
        if issubclass(origin, tuple) and arguments and arguments[-1] is not Ellipsis:
            return arguments[index] if index is not None and -len(arguments) <= index < len(arguments) else None
        if issubclass(origin, Collection):
            return arguments[0] if arguments else Any
    return None


def value_type(annotation: Any) -> Any:
    """What a mapping holds; None for anything else."""
    for one in members(annotation):
        origin, arguments = get_origin(one) or one, get_args(one)
        if isinstance(origin, type) and issubclass(origin, Mapping) and not is_typeddict(origin):
            return arguments[1] if len(arguments) == 2 else Any
    return None


def json_kinds(annotation: Any) -> frozenset[str]:
    """The JSON kinds that a value of this type may have; all of them where the type does not say."""
    return frozenset().union(*(_kinds_of(one) for one in members(annotation)))


def ordered(annotation: Any) -> bool:
    """Whether JSONata's `<` orders such values as Python does: numbers, strings, and dates without a time."""
    plain = [one for one in members(annotation) if isinstance(one, type)]
    if any(issubclass(one, (datetime, time, timedelta, Decimal)) for one in plain):
        return False
    return json_kinds(annotation) in (ALL, {"number"}, {"string"})


def named(annotation: Any) -> str:
    """The type as an author writes it."""
    return " | ".join("None" if one is types.NoneType else _name(one) for one in members(annotation))


def _name(annotation: Any) -> str:
    text = annotation.__name__ if isinstance(annotation, type) and not get_args(annotation) else str(annotation)
    return text.replace("typing.", "")


@lru_cache(maxsize=1024)
def _fields_of(kind: type, arguments: tuple[Any, ...]) -> Mapping[str, FieldType]:
    for applies, read in _FIELD_READERS:
        if applies(kind):
            filled = dict(zip(getattr(kind, "__parameters__", ()), arguments, strict=False))
            return {
                name: FieldType(field.json, filled.get(field.annotation, field.annotation), field.sure)
                for name, field in read(kind).items()
            }
    return {}


def _model_fields(kind: Any) -> dict[str, FieldType]:
    plain = {
        name: FieldType(field.serialization_alias or field.alias or name, field.annotation)
        for name, field in kind.model_fields.items()
    }
    computed = {
        name: FieldType(field.alias or name, field.return_type) for name, field in kind.model_computed_fields.items()
    }
    return plain | computed


def _dataclass_fields(kind: Any) -> dict[str, FieldType]:
    hints = get_type_hints(kind)
    return {
        field.name: FieldType(field.metadata.get("json", field.name), hints[field.name])
        for field in dataclass_fields(kind)
    }


def _typed_dict_fields(kind: Any) -> dict[str, FieldType]:
    return {
        name: FieldType(name, annotation, name in kind.__required_keys__)
        for name, annotation in get_type_hints(kind).items()
    }


_FIELD_READERS: Sequence[tuple[Callable[[type], bool], Callable[[Any], dict[str, FieldType]]]] = (
    (lambda kind: issubclass(kind, BaseModel), _model_fields),
    (is_dataclass, _dataclass_fields),
    (is_typeddict, _typed_dict_fields),
)


def _kinds_of(annotation: Any) -> frozenset[str]:
    if get_origin(annotation) is Literal:
        return frozenset(_kind_of_value(value) for value in get_args(annotation))
    kind = get_origin(annotation) or annotation
    if not isinstance(kind, type) or kind is object:
        return ALL
    if issubclass(kind, Enum):
        return frozenset(_kind_of_value(member.value) for member in kind)
    if is_dataclass(kind) or is_typeddict(kind):
        return frozenset({"object"})
    return next((frozenset({json}) for plain, json in _PLAIN if issubclass(kind, plain)), ALL)


def _kind_of_value(value: object) -> str:
    value = value.value if isinstance(value, Enum) else value
    return next((json for plain, json in _PLAIN if isinstance(value, plain)), "object")
