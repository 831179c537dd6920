"""The door of schemas/: what may be asked of a runbook, each field with its question in English and Japanese."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal, TypeVar, dataclass_transform, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from handrail.errors import HandrailError, Problems, did_you_mean

__all__ = ["Ask", "Input", "Language", "json_schema", "options", "parse", "questions"]

Language = Literal["en", "ja"]
I = TypeVar("I", bound="Input")  # noqa: E741 - I for Input, as the contracts write it

# How pydantic writes the choices of a Literal, and its kinds of mistakes in our words; any other is told in its own:
# https://docs.pydantic.dev/latest/errors/validation_errors/
CHOICE = re.compile(r"'([^']*)'|\"([^\"]*)\"")
WORDS: Mapping[str, str] = {
    "int_parsing": "this must be a whole number.",
    "int_type": "this must be a whole number.",
    "float_parsing": "this must be a number.",
    "bool_parsing": "this must be yes or no.",
    "greater_than_equal": "this must be {ge} or more.",
    "greater_than": "this must be more than {gt}.",
    "less_than_equal": "this must be {le} or less.",
    "less_than": "this must be less than {lt}.",
    "string_too_short": "this must have at least {min_length} characters.",
    "string_too_long": "this may have at most {max_length} characters.",
    "string_type": "this must be text.",
}


def Ask(  # noqa: N802 - reads as the field's kind: `cluster: str = Ask("Which cluster?", …)`
    question: str,
    *,
    ja: str,
    options: str | None = None,
    default: Any = ...,
    default_factory: Callable[[], Any] | None = None,
    ge: float | None = None,
    gt: float | None = None,
    le: float | None = None,
    lt: float | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    pattern: str | None = None,
    allowed: str = "",
) -> Any:
    """One field: its question in both languages, the name of the `@options` function that lists its choices, limits.

    Without `default` or `default_factory` the field must be answered. `allowed` says in words what the pattern allows.
    """
    extra: dict[str, Any] = {"x-question": {"en": question, "ja": ja}}
    if options is not None:
        extra["x-options"] = options
    if allowed:
        extra["x-allowed"] = allowed
    limits = {"ge": ge, "gt": gt, "le": le, "lt": lt, "min_length": min_length, "max_length": max_length}
    given: dict[str, Any] = {name: limit for name, limit in limits.items() if limit is not None}
    given |= {"default": default} if default_factory is None else {"default_factory": default_factory}
    return Field(pattern=pattern, json_schema_extra=extra, **given)


@dataclass_transform(kw_only_default=True, field_specifiers=(Ask,))
class Input(BaseModel):
    """What one runbook may be asked; also a group of questions inside another."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Refuse, while the class is made, what a form could not be made from."""
        problems = [*_class_problems(cls)]
        if problems:
            raise Problems(f"{cls.__module__}.{cls.__qualname__} cannot become a form:", problems)


def parse(kind: type[I], given: Mapping[str, object]) -> I:
    """The checked input, defaults filled in; else Problems with everything that is wrong with what was given."""
    try:
        return kind.model_validate(dict(given))
    except ValidationError as error:
        problems = [_told(kind, detail) for detail in error.errors(include_url=False)]
    raise Problems(f"{kind.__name__} does not accept this:", problems)


def json_schema(kind: type[Input]) -> dict[str, Any]:
    """JSON Schema (2020-12); each property carries `x-question` by language and, where it has one, `x-options`."""
    return kind.model_json_schema()


def questions(kind: type[Input], language: Language) -> Mapping[str, str]:
    """The question of each field, in the order of the form; a nested field is named with a dot (`window.start`)."""
    if language not in get_args(Language):
        known = " and ".join(get_args(Language))
        raise HandrailError(f'Questions are asked in {known}, not in "{language}".')
    return {name: extra["x-question"][language] for name, extra in _asked(kind)}


def options(kind: type[Input]) -> Mapping[str, str]:
    """The fields whose choices are listed at run time, each with the name of its `@options` function."""
    return {name: extra["x-options"] for name, extra in _asked(kind) if "x-options" in extra}


def _asked(kind: type[Input], prefix: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    for name, field in kind.model_fields.items():
        extra = field.json_schema_extra
        if isinstance(extra, dict):
            yield prefix + name, extra
        for nested in _models_in(field.annotation):
            if issubclass(nested, Input):
                yield from _asked(nested, f"{prefix}{name}.")


def _class_problems(cls: type[Input]) -> Iterator[str]:
    if not (cls.__doc__ or "").strip():
        yield "it has no docstring; say in one sentence what the runbook does"
    for name, field in cls.model_fields.items():
        extra = field.json_schema_extra
        asked = extra.get("x-question") if isinstance(extra, dict) else None
        if not isinstance(asked, dict):
            yield f'{name}: has no question; write {name}: … = Ask("…", ja="…")'
        else:
            yield from (f"{name}: its question is empty in {language}" for language, text in asked.items() if not text)
        for nested in _models_in(field.annotation):
            if not issubclass(nested, Input):
                yield f"{name}: {nested.__name__} asks no questions; derive it from Input instead of BaseModel"


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def _told(kind: type[Input], detail: Any) -> str:
    at = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        *outer, name = detail["loc"]
        return f"{at}: there is no such field.{did_you_mean(str(name), _fields_at(kind, outer))}"
    if detail["type"] == "missing":
        return f"{at}: this is missing."
    return f"{at}: {_wrong(kind, detail)}" if at else f"{detail['msg']}."


def _wrong(kind: type[Input], detail: Any) -> str:
    """What is wrong with a value and what may stand there; the value is not repeated, for it may be a secret."""
    context = detail.get("ctx", {})
    if detail["type"] in ("literal_error", "enum"):
        choices = [one or other for one, other in CHOICE.findall(context["expected"])] or [context["expected"]]
        near = did_you_mean(detail["input"], choices) if isinstance(detail["input"], str) else ""
        return f"this is none of the choices: {', '.join(choices)}.{near}"
    if detail["type"] == "string_pattern_mismatch":
        allowed = _allowed(kind, detail["loc"])
        return f"this may hold only {allowed}." if allowed else f"this must match {context['pattern']}."
    words = WORDS.get(detail["type"])
    return words.format(**context) if words else f"{detail['msg']}."


def _allowed(kind: type[BaseModel], location: Sequence[int | str]) -> str:
    """What a field's pattern allows, in the schema's own words."""
    *outer, last = [part for part in location if isinstance(part, str)]
    for name in outer:
        field = kind.model_fields.get(name)
        kind = next(_models_in(field.annotation), kind) if field else kind
    field = kind.model_fields.get(last)
    extra = field.json_schema_extra if field else None
    return str(extra.get("x-allowed", "")) if isinstance(extra, dict) else ""


def _fields_at(kind: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    models = [kind]
    for part in location:
        found = [model.model_fields[part].annotation for model in models if part in model.model_fields]
        models = [nested for annotation in found for nested in _models_in(annotation)] or models
    return [name for model in models for name in model.model_fields]
