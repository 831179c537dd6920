"""handrail show: an execution as a tree that a person can read, and as JSON that a program can."""

import io
import json
import re
from pathlib import Path
from typing import Any

import pytest

from handrail.cli.output import Terminal, trimmed
from handrail.cli.show import Drawing
from handrail.cli.timeline import MOST_LANES
from handrail.engine.visits import Visit
from handrail.local.store import Stored
from tests.cli.conftest import Desk

STORED = Stored("arn", "run-1", "m", "{}", '{"a": 1}', "FAILED", 0.0, 4.0, None, "Boom", "it went off")


def visit(name: str, **more: Any) -> Visit:
    """A state that ended well."""
    plain = {"type": "Pass", "entered": 1.0, "input": "{}", "status": "SUCCEEDED", "exited": 1.5, "output": "{}"}
    return Visit(name, **{**plain, **more})


def drawn(*top: Visit, full: bool = False, width: int = 200, folder: Path = Path()) -> list[str]:
    """The lines of the tree below its title."""
    console = Terminal(width=width, file=io.StringIO())
    return [row.plain for row in trimmed(console, Drawing(folder, full).execution(STORED, top))][1:]


def states(lines: list[str]) -> list[str]:
    """The lines of states, without clock times."""
    return [found[1] for line in lines if (found := re.match(r"(.*[✓✗■…] .*?)  \w+  \d\d:", line))]


def test_a_branch_that_fails_by_itself_leaves_the_reason_to_the_end() -> None:
    """Only the execution's end says why a Fail state failed; a state that nobody explains says so."""
    failed = {"status": "FAILED", "output": None, "error": "", "cause": ""}
    inner = visit("B", type="Fail", status="FAILED", output=None, lane=0)

    assert drawn(visit("P", type="Parallel", inner=[inner], **failed))[-1].endswith("Boom: it went off")
    assert not any("said nothing" in line for line in drawn(visit("P", type="Parallel", inner=[inner], **failed)))
    assert any("said nothing about why" in line for line in drawn(visit("P", type="Parallel", **failed)))


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param({"input": '{"n":1}', "output": "2"}, ['input {"n":1}', "output 2"], id="input and output"),
        pytest.param(
            {"resource": "lambda:invoke", "asked": '{"FunctionName":"f","Payload":{"a":1}}', "answer": '{"Payload":2}'},
            ['asked f {"a":1}', "answered 2"],
            id="a function",
        ),
        pytest.param(
            {
                "resource": "codebuild:startBuild.sync",
                "asked": '{"ProjectName":"p","EnvironmentVariablesOverride":[{"Name":"A","Value":"x y"}]}',
                "answer": '{"Build":{"Id":"p:1","BuildStatus":"SUCCEEDED",'
                '"ExportedEnvironmentVariables":[{"Name":"N","Value":"3"}]}}',
            },
            ["asked p A=x y", "answered build p:1 SUCCEEDED N=3"],
            id="a build",
        ),
        pytest.param(
            {"resource": "aws-sdk:s3:listBuckets", "asked": "{}", "answer": '{"Buckets":[]}'},
            ["asked aws-sdk:s3:listBuckets {}", 'answered {"Buckets":[]}'],
            id="any other service",
        ),
        pytest.param({"assigned": {"v": "[1]"}}, ["$v = [1]"], id="what was assigned"),
        pytest.param({"output": '"日本語"'}, ['output "日本語"'], id="Japanese"),
        pytest.param({"output": '"a\x9bb"'}, ['output "a\\x9bb"'], id="what steers a terminal"),
    ],
)
def test_a_state_shows_what_went_in_and_came_out(more: dict[str, Any], told: list[str]) -> None:
    """In a line each, without what AWS wraps around it; empty objects say nothing."""
    title, *rest = drawn(visit("A", **more))[1:-1]

    assert title.endswith("0.5 s")
    assert [line.strip("│├└─ ") for line in rest] == told


@pytest.mark.parametrize(
    ("more", "title"),
    [
        pytest.param({}, "✓ A  Pass  ", id="well"),
        pytest.param({"status": "FAILED", "failures": 1}, "✗ A  Pass  ", id="failed"),
        pytest.param({"status": "FAILED", "failures": 3}, "3 failed attempts", id="failed after retries"),
        pytest.param({"failures": 1}, "1 failed attempt", id="well at the second attempt"),
        pytest.param({"status": "CAUGHT", "failures": 1, "error": "E"}, "1 failed attempt  caught", id="caught"),
        pytest.param({"status": "ABORTED"}, "■ A  Pass  ", id="given up"),
        pytest.param({"status": "RUNNING", "exited": None, "output": None}, "… A  Pass  ", id="still running"),
    ],
)
def test_a_state_shows_how_it_went(more: dict[str, Any], title: str) -> None:
    """Mark, name, type, time of day, how long it took, and what it took."""
    assert title in drawn(visit("A", **more))[1]


def test_iterations_and_branches_stand_together() -> None:
    """What ran at the same time is not mixed: each iteration and each branch is one node."""
    inner = [visit("A", lane=1), visit("A", lane=0), visit("B", lane=1), visit("B", lane=0, inner=[visit("C", lane=0)])]

    assert states(drawn(visit("Each", type="Map", inner=inner))) == [
        "├── ✓ Each",
        "│   │   ├── ✓ A",
        "│   │   └── ✓ B",
        "│   │       └── ✓ [0] C",
        "│       ├── ✓ A",
        "│       └── ✓ B",
    ]


