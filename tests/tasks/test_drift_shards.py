"""Dealing roots to builds, and putting the results together: no root is planned twice, and none gets lost."""

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.drift_result import (
    RepositoryFound,
    RepositoryProblem,
    RootResult,
    RootsFound,
    ShardResult,
    Verdict,
)
from tasks.drift_shards import REPOSITORIES_ROOM, Shard, attention, balanced, deal, put_together


def found(**repositories: int) -> RootsFound:
    """So many roots in each repository, named so that their order is their number."""
    return RootsFound(
        run="r1",
        repositories=tuple(
            RepositoryFound(name=name, sha=f"{name}-sha", roots=tuple(f"{n:04}" for n in range(number)))
            for name, number in repositories.items()
        ),
    )


def root(path: str, verdict: Verdict, repository: str = "infra") -> RootResult:
    return RootResult(repository=repository, path=path, sha="sha", verdict=verdict)


@pytest.mark.parametrize(
    ("repositories", "builds", "ranges"),
    [
        pytest.param({"infra": 1}, 4, ["infra/0000 … infra/0000"], id="one root"),
        pytest.param({"infra": 25}, 4, ["infra/0000 … infra/0024"], id="one build's worth"),
        pytest.param({"infra": 26}, 4, ["infra/0000 … infra/0012", "infra/0013 … infra/0025"], id="one more"),
        pytest.param({"infra": 60}, 2, ["infra/0000 … infra/0029", "infra/0030 … infra/0059"], id="no more builds"),
        pytest.param({"b": 30, "a": 20}, 2, ["a/0000 … b/0004", "b/0005 … b/0029"], id="across repositories"),
        pytest.param({"a": 0, "b": 2}, 2, ["b/0000 … b/0001"], id="a repository without roots"),
    ],
)
def test_roots_are_dealt_in_ranges(repositories: dict[str, int], builds: int, ranges: list[str]) -> None:
    """Builds get ranges of about the same size, and a build is started only where there is work for it."""
    shards = deal(found(**repositories), builds)

    assert [f"{shard.first} … {shard.last}" for shard in shards] == ranges
    assert [shard.shard for shard in shards] == list(range(len(ranges)))


def test_a_build_is_told_only_the_commits_it_needs() -> None:
    """The variables of a build name the repositories of its own range, each pinned to its commit."""
    shards = deal(found(a=20, b=30), 2)

    assert [shard.repositories for shard in shards] == ["a@a-sha b@b-sha", "b@b-sha"]


def test_the_commits_fit_into_a_builds_environment() -> None:
    """With more repositories than a build's variables can hold there are more builds than were asked for."""
    shards = deal(found(**{f"repository-with-a-long-name-{n:03}": 1 for n in range(200)}), 1)

    assert len(shards) > 1
    assert all(len(shard.repositories) <= REPOSITORIES_ROOM for shard in shards)
    assert shards[-1].last == "repository-with-a-long-name-199/0000"


REPOSITORIES = st.dictionaries(st.text("abc-", min_size=1, max_size=4), st.integers(0, 90), min_size=1)


@given(REPOSITORIES, st.integers(1, 40), st.data())
def test_every_root_is_in_exactly_one_range(repositories: dict[str, int], builds: int, data: st.DataObject) -> None:
    """Whatever is found and remembered: every root is dealt once, in order, no build is idle, twice is the same."""
    everything = found(**repositories)
    names = _names(everything)
    known = st.dictionaries(st.sampled_from(names), st.floats(0, 600)) if names else st.just({})
    seconds = data.draw(known)
    shards = deal(everything, builds, seconds)

    dealt = [_inside(everything, shard) for shard in shards]
    assert [name for names in dealt for name in names] == names
    assert len(shards) <= builds
    assert all(dealt)
    assert deal(everything, builds, seconds) == shards


