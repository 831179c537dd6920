"""What the channel is told about a drift check: enough to act on, never a value, never more than Slack takes."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.console import Console

from handrail.notify import Message
from handrail.notify.message import Context, Section, Table
from handrail.notify.terminal import TerminalNotifier
from schemas.drift_result import (
    Change,
    Counts,
    Diagnostic,
    Report,
    RepositoryFound,
    RootResult,
    RootsFound,
    ShardResult,
)
from tasks.drift_message import message
from tasks.drift_shards import put_together

VOLUME = 'mockcloud_volume.data["a b"]'


def told(*roots: RootResult, problems: Mapping[str, str] | None = None, seconds: float = 12) -> Message:
    """The message about these roots, all of them in the repository `infra`."""
    infra = RepositoryFound(name="infra", sha="3f2a91c0ffee", roots=tuple(sorted(root.path for root in roots)))
    troubled = (RepositoryFound(name=name, problems=(text,)) for name, text in (problems or {}).items())
    everything = RootsFound(run="r-1", repositories=(infra, *troubled))
    return message(put_together(everything, [], [ShardResult(run="r-1", shard=0, roots=roots)], {}), seconds=seconds)


def root(path: str, **fields: Any) -> RootResult:
    return RootResult.model_validate({"repository": "infra", "path": path, "sha": "3f2a91c0ffee", **fields})


def rows(post: Message) -> list[list[str]]:
    return [[cell.text for cell in row] for block in post.blocks if isinstance(block, Table) for row in block.rows[1:]]


def read(post: Message) -> str:
    """The whole message as a person reads it in a wide terminal."""
    out = io.StringIO()
    TerminalNotifier(Console(file=out, width=400)).post(post)
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        pytest.param(
            {"verdict": "drift", "owner": "data", "counts": Counts(drifted=2, update=1, create=1)},
            ["infra/db", "drift", "2 drifted, 1 to create, 1 to update", "data"],
            id="drift",
        ),
        pytest.param(
            {"verdict": "unapplied", "counts": Counts(replace=1, forget=1, imported=1, outputs=2)},
            ["infra/db", "unapplied", "1 to replace, 1 to forget, 1 to import, 2 outputs would change", "-"],
            id="unapplied",
        ),
        pytest.param(
            {"verdict": "benign", "counts": Counts(drifted=1, noise=3)},
            ["infra/db", "benign", "1 drifted", "-"],
            id="benign; noise is not counted",
        ),
        pytest.param(
            {"verdict": "incomplete", "counts": Counts(deferred=4, failing_checks=1)},
            ["infra/db", "incomplete", "4 deferred, 1 check fails", "-"],
            id="incomplete",
        ),
        pytest.param(
            {"verdict": "incomplete", "notes": ("the plan is partial",)},
            ["infra/db", "incomplete", "the plan is partial", "-"],
            id="nothing to count, something to note",
        ),
        pytest.param(
            {
                "verdict": "busy",
                "phase": None,
                "diagnostics": (Diagnostic(severity="error", summary="Error acquiring the state lock"),),
            },
            ["infra/db", "busy", "Error acquiring the state lock", "-"],
            id="busy",
        ),
        pytest.param(
            {
                "verdict": "failed",
                "phase": "init",
                "diagnostics": (
                    Diagnostic(severity="warning", summary="Deprecated"),
                    Diagnostic(severity="error", summary="Invalid block", file="db/main.tf", line=7),
                    Diagnostic(severity="error", summary="Another", file="db/main.tf"),
                ),
            },
            ["infra/db", "failed", "init: Invalid block (db/main.tf:7) and 1 more", "-"],
            id="failed, with the reason and the place",
        ),
        pytest.param(
            {"verdict": "failed", "phase": "timeout"}, ["infra/db", "failed", "timed out", "-"], id="failed, no words"
        ),
        pytest.param(
            {"verdict": "drift", "owner": "<!channel>", "counts": Counts(drifted=1)},
            ["infra/db", "drift", "1 drifted", "<!channel>"],
            id="cells are shown letter by letter",
        ),
    ],
)
def test_the_row_of_a_root(fields: dict[str, Any], row: list[str]) -> None:
    """Each verdict's row says what it is about and whose it is."""
    assert rows(told(root("db", **fields))) == [row]


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        pytest.param(
            {
                "verdict": "drift",
                "owner": "data",
                "drift": (Change(address=VOLUME, actions=("update",), attributes=("size", "tags")),),
                "changes": (Change(address=VOLUME, actions=("update",), attributes=("size",)),),
            },
            [
                "infra/db drift: it was changed outside of Terraform · owner data",
                f"• {VOLUME} was changed outside: size, tags",
                f"• {VOLUME} would be updated: size",
            ],
            id="drift and what an apply would do about it",
        ),
        pytest.param(
            {
                "verdict": "unapplied",
                "mode": "refresh-only",
                "changes": (
                    Change(address="a.b", actions=("delete", "create"), reason="replace_because_tainted"),
                    Change(address="a.c", actions=("no-op",), moved_from="a.old"),
                    Change(address="a.d", actions=("new", "word")),
                ),
                "notes": ("1 output would change",),
            },
            [
                "infra/db unapplied: its code is not applied · refresh only",
                "• a.b would be replaced (replace because tainted)",
                "• a.c would stay (moved from a.old)",
                "• a.d new, word",
                "• 1 output would change",
            ],
            id="each kind of change",
        ),
        pytest.param(
            {
                "verdict": "failed",
                "phase": "plan",
                "diagnostics": (
                    Diagnostic(severity="error", summary="Bad <!here> *x*", file="db/a.tf", line=3, address="a.b"),
                ),
            },
            ["infra/db failed: it could not be planned", "• plan: Bad <!here> x (db/a.tf:3) a.b"],
            id="the reason of a failure",
        ),
        pytest.param({"verdict": "clean"}, ["clean: as the code says", "• infra/db"], id="clean"),
        pytest.param(
            {"verdict": "clean", "notes": ("1 resource moved",)},
            ["clean: as the code says", "• infra/db (1 resource moved)"],
            id="clean, and something to know",
        ),
    ],
)
def test_the_details_of_a_root(fields: dict[str, Any], lines: list[str]) -> None:
    """The thread says what happened to which resource, and what an apply would do."""
    _, _, thread = read(told(root("db", **fields))).partition("1 reply\n\n")

    assert [line.strip() for line in thread.splitlines()] == lines


