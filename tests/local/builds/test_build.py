"""How a build goes on: the tables of the User Guide, row by row."""

from datetime import timedelta

import pytest

from handrail.local.builds.build import (
    COMMAND_PHASES,
    FOLLOWS,
    Build,
    Context,
    Outcome,
    PhaseStatus,
    PhaseType,
    failed_command,
    next_command,
    next_phase,
    step,
    submitted,
    tries_again,
)
from handrail.local.builds.buildspec import OnFailure, PhaseSpec
from handrail.local.builds.project import ProjectSpec
from handrail.local.builds.request import Order

ABORT = OnFailure("ABORT")
CONTINUE = OnFailure("CONTINUE")
RETRY = OnFailure("RETRY", 2)


@pytest.fixture
def build() -> Build:
    hour = timedelta(hours=1)
    order = Order(ProjectSpec("work", ""), "", (), hour, hour, "image", "compute", None)
    return submitted("work:1", 1, order, "somebody", 100.0)


def walk(build: Build, outcomes: dict[PhaseType, Outcome]) -> Build:
    """Take a build to its end; phases that are not named succeed."""
    while not build.complete:
        build = step(build, outcomes.get(build.current.type, Outcome()), build.current.started + 1)
    return build


@pytest.mark.parametrize(
    ("phase", "status", "on_failure", "follows"),
    [
        pytest.param("QUEUED", "SUCCEEDED", None, "PROVISIONING", id="queued"),
        pytest.param("PROVISIONING", "FAILED", None, "COMPLETED", id="no machine, no build"),
        pytest.param("DOWNLOAD_SOURCE", "FAILED", None, "FINALIZING", id="no source"),
        pytest.param("INSTALL", "FAILED", None, "FINALIZING", id="install fails: nothing more"),
        pytest.param("PRE_BUILD", "FAILED", None, "FINALIZING", id="pre_build fails: nothing more"),
        pytest.param("BUILD", "FAILED", None, "POST_BUILD", id="build fails: post_build all the same"),
        pytest.param("POST_BUILD", "FAILED", None, "UPLOAD_ARTIFACTS", id="post_build fails: upload all the same"),
        pytest.param("UPLOAD_ARTIFACTS", "FAILED", None, "FINALIZING", id="upload fails"),
        pytest.param("INSTALL", "FAILED", CONTINUE, "PRE_BUILD", id="install fails, goes on"),
        pytest.param("PRE_BUILD", "FAILED", CONTINUE, "BUILD", id="pre_build fails, goes on"),
        pytest.param("BUILD", "FAILED", ABORT, "FINALIZING", id="build fails, ends"),
        pytest.param("POST_BUILD", "FAILED", ABORT, "FINALIZING", id="post_build fails, ends"),
        pytest.param("PRE_BUILD", "FAILED", RETRY, "FINALIZING", id="retried in vain"),
        pytest.param("BUILD", "SUCCEEDED", ABORT, "POST_BUILD", id="on-failure without a failure"),
        pytest.param("BUILD", "STOPPED", CONTINUE, "COMPLETED", id="stopped"),
        pytest.param("BUILD", "TIMED_OUT", CONTINUE, "COMPLETED", id="timed out"),
        pytest.param("DOWNLOAD_SOURCE", "FAULT", None, "COMPLETED", id="fault"),
    ],
)
def test_follows_the_table(
    phase: PhaseType, status: PhaseStatus, on_failure: OnFailure | None, follows: PhaseType
) -> None:
    """Which phase follows is what "Build phase transitions" and phases/*/on-failure say."""
    assert next_phase(phase, status, on_failure) == follows


@pytest.mark.parametrize(
    ("outcomes", "status", "succeeding"),
    [
        pytest.param({}, "SUCCEEDED", True, id="all well"),
        pytest.param({"BUILD": Outcome("FAILED")}, "FAILED", False, id="build failed"),
        pytest.param({"INSTALL": Outcome("FAILED", None, CONTINUE)}, "FAILED", False, id="went on after a failure"),
        pytest.param({"BUILD": Outcome("FAILED"), "POST_BUILD": Outcome("TIMED_OUT")}, "TIMED_OUT", False, id="worst"),
        pytest.param({"BUILD": Outcome("STOPPED")}, "STOPPED", False, id="stopped"),
        pytest.param({"DOWNLOAD_SOURCE": Outcome("FAULT")}, "FAULT", False, id="fault"),
    ],
)
def test_ends_as_badly_as_its_worst_phase(
    build: Build, outcomes: dict[PhaseType, Outcome], status: str, succeeding: bool
) -> None:
    """A build succeeds only where every phase did; to go on after a failure does not mend it."""
    ended = walk(build, outcomes)

    assert (ended.status, ended.succeeding) == (status, succeeding)


