"""What of a machine no test has reached yet: states, branches of choices, catchers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from handrail.asl.model import Json, State
from handrail.engine import Execution, Program
from handrail.engine.execution import END, Branch, CatchClause, CompiledState
from handrail.engine.states.compiled import Compiled
from handrail.engine.states.simple import Choice, Rule
from handrail.testing.run import entered

Kind = Literal["state", "branch", "catcher"]
Part = tuple[Kind, str]
Noted = dict[str, tuple[str, dict[Part, str], set[Part]]]
"""For each machine its name, its parts, and those that were taken."""


@dataclass
class Machine:
    """One machine's parts, each as a person names it, and those that a run has come to."""

    name: str
    parts: dict[Part, str] = field(default_factory=dict)
    taken: set[Part] = field(default_factory=set)

    def count(self, kind: Kind) -> tuple[int, int]:
        """How many parts of a kind were taken, and how many there are."""
        every = [part for part in self.parts if part[0] == kind]
        return sum(part in self.taken for part in every), len(every)

    def missed(self) -> list[str]:
        """What was never taken, in the order of the definition; what lies in a state that was not is not repeated."""
        hidden = {name for kind, name in self.parts if kind == "state" and (kind, name) not in self.taken}
        return [
            told
            for (kind, name), told in self.parts.items()
            if (kind, name) not in self.taken and (kind == "state" or name.rpartition("#")[0] not in hidden)
        ]


class Coverage:
    """What the runs of a test session have come to, by machine; the same definition is one machine."""

    def __init__(self) -> None:
        self.machines: dict[str, Machine] = {}

    def watch(self, program: Program, name: str) -> None:
        """Note from now on where a program goes."""
        key = repr(tuple(program.flow.walk()))
        machine = self.machines.setdefault(key, Machine(name or f"a machine that starts with {program.flow.start_at}"))
        for state in program.flow.walk():
            machine.parts.update(parts(state))
        for compiled in reachable(program.start):
            listen(compiled, lambda kind, part: machine.taken.add((kind, part)))

    @property
    def noted(self) -> Noted:
        """All of it in Python's own types, for another process."""
        return {key: (machine.name, machine.parts, machine.taken) for key, machine in self.machines.items()}

    def add(self, noted: Noted) -> None:
        """Take in what another process has noted."""
        for key, (name, parts, taken) in noted.items():
            machine = self.machines.setdefault(key, Machine(name))
            machine.parts.update(parts)
            machine.taken.update(taken)

    def visited(self, states: Sequence[State], execution: Execution) -> None:
        """Note the states that a run of a watched program has entered."""
        if machine := self.machines.get(repr(tuple(states))):
            machine.taken.update(("state", name) for name in entered(execution))


def parts(state: State) -> Iterator[tuple[Part, str]]:
    """A state, its branches and its catchers, by kind and name, each as a person names it."""
    yield ("state", state.name), state.name
    fields: Any = state.fields
    for number, rule in enumerate(fields.get("Choices") or ()):
        yield ("branch", f"{state.name}#{number}"), f"{state.name}: choice {number + 1} → {rule['Next']}"
    if "Default" in fields:
        yield ("branch", f"{state.name}#default"), f"{state.name}: Default → {fields['Default']}"
    for number, catcher in enumerate(fields.get("Catch") or ()):
        names = ", ".join(catcher["ErrorEquals"])
        yield ("catcher", f"{state.name}#{number}"), f"{state.name}: Catch {names} → {catcher['Next']}"


Took = Callable[[Kind, str], None]


class Listened:
    """Stands for a rule of a Choice or for a catcher, and notes when it is taken."""

    def __init__(self, original: Any, took: Callable[[], None]) -> None:
        self.original = original
        self.took = took

    def __getattr__(self, name: str) -> Any:
        return getattr(self.original, name)

    def leave(self, branch: Branch, given: Json) -> Any:
        self.took()
        return self.original.leave(branch, given)

    def handle(self, branch: Branch, error_output: Json) -> Any:
        self.took()
        return self.original.handle(branch, error_output)


class Otherwise:
    """Stands after the rules of a Choice: whoever asks it goes on to Default."""

    next = END

    def __init__(self, took: Callable[[], None]) -> None:
        self.took = took

    def holds(self, _given: Json, _branch: Branch) -> bool:
        self.took()
        return False


def listen(state: Compiled, took: Took) -> None:
    """Have a compiled state tell which of its rules and catchers are taken."""

    def noted(original: Any, kind: Kind, number: int) -> Any:
        return Listened(original, lambda: took(kind, f"{state.name}#{number}"))

    catchers: list[CatchClause] = [noted(each, "catcher", number) for number, each in enumerate(state.catchers)]
    state.catchers = tuple(catchers)
    if isinstance(state, Choice):
        rules: list[Any] = [noted(rule, "branch", number) for number, rule in enumerate(state.rules)]
        if state.default is not None:
            rules.append(Otherwise(lambda: took("branch", f"{state.name}#default")))
        state.rules = rules


def reachable(start: CompiledState) -> list[Compiled]:
    """All compiled states that a flow may come to, nested ones too."""
    found: dict[int, Compiled] = {}
    ahead: list[CompiledState | None] = [start]
    while ahead:
        state = ahead.pop()
        if isinstance(state, Compiled) and id(state) not in found:
            found[id(state)] = state
            ahead += following(state)
    return [*found.values()]


def following(state: Compiled) -> Iterator[CompiledState | None]:
    yield state.next
    yield from (catcher.next for catcher in state.catchers)
    rules: list[Rule] = getattr(state, "rules", [])
    yield from (rule.next for rule in rules)
    yield from (getattr(state, name, None) for name in ("default", "start"))
    yield from getattr(state, "starts", ())


SESSION: list[Coverage] = []
"""The coverage that a test session keeps, where it was asked for one."""


def watched(program: Program, name: str) -> None:
    """Note where a program goes, where somebody wants to know."""
    for coverage in SESSION:
        coverage.watch(program, name)


def visited(states: Sequence[State], execution: Execution) -> None:
    """Note where a run of a machine with these states has been, where somebody wants to know."""
    for coverage in SESSION:
        coverage.visited(states, execution)
