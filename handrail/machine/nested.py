"""Map and Parallel: steps inside a step, each with its own list and its own result."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import GenericAlias
from typing import Any, Generic, cast, overload

from typing_extensions import TypeVar

from handrail.machine import kinds
from handrail.machine.expression import Path, Source, Tree, dotted
from handrail.machine.reference import annotation_of, is_reference, lift, refer
from handrail.machine.states import Act, Listed, a_way

T = TypeVar("T")
R = TypeVar("R", default=None)
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")

# https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html, state-map-distributed.html
MOST_INLINE, MOST_DISTRIBUTED = 40, 10_000


class Steps(Generic[R]):
    """A list of steps and what it gives: the body of a Map, or a branch of a Parallel."""

    def __init__(self, steps: Sequence[Listed], *, result: R) -> None:
        self.steps = steps
        self.result = result


@dataclass(frozen=True, slots=True)
class Inner:
    """The steps inside a step; `result` is what the last of them answers, where anyone reads it."""

    steps: tuple[Listed, ...]
    result: Tree
    result_type: Any


class Map(Act[list[R]], Generic[R]):
    """Run the steps once for each item, `concurrency` at a time (0: as many as AWS allows).

    `steps` is a function of the item that gives a list of steps, one step (its results become the list), or `Steps`.
    A distributed Map runs each item as an execution of its own; what its steps read goes with the item.
    """

    type = "Map"

    def __init__(
        self,
        name: str,
        /,
        *,
        items: Sequence[T],
        steps: Callable[[T], Act[R] | Steps[R] | Sequence[Listed]],
        concurrency: int = 0,
        distributed: bool = False,
    ) -> None:
        super().__init__(name, list, lift(items))
        self.item = Source("item", self.origin)
        self.concurrency = concurrency
        self.distributed = distributed
        item = refer(Path(self.item), _item_type(items))
        body, problems = _inner(steps(cast(T, item)))
        self.inner = (body,)
        self.result_type = GenericAlias(list, body.result_type)
        most = MOST_DISTRIBUTED if distributed else MOST_INLINE
        if not 0 <= concurrency <= most:
            problems.append(f"has a concurrency of {concurrency}; a Map like this takes at most {most}")
        if not isinstance(self.inputs, list) and _item_type(items) is None:
            problems.append("has items that are not a list")
        self.problems = (*self.problems, *problems)

    def result_code(self, path: tuple[str | int, ...]) -> str:
        """A Map answers the list of its bodies' outputs."""
        return dotted("$states.result")(path)


class Parallel(Act[R]):
    """Run several lists of steps at the same time; the result is a tuple of theirs."""

    type = "Parallel"

    @overload
    def __init__(self: "Parallel[tuple[A, B]]", name: str, a: Act[A] | Steps[A], b: Act[B] | Steps[B], /) -> None: ...
    @overload
    def __init__(
        self: "Parallel[tuple[A, B, C]]",
        name: str,
        a: Act[A] | Steps[A],
        b: Act[B] | Steps[B],
        c: Act[C] | Steps[C],
        /,
    ) -> None: ...
    @overload
    def __init__(
        self: "Parallel[tuple[A, B, C, D]]",
        name: str,
        a: Act[A] | Steps[A],
        b: Act[B] | Steps[B],
        c: Act[C] | Steps[C],
        d: Act[D] | Steps[D],
        /,
    ) -> None: ...
    @overload
    def __init__(
        self: "Parallel[tuple[object, ...]]",
        name: str,
        /,
        *branches: Act[Any] | Steps[Any] | Sequence[Listed],
    ) -> None: ...
    def __init__(self, name: str, /, *branches: Act[Any] | Steps[Any] | Sequence[Listed]) -> None:
        told = [_inner(branch) for branch in branches]
        self.inner = tuple(inner for inner, _ in told)
        kind = GenericAlias(tuple, tuple(inner.result_type for inner in self.inner))
        problems = [problem for _, wrong in told for problem in wrong]
        if not branches:
            problems.append("has no branch")
        super().__init__(name, kind, None, problems)

    def result_code(self, path: tuple[str | int, ...]) -> str:
        """A Parallel answers the list of its branches' outputs."""
        return dotted("$states.result")(path)


def _inner(given: Act[Any] | Steps[Any] | Sequence[Listed]) -> tuple[Inner, list[str]]:
    if isinstance(given, Act):
        return Inner((given,), lift(given.result), given.result_type), []
    steps, result = (given.steps, given.result) if isinstance(given, Steps) else (given, None)
    way, problems = a_way(steps, None)
    if not way and not problems:
        problems.append("has no steps inside")
    kind = annotation_of(result) if is_reference(result) else type(result)
    return Inner(way, lift(result), kind), problems


def _item_type(items: object) -> Any:
    if is_reference(items):
        return kinds.element(annotation_of(items))
    return type(items[0]) if isinstance(items, Sequence) and items else None
