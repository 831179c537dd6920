"""One task under way, and what it may reach."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Protocol

from handrail.asl.model import Json
from handrail.engine.commands import RunTask
from handrail.engine.events import TaskSubmitted
from handrail.local.activities import Assigned
from handrail.local.alarms import Clock
from handrail.local.conductor import Answer
from handrail.local.integrations.roles import acting_as
from handrail.local.lambdas.functions import Functions
from handrail.local.lambdas.request import HERE, Handler, Place
from handrail.local.machines import Machines
from handrail.local.store import Stored

Function = Handler
"""A function as Lambda calls it: with the event and the context."""


Client = Callable[[str, str, str], Any]
"""Makes a boto3 client of a service in an account and a region."""


class Builds(Protocol):
    """CodeBuild, as far as Step Functions uses it."""

    def start(self, request: Mapping[str, Any]) -> dict[str, Any]: ...

    def stop(self, id: str) -> dict[str, Any]: ...

    def wait(self, id: str, timeout: float | None = None) -> dict[str, Any]: ...


class Executions(Protocol):
    """Step Functions itself, as far as a machine uses it; each refuses with ApiError. The driver is one."""

    machines: Machines
    clock: Clock

    def begin(self, wanted: Stored, first: Callable[[Stored], None] | None = None) -> Stored: ...

    def describe(self, arn: str) -> Stored: ...

    def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> None: ...

    def wait(self, arn: str, timeout: float | None = None) -> bool: ...

    def task_succeeded(self, token: str, output: str) -> None: ...

    def task_failed(self, token: str, error: str | None = None, cause: str | None = None) -> None: ...

    def task_heartbeat(self, token: str) -> None: ...

    def get_activity_task(self, arn: str, worker: str | None = None) -> Assigned | None: ...


@dataclass(frozen=True)
class Reach:
    """What tasks work with: functions, and the rest when it is first asked for."""

    functions: Functions
    builds: Callable[[], Builds]
    client: Client
    executions: Callable[[], Executions]


@dataclass
class Call:
    """One task under way."""

    task: RunTask
    execution: Stored
    answer: Answer
    reach: Reach
    before: Json = None
    """What was answered when the request was accepted, where that was in an earlier process."""
    cancels: list[Callable[[], object]] = field(default_factory=list)
    cancelled: bool = False
    told: bool = False
    """Whether the service has taken the request."""
    lock: Lock = field(default_factory=Lock)

    @property
    def calls_back(self) -> bool:
        """Whether the task goes on after its request, until somebody answers with its token."""
        return self.task.resource.endswith(".waitForTaskToken")

    @property
    def arguments(self) -> dict[str, Json]:
        """The arguments, where they are an object."""
        return self.task.arguments if isinstance(self.task.arguments, dict) else {}

    def client(self, service: str) -> Any:
        """A boto3 client where the execution is; it acts as the role of the task's Credentials, where it has one."""
        if self.task.role is None:
            return self.reach.client(service, *self.place)
        return acting_as(self.task.role, self.execution, lambda name: self.reach.client(name, *self.place), service)

    @property
    def place(self) -> Place:
        """The account and the region of the execution: a machine is at home there, and asks for what is there."""
        parts = self.execution.arn.split(":")
        return Place(account=parts[4], region=parts[3]) if len(parts) > 4 else HERE

    def submitted(self, output: Json) -> None:
        """The service has taken the request; its work goes on. Said once, however often it is known."""
        task = self.task.task
        if not self.told:
            self.told = True
            self.answer(lambda at: TaskSubmitted(at, task, output))

    def on_cancel(self, cancel: Callable[[], object]) -> None:
        """How to stop the work; done at once where the task was given up in the meantime."""
        with self.lock:
            self.cancels.append(cancel)
            late = self.cancelled
        if late:
            cancel()

    def cancel(self) -> None:
        with self.lock:
            self.cancelled = True
            cancels = list(self.cancels)
        for cancel in cancels:
            cancel()


Row = Callable[[Call], Json]
"""What does the work of one Resource: gives the answer, or raises ServiceError."""
