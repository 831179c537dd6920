"""Dealing Terraform roots to builds, and putting the builds' results together again."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import median
from types import MappingProxyType
from typing import get_args

from schemas.drift_result import (
    Diagnostic,
    Phase,
    Record,
    Report,
    RepositoryFound,
    RootResult,
    RootsFound,
    RuleSeen,
    ShardResult,
    Verdict,
)

# Fewer roots than this in a build take less time than a further build takes to start.
ROOTS_A_BUILD = 25
# The same where their times are known: several at a time, so many seconds of planning pass in less than a minute.
SECONDS_A_BUILD = 240

UNKNOWN: Mapping[str, float] = MappingProxyType({})

# CodeBuild takes about 5,500 characters of environment variables in all; this much may be repositories.
REPOSITORIES_ROOM = 4_000

# Nobody has to do anything about these.
QUIET: frozenset[Verdict] = frozenset({"clean", "benign"})

# A plan with one of these has said all that it could: a rule that took nothing from it has nothing to take.
WHOLE: frozenset[Verdict] = frozenset({"drift", "unapplied", "benign", "clean"})

VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

Root = tuple[RepositoryFound, str]


class Shard(Record):
    """The roots that one build plans: a range of all roots at pinned commits, as the build's variables say it."""

    shard: int
    repositories: str
    first: str
    last: str


def deal(found: RootsFound, builds: int, seconds: Mapping[str, float] = UNKNOWN) -> tuple[Shard, ...]:
    """Ranges of roots, one a build, so that the build with the most to do has as little as can be.

    `seconds` is how long each root took last time, by its name; of one that is not known, the median of the others.
    There are more ranges than `builds` only where the repositories' names need more room than so many builds have.
    """
    roots = [*_named(found).values()]
    if not roots:
        return ()
    work = _work(roots, seconds)
    ranges = balanced(work, min(builds, _worthwhile(work, known=bool(seconds))), _room(roots))
    return tuple(
        Shard(shard=n, repositories=_pinned(dealt), first=_name(dealt[0]), last=_name(dealt[-1]))
        for n, dealt in enumerate(roots[each.start : each.stop] for each in ranges)
    )


def balanced(work: Sequence[int], most: int, fits: Callable[[range], bool] = lambda at: True) -> list[range]:
    """At most so many ranges of `work` that fit, in order, the largest sum as small as can be; more if too few fit.

    A part of a range that fits must fit as well. Then to fill each range up to a limit gives the fewest ranges that
    keep it, so the least limit is found by halving.
    """
    enough = max(most, len(_filled(work, sum(work), fits)))
    low, high = max(work), sum(work)
    while low < high:
        limit = (low + high) // 2
        low, high = (low, limit) if len(_filled(work, limit, fits)) <= enough else (limit + 1, high)
    return _filled(work, low, fits)


def _filled(work: Sequence[int], limit: int, fits: Callable[[range], bool]) -> list[range]:
    """Ranges filled up one after the other; a single item that is too much is a range all the same."""
    ranges, begin, done = [], 0, 0
    for at, more in enumerate(work):
        if at > begin and (done + more > limit or not fits(range(begin, at + 1))):
            ranges.append(range(begin, at))
            begin, done = at, 0
        done += more
    return [*ranges, range(begin, len(work))]


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
    return Report(
        run=found.run,
        repositories=_sorted(found.repositories),
        counts=_counts(roots),
        roots=roots,
        rules=tuple(_rules(found, roots, results)),
    )


def attention(report: Report) -> int:
    """How many roots and repositories somebody has to look at."""
    roots = sum(root.verdict not in QUIET for root in report.roots)
    return roots + sum(bool(repository.problems) for repository in report.repositories)


def _rules(found: RootsFound, roots: Sequence[RootResult], results: Iterable[ShardResult]) -> Iterator[RuleSeen]:
    """Each rule with what it matched in all builds; one is idle only if nowhere it could match is left unseen."""
    matched = sum((Counter(result.rules) for result in results), Counter[str]())
    unseen = {root.repository for root in roots if root.verdict not in WHOLE}
    unseen |= {repository.name for repository in found.repositories if repository.problems or not repository.roots}
    for rule in found.rules:
        seen = rule.whole and (rule.repository not in unseen if rule.repository else not unseen)
        idle = seen and rule.state == "active" and not matched[rule.id]
        yield RuleSeen(**rule.model_dump(), matches=matched[rule.id], idle=idle)


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


def _room(roots: Sequence[Root]) -> Callable[[range], bool]:
    """Whether the repositories of a range fit into a build's environment; a repository's roots stand together."""
    before, through, room = list[int](), list[int](), 0
    for at, (repository, _) in enumerate(roots):
        new = at == 0 or repository is not roots[at - 1][0]
        before.append(room if new else before[-1])
        room += len(f"{repository.name}@{repository.sha} ") if new else 0
        through.append(room)
    return lambda at: through[at.stop - 1] - before[at.start] - 1 <= REPOSITORIES_ROOM


def _work(roots: Sequence[Root], seconds: Mapping[str, float]) -> list[int]:
    """What each root costs, in milliseconds."""
    usual = median(seconds.values()) if seconds else 1.0
    return [max(1, round(1000 * seconds.get(_name(root), usual))) for root in roots]


def _worthwhile(work: Sequence[int], *, known: bool) -> int:
    """How many builds are worth their start."""
    by_time = sum(work) // (1000 * SECONDS_A_BUILD) if known else 0
    return max(-(-len(work) // ROOTS_A_BUILD), by_time)


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
