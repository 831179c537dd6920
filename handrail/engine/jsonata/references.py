"""What AWS refuses in an expression that JSONata itself would take: there is no context value at the top.

The input is `$states.input`, so a bare field name, `$` or `$$` cannot mean anything
(https://states-language.net, "JSONata"; the words are those of ValidateStateMachineDefinition).
"""

from collections.abc import Collection, Iterator

from handrail.engine.jsonata.errors import JsonataSyntaxError
from handrail.engine.jsonata.nodes import Node
from handrail.engine.jsonata.parse import parse

UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"


def refuse_bare_references(tree: Node) -> None:
    """Raise JsonataSyntaxError for the first reference to a context value that is not there."""
    for node in tree.walk():
        if node.kind == "variable" and node.value == "$":
            raise _unsupported("Reference to '$$' is not supported.", node)
    for node in sorted(_bare(tree), key=lambda node: node.position):
        name = node.value or "$"
        raise _unsupported(f"Reference to '{name}' at the top level is not supported.", node)


def check_states(text: str, offered: Collection[str]) -> None:
    """Raise JsonataSyntaxError for the first member of `$states` that is not there: input, context, what is offered.

    AWS's words: github.com/anomalyco/sst, issue 6110.
    """
    if "$states" not in text:
        return
    for node in parse(text).walk():
        first, second = (*node.parts, None, None)[:2] if node.kind == "path" else (None, None)
        if first is None or second is None or (first.kind, first.value, second.kind) != ("variable", "states", "name"):
            continue
        if second.value not in ("input", "context", *offered):
            raise _unsupported(f"Field '$states.{second.value}' does not exist.", second)


def _unsupported(message: str, node: Node) -> JsonataSyntaxError:
    return JsonataSyntaxError(message, position=node.position, diagnostic=UNSUPPORTED)


def _bare(tree: Node) -> Iterator[Node]:
    """References that are read against the top: not those in later steps, filters, groups or sort terms."""
    below = [tree]
    while below:
        node = below.pop()
        if node.kind == "name" or (node.kind == "variable" and node.value == ""):
            yield node
        elif node.kind == "path":
            below.append(node.parts[0])
        elif node.kind != "transform":
            below.extend(node.parts)
