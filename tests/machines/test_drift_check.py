"""drift-check: what the channel is told, what fails the run, and what travels through the machine."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from moto import mock_aws

from codebuild.drift_plan.project import PROJECT as DRIFT_PLAN
from codebuild.drift_roots.project import PROJECT as DRIFT_ROOTS
from handrail.aws import client
from handrail.testing import Run, play
from machines.drift_check import MACHINE, QUEUE_FULL
from schemas.drift_result import RepositoryFound, RootResult, RootsFound, ShardResult, Verdict

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
            RootResult(repository="infra", path=path, sha="3f2a91c", verdict=verdict)
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
    """An empty results bucket in moto, reached by a client that is made before a played run cuts AWS off."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("HANDRAIL_RESULTS_BUCKET", "results")
    with mock_aws():
        client.cache_clear()
        client("s3").create_bucket(Bucket="results")
        yield
    client.cache_clear()


def run(cloud: Builds, **asked: object) -> Run:
    return play(MACHINE, asked, {DRIFT_ROOTS: cloud.roots, DRIFT_PLAN: cloud.plan})


def many(number: int, verdict: Verdict) -> dict[str, Verdict]:
    return {f"{n:04}": verdict for n in range(number)}


@pytest.mark.parametrize(
    ("builds", "told"),
    [
        pytest.param(Builds(many(3, "clean")), [], id="all clean"),
        pytest.param(Builds({"a": "clean", "b": "benign"}), [], id="clean and benign"),
        pytest.param(
            Builds({"a": "clean", "b": "drift"}),
            ["Drift check: 1 of 2 roots to look at: *1 drift*, 1 clean"],
            id="drift",
        ),
        pytest.param(
            Builds({"a": "unapplied", "b": "incomplete", "c": "busy"}),
            ["Drift check: 3 of 3 roots to look at: *1 busy*, *1 incomplete*, *1 unapplied*"],
            id="not as the code says, or not judged",
        ),
        pytest.param(
            Builds({"a": "failed", "b": "clean"}),
            ["Drift check: 1 of 2 roots to look at: *1 failed*, 1 clean"],
            id="a root that fails fails no run",
        ),
        pytest.param(
            Builds({"a": "clean"}, problems=("no access",)),
            ["Drift check: 0 of 1 root to look at: *1 repository not checked*, 1 clean"],
            id="a repository that cannot be read",
        ),
        pytest.param(
            Builds(many(40, "clean"), silent=frozenset({"1"})),
            ["Drift check: 20 of 40 roots to look at: *20 failed*, 20 clean"],
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
    ("builds", "error", "last"),
    [
        pytest.param(
            Builds(many(1, "drift"), failing={"drift_roots": [BuildFailed("no config")]}),
            "States.TaskFailed",
            "Find",
            id="nothing could be found",
        ),
        pytest.param(Builds({}), "NoRoots", "Split", id="there is nothing to check"),
        pytest.param(
            Builds(many(1, "drift"), failing={"drift_plan": [BuildFailed("no space")]}),
            "States.TaskFailed",
            "Plan a range",
            id="a build fails",
        ),
    ],
)
def test_what_is_no_verdict_fails_the_run(builds: Builds, error: str, last: str) -> None:
    """Trouble that is not a root's ends the run where it happened, so that a redrive goes on from there."""
    played = run(builds)

    assert (played.ended, played.error) == ("FAILED", error)
    assert played.visited[-1] == last
    assert played.told == []


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
        pytest.param({"builds": 0}, "builds: Input should be greater than or equal to 1", id="no build"),
        pytest.param({"builds": 41}, "builds: Input should be less than or equal to 40", id="more than a Map runs"),
        pytest.param({"repositry": "infra"}, 'Did you mean "repository"?', id="a misspelt field"),
    ],
)
def test_bad_input_starts_nothing(asked: dict[str, object], says: str) -> None:
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

    assert builds.started == [
        {"RUN": "run", "REPOSITORY": "infra"},
        {"RUN": "run", "SHARD": "0", "REPOSITORIES": "infra@3f2a91c", "FIRST": "infra/0000", "LAST": "infra/0029"},
        {"RUN": "run", "SHARD": "1", "REPOSITORIES": "infra@3f2a91c", "FIRST": "infra/0030", "LAST": "infra/0059"},
    ]


def test_the_machine_carries_keys_and_counts() -> None:
    """With a thousand drifted roots no payload grows: results stay in S3."""
    few, lots = (run(Builds(many(number, "drift")), builds=4) for number in (100, 1_000))

    assert _longest_event(lots) < 1.1 * _longest_event(few) < 4_000


def _longest_event(played: Run) -> int:
    return max(len(json.dumps(event, default=str)) for event in played.history)
