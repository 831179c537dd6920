"""Expressions over future values as frozen trees, and their text in JSONata.

What an expression reads is a source (the input, a step's result, a Map's item …). Where that source can be found
depends on where the expression stands, so its text is made only then, with the roots of that place.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from handrail.asl.model import Json
from handrail.machine.place import Origin

Step = str | int
Root = Callable[[tuple[Step, ...]], str]


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: `of` is the step that gives it, `number` tells the errors of one step apart."""

    kind: Literal["asked", "input", "context", "state", "result", "item", "error", "local"]
    of: Origin | None = None
    number: int = 0
    model: Any = None


@dataclass(frozen=True, slots=True)
class Path:
    """A value inside a source or inside another expression; the first `sure` steps exist in every such value."""

    root: "Source | Node"
    steps: tuple[Step, ...] = ()
    sure: int = 0


@dataclass(frozen=True, slots=True)
class Constant:
    """A value known while the machine is written."""

    value: Json


@dataclass(frozen=True, slots=True)
class Form:
    """JSONata with places `{}` for its parts; a `loose` one needs parentheses inside another."""

    pattern: str
    parts: tuple["Node", ...]
    loose: bool = False


@dataclass(frozen=True, slots=True)
class Filter:
    """The items of a list that meet a condition on the item, which the condition reads as `local`."""

    items: "Node"
    local: Source
    condition: "Node"


@dataclass(frozen=True, slots=True)
class Code:
    """An author's own JSONata; the arguments are its variables."""

    text: str
    arguments: tuple[tuple[str, "Node"], ...]


Node = Path | Constant | Form | Filter | Code
Tree = Any
"""JSON with expressions in it: None, bool, numbers, text, Node, and lists and dicts of these."""

NODES = (Path, Constant, Form, Filter, Code)
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORDS = frozenset({"and", "or", "in", "true", "false", "null", "function"})


def is_node(value: object) -> bool:
    """Whether a part of a tree is an expression."""
    return isinstance(value, NODES)


def reads(tree: Tree) -> Iterator[Path]:
    """Every path in a tree that starts at a source."""
    match tree:
        case Path(root=Source()):
            yield tree
        case Path(root=inner):
            yield from reads(inner)
        case Form(parts=parts):
            yield from reads(list(parts))
        case Filter(items=items, condition=condition):
            yield from reads([items, condition])
        case Code(arguments=arguments):
            yield from reads([node for _, node in arguments])
        case list():
            for part in tree:
                yield from reads(part)
        case dict():
            yield from reads(list(tree.values()))


def template(tree: Tree, roots: Mapping[Source, Root]) -> Json:
    """A tree as a field of a JSONata state: expressions become `{% … %}`, and no text can pass for one."""
    match tree:
        case Constant(value=value):
            return template(value, roots)
        case list():
            return [template(part, roots) for part in tree]
        case dict():
            return {name: template(part, roots) for name, part in tree.items()}
        case str():
            # An empty text is one, too, since asl-validator takes no empty strings.
            return f"{{% {quoted(tree)} %}}" if "{%" in tree or "%}" in tree or not tree else tree
        case _ if is_node(tree):
            return f"{{% {code(tree, roots)} %}}"
    plain: Json = tree
    return plain


def code(node: Node, roots: Mapping[Source, Root], depth: int = 0) -> str:
    """The JSONata text of an expression at a place with these roots; `depth` counts the filters around it."""
    match node:
        case Path(root=root, steps=steps):
            # JSONata goes into the value of another expression only where that stands in parentheses.
            return (roots[root] if isinstance(root, Source) else dotted(f"({code(root, roots, depth)})"))(steps)
        case Constant(value=value):
            return _constant(value)
        case Form(pattern=pattern, parts=parts):
            shown = code if pattern.startswith("$") else _tight  # the parentheses of a function will do
            return pattern.format(*(shown(part, roots, depth) for part in parts))
        case Filter(items=items, local=local, condition=condition):
            name = f"item{depth + 1}" if depth else "item"
            test = code(condition, {**roots, local: dotted(f"${name}")}, depth + 1)
            # JSONata makes one hit a bare value and no hit nothing at all; the brackets keep it a list.
            return f"[$filter({code(items, roots, depth)}, function(${name}) {{ {test} }})]"
        case Code(text=text, arguments=()):
            return f"({text})"
        case Code(text=text, arguments=arguments):
            names = ", ".join(f"${name}" for name, _ in arguments)
            values = ", ".join(code(value, roots, depth) for _, value in arguments)
            return f"(function({names}) {{ ({text}) }})({values})"


def dotted(prefix: str) -> Root:
    """A root whose values are reached by field names and indexes behind `prefix`."""
    return lambda steps: prefix + "".join(map(_step, steps))


def quoted(text: str) -> str:
    """A JSONata string literal in which nothing looks like the end or the beginning of an expression."""
    return json.dumps(text, ensure_ascii=False).replace("{%", "\\u007b%").replace("%}", "%\\u007d")


def _tight(node: Node, roots: Mapping[Source, Root], depth: int) -> str:
    text = code(node, roots, depth)
    return f"({text})" if isinstance(node, Form) and node.loose else text


def _constant(value: Json) -> str:
    match value:
        case str():
            return quoted(value)
        case list():
            return f"[{', '.join(map(_constant, value))}]"
        case dict():
            return f"{{{', '.join(f'{quoted(name)}: {_constant(part)}' for name, part in value.items())}}}"
    return json.dumps(value, allow_nan=False)


def _step(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if _PLAIN_NAME.fullmatch(step) and step not in _WORDS else f".`{step}`"
