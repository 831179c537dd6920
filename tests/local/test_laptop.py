"""A laptop: a project's runbooks run for real, its AWS is reached and no other, and nothing of it stays behind."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

from handrail.aws import client
from handrail.catalogue import Catalogue, Runbook, load
from handrail.engine import Execution
from handrail.engine.visits import visits
from handrail.errors import HandrailError
from handrail.local.laptop import Laptop
from handrail.local.refusal import Unavailable
from handrail.local.replay import replayed
from handrail.machine import Machine, Map, Pass, given
from handrail.notify import messages
from handrail.schema import Ask, Input
from handrail.task import task
from tests.catalogue.conftest import apart
from tests.cli.conftest import KNOCK, written

__all__ = ["apart"]


class Each(Input):
    """For each of them."""

    names: list[str] = Ask("Which?", ja="どれ")


@task
def say(*, how: str, note: str) -> dict[str, str]:
    """What a task sees of where it runs."""
    sts = client("sts")
    here = {"account": sts.get_caller_identity()["Account"], "endpoint": sts.meta.endpoint_url}
    return here | {name: os.environ[name] for name in ("HANDRAIL_MESSAGES", "HANDRAIL_PROJECT")}


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    """The small project that a person at the command line has, too."""
    return load(written(tmp_path / "project", KNOCK))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def seeing(catalogue: Catalogue) -> Catalogue:
    """The same project, whose task tells what it sees."""
    return replace(catalogue, functions=MappingProxyType({**catalogue.functions, "door-say": say}))


def run(laptop: Laptop, how: str = "talk") -> str:
    arn = laptop.start("knock", f'{{"how": "{how}"}}')
    assert laptop.wait(arn, 30)
    return arn


def test_a_runbook_runs_with_its_functions_and_builds(catalogue: Catalogue, home: Path) -> None:
    """Whoever watches sees every event and each line of a build; what was posted is in a file."""
    lengths: list[tuple[int, int]] = []
    lines: list[str] = []

    def watch(execution: Execution, before: int) -> None:
        lengths.append((before, len(execution.events)))

    with Laptop.open(catalogue, home) as laptop:
        laptop.watch(watch, lambda _build, line: lines.append(line))
        talked, dug = laptop.find(run(laptop)), laptop.find(run(laptop, "dig"))

    assert (talked.status, dug.status) == ("SUCCEEDED", "SUCCEEDED")
    assert talked.name.startswith("knock-2")
    assert [message.text for message in messages(laptop.messages)] == ["hello"]
    assert "down it goes" in lines
    assert all(before < after for before, after in lengths)


def test_a_function_sees_the_laptops_aws_and_afterwards_all_is_as_before(
    catalogue: Catalogue, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The environment is the laptop's while it is open, also a second time in the same process."""
    monkeypatch.setenv("HANDRAIL_MESSAGES", "mine")
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "http://198.51.100.7")
    monkeypatch.delenv("HANDRAIL_PROJECT", raising=False)
    before, endpoints = dict(os.environ), []
    for _ in range(2):
        with Laptop.open(seeing(catalogue), home) as laptop:
            ended = laptop.find(run(laptop))
            [_, said, *_] = visits(replayed(laptop.store, ended).history())
            endpoints.append(laptop.aws.endpoint)
        assert dict(os.environ) == before
        assert json.loads(said.answer or "")["Payload"] == {
            "account": "123456789012",
            "endpoint": endpoints[-1],
            "HANDRAIL_MESSAGES": str(home / "messages.jsonl"),
            "HANDRAIL_PROJECT": str(catalogue.root),
        }
    assert endpoints[0] != endpoints[1]


def test_many_tasks_at_once_share_their_builds(catalogue: Catalogue, home: Path) -> None:
    """Whichever thread asks first, there is one CodeBuild, with one limit on what runs at a time."""
    with Laptop.open(catalogue, home) as laptop, ThreadPoolExecutor(8) as pool:
        assert len({id(builds) for builds in pool.map(lambda _: laptop.builds, range(50))}) == 1


def test_a_laptop_that_is_closed_starts_no_build(catalogue: Catalogue, home: Path) -> None:
    """A task that outlives its execution cannot leave a process behind."""
    with Laptop.open(catalogue, home) as laptop:
        pass

    with pytest.raises(Unavailable, match="No build can be started any more"):
        _ = laptop.builds


@pytest.fixture
def stray(home: Path) -> Iterator[tuple[Path, Callable[[], int | None]]]:
    """What a killed process leaves: a build's folder with its environment, and a process that got away."""
    folder = home / "builds/handrail-dig-12345678-1234-4234-8234-123456789abc"
    written(folder, {"log.txt": "said\n", "state/environment": "export SECRET=x\n", "src/a.py": ""})
    environment = {**os.environ, "CODEBUILD_BUILD_ID": "handrail-dig:12345678-1234-4234-8234-123456789abc"}
    with subprocess.Popen(["sleep", "600"], env=environment, start_new_session=True) as process:
        yield folder, lambda: process.wait(10)
        process.kill()


