"""Reference paths, which say where in a document a value goes: ResultPath."""

from typing import NamedTuple

from handrail.asl.model import Json
from handrail.engine.failure import Failure
from handrail.engine.jsonpath.misses import CONFLICT, NoMatch, follow, has_item
from handrail.engine.jsonpath.steps import Path, PathSyntaxError
from handrail.engine.jsonpath.text import read_path
from handrail.engine.values import text_of


class ReferencePath(NamedTuple):
    """A path of names and indices that leads to one place of a document."""

    path: Path
    keys: tuple[str | int, ...]

    @property
    def text(self) -> str:
        """The path as written."""
        return self.path.text

    def find(self, data: Json) -> Json:
        """The value at this place; raises NoMatch where there is none."""
        taken, node = follow(self.path, data)
        if taken < len(self.keys):
            raise NoMatch(self.path, data)
        return node

    def insert(self, data: Json, value: Json) -> Json:
        """The document with the value at this place, the given one unchanged; objects that lack are made.

        Raises States.ReferencePathConflict where something else stands in the way.
        """
        if not self.keys:
            return value
        if not isinstance(data, dict | list):
            raise Failure(CONFLICT, f"Unable to apply ReferencePath {self.text} to input {text_of(data)}")
        return self.placed(data, value, 0, data)

    def placed(self, node: Json, value: Json, depth: int, root: Json) -> Json:
        """A copy of this level, with the value below it."""
        if depth == len(self.keys):
            return value
        key = self.keys[depth]
        last = depth == len(self.keys) - 1
        if isinstance(node, dict) and isinstance(key, str):
            below = value if last else self.placed(node.get(key, {}), value, depth + 1, root)
            return {**node, key: below}
        if isinstance(node, list) and has_item(node, key):
            assert isinstance(key, int)
            return [*node[:key], self.placed(node[key], value, depth + 1, root), *node[key + 1 :]]
        raise Failure(CONFLICT, f'Unable to apply step "{key}" to input {text_of(root)}')


def compile_reference(text: str) -> ReferencePath:
    """A reference path from its text; raises PathSyntaxError for what could lead to several places or to none."""
    path = read_path(text)
    keys = path.keys
    if path.root != "$":
        raise PathSyntaxError(f'A reference path begins at "$"; "{text}" does not.')
    if keys is None or any(isinstance(key, int) and key < 0 for key in keys):
        raise PathSyntaxError(f'A reference path has only names and indices from 0 on; "{text}" has more.')
    return ReferencePath(path, keys)
