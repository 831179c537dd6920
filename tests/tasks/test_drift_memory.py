"""What is news: told once, silent while it lasts, told when it changes or ends."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.drift_memory import Item, Memory, News, State
from schemas.drift_result import Diagnostic, Report, RepositoryFound, RootResult, RuleSeen, RuleState
from tasks.drift_memory import DIFFERENT, UNJUDGED, Look, current, news, threaded

TOKYO = ZoneInfo("Asia/Tokyo")
MONDAY = datetime(2026, 1, 5, 7, 0, tzinfo=TOKYO)
DAY = timedelta(days=1)

Day = Mapping[str, str]
"""What a run finds, by the root's path: a verdict, and after a colon what the difference is."""


def report(day: Day, *, repository: str = "infra", problems: Sequence[str] = (), run: str = "r") -> Report:
    roots = tuple(root(repository, path, said) for path, said in day.items())
    found = RepositoryFound(name=repository, roots=tuple(sorted(day)), problems=tuple(problems))
    return Report(run=run, repositories=(found,), counts={}, roots=roots)


def root(repository: str, path: str, said: str) -> RootResult:
    verdict, _, difference = said.partition(":")
    fields: dict[str, Any] = {"repository": repository, "path": path, "sha": "3f2a91c", "verdict": verdict}
    if verdict in DIFFERENT:
        fields |= {"fingerprint": f"{path} {difference}", "cause": difference}
    if verdict == "failed":
        fields |= {"phase": "plan", "diagnostics": (Diagnostic(severity="error", summary=difference or "bad"),)}
    return RootResult.model_validate({"owner": "U024BE7LH", **fields})


class Diary:
    """The check, day after day: each run's news, and the memory that it leaves."""

    def __init__(self, *, failed_after: int = 2, start: datetime = MONDAY) -> None:
        self.memory: dict[str, Memory] = {}
        self.state = State()
        self.failed_after = failed_after
        self.now = start
        self.runs = 0

    def look(self, **more: Any) -> Look:
        rules = {"failed_after": self.failed_after, "remind_after": 3 * DAY, "zone": TOKYO}
        return Look(**{"run": f"run-{self.runs}", "started": self.now, **rules, **more})

    def run(self, found: Report, **more: Any) -> News:
        told = news(self.memory, found, self.look(**more), self.state)
        self.keep(told)
        self.now += DAY
        self.runs += 1
        return told

    def keep(self, told: News) -> None:
        self.memory |= {row.name: row for row in threaded(told.rows, f"post of {told.run}")}
        for name in told.gone:
            self.memory.pop(name, None)
        self.state = told.state

    def claim(self, name: str, who: str) -> None:
        self.memory[name] = self.memory[name].model_copy(update={"claimed_by": who, "claimed_at": self.now})


def told(news: News) -> list[str]:
    return [f"{item.kind} {item.name.removeprefix('infra/')}" for item in news.items if item.kind != "open"]


KNOWN: Day = {"a": "clean"}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param(["drift:1"], ["new a"], id="new"),
        pytest.param(["unapplied:1"], ["new a"], id="code that waits"),
        pytest.param(["benign"], [""], id="nothing to do about it"),
        pytest.param(["drift:1", "drift:1", "drift:1"], ["new a", "", ""], id="the same is silent"),
        pytest.param(["drift:1", "drift:2", "drift:2"], ["new a", "changed a", ""], id="changed"),
        pytest.param(["drift:1", "clean", "clean"], ["new a", "resolved a", ""], id="resolved"),
        pytest.param(["drift:1", "benign"], ["new a", "resolved a"], id="resolved by the code"),
        pytest.param(["drift:1", "clean", "drift:1"], ["new a", "resolved a", "new a"], id="back again is new"),
        pytest.param(["drift:1", "failed", "drift:1"], ["new a", "", ""], id="a failure forgets nothing"),
        pytest.param(["drift:1", "failed", "drift:2"], ["new a", "", "changed a"], id="changed behind a failure"),
        pytest.param(["drift:1", "busy", "clean"], ["new a", "", "resolved a"], id="locked resolves nothing"),
        pytest.param(["drift:1", "incomplete", "drift:1"], ["new a", "", ""], id="half a plan resolves nothing"),
        pytest.param(["failed", "clean"], ["", ""], id="failed once"),
        pytest.param(["failed", "failed", "failed"], ["", "failed a", ""], id="failed twice in a row"),
        pytest.param(["failed", "clean", "failed"], ["", "", ""], id="failed twice, not in a row"),
        pytest.param(["failed", "busy", "incomplete"], ["", "failed a", ""], id="no verdict, whatever the reason"),
        pytest.param(["failed", "failed", "clean"], ["", "failed a", "recovered a"], id="recovered"),
        pytest.param(
            ["failed", "failed", "drift:1"], ["", "failed a", "new a, recovered a"], id="recovered, and it has drifted"
        ),
        pytest.param(
            ["drift:1", "failed", "failed", "clean"],
            ["new a", "", "failed a", "resolved a, recovered a"],
            id="a failure and a drift have a memory each",
        ),
        pytest.param(["busy", "busy"], ["", "failed a"], id="locked for good"),
    ],
)
def test_what_is_told_day_by_day(days: list[str], expected: list[str]) -> None:
    """Each day's verdict on one root among others, and what the channel hears that day."""
    diary = Diary()
    diary.run(report({**KNOWN, "ok": "clean"}))

    heard = [", ".join(told(diary.run(report({"a": day, "ok": "clean"})))) for day in days]

    assert heard == expected


