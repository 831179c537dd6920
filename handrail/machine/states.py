"""The states that an author writes, as values: what each one is told, and what is wrong with that.

`inputs` is everything that a state evaluates where it stands; `problems` are told when the machine is made, all
together. Whatever changes a step (`retry`, `catch` …) gives a new one that is still the same step to whoever reads
its result or jumps to it.
"""

import copy
import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, Self, cast

from typing_extensions import TypeVar

from handrail.machine.condition import condition_node
from handrail.machine.errors import ErrorName, error_name, error_problems
from handrail.machine.expression import Node, Path, Source, Tree
from handrail.machine.given import Caught
from handrail.machine.place import Origin, Place, here
from handrail.machine.reference import annotation_of, is_reference, lift, misfit, refer

R = TypeVar("R", default=None)

# https://docs.aws.amazon.com/step-functions/latest/dg/limits-overview.html
LONGEST_NAME = 80
LONGEST_SECONDS = 99_999_999


class Step:
    """One state of a machine."""

    type: ClassVar[str]

    def __init__(self, name: str, inputs: Tree = None, problems: Sequence[str] = ()) -> None:
        self.name = name
        self.origin = Origin(name, here())
        self.edit = 0
        self.inputs = inputs
        self.problems: tuple[str, ...] = (*_name_problems(name), *problems)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name!r}>"

    @property
    def place(self) -> Place:
        """Where it was written."""
        return self.origin.place

    def _edited(self, *problems: str, **changes: Any) -> Self:
        changed = copy.copy(self)
        self.origin.edits += 1
        self.origin.edited = here()
        vars(changed).update(changes, edit=self.origin.edits, problems=(*self.problems, *problems))
        return changed


@dataclass(frozen=True, slots=True)
class Goto:
    """The end of a list of steps that goes on at another step; the step itself, or its name where it comes later."""

    to: "Step | str"
    place: Place = field(default_factory=here)

    @property
    def name(self) -> str:
        """The name of the step to go to."""
        return self.to if isinstance(self.to, str) else self.to.name


Listed = Step | Goto
"""What may stand in a list of steps."""


@dataclass(frozen=True, slots=True)
class Retry:
    """Which errors are tried again, and when."""

    errors: tuple[str, ...]
    every: timedelta
    times: int
    backoff: float
    jitter: bool
    longest: timedelta | None


@dataclass(frozen=True, slots=True)
class Catch:
    """Which errors go where; `instead` is the step's result then, where one is given."""

    errors: tuple[str, ...]
    source: Source
    steps: tuple[Listed, ...]
    instead: Tree


class Act(Step, ABC, Generic[R]):
    """A step that does something: it has a result, and may fail."""

    def __init__(self, name: str, result_type: Any, inputs: Tree, problems: Sequence[str] = ()) -> None:
        super().__init__(name, inputs, problems)
        self.result_type = result_type
        self.source = Source("result", self.origin)
        self.retries: tuple[Retry, ...] = ()
        self.catches: tuple[Catch, ...] = ()

    @property
    def result(self) -> R:
        """What the step gives, for later steps to read."""
        return cast(R, refer(Path(self.source), self.result_type))

    def retry(
        self,
        *errors: ErrorName,
        every: timedelta = timedelta(seconds=1),
        times: int = 3,
        backoff: float = 1,
        jitter: bool = False,
        longest: timedelta | None = None,
    ) -> Self:
        """Try again up to `times` times after these errors; each pause is `backoff` times the one before."""
        retry = Retry(tuple(map(error_name, errors)), every, times, backoff, jitter, longest)
        return self._edited(*_retry_problems(retry), retries=(*self.retries, retry))

    def catch(
        self,
        error: ErrorName | Sequence[ErrorName],
        steps: Sequence[Listed] | Callable[[Caught], Sequence[Listed]] = (),
        *,
        goto: Step | str | None = None,
        instead: R | None = None,
    ) -> Self:
        """After this error run these steps, or jump; then go on behind this step.

        `steps` may be a function of the error that was caught. `instead` stands for the result where later steps
        read it.
        """
        errors = (error,) if isinstance(error, (str, type)) else tuple(error)
        names = tuple(map(error_name, errors))
        source = Source("error", self.origin, len(self.catches))
        listed = steps(cast(Caught, refer(Path(source), Caught))) if callable(steps) else steps
        way, problems = a_way(listed, goto)
        if instead is not None:
            wrong = misfit(instead, self.result_type)
            problems += [f"cannot give this instead of its result: {wrong}"] if wrong else []
        catch = Catch(names, source, way, lift(instead))
        return self._edited(*error_problems(names), *problems, catches=(*self.catches, catch))

    @abstractmethod
    def result_code(self, path: tuple[str | int, ...]) -> str:
        """Where `$states.result` holds this part of the result."""


class Work(Act[R], ABC):
    """An act that someone else carries out, and that is given up after a while."""

    def __init__(
        self, name: str, result_type: Any, inputs: Tree, timeout: timedelta | None, problems: Sequence[str] = ()
    ) -> None:
        super().__init__(name, result_type, inputs, problems)
        self.timeout_after = timeout
        self.heartbeat_after: timedelta | None = None

    def timeout(self, after: timedelta) -> Self:
        """Fail with States.Timeout when there is no result after this time."""
        return self._edited(*duration_problems("timeout", after, least=1), timeout_after=after)

    def heartbeat(self, after: timedelta) -> Self:
        """Fail with States.HeartbeatTimeout when nothing is heard for this time; shorter than the timeout."""
        problems = [*duration_problems("heartbeat", after, least=1)]
        if self.timeout_after is not None and after >= self.timeout_after:
            problems.append(f"its heartbeat ({after}) is not shorter than its timeout ({self.timeout_after})")
        return self._edited(*problems, heartbeat_after=after)


