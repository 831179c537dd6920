"""`handrail stats RUNBOOK`: figures of what ran, and those that a runbook adds itself."""

import json

import pytest

from tests.cli.conftest import Desk, written

STATS = '''"""What the knock runbook counts itself."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from handrail.aws import client
from handrail.stats import Chart, Figure
from handrail.table import table


def STATS(days: int, now: datetime) -> Sequence[Figure | Chart]:
    buckets = client("s3").list_buckets()["Buckets"]
    client("s3").create_bucket(Bucket="made-while-looking")
    days_of_audit = [f"audit#{now.astimezone(UTC) - timedelta(days=ago):%Y-%m-%d}" for ago in (0, 1)]
    decisions = [row for day in days_of_audit for row in table().query(day)]
    return [
        Figure("decisions", "some" if decisions else "none"),
        Figure("days back", days, unit="days", note="as asked"),
        Figure("longest wait", timedelta(days=2, hours=3)),
        Figure("oldest", None),
        Figure("made", "yes" if "made-while-looking" in [bucket["Name"] for bucket in buckets] else "no"),
        Chart("knocks", (("front", 3), ("back", 1.5)), unit="a day"),
    ]
'''


def lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_what_ran_is_counted(alone: Desk) -> None:
    """Runs, ends, durations, the builds' minutes and their cost, and a chart of the last month."""
    written(alone.project, {"pyproject.toml": "[tool.handrail]\nbuild-minute = 0.5\n"})
    for how in ("dig", "refuse"):
        alone.run("run", "knock", "--how", how)
    done = alone.run("stats", "knock")
    found = lines(done.stdout)

    assert (done.returncode, done.stderr) == (0, "")
    assert found[:5] == [
        "knock, the last 30 days",
        "runs 2 2.0 a day",
        "succeeded 1 50 %",
        "failed 1 50 %",
        "stopped 0 0 %",
    ]
    assert "build minutes 1" in found
    assert "builds' cost a month 15.00 USD at 0.5 USD a minute" in found
    assert "runs a day" in found


def test_a_program_reads_json(alone: Desk) -> None:
    """Durations in seconds, every bar with its label; where nothing ran there is nothing to tell."""
    document = json.loads(alone.run("stats", "knock", "--days", "2", "--json").stdout)

    assert (document["runbook"], document["days"]) == ("knock", 2)
    assert document["figures"][0] == {"name": "runs", "value": 0, "unit": "", "note": "0.0 a day"}
    assert document["figures"][4] == {"name": "duration, median", "value": None, "unit": "", "note": ""}
    assert [bar["value"] for bar in document["charts"][0]["bars"]] == [0, 0]


def test_a_runbook_adds_its_own_and_changes_nothing(alone: Desk) -> None:
    """Its figures and charts stand below, read in the laptop's AWS, also while a run holds the store."""
    written(alone.project, {"tasks/knock_stats.py": STATS})
    first = alone.run("stats", "knock", "--days", "7")
    holder = alone.begin("run", "knock", "--how", "hang")
    for line in holder.stdout or ():
        if "hanging" in line:
            break
    second = alone.run("stats", "knock", "--days", "7", "--json")
    holder.terminate()
    holder.communicate(timeout=30)
    found = lines(first.stdout)

    assert (first.returncode, first.stderr, second.returncode, second.stderr) == (0, "", 0, "")
    expected = ["decisions none", "days back 7 days as asked", "longest wait 2 days, 3:00:00", "oldest –", "made no"]
    assert [line for line in found if line in expected] == expected
    assert found[-3:] == ["knocks (a day)", f"front 3 {'█' * 40}", f"back 1.50 {'█' * 20}"]
    own = {each["name"]: each["value"] for each in json.loads(second.stdout)["figures"]}
    assert (own["longest wait"], own["made"], own["decisions"]) == (183600.0, "no", "some")
    assert list(alone.home.glob("look-*")) == []


@pytest.mark.parametrize(
    ("arguments", "files", "told"),
    [
        pytest.param(["knokc"], {}, 'There is no runbook "knokc". Did you mean "knock"?', id="an unknown runbook"),
        pytest.param(["knock", "--days", "0"], {}, "greater than or equal to 1", id="no days"),
        pytest.param(["knock"], {"tasks/knock_stats.py": "STATS = 3\n"}, "STATS must be a function", id="no function"),
        pytest.param(
            ["knock"],
            {"tasks/knokc_stats.py": "def STATS(days, now): ...\n"},
            'tasks/knokc_stats.py: there is no runbook "knokc" whose figures these could be. Did you mean "knock"?',
            id="figures of nobody",
        ),
        pytest.param(
            ["knock"],
            {"pyproject.toml": '[tool.handrail]\nbuild-minute = "free"\n'},
            "pyproject.toml: `build-minute` of [tool.handrail] must be US dollars for a minute, like 0.005.",
            id="no price",
        ),
    ],
)
def test_what_cannot_be_counted_is_bad_input(
    alone: Desk, arguments: list[str], files: dict[str, str], told: str
) -> None:
    """Exit status 2, with what to do."""
    written(alone.project, files)
    done = alone.run("stats", *arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert told in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr
