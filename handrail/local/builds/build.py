"""A build as a frozen value, and how it goes on: which phase follows which, and which command comes next. No acts.

Sources: "Build phase transitions" and phases/*/on-failure in the CodeBuild User Guide; BuildPhase in its API reference.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from handrail.local.builds.buildspec import OnFailure, PhaseSpec
from handrail.local.builds.request import Order

PhaseType = Literal[
    "SUBMITTED",
    "QUEUED",
    "PROVISIONING",
    "DOWNLOAD_SOURCE",
    "INSTALL",
    "PRE_BUILD",
    "BUILD",
    "POST_BUILD",
    "UPLOAD_ARTIFACTS",
    "FINALIZING",
    "COMPLETED",
]

PhaseStatus = Literal["SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"]
BuildStatus = Literal["IN_PROGRESS", "SUCCEEDED", "FAILED", "FAULT", "TIMED_OUT", "STOPPED"]

# What follows a phase that succeeded, and one that failed.
FOLLOWS: dict[PhaseType, tuple[PhaseType, PhaseType]] = {
    "SUBMITTED": ("QUEUED", "COMPLETED"),
    "QUEUED": ("PROVISIONING", "COMPLETED"),
    "PROVISIONING": ("DOWNLOAD_SOURCE", "COMPLETED"),
    "DOWNLOAD_SOURCE": ("INSTALL", "FINALIZING"),
    "INSTALL": ("PRE_BUILD", "FINALIZING"),
    "PRE_BUILD": ("BUILD", "FINALIZING"),
    "BUILD": ("POST_BUILD", "POST_BUILD"),
    "POST_BUILD": ("UPLOAD_ARTIFACTS", "UPLOAD_ARTIFACTS"),
    "UPLOAD_ARTIFACTS": ("FINALIZING", "FINALIZING"),
    "FINALIZING": ("COMPLETED", "COMPLETED"),
}

# The phases that have commands, with their name in a buildspec.
COMMAND_PHASES: dict[PhaseType, str] = {
    "INSTALL": "install",
    "PRE_BUILD": "pre_build",
    "BUILD": "build",
    "POST_BUILD": "post_build",
}

# A build is as bad as the worst of its phases.
WORST_FIRST: tuple[PhaseStatus, ...] = ("FAULT", "TIMED_OUT", "STOPPED", "FAILED")


@dataclass(frozen=True, slots=True)
class Context:
    """Why a phase ended as it did; both empty where it succeeded."""

    status_code: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase; `ended`, `status` are None while it goes on. Times are seconds since the epoch."""

    type: PhaseType
    started: float
    ended: float | None = None
    status: PhaseStatus | None = None
    context: Context | None = None


@dataclass(frozen=True, slots=True)
class Build:
    """Everything that BatchGetBuilds tells of a build."""

    id: str
    number: int
    order: Order
    initiator: str
    phases: tuple[Phase, ...]
    exported: tuple[tuple[str, str], ...] = ()
    artifacts: str = ""
    artifacts_sha256: str = ""
    secondary: tuple[tuple[str, str], ...] = ()

    @property
    def current(self) -> Phase:
        return self.phases[-1]

    @property
    def complete(self) -> bool:
        return self.current.type == "COMPLETED"

    @property
    def succeeding(self) -> bool:
        """What CODEBUILD_BUILD_SUCCEEDING says."""
        return all(phase.status in {None, "SUCCEEDED"} for phase in self.phases)

    @property
    def status(self) -> BuildStatus:
        if not self.complete:
            return "IN_PROGRESS"
        ended = {phase.status for phase in self.phases}
        for status in WORST_FIRST:
            if status in ended:
                return status
        return "SUCCEEDED"


def submitted(id: str, number: int, order: Order, initiator: str, now: float) -> Build:
    """A new build, accepted and queued."""
    return Build(id, number, order, initiator, (Phase("SUBMITTED", now, now, "SUCCEEDED"), Phase("QUEUED", now)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a phase ended; `on_failure` is what the buildspec wants of a failed one."""

    status: PhaseStatus = "SUCCEEDED"
    context: Context | None = None
    on_failure: OnFailure | None = None


def step(build: Build, outcome: Outcome, now: float) -> Build:
    """End the current phase and enter the one that follows."""
    ended = replace(build.current, ended=now, status=outcome.status, context=outcome.context)
    following = next_phase(ended.type, outcome.status, outcome.on_failure)
    return replace(build, phases=(*build.phases[:-1], ended, Phase(following, now)))


def next_phase(phase: PhaseType, status: PhaseStatus, on_failure: OnFailure | None = None) -> PhaseType:
    """What follows a phase: a build that was ended early is complete, and on-failure goes before the table."""
    succeeded, failed = FOLLOWS[phase]
    if status == "SUCCEEDED":
        return succeeded
    if status != "FAILED":
        return "COMPLETED"
    if on_failure and on_failure.action == "ABORT":
        return "FINALIZING"
    return succeeded if on_failure and on_failure.action == "CONTINUE" else failed


def next_command(spec: PhaseSpec, results: Sequence[int]) -> str | None:
    """The command that follows these exit statuses, None at the end of the phase.

    After a failure the rest of the commands is skipped, not the `finally` block; a failure in that ends the phase.
    """
    commands, final = spec.commands, spec.final
    failed = next((place for place, status in enumerate(results[: len(commands)]) if status), None)
    if failed is None and len(results) < len(commands):
        return commands[len(results)]
    of_final = results[len(commands) if failed is None else failed + 1 :]
    return None if any(of_final) or len(of_final) == len(final) else final[len(of_final)]


def failed_command(spec: PhaseSpec, results: Sequence[int]) -> tuple[str, int] | None:
    """The first command that failed, and its exit status."""
    for place, status in enumerate(results):
        if status:
            command = next_command(spec, results[:place])
            return (command or "", status)
    return None


def tries_again(on_failure: OnFailure | None, tried: int, error: str) -> bool:
    """Whether a phase that failed for the `tried`th time with this error is run once more."""
    if on_failure is None or on_failure.action != "RETRY" or tried > on_failure.times:
        return False
    return re.search(on_failure.pattern, error) is not None