@dataclass(frozen=True, slots=True)
class When:
    """One way of a Choice: the condition, and the steps that follow where it holds."""

    condition: Node
    steps: tuple[Listed, ...]
    problems: tuple[str, ...]


def when(condition: bool, steps: Sequence[Listed] | None = None, *, goto: Step | str | None = None) -> When:
    """Where the condition holds, run these steps and go on behind the Choice, or jump."""
    way, problems = a_way(steps or (), goto)
    if steps is None and goto is None:
        problems.append("has a when(…) without steps and without goto=")
    return When(condition_node(condition), way, tuple(problems))


class Choice(Step):
    """The first condition that holds decides; where none does, `otherwise`, or else the next step."""

    type = "Choice"

    def __init__(self, name: str, /, *ways: When, otherwise: Sequence[Listed] = ()) -> None:
        self.ways = ways
        self.otherwise, problems = a_way(otherwise, None)
        problems += [problem for way in ways for problem in way.problems]
        if not ways:
            problems.append("has no when(…)")
        super().__init__(name, [way.condition for way in ways], problems)


class Wait(Step):
    """Pause for a time, for a number of seconds that the run brings, or until a moment."""

    type = "Wait"

    def __init__(
        self,
        name: str,
        duration: timedelta | None = None,
        /,
        *,
        seconds: int | None = None,
        until: datetime | None = None,
    ) -> None:
        told = [value for value in (duration, seconds, until) if value is not None]
        problems = [] if len(told) == 1 else ["waits for exactly one of a timedelta, seconds= and until="]
        if duration is not None:
            problems += duration_problems("pause", duration, least=0)
        for value, kind in ((seconds, int), (until, datetime)):
            wrong = None if value is None else misfit(value, kind)
            problems += [f"cannot wait so: {wrong}"] if wrong else []
        if isinstance(until, datetime) and until.utcoffset() is None:
            problems.append(f"waits for a moment, and its until has no time zone: {until}; give it a tzinfo")
        self.field = "Timestamp" if until is not None else "Seconds"
        pause = whole_seconds(duration) if isinstance(duration, timedelta) else lift(told[0]) if told else None
        super().__init__(name, pause, problems)


class Pass(Step, Generic[R]):
    """A value under a name, for later steps to read as its `result`."""

    type = "Pass"

    def __init__(self, name: str, result: R | None = None, /) -> None:
        super().__init__(name, lift(result))
        self.source = Source("result", self.origin)
        self.result_type = annotation_of(result) if is_reference(result) else type(result)

    @property
    def result(self) -> R:
        """The value, for later steps to read."""
        return cast(R, refer(Path(self.source), self.result_type))


class Succeed(Step):
    """The end of the run, or of a Map's body or a Parallel's branch; `output` is what it then answers."""

    type = "Succeed"

    def __init__(self, name: str, /, output: object = None) -> None:
        super().__init__(name, lift(output))


class Fail(Step):
    """The end of the run as a failure; an error class brings its own words as the cause."""

    type = "Fail"

    def __init__(self, name: str, error: ErrorName, cause: str | None = None, /) -> None:
        self.error = error_name(error)
        words = cause if cause is not None or isinstance(error, str) else str(error())
        super().__init__(name, lift(words), [*error_problems((self.error,))])


def a_way(steps: Sequence[Listed], goto: Step | str | None) -> tuple[tuple[Listed, ...], list[str]]:
    """A list of steps with a jump at its end where there is one, and what is wrong with it."""
    if isinstance(steps, (Step, str)) or not isinstance(steps, Sequence):
        return (), ["has steps that are not a list; write [step]"]
    wrong = [f"has {step!r} among its steps, which is no step" for step in steps if not isinstance(step, Listed)]
    way = [step for step in steps if isinstance(step, Listed)]
    return (*way, *((Goto(goto),) if goto is not None else ())), wrong


def whole_seconds(duration: timedelta) -> int:
    """A duration as Step Functions takes it."""
    return round(duration.total_seconds())


def duration_problems(what: str, duration: object, *, least: int) -> Iterator[str]:
    """What is wrong with a duration: no timedelta, parts of seconds, out of bounds."""
    if not isinstance(duration, timedelta):
        yield f"its {what} is {duration!r}, not a timedelta"
    elif duration != timedelta(seconds=whole_seconds(duration)):
        yield f"its {what} is {duration}; Step Functions counts whole seconds"
    elif not least <= duration.total_seconds() <= LONGEST_SECONDS:
        yield f"its {what} is {duration}; it must be {least} to {LONGEST_SECONDS} seconds"


def _name_problems(name: object) -> Iterator[str]:
    if not isinstance(name, str) or not name.strip():
        yield "needs a name"
    elif len(name) > LONGEST_NAME:
        yield f"has a name of {len(name)} characters; Step Functions takes {LONGEST_NAME}"


def _retry_problems(retry: Retry) -> Iterator[str]:
    yield from error_problems(retry.errors)
    yield from duration_problems("retry's every", retry.every, least=1)
    if retry.longest is not None:
        yield from duration_problems("retry's longest", retry.longest, least=1)
        if retry.longest <= retry.every:
            yield f"its retry's longest pause ({retry.longest}) is not longer than its first ({retry.every})"
    if not 0 <= retry.times <= LONGEST_SECONDS:
        yield f"its retry's times is {retry.times}"
    if not 1 <= retry.backoff < math.inf:
        yield f"its retry's backoff is {retry.backoff}; the least is 1"
