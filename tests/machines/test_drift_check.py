"""drift-check: what the channel is told, what fails the run, and what travels through the machine."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from moto import mock_aws

from codebuild.drift_plan.project import PROJECT as DRIFT_PLAN
from codebuild.drift_roots.project import PROJECT as DRIFT_ROOTS
from handrail.aws import client
from handrail.table import MemoryTable, Table
from handrail.testing import Run, play
from machines.drift_check import MACHINE, QUEUE_FULL, SCHEDULE
from schemas.drift_result import RepositoryFound, RootResult, RootsFound, ShardResult, Verdict

ROOT = Path(__file__).parents[2]

# The errors of CodeBuild's integration, under the names that Step Functions gives them.
BuildFailed = type("States.TaskFailed", (Exception,), {})
QueueFull = type(QUEUE_FULL, (Exception,), {})


@dataclass
class Builds:
    """Both projects without a terraform: they write what real builds write, to S3."""

    verdicts: Mapping[str, Verdict]
    """By the path of each root in the repository `infra`."""
    problems: tuple[str, ...] = ()
    failing: Mapping[str, list[Exception]] = field(default_factory=dict)
    silent: frozenset[str] = frozenset()
    started: list[dict[str, str]] = field(default_factory=list)

    def roots(self, request: Any) -> object:
        """drift_roots: every root of one repository, and why another one cannot be read."""
        run, failure = self._start(DRIFT_ROOTS.name, request)
        repositories = [RepositoryFound(name="infra", sha="3f2a91c", roots=tuple(sorted(self.verdicts)))]
        if self.problems:
            repositories.append(RepositoryFound(name="network", problems=self.problems))
        found = RootsFound(run=run["RUN"], repositories=tuple(repositories))
        if not failure:
            _put(run["RUN"], "roots/roots.json", found.model_dump_json())
        return failure

    def plan(self, request: Any) -> object:
        """drift_plan: a verdict on each root of the range."""
        run, failure = self._start(DRIFT_PLAN.name, request)
        roots = tuple(
            RootResult(repository="infra", path=path, sha="3f2a91c", verdict=verdict, fingerprint=path)
            for path, verdict in self.verdicts.items()
            if run["FIRST"] <= f"infra/{path}" <= run["LAST"]
        )
        result = ShardResult(run=run["RUN"], shard=int(run["SHARD"]), roots=roots)
        if not failure and run["SHARD"] not in self.silent:
            _put(run["RUN"], f"plan-{run['SHARD']}/result.json", result.model_dump_json())
        return failure

    def _start(self, project: str, request: Any) -> tuple[dict[str, str], Exception | None]:
        variables = {each["Name"]: each["Value"] for each in request["EnvironmentVariablesOverride"]}
        self.started.append(variables)
        failures = self.failing.get(project)
        return variables, failures.pop(0) if failures else None


def _put(run: str, name: str, content: str) -> None:
    client("s3").put_object(Bucket="results", Key=f"drift-check/{run}/{name}", Body=content.encode())


@pytest.fixture(autouse=True)
def _bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty results bucket and a key in moto, reached by clients that are made before a played run cuts AWS off."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("HANDRAIL_RESULTS_BUCKET", "results")
    monkeypatch.setenv("HANDRAIL_PROJECT", str(ROOT))
    with mock_aws():
        client.cache_clear()
        client("s3").create_bucket(Bucket="results")
        client("secretsmanager").create_secret(Name="handrail/drift-key", SecretString="the key of this installation")
        yield
    client.cache_clear()


def run(cloud: Builds, table: Table | None = None, day: int = 1, **asked: Any) -> Run:
    """One run; those that share a table remember each other. The first day is a Monday."""
    at = datetime(2026, 1, 4 + day, 7, 0, tzinfo=ZoneInfo("Asia/Tokyo"))
    return play(
        MACHINE, asked, {DRIFT_ROOTS: cloud.roots, DRIFT_PLAN: cloud.plan}, table=table, name=f"day-{day}", at=at
    )


def many(number: int, verdict: Verdict) -> dict[str, Verdict]:
    return {f"{n:04}": verdict for n in range(number)}


@pytest.mark.parametrize(
    ("builds", "told"),
    [
        pytest.param(Builds(many(3, "clean")), [], id="all clean"),
        pytest.param(Builds({"a": "clean", "b": "benign"}), [], id="clean and benign"),
        pytest.param(
            Builds({"a": "clean", "b": "drift"}),
            ["Drift check, first look: 1 of 2 roots to look at: *1 drift*, 1 clean"],
            id="drift",
        ),
        pytest.param(
            Builds({"a": "unapplied", "b": "incomplete", "c": "busy"}),
            ["Drift check, first look: 3 of 3 roots to look at: *1 busy*, *1 incomplete*, *1 unapplied*"],
            id="not as the code says, or not judged",
        ),
        pytest.param(
            Builds({"a": "failed", "b": "clean"}),
            ["Drift check, first look: 1 of 2 roots to look at: *1 failed*, 1 clean"],
            id="a root that fails fails no run",
        ),
        pytest.param(
            Builds({"a": "clean"}, problems=("no access",)),
            ["Drift check, first look: 1 of 1 root to look at: *1 repository not checked*, 1 clean"],
            id="a repository that cannot be read",
        ),
        pytest.param(
            Builds(many(40, "clean"), silent=frozenset({"1"})),
            ["Drift check, first look: 20 of 40 roots to look at: *20 failed*, 20 clean"],
            id="a build without a result is never clean",
        ),
    ],
)
def test_one_message_or_none(builds: Builds, told: list[str]) -> None:
    """One message a run where somebody has to look at something, none where nobody has to (S003-10, S003-11)."""
    played = run(builds)

    assert (played.ended, played.error) == ("SUCCEEDED", None)
    assert played.told == told


@pytest.mark.parametrize(
    ("verdicts", "told"),
    [
        pytest.param({"a": "drift", "b": "clean"}, ["1 new"], id="new"),
        pytest.param({"a": "clean", "b": "failed"}, [], id="failed once"),
        pytest.param({"a": "clean"}, [], id="a clean root that has gone"),
    ],
)
def test_what_is_told_on_the_second_day(verdicts: Mapping[str, Verdict], told: list[str]) -> None:
    """After a first look that found all clean: what is new, and nothing of what may pass."""
    table = MemoryTable()
    run(Builds({"a": "clean", "b": "clean"}), table)

    played = run(Builds(verdicts), table, day=2)

    assert [text.partition(": ")[2].partition(":")[0] for text in played.told] == told


def test_what_was_told_is_not_told_again() -> None:
    """The second run is silent, ends well, and says in its output what is open."""
    table = MemoryTable()
    run(Builds({"a": "drift", "b": "unapplied"}), table)

    played = run(Builds({"a": "drift", "b": "unapplied"}), table, day=2)

    assert (played.ended, played.told) == ("SUCCEEDED", [])
    assert played.visited[-2:] == ["Anything to tell?", "Done"]
    assert played.output["said"] == "nothing new, 2 open, the oldest since 2026-01-05"
    assert (played.output["tell"], played.output["open"]) == (False, 2)


def test_a_week() -> None:
    """What the channel hears from Monday to Monday: once what is new, how long it took, and then what is still open."""
    table, clean = MemoryTable(), many(2, "clean")
    drifted, failed = {**clean, "db": "drift"}, {**clean, "db": "failed"}
    days = [clean, drifted, drifted, failed, {**clean, "db": "benign"}, drifted, drifted, drifted]

    heard = {day: run(Builds(found), table, day).told for day, found in enumerate(days, 1)}

    assert {day: [text.partition(" · ")[0] for text in told] for day, told in heard.items() if told} == {
        2: ["Drift check: 1 new: *1 drift*, 2 clean"],
        5: ["Drift check: 1 resolved: 1 benign, 2 clean", "`infra/db` resolved after 3 days 0 h"],
        6: ["Drift check: 1 new: *1 drift*, 2 clean"],
        8: ["Drift check: 1 still open: *1 drift*, 2 clean"],
    }


def test_it_runs_every_morning() -> None:
    """At 07:00 in Tokyo, whatever the season (S003-07)."""
    winter, summer = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 7))

    assert [SCHEDULE.next(day).isoformat() for day in (winter, summer)] == [  # type: ignore[union-attr]
        "2026-01-01T22:00:00+00:00",
        "2026-07-01T22:00:00+00:00",
    ]


@pytest.mark.parametrize(
    ("builds", "error", "last", "why"),
    [
        pytest.param(
            Builds(many(1, "drift"), failing={"drift_roots": [BuildFailed("no config")]}),
            "States.TaskFailed",
            "Find",
            "no config",
            id="nothing could be found",
        ),
        pytest.param(
            Builds({}),
            "NoRoots",
            "Split",
            "No Terraform root was found, so nothing was checked.",
            id="there is nothing to check",
        ),
        pytest.param(
            Builds(many(1, "drift"), failing={"drift_plan": [BuildFailed("no space")]}),
            "States.TaskFailed",
            "Plan a range",
            "no space",
            id="a build fails",
        ),
    ],
)
def test_what_is_no_verdict_fails_the_run(builds: Builds, error: str, last: str, why: str) -> None:
    """Trouble that is not a root's ends the run where it happened, so that a redrive goes on from there; it is told."""
    played = run(builds)

    assert (played.ended, played.error) == ("FAILED", error)
    assert played.visited[-1] == last
    assert played.told == [f"drift-check failed: {why}"]


