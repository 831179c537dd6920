"""Reads YAML by tables of what may stand in it, keeping the line of everything, so that a problem says where it is.

The nodes are read, not Python values: `version: 0.2` and a command `true` stay the text that was written.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn

from handrail.errors import Problems, did_you_mean

# A node of ruamel.yaml, which is imported on first use: its import takes longer than reading a buildspec.
Node = Any
Rule = Callable[["Reading", Node], Any]

FLAGS = {"yes": True, "true": True, "no": False, "false": False}


class MistakeError(ValueError):
    """What a rule found wrong with its node; the reading goes on with the next one."""


class Reading:
    """One reading of one document: what is wrong with it, and what is worth a line in the log."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.problems: list[tuple[int, str]] = []
        self.notes: list[str] = []
        self.path: tuple[str, ...] = ()

    def document(self, source: str) -> Node:
        """The root node, None for an empty text; broken YAML is raised at once, as nothing else can be known then."""
        from ruamel.yaml import YAML
        from ruamel.yaml.error import MarkedYAMLError, YAMLError

        try:
            return YAML(typ="rt").compose(source)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self._broken(mark.line + 1 if mark else 1, error.problem or error.context)
        except YAMLError as error:
            self._broken(1, error)

    def _broken(self, line: int, why: object) -> NoReturn:
        raise Problems(f"{self.name} is not YAML:", [f"{self.name}:{line}: {why}"])

    def problem(self, node: Node, message: str) -> None:
        """Remember what is wrong at a node; without one, at the top."""
        self.problems.append((1 if node is None else node.start_mark.line + 1, message))

    def note(self, message: str) -> None:
        """Remember a line for the log, once."""
        if message not in self.notes:
            self.notes.append(message)

    def here(self) -> str:
        """The keys that lead to what is being read, as the reference writes them: `phases/build`."""
        return "/".join(name for name in self.path if name) or "the file"

    def below(self, name: str, rule: Rule, node: Node) -> Any:
        """What the rule makes of a node, one key further down; None where it is wrong."""
        self.path = (*self.path, name)
        try:
            return rule(self, node)
        except MistakeError as mistake:
            self.problem(node, str(mistake))
            return None
        finally:
            self.path = self.path[:-1]

    def finish(self) -> None:
        """Raise everything that was wrong, in the order of the lines."""
        if self.problems:
            told = [f"{self.name}:{line}: {message}" for line, message in sorted(self.problems)]
            raise Problems(f"{self.name} has {len(told)} problem{'s' * (len(told) > 1)}:", told)


def section(keys: Mapping[str, Rule], required: Sequence[str] = ()) -> Rule:
    """A mapping in which only these keys may stand."""

    def read(reading: Reading, node: Node) -> dict[str, Any]:
        found = _entries(reading, node)
        for name, (key, _) in found.items():
            if name not in keys:
                reading.problem(key, f'{reading.here()} has no key "{name}".{did_you_mean(name, keys)}')
        for name in required:
            if name not in found:
                reading.problem(node, f"{reading.here()} needs {name}")
        return {name: reading.below(name, keys[name], value) for name, (_, value) in found.items() if name in keys}

    return read


def sections(rule: Rule) -> Rule:
    """A mapping from names that the author chose to things of one kind."""

    def read(reading: Reading, node: Node) -> dict[str, Any]:
        return {name: reading.below(name, rule, value) for name, (_, value) in _entries(reading, node).items()}

    return read


def _entries(reading: Reading, node: Node) -> dict[str, tuple[Node, Node]]:
    if node is None or node.id != "mapping":
        raise MistakeError(f"{reading.here()} must be keys with values")
    found: dict[str, tuple[Node, Node]] = {}
    for key, value in node.value:
        if (name := str(key.value)) in found:
            reading.problem(key, f"{name} stands here a second time")
        found[name] = (key, value)
    return found


def text(reading: Reading, node: Node) -> str:
    """A scalar, as it was written."""
    if node.id != "scalar":
        hint = "; quote it, a colon and a space make YAML read a key" if node.id == "mapping" else ""
        raise MistakeError(f"{reading.here()} must be text{hint}")
    if str(node.tag).endswith(":null"):
        raise MistakeError(f"{reading.here()} is empty")
    return str(node.value)


def texts(reading: Reading, node: Node, rule: Rule = text) -> tuple[Any, ...]:
    """A list of scalars, or of what the rule makes of each."""
    if node.id != "sequence":
        raise MistakeError(f"{reading.here()} must be a list, with a dash before each item")
    return tuple(reading.below(str(number), rule, item) for number, item in enumerate(node.value))


def pairs(reading: Reading, node: Node) -> dict[str, str]:
    """A mapping from names to scalars."""
    return {name: reading.below(name, text, value) for name, (_, value) in _entries(reading, node).items()}


def flag(reading: Reading, node: Node) -> bool:
    """yes or no."""
    found = text(reading, node)
    if found.lower() not in FLAGS:
        raise MistakeError(f'{reading.here()} is "{found}"; write yes or no')
    return FLAGS[found.lower()]
