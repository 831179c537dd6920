"""Compiles a path into the fastest closure for its form: most paths are one to four names after `$`."""

from collections.abc import Callable
from typing import Any, Final

from handrail.asl.model import Json
from handrail.engine.env import Env, Evaluate
from handrail.engine.jsonpath.misses import NoMatch
from handrail.engine.jsonpath.search import compile_search
from handrail.engine.jsonpath.steps import Path

Find = Callable[[Any, Env], Any]
NOWHERE: Final = (KeyError, TypeError, IndexError)
"""What subscripting raises where there is no such member, no object or no such item."""

NO_MEMBERS: Final[dict[str | int, Any]] = {}


def compile_steps(path: Path, field: str) -> Find:
    """The steps of a path, from the document at which it begins."""
    keys = path.keys
    if keys is None:
        return searched(path, field)
    if all(isinstance(key, str) for key in keys) and len(keys) in BY_LENGTH:
        return BY_LENGTH[len(keys)](path, field, *keys)
    return walked(path, field, keys)


def no_names(_path: Path, _field: str) -> Find:
    return lambda data, _env: data


def one_name(path: Path, field: str, first: str) -> Find:
    def find(data: Any, _env: Env) -> Any:
        try:
            return data[first]
        except NOWHERE:
            raise NoMatch(path, data, field) from None

    return find


def two_names(path: Path, field: str, first: str, second: str) -> Find:
    def find(data: Any, _env: Env) -> Any:
        try:
            return data[first][second]
        except NOWHERE:
            raise NoMatch(path, data, field) from None

    return find


def three_names(path: Path, field: str, first: str, second: str, third: str) -> Find:
    def find(data: Any, _env: Env) -> Any:
        try:
            return data[first][second][third]
        except NOWHERE:
            raise NoMatch(path, data, field) from None

    return find


BY_LENGTH: Final[dict[int, Callable[..., Find]]] = {0: no_names, 1: one_name, 2: two_names, 3: three_names}


def walked(path: Path, field: str, keys: tuple[str | int, ...]) -> Find:
    """Names and indices in any number and order."""

    def find(data: Any, _env: Env) -> Any:
        node = data
        try:
            for key in keys:
                # Python's strings have items too, JSON's have none.
                node = NO_MEMBERS[key] if type(node) is str else node[key]
        except NOWHERE:
            raise NoMatch(path, data, field) from None
        return node

    return find


def searched(path: Path, field: str) -> Find:
    """Everything else; an indefinite path gives a list, be it empty."""
    seek = compile_search(path.steps)
    definite = path.definite

    def find(data: Any, _env: Env) -> Any:
        hits: list[Json] = []
        seek(data, data, hits)
        if not definite:
            return hits
        if not hits:
            raise NoMatch(path, data, field)
        return hits[0]

    return find


def rooted(path: Path, field: str) -> Evaluate:
    """The path from `$`, from the Context Object or from a workflow variable."""
    find = compile_steps(path, field)
    root = path.root
    if root == "$":
        return find
    if root == "$$":
        return lambda _data, env: find(env.context(), env)

    unset = Path(path.text, root, ())

    def from_variable(data: Json, env: Env) -> Json:
        try:
            value = env.variables[root]
        except KeyError:
            raise NoMatch(unset, data, field) from None
        return find(value, env)  # type: ignore[no-any-return]

    return from_variable
