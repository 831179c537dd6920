"""Configuration in YAML, read once and strictly: all mistakes of a file are told together, each with file and line."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias, TypeVar, get_args

from pydantic import BaseModel, ValidationError

from handrail.errors import HandrailError, Problems, did_you_mean
from handrail.root import shown

__all__ = ["Mistake", "load", "project"]

M = TypeVar("M", bound=BaseModel)

# Where a value stands: keys and positions from the top of the document down.
Place = tuple[str | int, ...]

# A node of ruamel's; its own types do not say that each has an `id`: mapping, sequence or scalar.
Node: TypeAlias = Any


@dataclass(frozen=True)
class Mistake:
    """Something wrong with the value at `place`."""

    place: Place
    text: str


@dataclass(frozen=True)
class Document:
    """A YAML file as plain values, with what was wrong about its form and the way back to its lines."""

    value: Any
    node: Node
    mistakes: Sequence[Mistake]

    def line(self, place: Place) -> int:
        """The line (from 1) of the deepest part of `place` that the file has."""
        node, line = self.node, self.node.start_mark.line
        for step in place:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return int(line) + 1


def project() -> Path:
    """The project's folder: where functions and builds find config/ and what it says relative to the project."""
    return Path(os.environ.get("HANDRAIL_PROJECT") or os.environ.get("CODEBUILD_SRC_DIR") or Path.cwd()).resolve()


def load(
    path: Path,
    kind: type[M],
    also: Callable[[Any], Iterable[Mistake]] = lambda value: (),
    text: str | None = None,
) -> M:
    """The file as a `kind`; `also` finds what concerns several values at once, even where some of them are wrong.

    With `text`, what the file would be if that stood in it. Raises HandrailError where the file cannot be read, and
    Problems with every mistake in the order of the lines.
    """
    document = _document(path, text)
    mistakes = [*document.mistakes, *also(document.value)]
    try:
        loaded = kind.model_validate(document.value)
    except ValidationError as error:
        mistakes += [_mistake(kind, detail) for detail in error.errors(include_url=False) if not _consequence(detail)]
    else:
        if not mistakes:
            return loaded
    told = sorted({(document.line(mistake.place), _words(mistake)) for mistake in mistakes})
    raise Problems(f"{shown(path)} is not right:", [f"{shown(path)}:{line}: {text}" for line, text in told])


def _document(path: Path, text: str | None) -> Document:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(path.read_text(encoding="utf-8") if text is None else text)
    except OSError as error:
        raise HandrailError(f"{shown(path)} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise HandrailError(f"{shown(path)} is not UTF-8: byte {error.start} cannot be read.") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f":{mark.line + 1}" if mark else ""
        raise HandrailError(f"{shown(path)}{where}: this is not YAML: {error.problem or error.context}.") from None
    except YAMLError as error:
        raise HandrailError(f"{shown(path)}: this is not YAML: {error}.") from None
    except RecursionError:
        raise HandrailError(f"{shown(path)}: this is nested too deeply to be a configuration.") from None
    if node is None:
        raise HandrailError(f"{shown(path)} is empty.")
    reading = _Reading(yaml.constructor.construct_object)
    return Document(reading.value(node, ()), node, reading.mistakes)


class _Reading:
    """Turns nodes into plain values; an alias is its anchor's value, and a key given twice is a mistake."""

    def __init__(self, scalar: Callable[[Node], Any]) -> None:
        self._known_scalar = scalar
        self._read: dict[Node, Any] = {}
        self.mistakes: list[Mistake] = []

    def value(self, node: Node, place: Place) -> Any:
        # A node is read once however many aliases it has; one that is met inside itself is still None.
        if node not in self._read:
            self._read[node] = None
            self._read[node] = getattr(self, f"_{node.id}")(node, place)
        return self._read[node]

    def _sequence(self, node: Node, place: Place) -> list[Any]:
        return [self.value(item, (*place, n)) for n, item in enumerate(node.value)]

    def _mapping(self, node: Node, place: Place) -> dict[str, Any]:
        lines: dict[str, int] = {}
        found = {}
        for key, value in node.value:
            name = str(key.value) if key.id == "scalar" else "?"
            if name in lines:
                self.mistakes.append(Mistake((*place, name), f"is given twice; line {lines[name]} has it already"))
            lines.setdefault(name, key.start_mark.line + 1)
            found[name] = self.value(value, (*place, name))
        return found

    def _scalar(self, node: Node, place: Place) -> Any:
        # A date or a binary blob is text here: no setting is one, and the reader wrote text.
        if node.tag.rpartition(":")[2] not in {"str", "int", "float", "bool", "null"}:
            return str(node.value)
        try:
            return self._known_scalar(node)
        except ValueError:
            self.mistakes.append(Mistake(place, f'"{node.value}" cannot be read'))
            return None


def _child(node: Node, step: str | int) -> tuple[int, Node] | None:
    if node.id == "sequence" and isinstance(step, int) and step < len(node.value):
        return node.value[step].start_mark.line, node.value[step]
    if node.id == "mapping":
        # The last of two equal keys: the first is right, the second is the mistake.
        for key, value in reversed(node.value):
            if key.value == str(step):
                return key.start_mark.line, value
    return None


# pydantic's error types, in the words of somebody who wrote a file; others keep pydantic's own.
WORDS: Mapping[str, str] = {
    "missing": "is missing",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping",
    "mapping_type": "must be a mapping",
    "model_type": "must be a mapping",
    "too_short": "must not be empty",
    "string_too_short": "must not be empty",
}


def _consequence(detail: Any) -> bool:
    """pydantic counts only the valid items of a list, and so calls a list of invalid ones too short as well."""
    return bool(detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"])


def _mistake(kind: type[BaseModel], detail: Any) -> Mistake:
    # pydantic calls the key itself of a mapping so; in the file it is where the entry stands.
    place: Place = tuple(step for step in detail["loc"] if step != "[key]")
    if detail["type"] == "extra_forbidden":
        known = _settings(kind, place[:-1])
        return Mistake(place, "is not a setting here." + did_you_mean(str(place[-1]), known))
    if detail["type"] == "literal_error":
        given, expected = str(detail["input"]), detail["ctx"]["expected"]
        near = did_you_mean(given, expected.replace("'", "").replace(" or ", ", ").split(", "))
        return Mistake(place, f'is "{given}", which is none of {expected}.{near}')
    if detail["type"] == "value_error":
        return Mistake(place, str(detail["ctx"]["error"]))
    return Mistake(place, WORDS.get(detail["type"], detail["msg"]))


def _settings(kind: type[BaseModel], place: Place) -> Iterator[str]:
    """The names that may stand at `place`."""
    for step in place:
        if isinstance(step, str) and step in kind.model_fields:
            kind = next(_models(kind.model_fields[step].annotation), kind)
    yield from kind.model_fields


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models(argument)


def _words(mistake: Mistake) -> str:
    where = ""
    for step in mistake.place:
        where += f"[{step}]" if isinstance(step, int) else f".{step}" if where else str(step)
    return f"{where} {mistake.text}" if where else mistake.text
