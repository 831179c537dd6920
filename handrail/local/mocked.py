"""Which answer of a mocks' file a task gets: by its state, and by how often that was called in its execution before.

The calls are counted in the journal of the execution, so that the next process counts on where this one ended.
"""

from collections import Counter
from collections.abc import Callable, Iterator

from handrail.engine import advance
from handrail.engine.commands import RunTask
from handrail.engine.events import Event, TaskFailed, TaskStarted, TaskSucceeded
from handrail.engine.resources import ACTIVITY, resource
from handrail.errors import HandrailError
from handrail.local.apierror import ApiError
from handrail.local.replay import new
from handrail.local.store import Store, Stored
from handrail.mockconfig import MockConfig, Response, Return, Throw, unwrapped

NO_FILE = (
    'The execution runs with the test case "{}" of a MockConfigFile, and this process was given none. '
    "Begin it with --mock-config."
)

WORKER = "mock"
"""Who takes the task of an activity that is mocked."""


class Calls:
    """The tasks of one execution, each with its place among those of its state: 0 is the first."""

    def __init__(self, store: Store, stored: Stored) -> None:
        self.places: dict[int, int] = {}
        self.counts: Counter[str] = Counter()
        again = new(stored)
        for event in store.journal(stored.arn):
            for command in advance(again, event):
                if isinstance(command, RunTask):
                    self.place(command)

    def place(self, task: RunTask) -> int:
        if task.task not in self.places:
            self.places[task.task] = self.counts[task.state]
            self.counts[task.state] += 1
        return self.places[task.task]


class Mocked:
    """Answers the tasks of those executions that were begun with a test case."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.config: MockConfig | None = None
        self.calls: dict[str, Calls] = {}

    def response(self, stored: Stored, task: RunTask) -> Response | None:
        """What a task is answered; None where it really does its work."""
        if stored.test_case is None:
            return None
        if self.config is None:
            return Throw("States.Runtime", NO_FILE.format(stored.test_case))
        if stored.arn not in self.calls:
            self.calls[stored.arn] = Calls(self.store, stored)
        place = self.calls[stored.arn].place(task)
        try:
            found = self.config.answer(stored.machine, stored.test_case, task.state, place)
        except HandrailError as error:
            return Throw("States.Runtime", str(error))
        return Return(unwrapped(task.resource, found.result)) if isinstance(found, Return) else found

    def check(self, machine: str, case: str, definition: str) -> None:
        """See that an execution of this definition can run with a test case; raises ApiError ValidationException."""
        if self.config is None:
            told = f"#{case} is a test case of a MockConfigFile, and this server was given none: --mock-config FILE."
            raise ApiError("ValidationException", told)
        try:
            self.config.check(machine, case, definition)
        except HandrailError as error:
            raise ApiError("ValidationException", str(error)) from None

    def ended(self, arn: str) -> None:
        self.calls.pop(arn, None)


def happenings(task: RunTask, response: Response, *, taken: bool) -> Iterator[Callable[[float], Event]]:
    """What happens to a task that is answered so; an activity's is taken by a worker first, where none has yet."""
    id = task.task
    if resource(task.resource).events is ACTIVITY and not taken:
        yield lambda at: TaskStarted(at, id, WORKER)
    if isinstance(response, Return):
        result = response.result
        yield lambda at: TaskSucceeded(at, id, result)
    else:
        error, cause = response
        yield lambda at: TaskFailed(at, id, error, cause)


def test_case(arn: str) -> tuple[str, str | None]:
    """The state machine of `arn:…:stateMachine:Orders#HappyPath`, and its test case where one is named."""
    machine, mark, case = arn.partition("#")
    return machine, case if mark else None
