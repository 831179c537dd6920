"""Lists of steps → where each step goes next.

A list runs from top to bottom; the branches of a Choice and of a Catch are lists inside it and go on, when they end,
where the list goes on. Only a `Goto` goes elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from handrail.errors import did_you_mean
from handrail.machine.expression import Tree
from handrail.machine.nested import Map, Parallel
from handrail.machine.place import Place
from handrail.machine.states import Act, Choice, Fail, Goto, Listed, Pass, Step, Succeed


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A step and the names of the steps behind it; None is the end of the flow.

    `ways` are the targets of a Choice's conditions, its default last; `caught` are those of its catches.
    """

    step: Step
    after: str | None
    ways: tuple[str | None, ...] = ()
    caught: tuple[str | None, ...] = ()
    inner: tuple["Layout", ...] = ()

    def targets(self) -> tuple[str | None, ...]:
        """Every way out of the step."""
        ends = isinstance(self.step, (Succeed, Fail))
        return (*self.ways, *self.caught) if self.ways else (*(() if ends else (self.after,)), *self.caught)


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """The steps of one flow, in the order in which they are written: the machine itself, a body, or a branch.

    `owner` is the Map or Parallel that holds it, and `result` what its last steps answer, where anyone reads it.
    """

    kind: Literal["machine", "body", "distributed", "branch"]
    owner: Map[object] | Parallel[object] | None
    start: str | None
    placed: Mapping[str, Placed]
    result: Tree = None
    jumps: tuple[tuple[str, Goto], ...] = ()

    def walk(self) -> Iterator["Layout"]:
        """This flow and all inside it."""
        yield self
        for placed in self.placed.values():
            for inner in placed.inner:
                yield from inner.walk()


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where it was written."""

    place: Place
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.text}"


@dataclass(slots=True)
class _Flow:
    """A layout in the making."""

    names: frozenset[str]
    placed: dict[str, Placed] = field(default_factory=dict)
    jumps: list[tuple[str, Goto]] = field(default_factory=list)


def lay_out(steps: Sequence[Listed]) -> Layout:
    """The flow of a machine; steps of one name are laid once, and `layout_problems` tells."""
    every = frozenset(step.name for step in all_steps(steps))
    return _laid("machine", None, steps, None, every, "Done")


def layout_problems(steps: Sequence[Listed], layout: Layout) -> Iterator[Problem]:
    """Names used twice, copies that got lost, jumps to nowhere; where there are none, steps that nothing leads to."""
    every = {name: flow for flow in layout.walk() for name in flow.placed}
    problems = [*_identity_problems([*all_steps(steps)])]
    for flow in layout.walk():
        problems += [*_jump_problems(flow, every), *_answer_problems(flow)]
    yield from problems
    if not problems:
        yield from (problem for flow in layout.walk() for problem in _unreached(flow))


def all_steps(steps: Sequence[Listed]) -> Iterator[Step]:
    """Every step in a list, those in branches and bodies after the step that holds them."""
    for step in steps:
        if isinstance(step, Step):
            yield step
            for branch in _branches(step):
                yield from all_steps(branch)
            for inner in step.inner if isinstance(step, (Map, Parallel)) else ():
                yield from all_steps(inner.steps)


def _laid(
    kind: Literal["machine", "body", "distributed", "branch"],
    owner: Map[object] | Parallel[object] | None,
    steps: Sequence[Listed],
    result: Tree,
    every: frozenset[str],
    end: str,
) -> Layout:
    flow = _Flow(every)
    _place(steps, None, flow, owner.name if owner else "The machine")
    placed = flow.placed
    if any(_needs_end(one, result) for one in placed.values()):
        placed = _closed(placed, _unused(end, every), result, owner)
    return Layout(kind, owner, _entry(steps, None), placed, result, tuple(flow.jumps))


def _place(steps: Sequence[Listed], follow: str | None, flow: _Flow, speaker: str) -> None:
    for index, step in enumerate(steps):
        if isinstance(step, Goto):
            flow.jumps.append((speaker, step))
            continue
        speaker = step.name
        if step.name in flow.placed:
            continue
        after = _entry(steps[index + 1 :], follow)
        ways = tuple(_entry(branch, after) for branch in _choices(step))
        caught = tuple(_entry(branch, after) for branch in _handlers(step))
        flow.placed[step.name] = Placed(step, after, ways, caught, tuple(_inner(step, flow.names)))
        for branch in _branches(step):
            _place(branch, after, flow, step.name)


def _inner(step: Step, every: frozenset[str]) -> Iterator[Layout]:
    if isinstance(step, Map):
        kind: Literal["body", "distributed"] = "distributed" if step.distributed else "body"
        [body] = step.inner
        yield _laid(kind, step, body.steps, body.result, every, f"{step.name} done")
    elif isinstance(step, Parallel):
        for number, branch in enumerate(step.inner, start=1):
            yield _laid("branch", step, branch.steps, branch.result, every, f"{step.name} {number} done")


def _needs_end(placed: Placed, result: Tree) -> bool:
    # A Choice and a Catch cannot end a flow; a Pass cannot answer with the very value that it assigns.
    passes = isinstance(placed.step, Pass) and placed.after is None and result is not None
    return passes or None in (*placed.ways, *placed.caught)


def _closed(
    placed: dict[str, Placed], end: str, result: Tree, owner: Map[object] | Parallel[object] | None
) -> dict[str, Placed]:
    def closed(one: Placed) -> Placed:
        after = end if isinstance(one.step, Pass) and one.after is None and result is not None else one.after
        ways, caught = (tuple(target or end for target in targets) for targets in (one.ways, one.caught))
        return replace(one, after=after, ways=ways, caught=caught)

    last = Succeed(end)
    if owner is not None:
        last.origin.place = owner.place
    return {name: closed(one) for name, one in placed.items()} | {end: Placed(last, None)}


def _entry(steps: Sequence[Listed], follow: str | None) -> str | None:
    return steps[0].name if steps else follow


def _choices(step: Step) -> list[tuple[Listed, ...]]:
    return [*(way.steps for way in step.ways), step.otherwise] if isinstance(step, Choice) else []


def _handlers(step: Step) -> list[tuple[Listed, ...]]:
    return [catch.steps for catch in step.catches] if isinstance(step, Act) else []


def _branches(step: Step) -> list[tuple[Listed, ...]]:
    return _choices(step) + _handlers(step)


def _unused(name: str, every: frozenset[str]) -> str:
    return next(free for free in (name, *(f"{name} {n}" for n in range(2, len(every) + 3))) if free not in every)


def _identity_problems(steps: Sequence[Step]) -> Iterator[Problem]:
    seen: dict[str, Step] = {}
    for step in steps:
        before = seen.get(step.name)
        if before is None:
            seen[step.name] = step
            yield from _lost_copies(step)
        elif before.origin is step.origin:
            yield Problem(step.place, f'"{step.name}" stands in the machine twice; to run it again, jump to it.')
        else:
            yield Problem(step.place, f'"{step.name}" is the name of another step, too: {before.place}.')


def _lost_copies(step: Step) -> Iterator[Problem]:
    if step.origin.edits != step.edit:
        yield Problem(
            step.origin.edited,
            f'"{step.name}" was given something here that the step in the list does not have: retry, catch, timeout, '
            f"heartbeat and dangerous give a new step; write x = x.retry(…).",
        )


def _jump_problems(flow: Layout, every: Mapping[str, Layout]) -> Iterator[Problem]:
    for speaker, goto in flow.jumps:
        there = flow.placed.get(goto.name)
        if there is None:
            yield Problem(goto.place, f'"{speaker}" jumps to {_nowhere(goto, flow, every)}')
        elif isinstance(goto.to, Step) and goto.to.origin is not there.step.origin:
            yield Problem(
                goto.place,
                f'"{speaker}" jumps to the "{goto.name}" of {goto.to.place}, which is not a step of this machine; '
                f"the one that is stands at {there.step.place}.",
            )


def _answer_problems(flow: Layout) -> Iterator[Problem]:
    if flow.owner is None or flow.result is None:
        return
    for step in [placed.step for placed in flow.placed.values()]:
        if isinstance(step, Succeed) and step.inputs is not None:
            text = f'"{step.name}" ends with an output of its own, where "{flow.owner.name}" is given a result.'
            yield Problem(step.place, text)


def _nowhere(goto: Goto, flow: Layout, every: Mapping[str, Layout]) -> str:
    if goto.name in every:
        other = every[goto.name].owner
        inside = f'inside "{other.name}"' if other else "outside of it"
        return f'"{goto.name}", which is {inside}; a jump stays in its own list.'
    return f'"{goto.name}", which is not a step.{did_you_mean(goto.name, flow.placed)}'


def _unreached(flow: Layout) -> Iterator[Problem]:
    reached: set[str] = set()
    ahead = [flow.start]
    while ahead:
        name = ahead.pop()
        if name is not None and name in flow.placed and name not in reached:
            reached.add(name)
            ahead += flow.placed[name].targets()
    for name, placed in flow.placed.items():
        if name not in reached:
            yield Problem(placed.step.place, f'"{name}" can never be reached; nothing leads to it.')
