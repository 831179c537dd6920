"""The drift tasks on S3: what they read and write, and what they make of a result that is not there."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from handrail.aws import client
from handrail.notify import messages
from handrail.task import InvalidArguments, TaskFunction
from schemas.drift_result import Report, RepositoryFound, RootResult, RootsFound, ShardResult, Verdict
from tasks import drift

RUN = "2026-11-21-0700"
SECOND = f"drift-check/{RUN}/plan-1/result.json"


class Bucket:
    """The results bucket, as builds write to it."""

    def put(self, key: str, content: str) -> None:
        client("s3").put_object(Bucket="results", Key=f"drift-check/{RUN}/{key}", Body=content.encode())

    def get(self, key: str) -> str:
        text: str = client("s3").get_object(Bucket="results", Key=key)["Body"].read().decode()
        return text

    def found(self, roots: int) -> None:
        infra = RepositoryFound(name="infra", sha="3f2a91c", roots=tuple(f"{n:02}" for n in range(roots)))
        self.put("roots/roots.json", RootsFound(run=RUN, repositories=(infra,)).model_dump_json())

    def planned(self, shard: int, verdicts: dict[str, Verdict], *, run: str = RUN) -> None:
        roots = tuple(
            RootResult(repository="infra", path=path, sha="3f2a91c", verdict=verdict)
            for path, verdict in verdicts.items()
        )
        self.put(f"plan-{shard}/result.json", ShardResult(run=run, shard=shard, roots=roots).model_dump_json())


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty results bucket in moto; clients made for another test are forgotten."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("HANDRAIL_RESULTS_BUCKET", "results")
    with mock_aws():
        client.cache_clear()
        client("s3").create_bucket(Bucket="results")
        yield Bucket()
    client.cache_clear()


def _all(verdict: Verdict, first: int, end: int) -> dict[str, Verdict]:
    return {f"{n:02}": verdict for n in range(first, end)}


def test_split_answers_with_ranges(bucket: Bucket) -> None:
    """The machine gets numbers, names and commits, one item a build."""
    bucket.found(40)

    assert drift.split.handle({"run": RUN, "builds": 4}) == {
        "roots": 40,
        "shards": [
            {"shard": 0, "repositories": "infra@3f2a91c", "first": "infra/00", "last": "infra/19"},
            {"shard": 1, "repositories": "infra@3f2a91c", "first": "infra/20", "last": "infra/39"},
        ],
    }


def test_no_root_is_an_error(bucket: Bucket) -> None:
    """A check that checked nothing does not end as clean."""
    bucket.found(0)

    with pytest.raises(drift.NoRoots, match="nothing was checked"):
        drift.split(run=RUN, builds=4)


def test_reduce_answers_with_counts_and_stores_the_report(bucket: Bucket) -> None:
    """The machine gets a key and counts; the report in S3 holds every root."""
    bucket.found(26)
    drift.split(run=RUN, builds=2)
    bucket.planned(0, _all("clean", 0, 13))
    bucket.planned(1, _all("benign", 13, 25) | _all("drift", 25, 26))

    answer = drift.reduce.handle({"run": RUN})

    assert answer == {
        "report": f"drift-check/{RUN}/report.json",
        "roots": 26,
        "counts": {"failed": 0, "busy": 0, "drift": 1, "incomplete": 0, "unapplied": 0, "benign": 12, "clean": 13},
        "attention": 1,
    }
    report = Report.model_validate_json(bucket.get(answer["report"]))
    assert [root.name for root in report.roots[:3]] == ["infra/25", "infra/13", "infra/14"]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        pytest.param(None, f"its build left no {SECOND}", id="missing"),
        pytest.param("", f"{SECOND} cannot be read", id="empty"),
        pytest.param('{"run": "hunter2", "sha', f"{SECOND} cannot be read", id="cut off"),
        pytest.param('{"shard": 1, "secret": "hunter2"}', f"{SECOND} cannot be read", id="of another shape"),
        pytest.param(
            ShardResult(run="hunter2", shard=1).model_dump_json(),
            f"{SECOND} belongs to another build",
            id="another run",
        ),
        pytest.param(
            ShardResult(run=RUN, shard=7).model_dump_json(), f"{SECOND} belongs to another build", id="another shard"
        ),
    ],
)
def test_a_result_that_is_not_there_is_a_failure(bucket: Bucket, content: str | None, why: str) -> None:
    """Roots whose build left nothing readable have failed, with the reason, and without what was in the file."""
    bucket.found(26)
    drift.split(run=RUN, builds=2)
    bucket.planned(0, _all("clean", 0, 13))
    if content is not None:
        bucket.put("plan-1/result.json", content)

    answer = drift.reduce.handle({"run": RUN})

    stored = bucket.get(answer["report"])
    lost = [root for root in Report.model_validate_json(stored).roots if root.phase == "lost"]
    assert [root.name for root in lost] == [f"infra/{n}" for n in range(13, 26)]
    assert {diagnostic.summary for root in lost for diagnostic in root.diagnostics} == {why}
    assert answer["counts"]["failed"] == answer["attention"] == 13
    assert "hunter2" not in stored


def test_a_bucket_that_cannot_be_read_fails_the_run(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trouble with S3 itself is no verdict on a root: the task fails, and the run can be redriven."""
    monkeypatch.setenv("HANDRAIL_RESULTS_BUCKET", "gone")

    with pytest.raises(client("s3").exceptions.NoSuchBucket):
        drift.reduce(run=RUN)


def test_tell_posts_one_message(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message a run, made from the stored report, with the time since the run began."""
    monkeypatch.setenv("HANDRAIL_MESSAGES", str(tmp_path / "told.jsonl"))
    bucket.found(2)
    drift.split(run=RUN, builds=1)
    bucket.planned(0, {"00": "clean", "01": "drift"})
    drift.reduce(run=RUN)

    started = datetime.now(UTC) - timedelta(minutes=2, seconds=5)
    assert drift.tell.handle({"run": RUN, "started": started.isoformat()}) is None

    [told] = messages(tmp_path / "told.jsonl")
    assert told.text == "Drift check: 1 of 2 roots to look at: *1 drift*, 1 clean"
    assert "took 2 min" in told.blocks[-1].model_dump_json()


@pytest.mark.parametrize(
    ("function", "event"),
    [
        pytest.param(drift.split, {"run": "../other", "builds": 1}, id="a run that leaves its folder"),
        pytest.param(drift.split, {"run": "..", "builds": 1}, id="a run that is a folder"),
        pytest.param(drift.split, {"run": RUN, "builds": 0}, id="no build at all"),
        pytest.param(drift.split, {"run": RUN, "builds": "2"}, id="a number as text"),
        pytest.param(drift.tell, {"run": RUN}, id="no start"),
    ],
)
def test_wrong_arguments_are_refused(function: TaskFunction[..., Any], event: dict[str, object]) -> None:
    """A task that anybody with the right may call checks what it is called with."""
    with pytest.raises(InvalidArguments):
        function.handle(event)


def test_the_repositories_to_choose_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form offers the repositories of the configuration, in order."""
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "terraform.yaml").write_text(
        "repositories:\n"
        '  - {name: network, path: network, roots: ["*"]}\n'
        '  - {name: billing, path: billing, roots: ["*"]}\n'
    )
    monkeypatch.setenv("HANDRAIL_PROJECT", str(tmp_path))

    assert drift.repositories() == ["billing", "network"]
