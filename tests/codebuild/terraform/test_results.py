"""The result file: written as roots finish, whole or not there."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from codebuild.terraform.results import results
from schemas.drift_result import RepositoryProblem, RootResult, ShardResult


def root(n: int) -> RootResult:
    return RootResult(repository="infra", path=f"{n:03}", sha="1", verdict="clean")


@pytest.mark.parametrize("number", [0, 1, 200])
def test_is_what_a_task_reads(tmp_path: Path, number: int) -> None:
    """Added from many threads, the file is one ShardResult with every root once."""
    problem = RepositoryProblem(repository="other", problem='says "roots":[] itself')

    with results(tmp_path / "result.json", "r", 3, [problem]) as file, ThreadPoolExecutor(8) as pool:
        list(pool.map(file.add, map(root, range(number))))

    read = ShardResult.model_validate_json((tmp_path / "result.json").read_bytes())
    assert (read.run, read.shard, read.problems) == ("r", 3, (problem,))
    assert sorted(each.path for each in read.roots) == [f"{n:03}" for n in range(number)]


def test_half_a_result_is_none(tmp_path: Path) -> None:
    """Where something goes wrong in between there is no file at all, not even a part."""

    def fail() -> None:
        with results(tmp_path / "result.json", "r", 0, []) as file:
            file.add(root(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert list(tmp_path.iterdir()) == []


def test_counts_what_each_rule_ignored(tmp_path: Path) -> None:
    """Over all roots; a rule that took nothing is in the file as well, or nobody could tell that it was applied."""
    matched = [root(n).model_copy(update={"rules": {"a": 2, "b": n}}) for n in range(3)]

    with results(tmp_path / "result.json", "r", 0, [], ["a", "b", "quiet"]) as file, ThreadPoolExecutor(8) as pool:
        list(pool.map(file.add, matched))

    assert ShardResult.model_validate_json((tmp_path / "result.json").read_bytes()).rules == {
        "a": 6,
        "b": 3,
        "quiet": 0,
    }
