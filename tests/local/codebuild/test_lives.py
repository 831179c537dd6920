"""Builds that boto3 started outlive the process that ran them: in lists and answers, and in events of their ends."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from handrail.catalogue import Catalogue, load
from handrail.errors import HandrailError
from handrail.local.laptop import Laptop
from handrail.local.serve import Server
from tests.catalogue.conftest import apart
from tests.cli.conftest import written
from tests.local.codebuild.conftest import DIG, FILES, MADE, SHOW, Site

__all__ = ["apart"]

ROOT = Path(__file__).parents[3]

# A server as `handrail local` is one, which ends when it is killed.
SERVING = """
import sys
from pathlib import Path
from handrail.catalogue import load
from handrail.local.laptop import Laptop
from handrail.local.serve import Server

folder = Path(sys.argv[1])
with Laptop.open(load(folder / "project"), folder / "home") as laptop:
    server = Server(laptop, port=0)
    laptop.resume()
    print(server.endpoint, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    written(tmp_path / "project", FILES)
    return tmp_path


@contextmanager
def serving(folder: Path) -> Iterator[Site]:
    with Laptop.open(load(folder / "project"), folder / "home") as laptop:
        server = Server(laptop, port=0)
        laptop.resume()
        yield Site(laptop, server.endpoint)


@contextmanager
def elsewhere(folder: Path) -> Iterator[tuple[Site, "subprocess.Popen[str]"]]:
    """A server in a process of its own; its site knows no laptop."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SERVING, str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        nobody: Any = None
        yield Site(nobody, process.stdout.readline().strip()), process
        process.kill()


def heard(site: Site, queue: str) -> list[tuple[str, str]]:
    """Each event of a queue: what happened to the build, and which build it was."""
    if site.laptop is not None:
        site.laptop.events.drain()
    sqs, found = site.client("sqs"), []
    while messages := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", []):
        for message in messages:
            detail = json.loads(message["Body"])["detail"]
            found.append((detail.get("build-status") or detail["completed-phase"], detail["build-id"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


def hears(site: Site, pattern: object) -> str:
    """The address of a new queue that is told of events."""
    events, sqs = site.client("events"), site.client("sqs")
    queue = sqs.create_queue(QueueName="builds")["QueueUrl"]
    events.put_rule(Name="builds", EventPattern=json.dumps(pattern))
    target = {"Id": "queue", "Arn": "arn:aws:sqs:us-east-1:123456789012:builds"}
    events.put_targets(Rule="builds", Targets=[target])
    return str(queue)


CHANGES = {"detail-type": ["CodeBuild Build State Change"]}


def test_events_tell_of_a_build(folder: Path) -> None:
    """A rule hears of its beginning and of its end, as of those that a machine starts."""
    with serving(folder) as site:
        queue = hears(site, {**CHANGES, "detail": {"project-name": [SHOW]}})
        build = site.ended(site.start())
        site.ended(site.dig("dig"))

        assert heard(site, queue) == [("IN_PROGRESS", build["arn"]), ("SUCCEEDED", build["arn"])]


def test_the_next_process_knows_what_was_built(folder: Path) -> None:
    """It answers as before, counts on, and builds again what an earlier one was asked for."""
    with serving(folder) as first:
        before = first.ended(first.start(environmentVariablesOverride=[{"name": "COLOUR", "value": "blue"}]))
        hanging = first.dig("hang")
        first.until(hanging, "BUILD")
    with serving(folder) as second:
        assert second.call("list_builds")["ids"] == [hanging, before["id"]]
        assert second.call("list_builds_for_project", projectName=SHOW)["ids"] == [before["id"]]
        assert second.build(before["id"]) == before
        assert second.call("stop_build", id=before["id"])["build"] == before
        assert second.build(hanging)["buildStatus"] == "STOPPED"
        again = second.ended(second.call("retry_build", id=before["id"])["build"]["id"])

    assert again["buildNumber"] == before["buildNumber"] + 1
    assert {"name": "COLOUR", "value": "blue"} in again["exportedEnvironmentVariables"]


def test_a_kill_ends_a_build_as_a_fault_and_its_end_is_told(folder: Path) -> None:
    """In the phase where it was, once; its processes end with the one that ran it, or when the next one begins."""
    with elsewhere(folder) as (site, process):
        queue = hears(site, {"source": ["aws.codebuild"]})
        id = site.dig("hang")
        build = site.until(id, "BUILD")
        eventually(lambda: "hanging\n" in Path(urlsplit(build["logs"]["deepLink"]).path).read_text())
        process.send_signal(signal.SIGKILL)
        process.wait(10)
    with serving(folder) as next_one:
        build = next_one.build(id)
        told = heard(next_one, queue)
        stopped = next_one.call("stop_build", id=id)["build"]
    with serving(folder) as third:
        later = heard(third, queue)

    assert (build["buildStatus"], build["buildComplete"], build["currentPhase"]) == ("FAULT", True, "COMPLETED")
    assert build["phases"][-2]["phaseType"] == "BUILD"
    assert build["phases"][-2]["contexts"][0]["statusCode"] == "INTERNAL_SERVICE_ERROR"
    arn = build["arn"]
    # What the first one had not delivered comes now, too, in whatever order.
    assert (told.count(("BUILD", arn)), told.count(("FAULT", arn))) == (1, 1)
    assert (stopped, later) == (build, [])


def eventually(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it never came true"
        time.sleep(0.02)


PREPARE = '''
"""What this project's AWS has from the beginning."""

from handrail.local.codebuild.door import Door


def prepare(client):
    codebuild = client("codebuild")
    codebuild.create_project(name="seeded", **{made!r})
    assert codebuild.list_projects()["projects"] == ["handrail-dig", "handrail-show", "seeded"]
    if {starts}:
        codebuild.start_build(projectName="handrail-show")
'''


@pytest.mark.parametrize("starts", [False, True])
def test_while_it_is_furnished_nothing_is_built(folder: Path, monkeypatch: pytest.MonkeyPatch, starts: bool) -> None:
    """A project's own function may make projects; a build, which needs what it furnishes, is refused at once."""
    (folder / "project/pyproject.toml").write_text('[tool.handrail]\ncloud = "furnishing:prepare"\n')
    (folder / "project/furnishing.py").write_text(PREPARE.format(made=MADE, starts=starts))
    monkeypatch.syspath_prepend(folder / "project")
    sys.modules.pop("furnishing", None)
    if starts:
        with pytest.raises(HandrailError, match="No build is there yet"), serving(folder):
            pass
    else:
        with serving(folder) as site:
            assert "seeded" in site.call("list_projects")["projects"]


def test_a_machine_starts_a_build_by_the_sdk_too(folder: Path) -> None:
    """`aws-sdk:codebuild:startBuild` asks the endpoint, and a machine can wait for the build by looking."""
    definition = {
        "StartAt": "Start",
        "States": {
            "Start": {
                "Type": "Task",
                "Resource": "arn:aws:states:::aws-sdk:codebuild:startBuild",
                "Parameters": {"ProjectName": SHOW},
                "End": True,
            }
        },
    }
    with serving(folder) as site:
        arn = site.laptop.run("by-hand", json.dumps(definition), "{}")
        assert site.laptop.wait(arn, 30)
        output = json.loads(site.laptop.find(arn).output or "")

        assert site.ended(output["Build"]["Id"])["buildStatus"] == "SUCCEEDED"


def test_a_torn_record_is_left_out(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One that a machine's end has cut short keeps nobody from the others."""
    with serving(folder) as first:
        torn, whole = (first.ended(first.start())["id"] for _ in range(2))
        first.laptop.builds.workspace(torn).record.write_text('{"id": ')
    with serving(folder) as second:
        assert second.call("list_builds")["ids"] == [whole]
        assert second.call("batch_get_builds", ids=[torn])["buildsNotFound"] == [torn]
    assert "cannot be read" in caplog.text


def test_without_projects_all_is_motos(tmp_path: Path) -> None:
    """As where somebody has state machines of his own and no project."""
    catalogue = Catalogue(tmp_path, {}, {}, {}, {}, {})
    with Laptop.open(catalogue, tmp_path / "home") as laptop:
        site = Site(laptop, Server(laptop, port=0).endpoint)
        site.call("create_project", name="mine", **MADE)
        id = site.start("mine")

        assert (site.call("list_projects")["projects"], site.call("list_builds")["ids"]) == (["mine"], [id])
        assert site.build(id)["buildStatus"] == "SUCCEEDED"
        assert site.refused("start_build", projectName=DIG)[0] == "ResourceNotFoundException"