def test_of_many_iterations_the_interesting_ones_are_shown() -> None:
    """Those that failed always, of those that ended well a few; --full shows all."""
    inner = [visit("A", lane=lane, status="FAILED" if lane == 90 else "SUCCEEDED") for lane in range(100)]
    lines = drawn(visit("Each", type="Map", inner=inner))

    assert len(states(lines)) == 1 + MOST_LANES + 1
    assert "✗ [90] A" in lines[MOST_LANES + 2]
    assert "… 89 more ended well (--full)" in lines[-2]
    assert len(states(drawn(visit("Each", type="Map", inner=inner), full=True))) == 101


def test_a_failure_is_shown_once_where_it_happened() -> None:
    """Not again at each Map and Parallel around it, but at the end, where people look first."""
    failed = visit("A", status="FAILED", error="Boom", cause='{"errorMessage":"it went off"}', lane=0)
    around = visit("Each", type="Map", status="FAILED", error="Boom", cause=failed.cause, inner=[failed])
    lines = drawn(around)

    assert [line.strip("│├└─ ") for line in lines if "Boom" in line] == ["Boom: it went off"] * 2
    assert lines[-1] == "└── Boom: it went off"


def test_long_texts_are_cut_unless_all_is_wanted() -> None:
    """The number of characters says how much is missing."""
    long = json.dumps("x" * 1000)

    assert f"… ({len(long):,} characters, --full)" in drawn(visit("A", output=long), width=2000)[2]
    assert drawn(visit("A", output=long), full=True, width=2000)[3].endswith('xxx"')


@pytest.mark.parametrize("width", [80, 30])
def test_a_narrow_terminal_loses_nothing(width: int) -> None:
    """Lines are folded, never cut off, and letters that are two columns wide are counted so."""
    lines = drawn(visit("A", output='"' + "部屋" * 60 + '"'), width=width)

    assert "".join(lines).count("部") == 60
    assert max(len(line.encode("utf-16-le")) // 2 + sum(c > "\u2fff" for c in line) for line in lines) <= width


def test_a_failed_build_shows_the_end_of_its_log(knock: Desk) -> None:
    """The last lines that its commands wrote, in the tree and in the JSON; nothing in them steers the terminal."""
    assert knock.run("run", "knock", "--how", "break").returncode == 1

    lines = knock.run("show", "last").stdout.splitlines()
    shown = json.loads(knock.run("show", "last", "--json").stdout)

    assert lines[1] == ""
    assert [(line.split()[0], line.strip()[-1]) for line in lines[2:6]] == [
        ("Accept", "█"),
        ("Say", "█"),
        ("Only", "█"),
        ("Dig", "✗"),
    ]
    at = next(place for place, line in enumerate(lines) if "the last lines of" in line)
    assert [line.strip("│ ") for line in lines[at + 1 : at + 21]] == [f"stone {n}" for n in range(12, 31)] + [
        "red \\x07bell"
    ]
    assert "Error while executing command: sh codebuild/dig/dig.sh. Reason: exit status 3" in lines[-1]
    [build] = shown["failedBuilds"]
    assert build["id"].startswith("handrail-dig:")
    assert build["log"][-2:] == ["stone 30", "\x1b[31mred\x1b[0m \x07bell"]
    assert (shown["status"], shown["events"][0]["type"]) == ("FAILED", "ExecutionStarted")


def test_a_log_that_is_gone_is_told(tmp_path: Path) -> None:
    """Logs are pruned; the execution is shown all the same."""
    cause = json.dumps({"Build": {"Id": "../../p:1", "BuildStatus": "FAILED"}})
    lines = drawn(visit("A", status="FAILED", error="States.TaskFailed", cause=cause), folder=tmp_path)

    assert any(f"its log is gone: {tmp_path}/builds/p-1/log.txt" in line for line in lines)
    assert lines[-1] == "└── Boom: it went off"


def test_an_execution_that_is_not_there_is_told(knock: Desk) -> None:
    """Exit status 2, with what to do about it; the beginning of a name is enough where only one begins so."""
    for _ in range(2):
        knock.run("run", "knock", "--how", "talk")
    unknown, many, last = knock.run("show", "nope"), knock.run("show", "knock"), knock.run("show", "last")
    name = last.stdout.partition(" ")[0]

    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert 'No execution is called "nope". `handrail executions` lists them.' in unknown.stderr
    assert many.returncode == 2
    assert '"knock" fits' in many.stderr
    assert name in many.stderr
    assert knock.run("show", name[:-1]).stdout == last.stdout
    assert "█" in last.stdout
    assert "█" not in knock.run("show", name, "--no-timeline").stdout


def test_where_nothing_ran_it_says_so(alone: Desk) -> None:
    """No store is made by looking."""
    done = alone.run("show", "last")

    assert (done.returncode, done.stdout) == (2, "")
    assert "Nothing has run here yet" in done.stderr
    assert not alone.home.exists()