@pytest.mark.parametrize(
    ("failed_after", "heard_on"),
    [pytest.param(1, 1, id="at once"), pytest.param(2, 2, id="the default"), pytest.param(5, 5, id="patient")],
)
def test_how_often_a_root_may_fail(failed_after: int, heard_on: int) -> None:
    """A failure is told after as many runs in a row as the configuration says."""
    diary = Diary(failed_after=failed_after)
    diary.run(report({**KNOWN, "ok": "clean"}))

    heard = [told(diary.run(report({"a": "failed", "ok": "clean"}))) for _ in range(6)]

    assert [n for n, items in enumerate(heard, 1) if items] == [heard_on]


def test_a_run_that_judges_nothing_is_told_at_once() -> None:
    """All roots without a verdict is no passing trouble of one of them."""
    diary = Diary()
    diary.run(report({"a": "clean", "b": "clean"}))

    assert told(diary.run(report({"a": "failed", "b": "busy"}))) == ["failed a", "failed b"]


SIZE, TAGS = "size", "tags"
WIDER = {SIZE: "wider"}


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        pytest.param([("drift:1", {}, ""), ("clean", {SIZE: "1"}, SIZE)], "ignored a by size", id="by a new rule"),
        pytest.param([("drift:1", {}, ""), ("benign", {SIZE: "1"}, SIZE)], "ignored a by size", id="and some is left"),
        pytest.param([("drift:1", {}, ""), ("failed", {SIZE: "1"}, ""), ("clean", {SIZE: "1"}, SIZE)],
                     "ignored a by size", id="while nobody could look"),
        pytest.param([("drift:1", {SIZE: "1"}, ""), ("clean", WIDER, SIZE)], "ignored a by size",
                     id="by one that was changed and kept its id"),
        pytest.param([("drift:1", {SIZE: "1"}, SIZE), ("clean", {SIZE: "1", TAGS: "1"}, "size tags")],
                     "ignored a by tags", id="the rule that was there did not hide it"),
        pytest.param([("drift:1", {}, ""), ("clean", {SIZE: "1", TAGS: "1"}, "size tags")],
                     "ignored a by size, tags", id="by two"),
        pytest.param([("drift:1", {}, ""), ("clean", {SIZE: "1"}, "")], "resolved a", id="by a rule for another root"),
        pytest.param([("drift:1", {SIZE: "1"}, SIZE), ("clean", {SIZE: "1"}, SIZE)], "resolved a",
                     id="put right, where a rule hides something else"),
        pytest.param([("drift:1", {SIZE: "1"}, ""), ("clean", {SIZE: "1"}, SIZE)], "resolved a",
                     id="put right, as something known began to differ"),
        pytest.param([("drift:1", {}, ""), ("drift:1", {SIZE: "1"}, SIZE), ("clean", {SIZE: "1"}, SIZE)], "resolved a",
                     id="put right after a rule that did not mean it"),
        pytest.param([("drift:1", {}, ""), ("drift:2", {SIZE: "1"}, SIZE), ("clean", {SIZE: "1"}, SIZE)], "resolved a",
                     id="put right after a rule that hid a part"),
    ],
)  # fmt: skip
def test_what_a_rule_hides_is_not_resolved(days: Sequence[tuple[str, Mapping[str, str], str]], expected: str) -> None:
    """Each day's verdict, the rules that count with their terms, and those that hid something; what is told last."""
    diary = Diary()
    diary.run(report(KNOWN))

    for said, rules, took in days:
        last = diary.run(ruled(report({"a": said, "ok": "clean"}), rules, took.split()))

    [item] = [item for item in last.items if item.kind != "open"]
    by = f" by {', '.join(item.rules)}" if item.rules else ""
    assert f"{item.kind} {item.name.removeprefix('infra/')}{by}" == expected
    assert (last.open, diary.memory["infra/a"].open) == (0, None)


