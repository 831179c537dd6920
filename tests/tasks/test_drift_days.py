"""The drift check day after day, on S3 and the table: what is told, remembered, claimed, and tried again."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from handrail.aws import client
from handrail.notify import FileNotifier, Message, Posted, posts
from handrail.table import table
from schemas.drift_memory import News, State
from schemas.drift_result import Change, Report, RepositoryFound, RootResult
from tasks import drift, drift_memory, drift_rows
from tasks.drift_author import Log, named
from tests.tasks.bucket import Bucket

ROOT = Path(__file__).parents[2]
START = datetime(2026, 1, 5, 7, 0, tzinfo=UTC)
DAY = timedelta(days=1)
CLEAN: dict[str, str] = {"a": "clean", "b": "clean"}


class Days:
    """The check on S3 and the table, a run a day, without the builds."""

    def __init__(self, bucket: Bucket, told: Path) -> None:
        self.bucket = bucket
        self.told = told
        self.now = START

    @property
    def run(self) -> str:
        return f"run-{self.now:%m%d}"

    @property
    def posts(self) -> list[Posted]:
        return [*posts(self.told)]

    def report(self, found: dict[str, str]) -> None:
        """What the builds have found, by path: a verdict, and after a colon what the difference is."""
        roots = tuple(_root(path, said) for path, said in found.items())
        infra = RepositoryFound(name="infra", sha="3f2a91c", roots=tuple(sorted(found)))
        report = Report(run=self.run, repositories=(infra,), counts={}, roots=roots)
        client("s3").put_object(
            Bucket="results", Key=f"drift-check/{self.run}/report.json", Body=report.model_dump_json().encode()
        )

    def remember(self, **more: Any) -> drift.Remembered:
        rest = {"repository": "", "interval": 86_400, "now": self.now + timedelta(minutes=2), **more}
        return drift.remember(run=self.run, started=self.now, **rest)

    def tell(self) -> None:
        drift.tell(run=self.run, now=self.now + timedelta(minutes=3), interval=86_400)

    def day(self, found: dict[str, str]) -> list[str]:
        """One whole run, and what the channel was told, replies after an arrow."""
        before = len(self.posts)
        self.report(found)
        if self.remember().tell:
            self.tell()
        self.now += DAY
        return [f"{'→ ' if post.thread_ts else ''}{_head(post.message)}" for post in self.posts[before:]]


def _head(message: Message) -> str:
    return message.text.partition(": ")[2].partition(":")[0] if "Drift check" in message.text else message.text


def _root(path: str, said: str) -> RootResult:
    verdict, _, difference = said.partition(":")
    prints = {"fingerprint": f"{path} {difference}", "cause": difference} if difference else {}
    return RootResult.model_validate(
        {"repository": "infra", "path": path, "sha": "3f2a91c", "verdict": verdict, "seconds": 1.5, **prints}
    )


@pytest.fixture
def days(bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Days:
    """An empty memory, and the first look behind it: two clean roots."""
    monkeypatch.setenv("HANDRAIL_MESSAGES", str(tmp_path / "told.jsonl"))
    monkeypatch.setenv("HANDRAIL_PROJECT", str(ROOT))
    made = Days(bucket, tmp_path / "told.jsonl")
    assert made.day(CLEAN) == []
    return made


def test_what_is_told_is_remembered(days: Days) -> None:
    """From day to day through the table: told, silent, told in its thread, told as resolved; then it is forgotten."""
    heard = [days.day({"a": said, "b": "clean"}) for said in ("drift:1", "drift:1", "drift:2", "clean", "clean")]

    assert heard == [
        ["1 new"],
        [],
        ["1 changed", "→ `infra/a` changed (day 3)"],
        ["1 resolved", "→ `infra/a` resolved after 3 days 0 h"],
        [],
    ]
    assert {post.thread_ts for post in days.posts} == {None, days.posts[0].ts}


def test_a_run_answers_in_one_line(days: Days, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that says nothing to the channel says so where it ran, and how much is open."""
    days.day({"a": "drift:1", "b": "clean"})
    days.report({"a": "drift:1", "b": "clean"})

    answer = days.remember()

    assert (answer.tell, answer.open, answer.counts) == (False, 1, {})
    assert answer.said == "nothing new, 1 open, the oldest since 2026-01-06"
    assert (
        capsys.readouterr().out.splitlines()
        == [
            "nothing new, nothing open",
            "1 new, 1 open, the oldest since 2026-01-06",
            answer.said,
        ][1:]
    )


