"""Carries out one build: performs phase after phase, and lets the pure core say which one follows."""

import time
from collections.abc import Callable
from threading import Lock

from handrail.errors import Problems
from handrail.local.builds.build import COMMAND_PHASES, Build, Context, Outcome, PhaseType, step
from handrail.local.builds.buildspec import PhaseSpec
from handrail.local.builds.deliver import deliver, export
from handrail.local.builds.failure import EarlyEnd, EndedEarlyError, PhaseError
from handrail.local.builds.logs import Log
from handrail.local.builds.phases import run_phase
from handrail.local.builds.prepare import Prepared, Surroundings, prepare
from handrail.local.builds.workspace import Workspace

# How long processes may take to end by themselves after SIGTERM: Terraform gives back the lock of its state meanwhile.
GRACE = 10.0

# Phases that are told in the log only when something is wrong; CodeBuild's agent is not there yet, or gone.
SILENT: tuple[PhaseType, ...] = ("QUEUED", "PROVISIONING", "FINALIZING")


class Execution:
    """One build under way. `changed` is called after each step, in the thread that runs the build."""

    def __init__(
        self,
        build: Build,
        workspace: Workspace,
        around: Surroundings,
        changed: Callable[[], None],
        line: Callable[[str], None],
    ) -> None:
        self.build = build
        self.workspace = workspace
        self._around = around
        self._changed = changed
        self._log = Log(workspace.log, around.now, line)
        self._lock = Lock()
        self._stopped = False
        self._prepared: Prepared | None = None
        self._deadline = 0.0

    def run(self) -> None:
        """Take the build from its place in the queue to its end."""
        self._deadline = time.monotonic() + self.build.order.timeout.total_seconds()
        self._log.say("Running on Handrail, on one machine")
        try:
            while not self.build.complete:
                self._go_on(self._perform(self.build.current.type))
        finally:
            self._clean()

    def stop(self) -> None:
        """End the build as STOPPED as soon as its processes have ended; from any thread, at any time."""
        with self._lock:
            self._stopped = True
            if self._prepared:
                self._prepared.commands.stop()

    def leave_queue(self) -> None:
        """End a build as STOPPED that never ran."""
        self._go_on(Outcome("STOPPED"))
        self._clean()

    def _clean(self) -> None:
        if self._prepared:
            self._prepared.commands.close()
        self._log.close()

    def _go_on(self, outcome: Outcome) -> None:
        self.build = step(self.build, outcome, self._around.now())
        self._changed()

    def _perform(self, phase: PhaseType) -> Outcome:
        """Perform one phase; whatever goes wrong in it is how it ended."""
        try:
            outcome = self._act(phase)
        except EndedEarlyError as early:
            outcome = self._end_early(early.status)
        except PhaseError as error:
            outcome = self._failed(error.status_code, error.message)
        except Problems as problems:
            outcome = self._failed("YAML_FILE_ERROR", str(problems))
        except Exception as error:  # noqa: BLE001 - a fault of the machine or of ours must end the build, not hang it
            message = self._log.mask(f"{type(error).__name__}: {error}")
            outcome = Outcome("FAULT", Context("INTERNAL_SERVICE_ERROR", message))
        if phase not in SILENT or outcome.status != "SUCCEEDED":
            self._tell_end(phase, outcome)
        return outcome

    def _act(self, phase: PhaseType) -> Outcome:
        if phase == "FINALIZING":
            self._finalize()
            return Outcome(context=Context())
        self._check_time()
        if phase == "DOWNLOAD_SOURCE":
            self._prepare()
        elif phase == "UPLOAD_ARTIFACTS" and self._prepared:
            source, bucket = self.workspace.source, self._around.bucket
            self.build = deliver(self.build, self._prepared, source, bucket, self._log, self._check_time)
        elif phase in COMMAND_PHASES and self._prepared:
            self._log.say(f"Entering phase {phase}")
            spec = self._prepared.spec.phases.get(COMMAND_PHASES[phase], PhaseSpec())
            return run_phase(spec, self._prepared.commands, self._log, succeeding=self.build.succeeding)
        return Outcome(context=None if phase == "QUEUED" else Context())

    def _prepare(self) -> None:
        prepared = prepare(self.build, self.workspace, self._around, self._log)
        prepared.commands.deadline = self._deadline
        with self._lock:
            self._prepared = prepared
        self._check_time()

    def _finalize(self) -> None:
        """End what commands left running; a build that never came to the upload exports its variables all the same."""
        if self._prepared and not self.build.exported:
            self.build, _ = export(self.build, self._prepared, self._log)
        if self._prepared:
            self._prepared.commands.end()

    def _check_time(self) -> None:
        if self._stopped:
            raise EndedEarlyError("STOPPED")
        if time.monotonic() >= self._deadline:
            raise EndedEarlyError("TIMED_OUT")

    def _end_early(self, status: EarlyEnd) -> Outcome:
        if self._prepared:
            self._prepared.commands.end(GRACE)
            self._log.end_of_command()
        return Outcome(status, Context("BUILD_TIMED_OUT", "Build has timed out. ") if status == "TIMED_OUT" else None)

    def _failed(self, status_code: str, message: str) -> Outcome:
        return Outcome("FAILED", Context(status_code, self._log.mask(message)))

    def _tell_end(self, phase: PhaseType, outcome: Outcome) -> None:
        aborted = outcome.on_failure is not None and outcome.on_failure.action == "ABORT"
        self._log.say(f"Phase complete: {phase} State: {outcome.status}{'_WITH_ABORT' if aborted else ''}")
        context = outcome.context or Context()
        self._log.say(f"Phase context status code: {context.status_code} Message: {context.message}")
