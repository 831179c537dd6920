"""What a compiled expression may see while it is evaluated, and what its compiler knows while it is compiled."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from handrail.asl.model import Json
from handrail.engine.env import Env
from handrail.engine.jsonata.nodes import Node
from handrail.engine.jsonata.sequence import MISSING, Value


class Scope:
    """The variables that an expression sees: its own, `$states`, and the workflow's.

    `caller` is the context value of the place that called the function inside which this is. `tainted` tells that
    something was put into an array or object that must not be handed out as it is.
    """

    __slots__ = ("caller", "env", "names", "parent", "root", "states", "tainted", "variables")

    def __init__(self, states: Json, env: Env) -> None:
        self.states = states
        self.env = env
        self.variables: Mapping[str, Json] = env.variables
        self.caller: Value = MISSING
        self.names: dict[str, Value] | None = None
        self.parent: Scope | None = None
        self.root: Scope | None = None
        self.tainted = False

    def within(self, names: dict[str, Value]) -> "Scope":
        """A scope inside this one, for a block or for the arguments of a function."""
        inner = Scope.__new__(Scope)
        inner.states = self.states
        inner.env = self.env
        inner.variables = self.variables
        inner.caller = self.caller
        inner.names = names
        inner.parent = self
        inner.root = self.root or self
        return inner

    def bind(self, name: str, value: Value) -> None:
        if self.names is None:
            self.names = {}
        self.names[name] = value

    def find(self, name: str) -> Value:
        """The value of one of the expression's own variables, else of the workflow's."""
        scope: Scope | None = self
        while scope is not None:
            if scope.names is not None and name in scope.names:
                return scope.names[name]
            scope = scope.parent
        return self.states if name == "states" else self.variables.get(name, MISSING)

    def taint(self) -> None:
        (self.root or self).tainted = True


Run = Callable[[Value, Scope], Value]
"""A compiled node: (context value, scope) -> value."""


class UnsupportedError(Exception):
    """The expression has something in it that only the fallback evaluates."""


class Within(NamedTuple):
    """Where in an expression the compiler stands.

    `bound` are all variables that the expression binds anywhere; `nests` tells that a function of the expression may
    put an open sequence into a sequence; `in_lambda` tells that the node belongs to a function, where a call of
    another function of the expression might be recursion.
    """

    compile: Callable[[Node, "Within"], Run]
    bound: frozenset[str]
    nests: bool
    in_lambda: bool = False

    def run(self, node: Node) -> Run:
        return self.compile(node, self)
