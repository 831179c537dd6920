"""JSON and YAML as plain values, CloudFormation's short tags written out, and the lines of it all."""

import json
from collections.abc import Callable
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from handrail.asl.pointer import tokens
from handrail.errors import HandrailError

SHORT = {"!Ref": "Ref", "!Condition": "Condition"}


def parsed(text: str) -> Any:
    """The value of a text; None where it is neither JSON nor YAML."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return value(composed(text))
    except (ValueError, RecursionError, YamlError):
        return None


def read(text: str, path: Path) -> Any:
    """The value of a text; raises HandrailError with the line where it is neither JSON nor YAML."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        if path.suffix == ".json":
            raise HandrailError(f"{path}:{error.lineno}:{error.colno}: this is not JSON: {error.msg}.") from None
    except RecursionError:
        raise HandrailError(f"{path} is nested too deeply to be read.") from None
    try:
        return value(composed(text))
    except YamlError as error:
        raise HandrailError(f"{path}:{error.line}: this is not YAML: {error}.") from None


class YamlError(Exception):
    """A text is no YAML; `line` is where."""

    def __init__(self, told: str, line: int) -> None:
        super().__init__(told)
        self.line = line


def composed(text: str) -> Any:
    """The nodes of a YAML text, None where it is empty."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="safe", pure=True).compose(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise YamlError(str(error.problem or error.context), mark.line + 1 if mark else 1) from None
    except YAMLError as error:
        raise YamlError(str(error), 1) from None


def value(node: Any, known: dict[int, Any] | None = None) -> Any:
    """A node as a plain value: `!GetAtt A.Arn` is `{"Fn::GetAtt": "A.Arn"}`, dates are the text that was written."""
    known = {} if known is None else known
    if node is None:
        return None
    if id(node) not in known:
        known[id(node)] = None
        found = KINDS[node.id](node, known)
        short = node.tag if isinstance(node.tag, str) and node.tag.startswith("!") and len(node.tag) > 1 else None
        known[id(node)] = found if short is None else {SHORT.get(short, f"Fn::{short[1:]}"): found}
    return known[id(node)]


def scalar(node: Any, _known: dict[int, Any]) -> Any:
    kind = node.tag.rpartition(":")[2] if isinstance(node.tag, str) else "str"
    if kind not in ("int", "float", "bool", "null"):
        return str(node.value)
    return constructor().construct_object(node)


@cache
def constructor() -> Any:
    from ruamel.yaml import YAML

    return YAML(typ="safe", pure=True).constructor


KINDS: dict[str, Callable[[Any, dict[int, Any]], Any]] = {
    "scalar": scalar,
    "sequence": lambda node, known: [value(each, known) for each in node.value],
    "mapping": lambda node, known: {str(key.value): value(each, known) for key, each in node.value},
}


class Lines:
    """Where things stand in a text of JSON or YAML; line 1 where that cannot be told."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def node(self) -> Any:
        try:
            return composed(self.text)
        except YamlError:
            return None

    def of(self, pointer: str) -> int:
        """The line (from 1) of the deepest part of a JSON Pointer that the text has."""
        node, line = self.node, 1
        for step in tokens(pointer):
            children = pairs(node)
            if step not in children:
                break
            line, node = children[step]
        return line


def pairs(node: Any) -> dict[str, tuple[int, Any]]:
    """What stands directly in a node, by key or number, with its line."""
    if node is None or node.id == "scalar":
        return {}
    if node.id == "sequence":
        return {str(number): (each.start_mark.line + 1, each) for number, each in enumerate(node.value)}
    return {str(key.value): (key.start_mark.line + 1, each) for key, each in node.value}
