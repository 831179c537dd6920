"""What the channel is told about a drift check: enough to act on, never a value, never more than Slack takes."""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handrail.notify import actions, button
from handrail.notify.message import Actions, Context, Section
from schemas.drift_memory import Author, State
from schemas.drift_result import (
    Change,
    Counts,
    Diagnostic,
    Report,
    RepositoryFound,
    RootResult,
    RootsFound,
    RuleSeen,
    RuleState,
    ShardResult,
)
from tasks.drift_memory import KINDS, news
from tasks.drift_message import message, replies
from tasks.drift_shards import put_together
from tests.tasks.reports import START, Days, drifted, lines, look, read, reported, root, rows, telling, told


@pytest.mark.parametrize(
    ("roots", "problems", "title", "tally"),
    [
        pytest.param(
            ["failed", "drift", "drift", "benign", "clean"],
            {},
            "Drift check, first look: 3 of 5 roots to look at",
            "*1 failed*, *2 drift*, 1 benign, 1 clean",
            id="some of each",
        ),
        pytest.param(["busy"], {}, "Drift check, first look: 1 of 1 root to look at", "*1 busy*", id="one"),
        pytest.param(
            ["clean"],
            {"network": "no <access>"},
            "Drift check, first look: 1 of 1 root to look at",
            "*1 repository not checked*, 1 clean",
            id="only a repository",
        ),
    ],
)
def test_the_head_of_the_message(roots: list[str], problems: dict[str, str], title: str, tally: str) -> None:
    """How many roots there are to look at, how many of each kind, and which repositories were not checked at all."""
    post = told(*(root(f"r{n}", verdict=verdict) for n, verdict in enumerate(roots)), problems=problems)

    assert post.text == f"{title}: {tally}"
    assert read(post).splitlines()[1:3] == [title, tally.replace("*", "")]
    assert all(f"• {name}: {text}" in read(post) for name, text in problems.items())


@pytest.mark.parametrize(
    ("seconds", "took"),
    [(0.4, "0 s"), (59.6, "1 min 0 s"), (754, "12 min 34 s"), (7_320, "2 h 2 min"), (-1, "0 s")],
)
def test_commit_run_and_time(seconds: float, took: str) -> None:
    """The last line says which commit was checked in which run, and how long that took."""
    last = told(root("db", verdict="drift"), seconds=seconds).blocks[-1]

    assert isinstance(last, Context)
    assert last.elements[0].text == f"`infra` at `3f2a91c` · run `r-1` · took {took}"


@pytest.mark.parametrize(
    ("sha", "shown"),
    [
        pytest.param("3f2a91c0ffee", "infra at 3f2a91c ·", id="a commit"),
        pytest.param("3f2a91c0ffee+changes", "infra at 3f2a91c+changes ·", id="a commit and more"),
        pytest.param("", "infra without a commit ·", id="no commit yet"),
    ],
)
def test_the_commit_that_was_checked(sha: str, shown: str) -> None:
    """A working tree that holds more than its commit, or has none, is not taken for a commit."""
    repositories = (RepositoryFound(name="infra", sha=sha, roots=("db",)),)

    report = put_together(RootsFound(run="r", repositories=repositories), [], [], {})
    post = message(report, news({}, report, look()), telling())

    assert post
    assert shown in read(post)


def test_a_long_list_is_cut_and_says_so() -> None:
    """A hundred drifted roots fill the table as far as Slack lets it, and the rest is counted."""
    post = told(*(root(f"r{n:04}", verdict="drift", counts=Counts(drifted=1)) for n in range(1_111)))

    assert len(rows(post)) == 99
    assert "\nand 1,012 more\n" in read(post)
    assert sum(isinstance(block, Actions) for block in post.blocks) == 8
    assert len(post.details) <= 10


