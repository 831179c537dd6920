"""From a definition as it was given to its JSON, with everything that is wrong with the text or the values."""

from collections.abc import Iterator, Mapping
from typing import NoReturn

from handrail.asl.check.scope import error, warning
from handrail.asl.model import Finding, Json
from handrail.asl.pointer import child

LONGEST = 1_048_576  # bytes of UTF-8 (quota "maximum state machine definition size")
DEEPEST = 200  # levels; no real machine comes near, and what walks a definition stays far from Python's own limit
MOST = 1_000_000  # values; a mapping may hold itself, and then has no end
NOT_JSON = "INVALID_JSON_DESCRIPTION"
INFINITE = float("inf")
TOO_DEEP = error("The definition is too deeply nested", "", f"At most {DEEPEST} levels.", code="TOO_DEEPLY_NESTED")
MISSING = error("The definition is empty", "", code="MISSING_DESCRIPTION")


class Repeated(dict[str, Json]):
    """An object in which a name stood more than once; the last one counts."""

    def __init__(self, items: list[tuple[str, Json]]) -> None:
        super().__init__(items)
        once: set[str] = set()
        self.names: dict[str, None] = {}
        for name, _ in items:
            if name in once:
                self.names[name] = None
            once.add(name)


def parsed(definition: str | Mapping[str, Json]) -> tuple[Json, list[Finding]]:
    """The JSON of a definition with what is wrong with its text, or None and why there is none."""
    if isinstance(definition, str):
        return of_text(definition)
    value: Json = dict(definition) if isinstance(definition, Mapping) else definition
    problems = [TOO_DEEP] if too_deep(value) else [MISSING] if value is None else list(foreign(value, ""))
    return (None if problems else value), problems


def of_text(text: str) -> tuple[Json, list[Finding]]:
    size = len(text.encode("utf-8", "surrogatepass"))
    if size > LONGEST:
        message = f"The definition has {size:,} bytes; at most {LONGEST:,} are allowed"
        return None, [error(message, "", code="DEFINITION_TOO_LONG")]
    if text.strip() in ("", "null"):
        return None, [MISSING]
    return of_json(text)


def of_json(text: str) -> tuple[Json, list[Finding]]:
    from json import JSONDecodeError, loads  # a definition that is a mapping needs neither this nor what explains it

    from handrail.asl.positions import explain

    repeated: list[Repeated] = []

    def noticed(items: list[tuple[str, Json]]) -> dict[str, Json]:
        plain = dict(items)
        if len(plain) == len(items):
            return plain
        repeated.append(Repeated(items))
        return repeated[-1]

    try:
        value = loads(text, object_pairs_hook=noticed, parse_constant=refuse, parse_float=finite)
    except JSONDecodeError as problem:
        return None, [error(explain(text, problem), "", code=NOT_JSON)]
    except RecursionError:
        return None, [TOO_DEEP]
    except ValueError as problem:  # NaN, Infinity, 1e999, a number of thousands of digits
        return None, [error(f"The definition is not JSON: {problem}", "", code=NOT_JSON)]
    return (None, [TOO_DEEP]) if too_deep(value) else (value, list(repetitions(value, "")) if repeated else [])


def finite(number: str) -> float:
    value = float(number)
    return value if -INFINITE < value < INFINITE else refuse(number)


def refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number that a state can hold")


def repetitions(value: object, pointer: str) -> Iterator[Finding]:
    """Names that stand twice in one object; where they name states, AWS refuses that."""
    if isinstance(value, Repeated):
        for name in value.names:
            here = child(pointer, name)
            if pointer.endswith("/States"):
                yield error(f"Duplicate State name: {name}", here, code="DUPLICATE_STATE_NAME")
            else:
                yield warning("DUPLICATE_FIELD", f"'{name}' stands here more than once; only the last one counts", here)
    for key, inner in contents(value):
        yield from repetitions(inner, child(pointer, key))


def foreign(value: object, pointer: str) -> Iterator[Finding]:
    """What a mapping holds that no JSON text could: YAML's dates and numbered keys, tuples, infinities."""
    if isinstance(value, dict):
        for key in value:
            if not isinstance(key, str):
                yield error(f"The name {key!r} is not a string", pointer, code=NOT_JSON)
    elif isinstance(value, float) and not -INFINITE < value < INFINITE:
        yield error(f"{value} is no number that a state can hold", pointer, code=NOT_JSON)
    elif value is not None and not isinstance(value, str | int | float | list):
        yield error(f"A {type(value).__name__} is no JSON value", pointer, code=NOT_JSON)
    for key, inner in contents(value, every=True):
        yield from foreign(inner, child(pointer, key))


def too_deep(value: object) -> bool:
    level, seen = [value], 0
    for _ in range(DEEPEST):
        level = [inner for outer in level for _, inner in contents(outer)]
        seen += len(level)
        if not level or seen > MOST:
            return bool(level)
    return True


def contents(value: object, *, every: bool = False) -> list[tuple[str | int, object]]:
    """The objects and arrays inside an object or array, with their names or indexes; on request every value."""
    if isinstance(value, dict):
        return [(name, inner) for name, inner in value.items() if every or isinstance(inner, dict | list)]
    if isinstance(value, list):
        return [(index, inner) for index, inner in enumerate(value) if every or isinstance(inner, dict | list)]
    return []