def test_a_rule_that_does_not_count_hides_nothing() -> None:
    """Expired on the day that it was seen last: once it counts again, it is what hides the difference."""
    diary = Diary()
    diary.run(report(KNOWN))
    diary.run(ruled(report({"a": "drift:1"}), {SIZE: "1"}, [], state="expired"))

    assert told(diary.run(ruled(report({"a": "clean"}), {SIZE: "1"}, [SIZE]))) == ["ignored a"]


def ruled(found: Report, rules: Mapping[str, str], took: Sequence[str], state: RuleState = "active") -> Report:
    """The report of a run with these rules, of which some took something from the root `a`."""
    seen = tuple(
        RuleSeen(id=rule, address="x.y", terms=f"{rule} {terms}", reason="r", until=MONDAY.date(), state=state)
        for rule, terms in rules.items()
    )
    counted = {"ignored": len(took), "rules": dict.fromkeys(took, 1)}
    roots = tuple(root.model_copy(update=counted if root.path == "a" else {}) for root in found.roots)
    return found.model_copy(update={"rules": seen, "roots": roots})


def test_what_has_no_verdict_is_counted() -> None:
    """From the first run on, whether it is news or not; roots of other repositories as well."""
    diary = Diary()
    days = [{"a": "failed", "b": "busy"}, {"a": "failed", "b": "incomplete"}, {"a": "clean", "b": "failed"}]

    counted = [diary.run(report(day)).unchecked for day in days]
    other = diary.run(report({}, repository="network", problems=["no access"]), repository="network")

    assert (counted, other.unchecked) == ([2, 2, 1], 2)


def test_the_first_look_is_one_digest() -> None:
    """What has piled up is found, not new; from then on it is known."""
    diary = Diary()
    pile = {"a": "drift:1", "b": "unapplied:2", "c": "failed", "d": "clean"}

    first, second = diary.run(report(pile)), diary.run(report(pile))

    assert (first.first, told(first)) == (True, ["found a", "found b", "found c"])
    assert (second.first, second.tell, second.open) == (False, False, 2)


def test_a_new_repository_is_looked_at_first_too() -> None:
    """Where one repository is known, what is in it is new, and what has piled up in another is found."""
    diary = Diary()
    diary.run(report({"a": "clean"}))
    both = report({"a": "drift:1"})
    other = report({"x": "drift:1"}, repository="network")
    merged = both.model_copy(
        update={"roots": both.roots + other.roots, "repositories": both.repositories + other.repositories}
    )

    run = diary.run(merged)

    assert (run.first, told(run)) == (False, ["new a", "found network/x"])


def test_a_root_that_is_not_remembered_is_new() -> None:
    """A memory that lost a root, or never had it, swallows nothing."""
    diary = Diary()
    diary.run(report({"a": "drift:1", "b": "clean"}))
    del diary.memory["infra/a"]

    assert told(diary.run(report({"a": "drift:1", "b": "clean", "c": "drift:2"}))) == ["new a", "new c"]


def test_a_repository_that_failed_first_is_looked_at_when_it_can_be() -> None:
    """An empty first look is none: what is found later is a digest all the same."""
    diary = Diary()

    assert told(diary.run(report({}, problems=["no access"]))) == ["found infra"]
    assert told(diary.run(report({"a": "drift:1"}))) == ["found a", "recovered infra"]