def test_what_the_thread_leaves_out_is_counted() -> None:
    """Roots shown and roots left out are all the roots there are."""
    changes = tuple(Change(address=f"a.b[{n}]", actions=("create",)) for n in range(500))
    post = told(*(root(f"r{n:04}", verdict="unapplied", changes=changes) for n in range(50)))

    thread = read(post).partition("replies")[2]
    assert thread.count("its code is not applied") + int(thread.rstrip().rpartition("and ")[2].split()[0]) == 50
    assert thread.count("more\n") >= 40


FOREIGN = st.text(max_size=40) | st.sampled_from(["<!channel>", "<@U1>", "<https://x.test|ok>", "`*_~", "&" * 2_000])
COUNTS = st.builds(Counts, drifted=st.integers(0, 3), update=st.integers(0, 3))
CHANGES = st.lists(
    st.builds(
        Change,
        address=FOREIGN,
        actions=st.sampled_from([("update",), ("delete", "create"), ("<!here>",), ()]),
        attributes=st.lists(FOREIGN, max_size=3).map(tuple),
        reason=FOREIGN,
        moved_from=FOREIGN,
    ),
    max_size=3,
).map(tuple)
ROOTS = st.builds(
    RootResult,
    repository=FOREIGN,
    path=FOREIGN,
    sha=FOREIGN,
    owner=FOREIGN,
    drift=CHANGES,
    changes=CHANGES,
    counts=COUNTS,
    notes=st.lists(FOREIGN, max_size=2).map(tuple),
    diagnostics=st.lists(
        st.builds(Diagnostic, severity=st.just("error"), summary=FOREIGN, file=FOREIGN, address=FOREIGN), max_size=3
    ).map(tuple),
)
REPOSITORIES = st.builds(RepositoryFound, name=FOREIGN, sha=FOREIGN, problems=st.lists(FOREIGN, max_size=8).map(tuple))


@pytest.mark.prove
@settings(
    suppress_health_check=[HealthCheck.too_slow],
    deadline=None,
    max_examples=200 if "HANDRAIL_PROVE" in os.environ else 12,
)
@given(st.lists(ROOTS, max_size=5), st.lists(REPOSITORIES, max_size=4), st.sampled_from([1, 40]), FOREIGN)
def test_no_report_breaks_the_message(
    roots: list[RootResult], repositories: list[RepositoryFound], times: int, foreign: str
) -> None:
    """Whatever the names and however many the roots: the message can be made, and mentions and links nothing."""
    found = RootsFound(run="r", repositories=tuple(repositories))
    whole = put_together(found, [], [ShardResult(run="r", shard=0, roots=tuple(roots))], {})
    report = Report(run="r", repositories=whole.repositories * times, counts=whole.counts, roots=whole.roots * times)
    first = news({}, report, look())
    # Every kind of news of everything, and somebody of any name has done it and taken it.
    taken = {"thread": "1.0", "claimed_by": foreign, "claimed_at": START}
    by = Author(name=foreign, event=foreign, at=START)
    items = tuple(
        item.model_copy(update={**taken, "kind": kind, "author": author})
        for item in first.items
        for kind in KINDS
        for author in (None, by)
    )
    known = first.model_copy(update={"first": False, "late": True, "denied": True, "items": items})

    for made in (first, known):
        posts = [message(report, made, telling(400)), *replies(report, made, telling(400)).values()]
        for post in filter(None, posts):
            texts = [block for each in (post, *post.details) for block in each.blocks]
            shown = [block.model_dump_json() for block in texts if isinstance(block, Section | Context)]
            assert not any(sign in text for text in shown for sign in "<>")
            assert not set(post.text) & set("<>")


def test_forty_roots_with_the_same_change_are_one_row() -> None:
    """One row, one line, one button; the owners are named once."""
    names = [f"{n:02}" for n in range(40)]
    days = Days(*names)

    post, _ = days.look(*(drifted(name) for name in names))

    assert post
    assert rows(post) == [["infra/00, infra/01 and 38 more", "drift", "1 drifted", "U024BE7LH", "new"]]
    assert lines(post) == ["`infra/00`, `infra/01` and 38 more · <@U024BE7LH> · author unknown"]
    assert [block for block in post.blocks if isinstance(block, Actions)] == [
        actions(button("Take it", "drift_claim", days.news.items[0].case))
    ]


