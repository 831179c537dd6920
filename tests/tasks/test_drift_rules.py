"""Ignore rules over runs: what they matched, and when one is told to be of no use."""

from collections.abc import Iterator, Sequence
from datetime import date

import pytest

from handrail.table import MemoryTable, table, using
from schemas.drift_result import (
    Report,
    RepositoryFound,
    RootResult,
    RootsFound,
    RuleFound,
    RuleSeen,
    RuleState,
    ShardResult,
    Verdict,
)
from tasks import drift
from tasks.drift_rules import RULES, matched, noted
from tasks.drift_shards import put_together
from tests.tasks.bucket import KEY, RUN, Bucket

DAY = date(2026, 3, 10)
UNTIL = date(2026, 6, 30)


def rule(name: str, repository: str = "", *, state: RuleState = "active", whole: bool = True) -> RuleFound:
    return RuleFound(
        id=name, repository=repository, address="a.b", reason="known", until=UNTIL, state=state, whole=whole
    )


def root(path: str, repository: str = "infra", verdict: Verdict = "clean") -> RootResult:
    return RootResult(repository=repository, path=path, sha="1", verdict=verdict)


def judged(
    given: RuleFound,
    roots: Sequence[RootResult],
    matches: Sequence[dict[str, int]] = ({},),
    problems: Sequence[str] = (),
) -> tuple[int, bool]:
    """How often the rule matched, and whether it is idle, where infra and network have the roots."""
    names = dict.fromkeys(each.repository for each in roots)
    repositories = [
        RepositoryFound(name=name, sha="1", roots=tuple(each.path for each in roots if each.repository == name))
        for name in names
    ]
    repositories += [RepositoryFound(name=name, problems=("no access",)) for name in problems]
    found = RootsFound(run="r", repositories=tuple(repositories), rules=(given,))
    results = [
        ShardResult(run="r", shard=n, roots=tuple(roots) if n == 0 else (), rules=each)
        for n, each in enumerate(matches)
    ]
    [seen] = put_together(found, [], results, {}).rules
    return seen.matches, seen.idle


BOTH = [root("a"), root("b", "network")]


@pytest.mark.parametrize(
    ("given", "roots", "matches", "told"),
    [
        pytest.param(rule("x"), BOTH, [{"x": 2}, {"x": 1, "y": 9}, {}], (3, False), id="matches of all builds"),
        pytest.param(rule("x"), BOTH, [{"x": 0}, {"x": 0}], (0, True), id="nothing anywhere"),
        pytest.param(rule("x", whole=False), BOTH, [{"x": 0}], (0, False), id="a run for one repository"),
        pytest.param(rule("x", state="expired"), BOTH, [{}], (0, False), id="expired: it was not applied"),
        pytest.param(rule("x", state="too long"), BOTH, [{}], (0, False), id="without an end: nor was this"),
        pytest.param(rule("x"), [root("a"), root("b", verdict="failed")], [{"x": 0}], (0, False), id="a root failed"),
        pytest.param(rule("x"), [root("a"), root("b", verdict="busy")], [{"x": 0}], (0, False), id="a root is locked"),
        pytest.param(rule("x"), [root("a"), root("b", verdict="incomplete")], [{"x": 0}], (0, False),
                     id="a plan is not complete"),
        pytest.param(rule("x"), [root("a", verdict="drift"), root("b", verdict="unapplied")], [{"x": 0}], (0, True),
                     id="other differences are none of its own"),
        pytest.param(rule("x", "infra"), [root("a"), root("b", "network", "failed")], [{"x": 0}], (0, True),
                     id="a root failed where it could not match"),
        pytest.param(rule("x", "network"), [root("a"), root("b", "network", "failed")], [{"x": 0}], (0, False),
                     id="a root failed where it could"),
    ],
)  # fmt: skip
def test_a_rule_without_a_match_is_told_when_nothing_was_left_out(
    given: RuleFound, roots: list[RootResult], matches: list[dict[str, int]], told: tuple[int, bool]
) -> None:
    """Only where each root in which it could match was planned to the end is no match a sign (S003-13)."""
    assert judged(given, roots, matches) == told


def test_a_repository_that_cannot_be_read_may_hold_matches() -> None:
    """A rule for all waits for all; a rule of another repository does not."""
    assert judged(rule("x"), [root("a")], [{"x": 0}], ["network"]) == (0, False)
    assert judged(rule("x", "infra"), [root("a")], [{"x": 0}], ["network"]) == (0, True)


@pytest.fixture
def _empty() -> Iterator[None]:
    with using(MemoryTable()):
        yield


def after(day: date, *, matches: int) -> bool:
    """Whether the rule is told as idle after a whole run of that day."""
    seen = RuleSeen(**rule("x").model_dump(), matches=matches, idle=not matches)
    return noted([seen], day)[0].idle


@pytest.mark.usefixtures("_empty")
@pytest.mark.parametrize(
    ("days", "idle"),
    [
        pytest.param([(10, 0)], [True], id="never matched: perhaps a typing error"),
        pytest.param([(10, 1)], [False], id="matched"),
        pytest.param([(10, 1), (11, 0), (16, 0), (17, 0)], [False, False, False, True], id="a week without a match"),
        pytest.param([(10, 1), (15, 1), (17, 0), (22, 0)], [False, False, False, True], id="a match begins it anew"),
        pytest.param([(10, 1), (17, 0), (18, 2), (19, 0)], [False, True, False, False], id="it matches again"),
        pytest.param([(17, 1), (10, 1), (20, 0)], [False, False, False], id="a run that is told late"),
    ],
)
def test_a_quiet_day_is_no_reason_to_take_a_rule_out(days: list[tuple[int, int]], idle: list[bool]) -> None:
    """What a rule is for comes and goes; after a week without it the rule is told."""
    assert [after(date(2026, 3, day), matches=matches) for day, matches in days] == idle


@pytest.mark.usefixtures("_empty")
def test_the_last_match_is_remembered() -> None:
    """By the rule's id, for as long as anybody may ask; a row that cannot be read is none."""
    after(DAY, matches=3)
    table().put({"pk": RULES, "sk": "strange", "matched": "never"})
    table().put({"pk": RULES, "sk": "empty"})

    assert matched() == {"x": DAY}
    row = table().get(RULES, "x")
    assert row is not None
    assert (row["resources"], row["expires"]) == (3, 1807660800)


def test_without_rules_no_table_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation that ignores nothing asks nothing."""
    monkeypatch.delenv("HANDRAIL_TABLE", raising=False)

    assert noted([], DAY) == ()


def test_the_report_knows_the_rules(bucket: Bucket) -> None:
    """Counted over all builds, with their last matches, once more the same."""
    infra = RepositoryFound(name="infra", sha="1", roots=("a", "b"))
    found = RootsFound(
        run=RUN, repositories=(infra,), rules=(rule("x"), rule("quiet"), rule("old", state="expired")), day=DAY
    )
    bucket.put("roots/roots.json", found.model_dump_json())
    drift.split(run=RUN, builds=1, key=KEY)
    result = ShardResult(run=RUN, shard=0, roots=(root("a"), root("b")), rules={"x": 2, "quiet": 0})
    bucket.put("plan-0/result.json", result.model_dump_json())

    answers = [Report.model_validate_json(bucket.get(drift.reduce(run=RUN).report)) for _ in range(2)]

    assert answers[0] == answers[1]
    assert [(each.id, each.matches, each.idle, each.state) for each in answers[0].rules] == [
        ("x", 2, False, "active"), ("quiet", 0, True, "active"), ("old", 0, False, "expired"),
    ]  # fmt: skip
    assert matched() == {"x": DAY}
