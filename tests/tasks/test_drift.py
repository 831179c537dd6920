"""The drift tasks on S3: what they read and write, and what they make of a result that is not there."""

from pathlib import Path
from typing import Any

import pytest

from handrail.aws import client
from handrail.task import InvalidArguments, TaskFunction
from schemas.drift_result import Report, ShardResult, Verdict
from tasks import drift
from tests.tasks.bucket import KEY, RUN, Bucket

ROOT = Path(__file__).parents[2]
SECOND = f"drift-check/{RUN}/plan-1/result.json"


def _all(verdict: Verdict, first: int, end: int) -> dict[str, Verdict]:
    return {f"{n:02}": verdict for n in range(first, end)}


def test_split_answers_with_ranges(bucket: Bucket) -> None:
    """The machine gets numbers, names and commits, one item a build."""
    bucket.found(40)

    assert drift.split.handle({"run": RUN, "builds": 4, "key": KEY}) == {
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
        drift.split(run=RUN, builds=4, key=KEY)


def test_without_the_key_no_build_is_started(bucket: Bucket) -> None:
    """A build would miss it only once it had found drift: on the very day on which it matters."""
    bucket.found(2)

    with pytest.raises(drift.NoKey, match=r"no secret handrail/other.*Make it once: aws secretsmanager create-secret"):
        drift.split(run=RUN, builds=1, key="handrail/other")


def test_reduce_answers_with_counts_and_stores_the_report(bucket: Bucket) -> None:
    """The machine gets a key and counts; the report in S3 holds every root."""
    bucket.found(26)
    drift.split(run=RUN, builds=2, key=KEY)
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
    drift.split(run=RUN, builds=2, key=KEY)
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


@pytest.mark.parametrize(
    ("function", "event"),
    [
        pytest.param(drift.split, {"run": "../other", "builds": 1, "key": KEY}, id="a run that leaves its folder"),
        pytest.param(drift.split, {"run": "..", "builds": 1, "key": KEY}, id="a run that is a folder"),
        pytest.param(drift.split, {"run": RUN, "builds": 0, "key": KEY}, id="no build at all"),
        pytest.param(drift.split, {"run": RUN, "builds": "2", "key": KEY}, id="a number as text"),
        pytest.param(drift.tell, {"run": RUN, "interval": 1}, id="no time"),
        pytest.param(drift.claim, {"root": "a", "who": "", "at": "2026-01-05T07:00:00Z"}, id="a claim by nobody"),
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