@pytest.mark.parametrize(
    ("found", "expected", "kept"),
    [
        pytest.param(report({"ok": "clean"}), ["closed a", "closed f"], False, id="gone from the code"),
        pytest.param(report({"ok": "clean"}, problems=["no access"]), [], True, id="its repository cannot be read"),
        pytest.param(report({"x": "clean"}, repository="network"), ["closed a", "closed f"], False, id="gone with all"),
    ],
)
def test_a_root_that_is_no_longer_checked(found: Report, expected: list[str], kept: bool) -> None:
    """It is told as that, never as resolved; where nobody could look, nothing is."""
    diary = Diary()
    diary.run(report({"a": "drift:1", "f": "failed", "c": "clean", "ok": "clean"}))

    run = diary.run(found)

    assert told(run) == expected
    assert ("infra/a" in diary.memory, "infra/c" in diary.memory) == (kept, kept)


def test_a_restricted_run_touches_its_repository_only() -> None:
    """Roots of other repositories are neither closed nor counted anew, and it tells no weekly digest."""
    diary = Diary()
    diary.run(report({"a": "drift:1"}))
    diary.run(report({"x": "drift:1"}, repository="network"), repository="network")
    before = diary.memory["infra/a"]
    diary.now += 7 * DAY

    run = diary.run(report({"x": "clean"}, repository="network"), repository="network")

    assert told(run) == ["resolved network/x"]
    assert diary.memory["infra/a"] == before
    assert (run.open, run.weekly) == (1, False)


@pytest.mark.parametrize(
    ("runs", "weekly"),
    [
        pytest.param(["01-05", "01-06", "01-07"], [], id="the week of the first look"),
        pytest.param(["01-05", "01-09", "01-12", "01-13"], ["01-12"], id="on Monday"),
        pytest.param(["01-05", "01-14", "01-15", "01-19"], ["01-14", "01-19"], id="on Wednesday, when none ran before"),
        pytest.param(["12-31", "01-02", "01-05"], ["01-05"], id="a week goes over the new year"),
    ],
)
def test_a_digest_a_week(runs: list[str], weekly: list[str]) -> None:
    """The first run of each ISO week tells what is open, and no other does."""
    diary, heard = Diary(), []
    for day in runs:
        year = 2025 if day.startswith("12") else 2026
        diary.now = datetime.fromisoformat(f"{year}-{day}").replace(hour=7, tzinfo=TOKYO)
        run = diary.run(report({"a": "drift:1"}))
        heard += [day] if [item.kind for item in run.items] == ["open"] else []
        assert run.weekly is (day in heard)

    assert heard == weekly


def test_the_week_is_that_of_the_time_zone() -> None:
    """Sunday evening in London is Monday in Tokyo."""
    sunday = datetime(2026, 1, 11, 22, 30, tzinfo=UTC)

    assert [Diary(start=sunday).look(zone=zone).week for zone in (TOKYO, ZoneInfo("Europe/London"))] == [
        "2026-W03",
        "2026-W02",
    ]


def test_the_weekly_digest_holds_what_is_not_news() -> None:
    """What is new that day stands there as new; a failure that lasts is open, too."""
    diary = Diary()
    diary.run(report({"a": "drift:1", "f": "failed", "c": "clean"}))
    diary.now += 6 * DAY

    run = diary.run(report({"a": "drift:1", "f": "failed", "c": "drift:3"}))

    assert [(item.kind, item.name, item.day) for item in run.items] == [
        ("new", "infra/c", 1),
        ("open", "infra/a", 8),
        ("open", "infra/f", 8),
    ]


@pytest.mark.parametrize(
    ("found", "now", "day"),
    [
        pytest.param("2026-01-05 07:03", "2026-01-05 18:00", 1, id="the same day"),
        pytest.param("2026-01-05 07:03", "2026-01-06 06:59", 2, id="almost a day later"),
        pytest.param("2026-01-05 07:03", "2026-02-05 07:00", 32, id="a month later"),
    ],
)
def test_the_day_it_is_on(found: str, now: str, day: int) -> None:
    """Days are those of the calendar."""
    then, today = (datetime.fromisoformat(text).replace(tzinfo=TOKYO) for text in (found, now))

    assert Diary(start=today).look().day(then) == day


