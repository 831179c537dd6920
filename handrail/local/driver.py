"""Drives executions: the engine's commands go out to workers and timers, and what happens comes back in as events.

One thread owns every execution. Others only put into its inbox, so the engine never sees two events at once; each
event is written to the store before the engine acts on it.
"""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from handrail.asl.model import Json
from handrail.engine.events import Event, Redriven, Stopped, TaskFailed, TaskHeartbeat, TaskSucceeded
from handrail.engine.redrive import BY_STATUS, against
from handrail.engine.resources import ACTIVITY, resource
from handrail.engine.values import parsed_input
from handrail.errors import HandrailError
from handrail.local.activities import LONGEST_POLL, Assigned
from handrail.local.alarms import Clock, SystemClock
from handrail.local.apierror import ApiError
from handrail.local.conductor import Answer, Conductor, Happening, Running, Watcher, Work, give_up
from handrail.local.machines import ACCOUNT, Machines, NoMachines
from handrail.local.replay import end, new, replayed
from handrail.local.store import Store, Stored

__all__ = ["ACCOUNT", "Answer", "Clock", "Driver", "Happening", "NotRedrivable", "SystemClock", "Watcher", "Work"]

KNOWN_REDRIVES = 10
TOKEN_LIFE = 900.0
"""Seconds for which the client token of a redrive is known."""


class NotRedrivable(HandrailError):
    """An execution cannot be redriven; `reason` says why in AWS's words."""

    def __init__(self, arn: str, reason: str) -> None:
        self.reason = reason
        name = arn.rpartition(":")[2]
        super().__init__(f"{name} cannot be redriven: {reason}.")


