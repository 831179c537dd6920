"""What AWS refuses in an expression that JSONata itself would take: there is no context value at the top.

The input is `$states.input`, so a bare field name, `$` or `$$` cannot mean anything
(https://states-language.net, "JSONata"; the words are those of ValidateStateMachineDefinition).
"""

from collections.abc import Iterator

from handrail.engine.jsonata.errors import JsonataSyntaxError
from handrail.engine.jsonata.nodes import Node

UNSUPPORTED = "UNSUPPORTED_JSONATA_EXPRESSION"


def refuse_bare_references(tree: Node) -> None:
    """Raise JsonataSyntaxError for the first reference to a context value that is not there."""
    for node in tree.walk():
        if node.kind == "variable" and node.value == "$":
            raise _unsupported("Reference to '$$' is not supported.", node)
    for node in sorted(_bare(tree), key=lambda node: node.position):
        name = node.value or "$"
        raise _unsupported(f"Reference to '{name}' at the top level is not supported.", node)


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
