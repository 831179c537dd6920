"""What a target is given of an event: the whole of it, a part, a constant, or a text made from parts.

Source: "Amazon EventBridge input transformation" in the EventBridge User Guide, and `Target` in the API reference.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

Json = Any

STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]|\[(\*)\]|\['([^']*)'\]")
VARIABLE: Final = re.compile(r"<([A-Za-z0-9._-]+)>")


def given(target: Mapping[str, Any], event: Mapping[str, Json], rule: str) -> str:
    """The text that a target of the rule with this ARN receives."""
    if target.get("Input") is not None:
        return str(target["Input"])
    if target.get("InputPath"):
        [found, *_] = [*at(event, target["InputPath"])] or [None]
        return written(found)
    if transformer := target.get("InputTransformer"):
        paths = transformer.get("InputPathsMap") or {}
        values = {name: next(at(event, path), None) for name, path in paths.items()}
        return transformed(transformer["InputTemplate"], {**values, **predefined(event, rule)})
    return written(shown(event))


def shown(event: Mapping[str, Json]) -> dict[str, Json]:
    """An event without what only EventBridge itself knows of it."""
    return {name: value for name, value in event.items() if name != INGESTED}


INGESTED: Final = "ingestion-time"


def predefined(event: Mapping[str, Json], rule: str) -> dict[str, Json]:
    whole = shown(event)
    return {
        "aws.events.rule-arn": rule,
        "aws.events.rule-name": rule.rpartition("/")[2],
        "aws.events.event.ingestion-time": event.get(INGESTED, event.get("time")),
        "aws.events.event": {name: value for name, value in whole.items() if name != "detail"},
        "aws.events.event.json": whole,
    }


def at(event: Json, path: str) -> Iterator[Json]:
    """What a path finds; nothing where it leads nowhere."""
    found = [event]
    for name, number, star, quoted in STEP.findall(path.removeprefix("$")):
        found = [value for one in found for value in stepped(one, name or quoted, number, star)]
    yield from found


def stepped(value: Json, name: str, number: str, star: str) -> Iterator[Json]:
    if (star or name == "*") and isinstance(value, dict | list):
        yield from value.values() if isinstance(value, dict) else value
    elif number and isinstance(value, list) and int(number) < len(value):
        yield value[int(number)]
    elif not number and isinstance(value, dict) and name in value:
        yield value[name]


def transformed(template: str, values: Mapping[str, Json]) -> str:
    """A template with its variables put in: inside quotes as text, elsewhere as JSON.

    In a text the quotes of what is put in would end it, so those are written as JSON writes them.
    """
    pieces, quoted, place = [], False, 0
    for found in VARIABLE.finditer(template):
        before = template[place : found.start()]
        quoted ^= len(re.findall(r'(?<!\\)"', before)) % 2 == 1
        pieces += [before, put(values.get(found[1]), quoted=quoted) if found[1] in values else found[0]]
        place = found.end()
    return "".join([*pieces, template[place:]])


def put(value: Json, *, quoted: bool) -> str:
    if not quoted:
        return written(value)
    if value is None:
        return ""
    return json.dumps(value if isinstance(value, str) else written(value), ensure_ascii=False)[1:-1]


def written(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