def test_a_run_says_how_much_was_not_checked(days: Days) -> None:
    """Every time, also where it is no news: silence would read as if all were well."""
    heard = []
    for found in ({"a": "failed", "b": "clean"}, {"a": "failed", "b": "busy"}, {"a": "failed", "b": "busy"}, CLEAN):
        days.report(found)
        answer = days.remember()
        heard.append((answer.said, answer.unchecked))
        if answer.tell:
            days.tell()
        days.now += DAY

    assert heard == [
        ("nothing new, nothing open, 1 not checked", 1),
        ("2 failed, nothing open, 2 not checked", 2),
        ("nothing new, nothing open, 2 not checked", 2),
        ("2 recovered, nothing open", 0),
    ]


def test_how_long_each_root_took_is_remembered(days: Days) -> None:
    """The next run deals the roots by it."""
    assert {name: row.seconds for name, row in drift_memory.remembered().items()} == {
        "infra": 0.0,
        "infra/a": 1.5,
        "infra/b": 1.5,
    }


def test_a_step_that_is_tried_again_tells_nothing_twice(days: Days) -> None:
    """News is made once a run: what happens to memory or report meanwhile changes nothing about it."""
    days.report({"a": "drift:1", "b": "clean"})
    first = days.remember()
    days.report({"a": "clean", "b": "drift:9"})

    assert days.remember() == first
    days.tell()
    days.tell()

    assert [post.message.text.partition(":")[2][:6] for post in days.posts] == [" 1 new"]
    assert [event["kind"] for event in table().query("drift-event")] == ["new"]


class Breaks(Exception):
    """The step dies here."""


