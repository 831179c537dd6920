"""Dealing Terraform roots to builds, and putting the builds' results together again."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import get_args

from schemas.drift_result import (
    Diagnostic,
    Phase,
    Record,
    Report,
    RepositoryFound,
    RootResult,
    RootsFound,
    ShardResult,
    Verdict,
)

# Fewer roots than this in a build take less time than a further build takes to start.
ROOTS_A_BUILD = 25

# CodeBuild takes about 5,500 characters of environment variables in all; this much may be repositories.
REPOSITORIES_ROOM = 4_000

# Nobody has to do anything about these.
QUIET: frozenset[Verdict] = frozenset({"clean", "benign"})

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

Root = tuple[RepositoryFound, str]


class Shard(Record):
    """The roots that one build plans: a range of all roots at pinned commits, as the build's variables say it."""

    shard: int
    repositories: str
    first: str
    last: str


def deal(found: RootsFound, builds: int) -> tuple[Shard, ...]:
    """Ranges of roots, their sizes at most one apart unless the repositories' names need more room than a build has."""
    roots = [*_named(found).values()]
    number = min(builds, -(-len(roots) // ROOTS_A_BUILD))
    ranges = [roots[len(roots) * n // number : len(roots) * (n + 1) // number] for n in range(number)]
    fitting = [small for dealt in ranges for small in _fitting(dealt)]
    return tuple(
        Shard(shard=n, repositories=_pinned(dealt), first=_name(dealt[0]), last=_name(dealt[-1]))
        for n, dealt in enumerate(fitting)
    )


def put_together(
    found: RootsFound, shards: Sequence[Shard], results: Sequence[ShardResult], unread: Mapping[int, str]
) -> Report:
    """The report on every root that was found; `unread` says of the builds without a result why there is none."""
    known = _known(results)
    troubles = {trouble.repository: trouble.problem for result in results for trouble in result.problems}
    silent = _of_silent_builds(found, shards, unread)
    for name, (repository, path) in _named(found).items():
        if name not in known:
            known[name] = _without_result(repository, path, troubles.get(repository.name), silent.get(name))
    roots = tuple(sorted(known.values(), key=lambda root: (_urgency(root), root.name)))
    return Report(run=found.run, repositories=_sorted(found.repositories), counts=_counts(roots), roots=roots)


def attention(report: Report) -> int:
    """How many roots and repositories somebody has to look at."""
    roots = sum(root.verdict not in QUIET for root in report.roots)
    return roots + sum(bool(repository.problems) for repository in report.repositories)


def _sorted(repositories: Iterable[RepositoryFound]) -> tuple[RepositoryFound, ...]:
    return tuple(sorted(repositories, key=lambda repository: repository.name))


def _name(root: Root) -> str:
    return f"{root[0].name}/{root[1]}"


def _named(found: RootsFound) -> dict[str, Root]:
    """Every root by its name, in the order in which both deal and the builds count them."""
    roots = [(repository, path) for repository in _sorted(found.repositories) for path in sorted(repository.roots)]
    return {_name(root): root for root in roots}


def _known(results: Iterable[ShardResult]) -> dict[str, RootResult]:
    """Every result by its root's name; of two for one root the more urgent one."""
    roots = sorted((root for result in results for root in result.roots), key=_urgency, reverse=True)
    return {root.name: root for root in roots}


def _of_silent_builds(found: RootsFound, shards: Iterable[Shard], unread: Mapping[int, str]) -> dict[str, str]:
    """Why there is no result, by the name of each root of each build that gave none."""
    names = [*_named(found)]
    return {
        name: unread[shard.shard]
        for shard in shards
        if shard.shard in unread
        for name in names[names.index(shard.first) : names.index(shard.last) + 1]
    }


def _pinned(dealt: Sequence[Root]) -> str:
    return " ".join(dict.fromkeys(f"{repository.name}@{repository.sha}" for repository, _ in dealt))


def _fitting(dealt: list[Root]) -> list[list[Root]]:
    """The range, halved until its repositories fit into a build's environment."""
    if len(_pinned(dealt)) <= REPOSITORIES_ROOM or len(dealt) == 1:
        return [dealt]
    half = len(dealt) // 2
    return [*_fitting(dealt[:half]), *_fitting(dealt[half:])]


def _urgency(root: RootResult) -> int:
    return VERDICTS.index(root.verdict)


def _counts(roots: Iterable[RootResult]) -> dict[Verdict, int]:
    counted = Counter(root.verdict for root in roots)
    return {verdict: counted[verdict] for verdict in VERDICTS}


def _without_result(repository: RepositoryFound, path: str, trouble: str | None, reason: str | None) -> RootResult:
    phase: Phase = "checkout" if trouble else "lost"
    summary = trouble or reason or "its build ended without a word about it"
    return RootResult(
        repository=repository.name,
        path=path,
        sha=repository.sha,
        verdict="failed",
        phase=phase,
        diagnostics=(Diagnostic(severity="error", summary=summary),),
    )
