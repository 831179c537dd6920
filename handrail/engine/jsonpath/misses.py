"""What is said when a path finds nothing: each field of a state has its own error name and words for it."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from handrail.asl.model import Json
from handrail.engine.failure import Failure
from handrail.engine.java import java_kind, java_text
from handrail.engine.jsonpath.steps import Names, Path, Step, single
from handrail.engine.values import text_of

RUNTIME: Final = "States.Runtime"
CONFLICT: Final = "States.ReferencePathConflict"
PROVIDER: Final = "com.jayway.jsonpath.spi.json.JacksonJsonNodeJsonProvider"
Phrase = Callable[[str, Path, Json, str | None], str]


class NoMatch(Failure):
    """A path found nothing in `data`, the document that it was applied to; `field` is where the path is written.

    Without a field the cause is what Step Functions says of InputPath and OutputPath.
    """

    def __init__(self, path: Path, data: Json, field: str = "", text: str | None = None) -> None:
        self.path = path
        self.data = data
        self.field = field
        phrase = phrase_for(field)
        super().__init__(ERRORS.get(phrase, RUNTIME), phrase(field, path, data, text))

    @property
    def past_end(self) -> bool:
        """Whether all there was to miss is an item past the end of an array, which payload templates take as null."""
        if not self.path.steps or self.path.keys is None or isinstance(self.path.steps[-1], Names):
            return False
        depth, node = follow(self.path, self.data)
        return depth == len(self.path.steps) - 1 and isinstance(node, list)

    @property
    def reason(self) -> str:
        """What the path lacked, in the words of Jayway."""
        return reason(self.path, self.data)


def missing(field: str, miss: NoMatch, text: str | None = None) -> NoMatch:
    """The same miss, told for the field where the path is written.

    `text` is the JSON text of the document where that is known, as Step Functions quotes an input the way it came.
    """
    return NoMatch(miss.path, miss.data, field, text)


def follow(path: Path, data: Json) -> tuple[int, Json]:
    """How many steps of a path can be taken, and where they lead."""
    node: Any = data
    for depth, step in enumerate(path.steps):
        key = single(step)
        if not (has_member(node, key) or has_item(node, key)):
            return depth, node
        node = node[key]
    return len(path.steps), node


def has_member(data: Json, key: str | int | None) -> bool:
    return isinstance(data, dict) and key in data


def has_item(data: Json, key: str | int | None) -> bool:
    return isinstance(data, list) and isinstance(key, int) and -len(data) <= key < len(data)


def reason(path: Path, data: Json) -> str:
    """What a definite path lacked, in the words of Jayway."""
    depth, node = follow(path, data)
    if depth == len(path.steps):
        return f"No results for path: {canonical(path.steps)}"
    step = path.steps[depth]
    so_far = canonical(path.steps[:depth])
    if isinstance(step, Names):
        return no_member(path, depth, node)
    if node is None:
        return f"The path {so_far} is null"
    if not isinstance(node, list):
        return f"Filter: {fragment(step)} can only be applied to arrays. Current context is: {context(node)}"
    return f"No results for path: {canonical(path.steps[: depth + 1])}"


def no_member(path: Path, depth: int, node: Json) -> str:
    """A name that is not there, or stands where there is no object."""
    step = path.steps[depth]
    if isinstance(node, dict):
        lack = "No results for path:" if depth == len(path.steps) - 1 else "Missing property in path"
        return f"{lack} {canonical(path.steps[: depth + 1])}"
    return (
        f"Expected to find an object with property {fragment(step)} in path {canonical(path.steps[:depth])} but found "
        f"'{java_kind(node)}'. This is not a json object according to the JsonProvider: '{PROVIDER}'."
    )


def context(node: Json) -> str:
    """A value as Jayway shows what it stands at: JSON, but a string without its quotes."""
    return java_text(node) if isinstance(node, str) else text_of(node)


def canonical(steps: tuple[Step, ...]) -> str:
    """A path in Jayway's own notation: `$['a'][0]`."""
    return "$" + "".join(map(fragment, steps))


def fragment(step: Step) -> str:
    keys = step.names if isinstance(step, Names) else (single(step),)
    return "[" + ",".join(f"'{key}'" if isinstance(key, str) else str(key) for key in keys) + "]"


def in_template(field: str, path: Path, data: Json, text: str | None) -> str:
    """A payload template's field (`key.$`), ErrorPath and CausePath."""
    shown = text_of(data) if text is None else text
    return f"The JSONPath '{path.text}' specified for the field '{field}' could not be found in the input '{shown}'"


def in_dataflow(_field: str, path: Path, data: Json, _text: str | None) -> str:
    """InputPath, OutputPath and the numbers that stand in a path."""
    if data is None:
        return "Unable to apply Path transformation to null or empty input."
    return f"Invalid path '{path.text}' : {reason(path, data)}"


def in_choice(_field: str, path: Path, _data: Json, _text: str | None) -> str:
    """A Choice rule's Variable, and the paths of its comparison."""
    return f"Invalid path '{path.text}': The choice state's condition path references an invalid value."


def in_wait(field: str, path: Path, _data: Json, _text: str | None) -> str:
    return f"The {field} parameter does not reference an input value: {path.text}"


def in_items(_field: str, path: Path, data: Json, text: str | None) -> str:
    """ItemsPath, which is a reference path."""
    depth, _ = follow(path, data)
    key = single(path.steps[depth]) if depth < len(path.steps) else ""
    return f'Unable to apply step "{key}" to input {text_of(data) if text is None else text}'


PHRASES: Final[Mapping[str, Phrase]] = {
    "": in_dataflow,
    "InputPath": in_dataflow,
    "OutputPath": in_dataflow,
    "TimeoutSecondsPath": in_dataflow,
    "HeartbeatSecondsPath": in_dataflow,
    "MaxConcurrencyPath": in_dataflow,
    "MaxItemsPath": in_dataflow,
    "MaxItemsPerBatchPath": in_dataflow,
    "MaxInputBytesPerBatchPath": in_dataflow,
    "ToleratedFailureCountPath": in_dataflow,
    "ToleratedFailurePercentagePath": in_dataflow,
    "Variable": in_choice,
    "SecondsPath": in_wait,
    "TimestampPath": in_wait,
    "ItemsPath": in_items,
}
ERRORS: Final[Mapping[Phrase, str]] = {in_items: CONFLICT}


def phrase_for(field: str) -> Phrase:
    return PHRASES.get(field, in_template)