class Driver(Conductor):
    """Runs executions in the background until it is closed; any thread may call it.

    `machines` are those that an execution may start; `activities` those at which its tasks may wait for a worker.
    """

    def __init__(self, store: Store, work: Work, *, region: str = "us-east-1", clock: Clock | None = None) -> None:
        super().__init__(store, work, clock or SystemClock())
        self.region = region
        self.machines: Machines = NoMachines()
        self.starting = Lock()
        self.thread.start()

    def start(self, machine: str, definition: str, input: str, name: str) -> str:
        """Begin an execution and give its ARN; the definition is compiled first, so a bad one raises here.

        One of this name that runs with the same input is given again. Raises ApiError ExecutionAlreadyExists for any
        other of this name. Source: StartExecution in the API Reference.
        """
        try:
            parsed_input(input)
        except ValueError as error:
            raise HandrailError(f"The input cannot be read: {error}.") from None
        arn = f"arn:aws:states:{self.region}:{ACCOUNT}:execution:{machine}:{name}"
        return self.begin(Stored(arn, name, machine, definition, input, "RUNNING", self.clock.now())).arn

    def begin(self, wanted: Stored, first: Callable[[Stored], None] | None = None) -> Stored:
        """Begin the execution that is described, and give it, or the same one where it runs already.

        It is in the store when this returns; `first` is told of a new one before anything of it happens.
        Raises Problems for a definition that cannot be run, ApiError
        ExecutionAlreadyExists.
        """
        running = Running(new(wanted), wanted)
        if self.broken is not None or not self.thread.is_alive():
            raise self.gone()
        with self.starting:
            same = self.same(wanted)
            if same is None:
                # Written down by whoever asks, who would only wait for the driver's thread to do it.
                self.admit(running, first)
        return same or wanted

    def same(self, wanted: Stored) -> Stored | None:
        """The same execution, where it runs already; raises ApiError where its name is another's."""
        running = self.running.get(wanted.arn)
        if running is not None and running.stored.input == wanted.input:
            return running.stored
        if running is not None or self.store.knows(wanted.arn):
            raise ApiError("ExecutionAlreadyExists", f"Execution Already Exists: '{wanted.arn}'")
        return None

    def resume(self, arn: str) -> None:
        """Go on with an execution that an earlier process left RUNNING, where it stood.

        What waits for a task token or for a worker goes on waiting, timers keep their time; any other task that was
        under way has failed, as its Retry then sees.
        """
        self.ask(lambda: self.pick_up([self.store.find(arn)]))

    def resume_all(self) -> int:
        """Go on with every execution that is RUNNING in the store and not here; gives their number."""

        def take_up() -> int:
            left = [stored for stored in self.store.executions(status="RUNNING") if stored.arn not in self.running]
            self.pick_up(left)
            return len(left)

        return self.ask(take_up)

    def redrive(self, arn: str, token: str | None = None) -> float:
        """Let an execution that did not succeed go on where it ended, as RedriveExecution does; gives when that was.

        It has the definition that it was begun with. `token` names the request: the same one again changes nothing.
        Raises NotRedrivable with AWS's reason.
        """
        if self.broken is not None:
            raise self.broken
        if (before := self.redriven(arn, token)) is not None:
            return before
        if arn in self.running:
            raise NotRedrivable(arn, BY_STATUS.format("RUNNING"))
        stored = self.store.find(arn)
        execution, at = replayed(self.store, stored), self.clock.now()
        if reason := against(execution, at):
            raise NotRedrivable(arn, reason)
        running = Running(execution, stored, place=sum(1 for _ in self.store.journal(arn)))
        if self.running.setdefault(arn, running) is not running:
            raise NotRedrivable(arn, BY_STATUS.format("RUNNING"))
        self.ask(lambda: self.begin_again(running, Redriven(at, token)))
        return at

    def redriven(self, arn: str, token: str | None) -> float | None:
        """When a request of this name redrove an execution: the last ten are known, for a quarter of an hour.

        Source: `clientToken` of RedriveExecution in the API Reference.
        """
        if token is None:
            return None
        known = [event for event in self.store.journal(arn) if isinstance(event, Redriven)][-KNOWN_REDRIVES:]
        good = self.clock.now() - TOKEN_LIFE
        return next((event.at for event in known if event.token == token and event.at >= good), None)

    def end(self, arn: str, error: str, cause: str) -> None:
        """End an execution that an earlier process left RUNNING; whoever deals with ends is told of this one."""

        def abort() -> None:
            end(self.store, self.store.find(arn), Stopped(self.clock.now(), error, cause))
            self.tell_all(self.ended_listeners, self.store.find(arn))

        self.ask(abort)

    def describe(self, arn: str) -> Stored:
        """An execution as it is now; also one that has just been begun, and is not in the store yet."""
        running = self.running.get(arn)
        return self.store.find(arn) if running is None else running.stored

    def stop(self, arn: str, error: str | None = None, cause: str | None = None) -> None:
        """Abort an execution, as StopExecution does; one that has ended stays as it is."""
        self.happened(arn, lambda at: Stopped(at, error, cause))

    def wait(self, arn: str, timeout: float | None = None) -> bool:
        """Wait until an execution has ended; whether it has."""
        # A request that waits for what it has begun itself would wait for its own answer to be sent.
        self.inbox.ring()
        running = self.running.get(arn)
        ended = running is None or running.ended.wait(timeout)
        if self.broken is not None:
            raise self.broken
        return ended

    def close(self) -> None:
        """Stop driving; the work under way is cancelled, its executions stay as the store has them."""
        self.activities.close()
        self.shut()
        for running in self.running.values():
            for cancel in running.cancels.values():
                give_up(cancel)

    # ------------------------------------------------------------------ what ends a task from outside

    def task_succeeded(self, token: str, output: str) -> None:
        """Take a task's output (JSON text), as SendTaskSuccess does.

        Raises ApiError: InvalidToken, TaskTimedOut, TaskDoesNotExist, InvalidOutput.
        """
        self.answered(token, lambda at, task: TaskSucceeded(at, task, read(output)))

    def task_failed(self, token: str, error: str | None = None, cause: str | None = None) -> None:
        """Let a task fail, as SendTaskFailure does. Raises ApiError: InvalidToken, TaskTimedOut, TaskDoesNotExist."""
        self.answered(token, lambda at, task: TaskFailed(at, task, error, cause))

    def task_heartbeat(self, token: str) -> None:
        """A task is alive, as SendTaskHeartbeat says. Raises ApiError: InvalidToken, TaskTimedOut, TaskDoesNotExist."""
        self.answered(token, TaskHeartbeat)

    def answered(self, token: str, event: Callable[[float, int], Event]) -> None:
        """Tell the task that waits for this token what happened; it is in the store when this returns."""

        def take() -> None:
            place = self.tokens.find(token)
            if resource(place.resource).events is ACTIVITY and not self.activities.exists(place.resource):
                raise ApiError("TaskDoesNotExist", f"Task Does Not Exist: '{place.resource}'")
            self.take(place.arn, lambda at: event(at, place.task))

        self.ask(take)

    def get_activity_task(
        self,
        arn: str,
        worker: str | None = None,
        timeout: float = LONGEST_POLL,
        gone: Callable[[], bool] = lambda: False,
    ) -> Assigned | None:
        """A task of an activity, as GetActivityTask gives it; None when none came within so many seconds.

        `gone` is whether the worker hears no answer any more: it is given none.

        Raises ApiError: ActivityDoesNotExist.
        """
        until = monotonic() + min(timeout, LONGEST_POLL)
        while (waiting := self.activities.take(arn, until, gone)) is not None:
            if self.ask(lambda task=waiting: self.begin_work(task, worker)):  # type: ignore[misc]
                return waiting.assigned
        if self.activities.closed:
            # A worker that was told of no task would poll again at once, until nobody listens.
            raise self.gone()
        return None


def read(output: str) -> Json:
    """What a task token is answered with; raises ApiError InvalidOutput for what is no JSON."""
    try:
        return parsed_input(output)
    except ValueError as error:
        raise ApiError("InvalidOutput", f"Invalid Output: '{error}'") from None
