"""Machine: a name, what is asked, and the steps; it is checked and rendered when it is made."""

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from handrail.accept import accept
from handrail.asl.check import check
from handrail.asl.model import Flow, Json
from handrail.errors import Problems
from handrail.machine.expression import Path, Source
from handrail.machine.given import begun, execution
from handrail.machine.layout import Layout, Problem, all_steps, lay_out, layout_problems
from handrail.machine.place import here
from handrail.machine.reading import collect, reading_problems
from handrail.machine.reference import lift, refer
from handrail.machine.render import render
from handrail.machine.states import Listed, Step, Work, a_way, duration_problems, whole_seconds
from handrail.machine.work import Task
from handrail.names import PREFIX
from handrail.schedule import Schedule
from handrail.schema import Input, parse


class Machine:
    """A runbook as a state machine; raises Problems with everything that is wrong with it.

    `timeout` is for a whole run. The first state, "Accept", checks the input, fills in its defaults, takes the lock and
    tells the start. `lock` is what a run has to itself: a field, a text, or several of them; None: nothing. A `quiet`
    machine says nothing at its start, as a check that finds nothing is no news. `schedule` is when it runs by itself.
    """

    def __init__(
        self,
        name: str,
        /,
        *,
        input: type[Input],
        steps: Sequence[Listed],
        timeout: timedelta,
        lock: object = None,
        quiet: bool = False,
        schedule: Schedule | None = None,
    ) -> None:
        self.name = name
        self.input = input
        self.timeout = timeout
        self.quiet = quiet
        self.schedule = schedule
        self.place = here()
        listed, problems = a_way(steps, None)
        self.lock, locking = _lock(lock, input)
        problems += [*locking, *_schedule_problems(schedule, input)]
        self._steps: tuple[Listed, ...] = (self._accepting(), *listed)
        layout = lay_out(self._steps)
        found = [
            *self._problems(problems),
            *_step_problems(self._steps, self.lock),
            *layout_problems(self._steps, layout),
        ]
        reads = collect(layout)
        if not found:  # what a step may read depends on how the steps are laid out
            found += reading_problems(layout, Source("asked", model=input), reads)
        self._refuse(found)
        self._states = render(layout, reads)
        written = dict(_written(layout, ""))
        self._refuse(self._findings(written))
        self.sources: Mapping[str, str] = {pointer: str(step.place) for pointer, step in written.items()}

    def __repr__(self) -> str:
        return f"<machine {self.name}>"

    @property
    def state_machine_name(self) -> str:
        """Its name on AWS, and on a laptop."""
        return PREFIX + self.name

    def _accepting(self) -> Step:
        whole = cast(dict[str, Any], refer(Path(Source("input")), dict))
        step = Task(
            "Accept",
            accept,
            runbook=self.name,
            input=whole,
            execution=execution.id,
            started=execution.start_time,
            now=begun,
            seconds=whole_seconds(self.timeout) if isinstance(self.timeout, timedelta) else 0,
            lock=list(self.lock),
            quiet=self.quiet,
        )
        step.source = Source("asked", model=self.input)
        return step

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, "Accept" first, those inside others after them."""
        return tuple(all_steps(self._steps))

    def definition(self) -> dict[str, Json]:
        """The machine in the Amazon States Language."""
        head: dict[str, Json] = {
            "Comment": _first_line(self.input),
            "QueryLanguage": "JSONata",
            "TimeoutSeconds": whole_seconds(self.timeout),
        }
        return head | copy.deepcopy(self._states)

    def flow(self) -> Flow:
        """The machine as the model that is drawn, compared and run."""
        from handrail.asl.read import read  # a machine is written without the reader

        return read(self.definition())

    def _problems(self, problems: Sequence[str]) -> Iterator[Problem]:
        told = [*problems]
        if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", self.name) or len(self.state_machine_name) > 80:
            told.append("is not named with small letters, digits and single dashes")
        if len(self._steps) == 1:
            told.append("has no steps")
        told += duration_problems("timeout", self.timeout, least=1)
        yield from (Problem(self.place, f'the machine "{self.name}" {problem}.') for problem in told)

    def _findings(self, written: Mapping[str, Step]) -> list[Problem]:
        """What AWS would refuse though no step knew it: told at the innermost state, so that no author meets ASL."""
        told: list[Problem] = []
        for finding in check(self.definition()):
            if finding.severity == "ERROR":
                around = [at for at in written if finding.pointer == at or finding.pointer.startswith(f"{at}/")]
                step = written[max(around, key=len)] if around else None
                named = f'"{step.name}"' if step else f'the machine "{self.name}"'
                place = step.place if step else self.place
                told.append(Problem(place, f"{named} is not for AWS: {finding.message} (at {finding.pointer or '/'})"))
        return told

    def _refuse(self, found: Sequence[Problem]) -> None:
        if found:
            told = sorted(dict.fromkeys(found), key=lambda problem: (problem.place.file, problem.place.line))
            heading = f'The machine "{self.name}" has {len(told)} problem{"s"[: len(told) > 1]}:'
            raise Problems(heading, [*map(str, told)])


def _lock(lock: object, kind: type[Input]) -> tuple[tuple[str, ...], list[str]]:
    """The parts of a lock's target as Accept takes them: a field's path after a dot, or a text."""
    parts, problems = list[str](), list[str]()
    for part in lock if isinstance(lock, (tuple, list)) else () if lock is None else (lock,):
        node = lift(part)
        if isinstance(node, Path) and isinstance(node.root, Source) and node.root == Source("asked", model=kind):
            parts.append("." + ".".join(map(str, node.steps)))
        elif isinstance(node, str) and node and not node.startswith("."):
            parts.append(node)
        else:
            problems.append("locks something that is neither a field of its input nor a text")
    return tuple(parts), problems


def _schedule_problems(schedule: Schedule | None, kind: type[Input]) -> list[str]:
    """What its own schedule asks that it would not accept."""
    try:
        if schedule is not None:
            parse(kind, schedule.input)
    except Problems as wrong:
        return [f"would not accept what its schedule asks: {problem.rstrip('.')}" for problem in wrong.problems]
    return []


def _step_problems(steps: Sequence[Listed], lock: Sequence[str]) -> Iterator[Problem]:
    for step in all_steps(steps):
        for problem in step.problems:
            yield Problem(step.place, f'"{step.name}" {problem}{"" if problem.endswith(("?", ".")) else "."}')
        if isinstance(step, Task) and step.guarded and not lock:
            yield Problem(step.place, f'"{step.name}" is dangerous, and its machine has no lock; say lock=….')
        if isinstance(step, Work) and step.timeout_after is None and not step.problems:
            yield Problem(step.place, f'"{step.name}" waits for a job and has no timeout; say .timeout(timedelta(…)).')


def _written(layout: Layout, pointer: str) -> Iterator[tuple[str, Step]]:
    """Every state's pointer with the step that an author wrote for it."""
    for name, placed in layout.placed.items():
        at = f"{pointer}/States/{name.replace('~', '~0').replace('/', '~1')}"
        yield at, placed.step
        for number, inner in enumerate(placed.inner):
            branch = f"/Branches/{number}" if inner.kind == "branch" else "/ItemProcessor"
            yield from _written(inner, at + branch)


def _first_line(kind: type[Input]) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]