@pytest.mark.parametrize(
    ("roots", "problems", "title", "tally"),
    [
        pytest.param(
            ["failed", "drift", "drift", "benign", "clean"],
            {},
            "Drift check: 3 of 5 roots to look at",
            "*1 failed*, *2 drift*, 1 benign, 1 clean",
            id="some of each",
        ),
        pytest.param(["busy"], {}, "Drift check: 1 of 1 root to look at", "*1 busy*", id="one"),
        pytest.param(
            ["clean"],
            {"network": "no <access>"},
            "Drift check: 0 of 1 root to look at",
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

    post = message(put_together(RootsFound(run="r", repositories=repositories), [], [], {}), seconds=1)

    assert shown in read(post)


def test_a_long_list_is_cut_and_says_so() -> None:
    """A hundred drifted roots fill the table as far as Slack lets it, and the rest is counted."""
    post = told(*(root(f"r{n:04}", verdict="drift", counts=Counts(drifted=1)) for n in range(1_111)))

    assert len(rows(post)) == 99
    assert "\nand 1,012 more\n" in read(post)
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


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=40)
@given(st.lists(ROOTS, max_size=5), st.lists(REPOSITORIES, max_size=4), st.sampled_from([1, 40]))
def test_no_report_breaks_the_message(roots: list[RootResult], repositories: list[RepositoryFound], times: int) -> None:
    """Whatever the names and however many the roots: the message can be made, and mentions and links nothing."""
    found = RootsFound(run="r", repositories=tuple(repositories))
    whole = put_together(found, [], [ShardResult(run="r", shard=0, roots=tuple(roots))], {})
    report = Report(run="r", repositories=whole.repositories * times, counts=whole.counts, roots=whole.roots * times)

    post = message(report, seconds=1)

    texts = [block for each in (post, *post.details) for block in each.blocks if isinstance(block, Section | Context)]
    assert not any(sign in block.model_dump_json() for block in texts for sign in "<>")
    assert not set(post.text) & set("<>")