def test_what_a_killed_process_left_is_cleared(
    catalogue: Catalogue, home: Path, stray: tuple[Path, Callable[[], int | None]]
) -> None:
    """Secrets in a build's folder and processes that got away end with the next laptop; the log stays."""
    folder, ended = stray
    with Laptop.open(catalogue, home):
        pass

    assert [path.name for path in folder.iterdir()] == ["log.txt"]
    if Path("/proc/self/environ").exists():
        assert ended() == -9


def test_builds_get_what_the_project_asks_a_shell_for(
    catalogue: Catalogue, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only variables that pyproject.toml names reach a build, and their values reach neither log nor history."""
    monkeypatch.setenv("MY_TOKEN", "t0ken-canary")
    monkeypatch.setenv("OTHER", "other-canary")
    monkeypatch.delenv("NOT_SET", raising=False)
    asking = '[tool.handrail]\npass = ["MY_TOKEN", "NOT_SET"]\n'
    dig = "env | tr c k | grep kanary; echo $MY_TOKEN ${NOT_SET-none}\n"
    written(catalogue.root, {"pyproject.toml": asking, "codebuild/dig/dig.sh": dig})
    lines: list[str] = []
    with Laptop.open(catalogue, home) as laptop:
        laptop.watch(lambda _execution, _before: None, lambda _build, line: lines.append(line))
        ended = laptop.find(run(laptop, "dig"))
        history = json.dumps(replayed(laptop.store, ended).history())

    assert [line for line in lines if not line.startswith("[Container]")] == ["MY_TOKEN=t0ken-kanary", "*** none"]
    assert "canary" not in history


def test_a_list_of_variables_that_is_none_starts_nothing(catalogue: Catalogue, home: Path) -> None:
    """What cannot be passed on is told before anything has begun, and this process is left as it was."""
    written(catalogue.root, {"pyproject.toml": '[tool.handrail]\npass = ["AWS_PROFILE"]\n'})
    before = dict(os.environ)
    with Laptop.open(catalogue, home) as laptop:
        with pytest.raises(HandrailError, match="AWS_PROFILE, is set by Handrail"):
            laptop.start("knock", "{}")
        assert laptop.store.executions() == []
        assert dict(os.environ) == before


@task
def count(*, how: str, note: str) -> dict[str, int]:
    """Write a row more, and say how many there are."""
    table = client("dynamodb")
    rows = table.scan(TableName=os.environ["HANDRAIL_TABLE"])["Items"]
    key = {"pk": {"S": "counted"}, "sk": {"S": str(len(rows))}}
    table.put_item(TableName=os.environ["HANDRAIL_TABLE"], Item=key)
    return {"rows": sum(row["pk"] == {"S": "counted"} for row in rows)}


def test_what_aws_was_told_is_there_the_next_time(catalogue: Catalogue, home: Path) -> None:
    """Rows that a run wrote are found by the runs of a later process."""
    counting = replace(catalogue, functions=MappingProxyType({**catalogue.functions, "door-say": count}))
    found = []
    for _ in range(3):
        with Laptop.open(counting, home) as laptop:
            [_, said, *_] = visits(replayed(laptop.store, laptop.find(run(laptop))).history())
            found.append(json.loads(said.answer or "")["Payload"]["rows"])

    assert found == [0, 1, 2]


def test_a_cloud_that_cannot_be_furnished_starts_nothing(catalogue: Catalogue, home: Path) -> None:
    """It is told before anything has begun, as often as it is tried, and this process is left as it was."""
    written(catalogue.root, {"pyproject.toml": '[tool.handrail]\ncloud = "nowhere:prepare"\n'})
    before = dict(os.environ)
    with Laptop.open(catalogue, home) as laptop:
        for _ in range(2):
            with pytest.raises(HandrailError, match="names nowhere, which is no module of this project"):
                laptop.start("knock", "{}")
        assert laptop.store.executions() == []
        assert dict(os.environ) == before


def test_what_is_kept_is_for_its_owner(catalogue: Catalogue, home: Path) -> None:
    """Messages and builds are private in a folder that everybody may read."""
    home.mkdir(mode=0o755)
    with Laptop.open(catalogue, home) as laptop:
        run(laptop)
        run(laptop, "dig")

    assert {path.name: path.stat().st_mode & 0o077 for path in home.iterdir()} == dict.fromkeys(
        (path.name for path in home.iterdir()), 0
    )


def test_a_distributed_map_runs_here(catalogue: Catalogue, home: Path) -> None:
    """Its children are executions of their own in the same run."""
    each = Map("Each", items=given(Each).names, steps=lambda _: [Pass("Do")], distributed=True)
    machine = Machine("each", input=Each, steps=[each], timeout=timedelta(hours=1), quiet=True)
    runbooks = MappingProxyType({"each": Runbook("each", machine, Each, "For each.", Path("each.py"))})
    functions = MappingProxyType({**catalogue.functions, "accept": lambda event, _context: event["input"]})

    with Laptop.open(replace(catalogue, runbooks=runbooks, functions=functions), home) as laptop:  # type: ignore[arg-type]
        arn = laptop.start("each", '{"names": ["a", "b"]}')
        assert laptop.wait(arn, 30)
        ended = laptop.find(arn)
        [run] = replayed(laptop.store, ended).map_runs.values()

    assert (ended.status, run.arn.split("/")[0].rpartition(":")[2]) == ("SUCCEEDED", "each")