def test_a_crash_between_telling_and_remembering_tells_nothing_twice(
    days: Days, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The post's id is stored before anything is remembered, so the next try goes on behind the post."""
    days.report({"a": "drift:1", "b": "clean"})
    days.remember()

    def breaks(*_: object) -> None:
        raise Breaks

    with monkeypatch.context() as broken:
        broken.setattr(drift_rows, "keep", breaks)
        with pytest.raises(Breaks):
            days.tell()
    assert drift_memory.remembered()["infra/a"].open is None
    days.tell()

    [post] = days.posts
    row = drift_memory.remembered()["infra/a"]
    assert row.open
    assert row.open.thread == post.ts


def test_a_crash_while_posting_repeats_at_most_that_post(days: Days, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a message and its replies, only the one that was being posted can stand twice."""
    days.day({"a": "drift:1", "b": "clean"})
    days.report({"a": "drift:2", "b": "clean"})
    days.remember()
    really = FileNotifier.post

    def dies(self: FileNotifier, message: Message, *, thread: str | None = None) -> str:
        really(self, message, thread=thread)
        if thread:
            raise Breaks
        return "never"

    with monkeypatch.context() as broken:
        broken.setattr(FileNotifier, "post", dies)
        with pytest.raises(Breaks):
            days.tell()
    days.tell()

    assert [bool(post.thread_ts) for post in days.posts] == [False, False, True, True]


def test_what_could_not_be_told_is_told_by_the_next_run(days: Days) -> None:
    """A channel that was out of reach loses no news; and the old run, redriven after that, tells nothing old."""
    days.report({"a": "drift:1", "b": "clean"})
    days.remember()
    stuck = days.now
    days.now += DAY

    assert days.day({"a": "drift:1", "b": "clean"}) == ["1 new"]
    days.now = stuck
    days.tell()

    assert len(days.posts) == 1
    assert drift_memory.remembered()["infra/a"].run == "run-0107"


@pytest.mark.parametrize(
    ("took", "late"),
    [pytest.param(DAY, False, id="just in time"), pytest.param(DAY + timedelta(hours=2), True, id="too late")],
)
def test_a_run_that_meets_the_next_one_is_told(days: Days, took: timedelta, late: bool) -> None:
    """Also when nothing else is news."""
    days.report(CLEAN)

    assert days.remember(now=days.now + took).tell is late
    if late:
        days.tell()
        assert "the next one starts 1 day 0 h" in days.posts[0].message.model_dump_json()


def test_events_are_kept_for_statistics(days: Days) -> None:
    """Each event once, under its time, with when it was first seen."""
    for said in ("drift:1", "drift:2", "clean", "failed", "failed", "clean"):
        days.day({"a": said, "b": "clean"})

    rows = [(row["sk"].partition("#")[2], row["at"][:10], row["opened"][:10]) for row in table().query("drift-event")]

    assert rows == [
        ("infra/a#new", "2026-01-06", "2026-01-06"),
        ("infra/a#changed", "2026-01-07", "2026-01-06"),
        ("infra/a#resolved", "2026-01-08", "2026-01-06"),
        ("infra/a#failed", "2026-01-10", "2026-01-09"),
        ("infra/a#recovered", "2026-01-11", "2026-01-09"),
    ]


def test_whoever_comes_first_has_it(days: Days) -> None:
    """The second is told who has it and since when; the thread hears of the first."""
    days.day({"a": "drift:1", "b": "clean"})

    claimed = drift.claim(root="infra/a", who="U024BE7LH", at=START + DAY)
    again = drift.claim(root="infra/a", who="U024BE7LH", at=START + 2 * DAY)

    with pytest.raises(drift.TakenBefore, match=r"U024BE7LH, since 2026-01-06 16:00 \(Asia/Tokyo\)"):
        drift.claim(root="infra/a", who="jo", at=START + DAY)
    assert claimed == again == drift.Claimed(roots=("infra/a",), by="U024BE7LH", at=START + DAY)
    assert [(post.message.text, post.thread_ts) for post in days.posts[1:]] == [
        ("<@U024BE7LH> takes `infra/a`", days.posts[0].ts)
    ]
    assert drift_memory.remembered()["infra/a"].claimed_by == "U024BE7LH"


def test_a_row_is_taken_as_a_whole(days: Days) -> None:
    """By the button's id, all roots of the row are; what somebody has of it stays theirs."""
    days.day({"a": "drift:1", "b": "drift:1"})
    row = drift_memory.remembered()["infra/a"].open
    assert row
    drift.claim(root="infra/b", who="zoe", at=START)

    assert drift.claim(root=row.case, who="jo", at=START).roots == ("infra/a",)
    assert {row.claimed_by for row in drift_memory.remembered().values()} == {"", "jo", "zoe"}


def test_a_claim_ends_with_the_drift(days: Days) -> None:
    """A claim survives the runs and a change; what comes back after it was resolved is nobody's."""
    days.day({"a": "drift:1", "b": "clean"})
    drift.claim(root="infra/a", who="jo", at=START)
    days.day({"a": "drift:2", "b": "clean"})
    kept = drift_memory.remembered()["infra/a"].claimed_by
    days.day(CLEAN)
    days.day({"a": "drift:1", "b": "clean"})

    assert (kept, drift_memory.remembered()["infra/a"].claimed_by) == ("jo", "")


def test_a_claim_that_is_made_during_a_run_is_kept(days: Days) -> None:
    """A run that read its memory before cannot overwrite it."""
    days.day({"a": "drift:1", "b": "clean"})
    days.report({"a": "drift:2", "b": "clean"})
    days.remember()
    drift.claim(root="infra/a", who="jo", at=START)
    days.tell()

    assert drift_memory.remembered()["infra/a"].claimed_by == "jo"


@pytest.mark.parametrize(
    ("root", "says"),
    [
        pytest.param("infra/b", "Nothing is open there: infra/b.", id="nothing open"),
        pytest.param("infra/aa", 'Did you mean "infra/a"?', id="a misspelt root"),
        pytest.param("0123456789abcdef", "Nothing is open there", id="an id that nobody gave out"),
        pytest.param("", "Nothing is open there", id="nothing"),
    ],
)
def test_only_what_is_open_can_be_taken(days: Days, root: str, says: str) -> None:
    """Whatever a client sends as the id, it is looked up here."""
    days.day({"a": "drift:1", "b": "clean"})

    with pytest.raises(drift.NotOpen) as refused:
        drift.claim(root=root, who="jo", at=START)

    assert says in str(refused.value)


def test_a_row_that_cannot_be_read_is_new(days: Days) -> None:
    """A memory from another version, or from somebody's hand, swallows nothing."""
    days.day({"a": "drift:1", "b": "clean"})
    table().put({"pk": "drift-root", "sk": "infra/a", "strange": True})

    assert days.day({"a": "drift:1", "b": "clean"}) == ["1 new"]


QUEUE = "arn:aws:sqs:eu-west-1:123456789012:orders"


def test_authors_are_asked_for_once_a_cause(days: Days) -> None:
    """CloudTrail hears one question for all roots with one cause, and none for what is not drift."""
    asked: list[str] = []

    def ask(region: str, request: Any) -> Any:
        asked.append(request["LookupAttributes"][0]["AttributeValue"])
        return {"Events": [{"EventName": "X", "EventTime": START, "ReadOnly": "false", "Username": "jo"}]}

    change = Change(address="x.y", actions=("update",), arn=QUEUE)
    roots = [_root("a", "drift:1"), _root("b", "drift:1"), _root("c", "unapplied:2")]
    marked = (*(root.model_copy(update={"drift": (change,)}) for root in roots), _root("d", "drift:3"))
    report = Report(run="r", repositories=(RepositoryFound(name="infra"),), counts={}, roots=marked)
    look = drift_memory.Look("r", days.now, ZoneInfo("UTC"), 2, DAY)
    news = drift_memory.news(drift_memory.remembered(), report, look)

    told = named(news, report, {}, Log(ask, lambda seconds: None))

    assert asked == [QUEUE]
    assert {item.name: item.author and item.author.name for item in told.items} == {
        "infra/a": "jo", "infra/b": "jo", "infra/c": None, "infra/d": None,
    }  # fmt: skip


def test_that_cloudtrail_may_not_be_read_is_told_once(days: Days) -> None:
    """And again only after it could be read in between."""
    refused = client("s3").exceptions.ClientError({"Error": {"Code": "AccessDeniedException"}}, "LookupEvents")

    def ask(region: str, request: Any) -> Any:
        raise refused

    def run(state: State, *, allowed: bool = False) -> News:
        change = Change(address="x.y", actions=("update",), arn=QUEUE)
        root = _root("a", "drift:1").model_copy(update={"drift": (change,)})
        report = Report(run="r", repositories=(), counts={}, roots=(root,))
        look = drift_memory.Look("r", days.now, ZoneInfo("UTC"), 2, DAY)
        event = {"EventName": "X", "EventTime": START, "ReadOnly": "false", "Username": "jo"}
        log = Log((lambda region, request: {"Events": [event]}) if allowed else ask, lambda seconds: None)
        return named(drift_memory.news(drift_memory.remembered(), report, look, state), report, {}, log)

    first = run(State())
    second = run(first.state)
    third = run(run(second.state, allowed=True).state)

    assert [told.denied for told in (first, second, third)] == [True, False, True]