def test_whoever_claimed_is_reminded() -> None:
    """Three days after the claim, and every three days, until it is resolved."""
    diary = Diary(start=MONDAY - 5 * DAY)
    diary.run(report({"a": "drift:1"}))
    diary.claim("infra/a", "U1")

    heard = [told(diary.run(report({"a": "drift:1"}))) for _ in range(8)]

    assert [n for n, items in enumerate(heard) if "remind a" in items] == [3, 6]
    assert told(diary.run(report({"a": "clean"}))) == ["resolved a"]
    assert diary.memory["infra/a"].claimed_by == ""


def test_forty_roots_with_the_same_change_share_a_case() -> None:
    """One button takes them all; another change has another."""
    diary = Diary()
    diary.run(report({f"{n}": "clean" for n in range(41)}))

    run = diary.run(report({**{f"{n}": "drift:upgrade" for n in range(40)}, "40": "drift:other"}))

    assert [len({item.case for item in run.items if item.cause == cause}) for cause in ("upgrade", "other")] == [1, 1]
    assert len({item.case for item in run.items}) == 2


def test_what_is_told_later_is_told_where_it_began() -> None:
    """The thread of the first message, and the day it was found, stay with the difference."""
    diary = Diary()
    diary.run(report(KNOWN))
    diary.run(report({"a": "drift:1"}))
    diary.run(report({"a": "drift:2"}))

    [item] = diary.run(report({"a": "clean"})).items

    assert (item.thread, item.opened) == ("post of run-1", MONDAY + DAY)


def test_news_is_made_of_what_was_known() -> None:
    """The same memory, report and run give the same news, so whoever makes it twice changes nothing."""
    diary = Diary()
    diary.run(report(KNOWN))
    found, look = report({"a": "drift:1"}), diary.look()

    assert news(diary.memory, found, look, diary.state) == news(diary.memory, found, look, diary.state)


def test_a_run_that_is_redriven_late_tells_nothing_old() -> None:
    """What a later run has seen belongs to it: neither told again nor overwritten, made before or after."""
    diary = Diary()
    diary.run(report(KNOWN))
    found, look, before = report({"a": "drift:1"}), diary.look(), dict(diary.memory)
    stuck = news(before, found, look, diary.state)
    diary.now, diary.runs = diary.now + DAY, diary.runs + 1
    diary.run(report({"a": "drift:1"}))

    for late in (current(stuck, diary.memory), news(diary.memory, found, look, diary.state)):
        assert (late.items, late.rows, late.gone) == ((), (), ())


def test_what_was_kept_in_part_is_still_this_runs() -> None:
    """A step that died between two rows goes on with the same news."""
    diary = Diary()
    diary.run(report({"a": "drift:1", "b": "clean", "c": "clean"}))
    half = news(diary.memory, report({"a": "clean", "b": "drift:1"}), diary.look(), diary.state)
    diary.memory["infra/a"] = next(row for row in half.rows if row.name == "infra/a")
    del diary.memory["infra/c"]

    assert current(half, diary.memory) == half


VERDICTS = st.sampled_from(["clean", "benign", "drift:1", "drift:2", "unapplied:1", "failed", "busy", "incomplete"])


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), VERDICTS), max_size=8))
def test_nothing_is_lost_and_nothing_is_told_twice(days: list[Day]) -> None:
    """Over any days: what is different is open, what was told is told again only when it has changed or ended."""
    diary = Diary()
    last: dict[str, str] = {}
    for day in days:
        run = diary.run(report({**day, "ok": "clean"}))
        for item in run.items:
            _follow(last, item)
        for path, said in day.items():
            if said.partition(":")[0] not in UNJUDGED:
                assert (last.get(f"infra/{path}") == "open") is (said.partition(":")[0] in DIFFERENT)
        assert run.open == sum(state == "open" for state in last.values())


def _follow(last: dict[str, str], item: Item) -> None:
    """One root's difference by what was told of it; raises where the order of the news makes no sense."""
    before = last.get(item.name, "")
    if item.verdict in DIFFERENT and item.kind in ("new", "found", "changed", "resolved", "closed"):
        opens = item.kind in ("new", "found")
        assert (before == "open") is not opens
        last[item.name] = "" if item.kind in ("resolved", "closed") else "open"