@pytest.mark.parametrize(
    ("failures", "took", "ended"),
    [
        pytest.param(1, "0:01:00", "SUCCEEDED", id="once"),
        pytest.param(30, "0:30:00", "SUCCEEDED", id="for half an hour"),
        pytest.param(31, "0:30:00", "FAILED", id="for good"),
    ],
)
def test_a_full_queue_is_waited_for(failures: int, took: str, ended: str) -> None:
    """An account that may not queue more builds now gets the build a minute later."""
    played = run(Builds(many(1, "drift"), failing={"drift_plan": [QueueFull() for _ in range(failures)]}))

    assert (str(played.took), played.ended) == (took, ended)


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        pytest.param({"builds": 0}, "builds: this must be 1 or more", id="no build"),
        pytest.param({"builds": 41}, "builds: this must be 40 or less", id="more than a Map runs"),
        pytest.param({"repositry": "infra"}, 'Did you mean "repository"?', id="a misspelt field"),
    ],
)
def test_bad_input_starts_nothing(asked: dict[str, Any], says: str) -> None:
    """What cannot be asked ends the run before any build, with all that is wrong."""
    builds = Builds(many(1, "drift"))

    played = run(builds, **asked)

    assert (played.ended, played.error) == ("FAILED", "InvalidInput")
    assert says in json.loads(played.cause or "")["errorMessage"]
    assert builds.started == []


def test_each_build_is_told_its_range() -> None:
    """The builds get the run, the repository that was asked for, and between them every root at one commit."""
    builds = Builds(many(60, "clean"))

    run(builds, repository="infra", builds=2)

    run_of = {"RUN": "day-1", "STARTED": "2026-01-04T22:00:00.000Z"}
    assert builds.started == [
        {**run_of, "REPOSITORY": "infra"},
        {**run_of, "SHARD": "0", "REPOSITORIES": "infra@3f2a91c", "FIRST": "infra/0000", "LAST": "infra/0029"},
        {**run_of, "SHARD": "1", "REPOSITORIES": "infra@3f2a91c", "FIRST": "infra/0030", "LAST": "infra/0059"},
    ]


def test_the_machine_carries_keys_and_counts() -> None:
    """With a thousand drifted roots no payload grows: results stay in S3."""
    few, lots = (run(Builds(many(number, "drift")), builds=4) for number in (100, 1_000))

    assert _longest_event(lots) < 1.1 * _longest_event(few) < 4_000


def _longest_event(played: Run) -> int:
    return max(len(json.dumps(event, default=str)) for event in played.history)