def test_a_first_look_mentions_nobody() -> None:
    """What has piled up is everybody's and nobody's fault; it can be taken all the same."""
    post = told(drifted("db"), drifted("web", cause="other"))

    assert lines(post) == ["`infra/db`", "`infra/web`"]
    assert sum(isinstance(block, Actions) for block in post.blocks) == 2


def test_every_owner_is_called_once() -> None:
    """Who has a line is mentioned in it, the others in one line together; a name that is no id reaches nobody."""
    days = Days(*(f"{n:02}" for n in range(12)))

    post, _ = days.look(*(drifted(f"{n:02}", cause=f"{n}", owner=f"U024BE7L{n % 11}") for n in range(12)))

    shown = "\n".join(lines(post))
    assert [shown.count(f"<@U024BE7L{n}>") for n in range(11)] == [1] * 11
    assert lines(post)[-1] == "Also for <@U024BE7L8> <@U024BE7L9> <@U024BE7L10>"


@pytest.mark.parametrize(
    ("author", "shown"),
    [
        pytest.param(None, "author unknown", id="unknown"),
        pytest.param(
            Author(name="jo@example.com", event="ModifyDBInstance", at=START - timedelta(hours=17)),
            "probably jo@example.com (ModifyDBInstance, 2026-01-04 14:00)",
            id="known",
        ),
        pytest.param(
            Author(name="<!channel>", event="<@U024BE7LH>", at=START),
            "probably &lt;!channel&gt; (&lt;@U024BE7LH&gt;, 2026-01-05 07:00)",
            id="a name that would mention",
        ),
    ],
)
def test_the_author_stands_beside_the_drift(author: Author | None, shown: str) -> None:
    """Whoever probably changed it is named, without being called."""
    report = reported(drifted("db", owner=""))
    known = Days("db")
    fresh = news(known.memory, report, look(1), State())
    named = fresh.model_copy(
        update={"items": tuple(each.model_copy(update={"author": author}) for each in fresh.items)}
    )

    assert lines(message(report, named, telling(1))) == [f"`infra/db` · {shown}"]


def test_what_waits_for_an_apply_has_no_author() -> None:
    """Nobody is looked for where nothing was changed outside."""
    post, _ = Days("db").look(drifted("db", verdict="unapplied", owner=""))

    assert lines(post) == ["`infra/db`"]


def test_a_day_each() -> None:
    """Each kind of news, in the channel and in the thread where it began; a silent day is silent in both."""
    days = Days("db", "web")
    heard = []
    for found in ["1", "1", "2", None]:
        db = drifted("db", found) if found else root("db", verdict="clean")
        post, answers = days.look(db, root("web", verdict="clean"))
        heard.append(
            (post and post.text.partition(":")[2].partition(":")[0].strip(), {k: v.text for k, v in answers.items()})
        )

    assert heard == [
        ("1 new", {}),
        (None, {}),
        ("1 changed", {"post-1": "`infra/db` changed (day 3): 1 drifted"}),
        ("1 resolved", {"post-1": "`infra/db` resolved after 3 days 0 h"}),
    ]


def test_what_a_rule_hides_is_told_as_that() -> None:
    """By the rule and without a time: nobody has mended anything."""
    days = Days("db", "web")
    days.look(drifted("db"), drifted("web"))
    clean = {"verdict": "clean", "ignored": 1, "rules": {"<size>": 1}}

    post, answers = days.look(root("db", **clean), root("web", **clean))

    said = "`infra/db`, `infra/web` no longer told: ignored by rule `&lt;size&gt;`"
    assert post
    assert post.text.startswith("Drift check: 2 ignored: 2 clean")
    assert lines(post) == [f"• {said}"]
    assert [block.text.text for each in answers.values() for block in each.blocks if isinstance(block, Section)] == [
        said
    ]


