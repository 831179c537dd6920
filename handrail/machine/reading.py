"""Which step reads what, and whether it is there on every way that leads to the step."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from handrail.machine.expression import Path, Source, reads
from handrail.machine.layout import Layout, Placed, Problem
from handrail.machine.place import Origin
from handrail.machine.states import Act, Pass, Step

FROM_THE_START = ("input", "context", "state")
"""The kinds of sources that are there before any step has run."""

Reads = Mapping[Source, tuple[Path, ...]]
"""Every source that is read, in the order of first reading, with every path into it."""


def collect(layout: Layout) -> Reads:
    """What is read in a machine; what a body answers counts only where someone reads the Map's result."""
    used: frozenset[Source] = frozenset()
    while True:
        found = reads_in(layout, used)
        if used == frozenset(found):
            return found
        used = frozenset(found)


def reads_in(layout: Layout, used: frozenset[Source] | Reads) -> Reads:
    """What is read in one flow and inside it, given which sources are read by anyone."""
    found: dict[Source, dict[Path, None]] = {}
    for flow in layout.walk():
        evaluated = [path for placed in flow.placed.values() for path in _evaluated(placed.step, used)]
        for path in (*evaluated, *_answered(flow, used)):
            found.setdefault(_source(path), {})[path] = None
    return {source: tuple(paths) for source, paths in found.items()}


def kept(layout: Layout, found: Reads) -> frozenset[Source]:
    """The sources that need a variable: all that are read, but for a result that only its own step hands on."""
    needed: set[Source] = set()
    for flow in layout.walk():
        for placed in flow.placed.values():
            needed.update(_source(path) for path in _evaluated(placed.step, found))
            if None in placed.targets() or not placed.targets():
                needed.update({_source(path) for path in _answered(flow, found)} - {*_given(placed.step)})
    return frozenset(needed)


def defined_in(layout: Layout) -> frozenset[Source]:
    """Every source that a flow, or what is inside it, gives by itself."""
    return frozenset(
        source
        for flow in layout.walk()
        for step in [placed.step for placed in flow.placed.values()]
        for source in (*_given(step), *_caught(step), *_items(flow))
    )


def reading_problems(layout: Layout, asked: Source, found: Reads) -> Iterator[Problem]:
    """Reads of what is not there: other machines' steps, other flows' values, ways on which a step has not run."""
    homes = {placed.step.origin: flow for flow in layout.walk() for placed in flow.placed.values()}
    check = _Check({source: 1 << number for number, source in enumerate(found)}, homes, asked, found)
    yield from check.flow(layout, check.mask(source for source in found if source.kind in FROM_THE_START), ())


@dataclass(frozen=True, slots=True)
class _Check:
    """What is known before a step is a set of sources, kept as the bits of a number."""

    bits: Mapping[Source, int]
    homes: Mapping[Origin, Layout]
    asked: Source
    used: Reads

    def mask(self, sources: Iterable[Source]) -> int:
        """These sources as bits; one that nobody reads has none."""
        found = 0
        for source in sources:
            found |= self.bits.get(source, 0)
        return found

    def flow(self, layout: Layout, before: int, around: tuple[Layout, ...]) -> Iterator[Problem]:
        """The problems of a flow that begins with `before` known, and of the flows inside it."""
        known = self._spread(layout, before | self.mask(_items(layout)))
        # What nothing leads to is told already.
        for placed in [placed for name, placed in layout.placed.items() if name in known]:
            here = known[placed.step.name]
            for source in self._missing(placed, layout, here):
                text = f'"{placed.step.name}" reads {self._why(source, (*around, layout))}'
                yield Problem(placed.step.place, text)
            for inner in placed.inner:
                yield from self.flow(inner, here, (*around, layout))

    def _missing(self, placed: Placed, layout: Layout, known: int) -> Iterator[Source]:
        read = [(path, known) for path in _evaluated(placed.step, self.used)]
        if None in placed.targets() or not placed.targets():
            after = known | self.mask(_given(placed.step))
            read += [(path, after) for path in _answered(layout, self.used)]
        sources = dict.fromkeys(_source(path) for path, there in read if not self.mask([_source(path)]) & there)
        yield from (source for source in sources if source.kind != "local")

    def _spread(self, layout: Layout, before: int) -> dict[str, int]:
        """What is known before each step: what all ways to it have in common."""
        known = {layout.start: before} if layout.start in layout.placed else {}
        ahead = [*known]
        while ahead:
            placed = layout.placed[str(ahead.pop())]
            for target, out in self._outs(placed, known[placed.step.name]):
                merged = known[target] & out if target in known else out
                if target in layout.placed and known.get(target) != merged:
                    known[target] = merged
                    ahead.append(target)
        return {str(name): there for name, there in known.items()}

    def _outs(self, placed: Placed, known: int) -> Iterator[tuple[str | None, int]]:
        done = known | self.mask(_given(placed.step))
        for target in placed.ways or (placed.after,):
            yield target, done
        if isinstance(placed.step, Act):
            for catch, target in zip(placed.step.catches, placed.caught, strict=True):
                stood_in = [] if catch.instead is None else [placed.step.source]
                yield target, known | self.mask([catch.source, *stood_in])

    def _why(self, source: Source, around: tuple[Layout, ...]) -> str:
        if source.kind == "asked":
            return f"{source.model.__name__}, but the machine is asked {self.asked.model.__name__}."
        if source.of is None:
            return "the input of the run, which only its first step has."
        name, home = source.of.name, self.homes.get(source.of)
        if source.kind == "item":
            return f'the item of "{name}", which only the steps inside it have.'
        if home is None:
            return f'"{name}" of {source.of.place}, which is not a step of this machine.'
        if home not in around:
            inside = f'inside "{home.owner.name}"' if home.owner else "elsewhere"
            return f'"{name}", which runs {inside}; give Steps(…, result=…) there and read the result of that.'
        what = "the error of" if source.kind == "error" else "the result of"
        return f'{what} "{name}", but a way leads here on which there is none.'


def _evaluated(step: Step, used: frozenset[Source] | Reads) -> Iterator[Path]:
    yield from reads(step.inputs)
    if isinstance(step, Act) and step.source in used:
        for catch in step.catches:
            yield from reads(catch.instead)


def _answered(flow: Layout, used: frozenset[Source] | Reads) -> Iterator[Path]:
    if flow.owner is not None and flow.owner.source in used:
        yield from reads(flow.result)


def _source(path: Path) -> Source:
    assert isinstance(path.root, Source)
    return path.root


def _given(step: Step) -> tuple[Source, ...]:
    return (step.source,) if isinstance(step, (Act, Pass)) else ()


def _caught(step: Step) -> tuple[Source, ...]:
    return tuple(catch.source for catch in step.catches) if isinstance(step, Act) else ()


def _items(flow: Layout) -> tuple[Source, ...]:
    item = getattr(flow.owner, "item", None)
    return (item,) if isinstance(item, Source) else ()
