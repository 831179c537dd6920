"""What pytest gets from Handrail: the fixture `play_machine`, and `--asl-coverage`.

pytest loads this in every project that has Handrail installed, so nothing else of it is imported before it is used.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from handrail.testing import Run
    from handrail.testing.coverage import Coverage

KEPT = pytest.StashKey["Coverage"]()
NOTED = "handrail_asl_coverage"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.getgroup("handrail").addoption(
        "--asl-coverage",
        action="store_true",
        help="show which states, branches of choices and catchers of the played state machines no test has taken",
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("asl_coverage"):
        from handrail.testing.coverage import SESSION, Coverage

        config.stash[KEPT] = Coverage()
        SESSION.append(config.stash[KEPT])


def pytest_unconfigure(config: pytest.Config) -> None:
    if KEPT in config.stash:
        from handrail.testing.coverage import SESSION

        SESSION.remove(config.stash[KEPT])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With pytest-xdist: what a worker has noted goes to the process that shows the table."""
    worker = getattr(session.config, "workeroutput", None)
    if worker is not None and KEPT in session.config.stash:
        worker[NOTED] = session.config.stash[KEPT].noted


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """A worker of pytest-xdist is done; one that has crashed tells nothing."""
    noted = getattr(node, "workeroutput", {}).get(NOTED)
    if noted is not None:
        node.config.stash[KEPT].add(noted)


@pytest.fixture
def play_machine(request: pytest.FixtureRequest) -> Callable[..., "Run"]:
    """`handrail.testing.play` with files by name, from the test's folder or from pytest's root.

    run = play_machine("order.asl.json", {"order": 7}, {"Reserve": [{"seats": 2}]})
    """
    folders = (request.path.parent, request.config.rootpath, Path.cwd())

    def played(machine: Any, input: object = None, answers: Mapping[Any, Any] | None = None, **more: Any) -> "Run":
        from handrail.testing import play

        named = isinstance(machine, Path) or (isinstance(machine, str) and not machine.lstrip().startswith("{"))
        return play(located(machine, folders) if named else machine, {} if input is None else input, answers, **more)

    return played


def located(name: str | Path, folders: tuple[Path, ...]) -> Path:
    """A file by its name; where it is in none of the folders, that is told when it is read."""
    return next((folder / name for folder in folders if (folder / name).exists()), Path(name))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if KEPT not in config.stash:
        return
    terminalreporter.section("state machine coverage")
    for line in table(config.stash[KEPT]):
        terminalreporter.write_line(line)


def table(coverage: "Coverage") -> list[str]:
    """A line for each machine, and below it what was never taken."""
    # Which of several workers is the first to be done is chance.
    machines = sorted(coverage.machines.values(), key=lambda machine: machine.name)
    if not machines:
        return ["No state machine was played."]
    wide = max(len("machine"), *(len(machine.name) for machine in machines))
    lines = [f"{'machine':{wide}}  {'states':>8}  {'branches':>8}  {'catchers':>8}"]
    for machine in machines:
        counts = [machine.count(kind) for kind in ("state", "branch", "catcher")]
        shown = [f"{f'{taken}/{every}' if every else '–':>8}" for taken, every in counts]
        lines.append("  ".join([f"{machine.name:{wide}}", *shown]))
        lines += [f"  never taken: {part}" for part in machine.missed()]
    return lines