def test_a_change_calls_whoever_has_it() -> None:
    """The owner, or who has taken it; and the thread gets the details."""
    days = Days("db")
    days.look(drifted("db"))
    _, by_owner = days.look(drifted("db", "2"))
    days.claim("db", "U0614TZR7")
    _, by_claimer = days.look(drifted("db", "3"))

    assert "<@U024BE7LH>" in by_owner["post-1"].blocks[0].model_dump_json()
    assert "<@U0614TZR7>" in by_claimer["post-1"].blocks[0].model_dump_json()
    assert "<@U024BE7LH>" not in by_claimer["post-1"].model_dump_json()
    assert "changed outside" in read(by_owner["post-1"])


def test_whoever_took_it_is_reminded_in_the_thread() -> None:
    """The channel hears nothing of it."""
    days = Days("db")
    days.look(drifted("db"))
    days.claim("db", "U0614TZR7")
    days.day += 3

    post, answers = days.look(drifted("db"))

    assert post is None
    assert [answer.text for answer in answers.values()] == [
        "<@U0614TZR7> took `infra/db` on 2026-01-07, and it is still open (day 5)"
    ]


def test_the_weekly_digest() -> None:
    """What is open with its day; who has nothing taken is called, and what is taken has no button."""
    days = Days("db", "web")
    days.look(drifted("db"), drifted("web", cause="other"))
    days.claim("web", "U0614TZR7")
    report = reported(drifted("db"), drifted("web", cause="other"))

    weekly = news(days.memory, report, look(8, remind_after=timedelta(days=99)), State(week="2026-W02"))
    post = message(report, weekly, telling(8))

    assert post
    assert post.text.startswith("Drift check: 2 still open: *2 drift* · 2 open, the oldest since 2026-01-06")
    assert rows(post) == [
        ["infra/db", "drift", "1 drifted", "U024BE7LH", "day 8"],
        ["infra/web", "drift", "1 drifted", "U024BE7LH", "day 8"],
    ]
    assert lines(post) == ["`infra/db` · <@U024BE7LH>", "`infra/web` · taken by <@U0614TZR7> on 2026-01-07"]
    assert sum(isinstance(block, Actions) for block in post.blocks) == 1


@pytest.mark.parametrize(
    ("flag", "says"),
    [
        pytest.param("late", "This run took 1 day 2 h, and the next one starts 1 day 0 h after it started.", id="late"),
        pytest.param("denied", "CloudTrail may not be read", id="no CloudTrail"),
    ],
)
def test_what_the_check_has_to_say_of_itself(flag: str, says: str) -> None:
    """It is told when there is nothing else to tell, too."""
    report = reported(root("db", verdict="clean"))
    quiet = news(Days("db").memory, report, look(1), State())

    post = message(report, quiet.model_copy(update={flag: True}), telling(1, seconds=26 * 3_600))

    assert message(report, quiet, telling(1)) is None
    assert post
    assert post.text.startswith("Drift check: nothing new")
    assert says in read(post)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        pytest.param("active", "Ignore rule r-1 (a.<b>) matches nothing any more", id="idle"),
        pytest.param("expired", "Ignore rule r-1 (a.<b>) counted until 2026-01-04", id="expired"),
        pytest.param("too long", "Ignore rule r-1 (a.<b>) does not count", id="too long"),
    ],
)
def test_an_ignore_rule_of_no_use_is_told(state: RuleState, says: str) -> None:
    """Once, and in the weekly digest, for whoever is to take it out."""
    until = START.date() - timedelta(days=1)
    rule = RuleSeen(id="r-1", address="a.<b>", reason="x", until=until, state=state, idle=state == "active")
    report = reported(root("db", verdict="clean")).model_copy(update={"rules": (rule,)})
    memory = Days("db").memory

    first = news(memory, report, look(1), State(week=look(1).week))
    again = news(memory, report, look(2), first.state)
    weekly = news(memory, report, look(8), first.state)

    assert [told.tell for told in (first, again, weekly)] == [True, False, True]
    post = message(report, first, telling(1))
    assert post
    assert says in read(post)