def test_goes_through_all_phases_in_order(build: Build) -> None:
    """A build that succeeds has every phase once, in CodeBuild's order, each from the end of the one before."""
    phases = walk(build, {}).phases

    assert [phase.type for phase in phases] == [*FOLLOWS, "COMPLETED"]
    assert [phase.ended for phase in phases[:-1]] == [phase.started for phase in phases[1:]]
    assert phases[-1].ended is None


def test_is_in_progress_until_it_is_complete(build: Build) -> None:
    """A failure does not end a build at once."""
    while build.current.type != "POST_BUILD":
        build = step(build, Outcome("FAILED" if build.current.type == "BUILD" else "SUCCEEDED", Context()), 200.0)

    assert (build.status, build.succeeding, build.complete) == ("IN_PROGRESS", False, False)


SPEC = PhaseSpec(commands=("a", "b", "c"), final=("x", "y"))


@pytest.mark.parametrize(
    ("spec", "results", "command"),
    [
        pytest.param(SPEC, [], "a", id="first"),
        pytest.param(SPEC, [0], "b", id="second"),
        pytest.param(SPEC, [0, 0, 0], "x", id="finally after all"),
        pytest.param(SPEC, [0, 0, 0, 0], "y", id="the rest of finally"),
        pytest.param(SPEC, [0, 0, 0, 0, 0], None, id="done"),
        pytest.param(SPEC, [1], "x", id="finally after the first failure"),
        pytest.param(SPEC, [0, 7, 0], "y", id="finally goes on"),
        pytest.param(SPEC, [0, 7, 0, 0], None, id="done after a failure"),
        pytest.param(SPEC, [0, 0, 9], "x", id="the last command failed"),
        pytest.param(SPEC, [0, 0, 0, 3], None, id="finally fails"),
        pytest.param(SPEC, [5, 3], None, id="both fail"),
        pytest.param(PhaseSpec(), [], None, id="no commands"),
        pytest.param(PhaseSpec(final=("x",)), [], "x", id="finally alone"),
    ],
)
def test_takes_the_commands_in_order(spec: PhaseSpec, results: list[int], command: str | None) -> None:
    """After a failure the other commands are skipped, the finally block is not."""
    assert next_command(spec, results) == command


@pytest.mark.parametrize(
    ("results", "failed"),
    [
        pytest.param([0, 0, 0, 0, 0], None, id="none"),
        pytest.param([0, 2, 0, 0], ("b", 2), id="a command"),
        pytest.param([0, 0, 0, 0, 4], ("y", 4), id="in finally"),
        pytest.param([1, 3], ("a", 1), id="the first of two"),
    ],
)
def test_names_the_command_that_failed(results: list[int], failed: tuple[str, int] | None) -> None:
    """The context of a phase names the first command that failed, even where finally failed too."""
    assert failed_command(SPEC, results) == failed


@pytest.mark.parametrize(
    ("on_failure", "tried", "error", "again"),
    [
        pytest.param(None, 1, "", False, id="nothing said"),
        pytest.param(CONTINUE, 1, "", False, id="continue is no retry"),
        pytest.param(RETRY, 1, "", True, id="first failure"),
        pytest.param(RETRY, 2, "", True, id="second failure"),
        pytest.param(RETRY, 3, "", False, id="two retries are over"),
        pytest.param(OnFailure("RETRY", 0), 1, "", False, id="no retries"),
        pytest.param(OnFailure("RETRY", 3, "no route"), 1, "x\nno route to host", True, id="the error matches"),
        pytest.param(OnFailure("RETRY", 3, "no route"), 1, "permission denied", False, id="another error"),
    ],
)
def test_tries_again_as_often_as_it_says(on_failure: OnFailure | None, tried: int, error: str, again: bool) -> None:
    """RETRY runs a failed phase so many times more, as long as the error matches."""
    assert tries_again(on_failure, tried, error) == again


def test_every_phase_with_commands_is_in_the_table() -> None:
    """The two tables speak of the same phases."""
    assert set(COMMAND_PHASES) < set(FOLLOWS)