@given(st.lists(st.integers(1, 1000), min_size=1, max_size=12), st.integers(1, 6), st.integers(1, 12))
def test_the_largest_range_is_as_small_as_can_be(work: list[int], most: int, longest: int) -> None:
    """No other way to cut the list gives a smaller largest sum, found by trying all; no range holds too much."""
    ranges = balanced(work, most, lambda at: len(at) <= longest)

    fewest = -(-len(work) // longest)
    assert [at for each in ranges for at in each] == [*range(len(work))]
    assert len(ranges) <= max(most, fewest)
    assert all(0 < len(each) <= longest for each in ranges)
    assert max(sum(work[each.start : each.stop]) for each in ranges) == _least(work, max(most, fewest), longest)


def _least(work: list[int], most: int, longest: int) -> float:
    """The least largest sum of at most so many ranges, by trying every length of the first one."""
    if not work:
        return 0
    if not most:
        return inf
    firsts = range(1, min(longest, len(work)) + 1)
    return min(max(sum(work[:first]), _least(work[first:], most - 1, longest)) for first in firsts)


@pytest.mark.parametrize(
    ("seconds", "builds", "ranges"),
    [
        pytest.param({}, 4, [20, 20, 20], id="nothing is known: as many in each"),
        pytest.param({"infra/0000": 600.0, "infra/0059": 0.2}, 2, [29, 31], id="the others take the median"),
        pytest.param({f"infra/{n:04}": 10.0 for n in range(60)}, 2, [30, 30], id="all alike"),
        pytest.param({f"infra/{n:04}": 0.1 for n in range(59)} | {"infra/0059": 300.0}, 3, [59, 1], id="one is slow"),
        pytest.param({f"infra/{n:04}": 30.0 for n in range(60)}, 9, [9, 9, 9, 9, 9, 9, 6], id="all slow: more builds"),
        pytest.param({f"infra/{n:04}": 30.0 for n in range(60)}, 1, [60], id="no more builds than asked for"),
        pytest.param({"gone/0000": 900.0, "infra/0000": 1.0}, 1, [60], id="a root that is gone"),
    ],
)
def test_ranges_are_cut_by_what_roots_took_last_time(seconds: dict[str, float], builds: int, ranges: list[int]) -> None:
    """The build with the most to do has as little as can be, and slow roots are worth more builds than quick ones."""
    everything = found(infra=60)

    assert [len(_inside(everything, shard)) for shard in deal(everything, builds, seconds)] == ranges


def _names(everything: RootsFound) -> list[str]:
    named = sorted(everything.repositories, key=lambda repository: repository.name)
    return [f"{repository.name}/{path}" for repository in named for path in repository.roots]


def _inside(everything: RootsFound, shard: Shard) -> list[str]:
    names = _names(everything)
    return names[names.index(shard.first) : names.index(shard.last) + 1]


# Two builds, one root each.
HALVES = tuple(Shard(shard=n, repositories="infra@sha", first=f"infra/{n:04}", last=f"infra/{n:04}") for n in range(2))


@pytest.mark.parametrize(
    ("results", "unread", "told"),
    [
        pytest.param(
            [ShardResult(run="r1", shard=0, roots=(root("0001", "clean"), root("0000", "drift")))],
            {},
            ["infra/0000 drift", "infra/0001 clean"],
            id="urgent ones first",
        ),
        pytest.param(
            [
                ShardResult(run="r1", shard=0, roots=(root("0001", "drift"),)),
                ShardResult(run="r1", shard=1, roots=(root("0000", "drift"),)),
            ],
            {},
            ["infra/0000 drift", "infra/0001 drift"],
            id="then by name",
        ),
        pytest.param(
            [ShardResult(run="r1", shard=0, roots=(root("0001", "clean"),))],
            {0: "its build left nothing"},
            ["infra/0000 failed lost: its build left nothing", "infra/0001 clean"],
            id="a result is missing",
        ),
        pytest.param(
            [ShardResult(run="r1", shard=0, roots=(root("0001", "clean"),))],
            {},
            ["infra/0000 failed lost: its build ended without a word about it", "infra/0001 clean"],
            id="a root is missing",
        ),
        pytest.param(
            [ShardResult(run="r1", shard=0, problems=(RepositoryProblem(repository="infra", problem="no access"),))],
            {},
            ["infra/0000 failed checkout: no access", "infra/0001 failed checkout: no access"],
            id="a repository could not be checked out",
        ),
        pytest.param(
            [
                ShardResult(run="r1", shard=0, roots=(root("0000", "clean"), root("0001", "clean"))),
                ShardResult(run="r1", shard=1, roots=(root("0000", "drift"),)),
                ShardResult(run="r1", shard=2, roots=(root("0000", "benign"),)),
            ],
            {},
            ["infra/0000 drift", "infra/0001 clean"],
            id="of two verdicts the more urgent one",
        ),
    ],
)
def test_every_root_has_a_verdict(results: list[ShardResult], unread: dict[int, str], told: list[str]) -> None:
    """Whatever a build leaves out, the report names every root that was found, and a lost one is never clean."""
    report = put_together(found(infra=2), HALVES, results, unread)

    assert [_told(each) for each in report.roots] == told
    assert sum(report.counts.values()) == 2


def _told(result: RootResult) -> str:
    phase = f" {result.phase}: {result.diagnostics[0].summary}" if result.phase else ""
    return f"{result.name} {result.verdict}{phase}"


@pytest.mark.parametrize(
    ("verdicts", "number"),
    [
        pytest.param(["clean", "clean"], 0, id="all clean"),
        pytest.param(["clean", "benign"], 0, id="benign needs nobody"),
        pytest.param(["drift", "unapplied"], 2, id="drift and unapplied"),
        pytest.param(["failed", "busy", "incomplete"], 3, id="what could not be judged"),
    ],
)
def test_what_somebody_has_to_look_at(verdicts: list[Verdict], number: int) -> None:
    """Nothing to look at means that nothing is said (S003-11)."""
    roots = tuple(root(f"{n:04}", verdict) for n, verdict in enumerate(verdicts))

    report = put_together(found(infra=len(verdicts)), [], [ShardResult(run="r1", shard=0, roots=roots)], {})

    assert attention(report) == number


def test_a_repository_that_was_not_checked_is_something_to_look_at() -> None:
    """A run whose every root is clean is not silent when a repository could not be read."""
    checked = RepositoryFound(name="infra", sha="sha", roots=("0000",))
    unread = RepositoryFound(name="network", problems=("no access",))
    everything = RootsFound(run="r1", repositories=(unread, checked))

    report = put_together(everything, [], [ShardResult(run="r1", shard=0, roots=(root("0000", "clean"),))], {})

    assert attention(report) == 1
    assert [repository.name for repository in report.repositories] == ["infra", "network"]
