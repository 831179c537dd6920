"""One root in words: its row, its details, and what is left out of them."""

from typing import Any

import pytest

from schemas.drift_result import (
    Change,
    Counts,
    Diagnostic,
)
from tests.tasks.reports import (
    VOLUME,
    read,
    root,
    rows,
    told,
)


@pytest.mark.parametrize(
    ("fields", "row"),
    [
        pytest.param(
            {"verdict": "drift", "owner": "data", "counts": Counts(drifted=2, update=1, create=1)},
            ["infra/db", "drift", "2 drifted, 1 to create, 1 to update", "data", "first look"],
            id="drift",
        ),
        pytest.param(
            {"verdict": "unapplied", "counts": Counts(replace=1, forget=1, imported=1, outputs=2)},
            [
                "infra/db",
                "unapplied",
                "1 to replace, 1 to forget, 1 to import, 2 outputs would change",
                "-",
                "first look",
            ],
            id="unapplied",
        ),
        pytest.param(
            {"verdict": "drift", "counts": Counts(drifted=1, noise=3)},
            ["infra/db", "drift", "1 drifted", "-", "first look"],
            id="noise is not counted",
        ),
        pytest.param(
            {"verdict": "incomplete", "counts": Counts(deferred=4, failing_checks=1)},
            ["infra/db", "incomplete", "4 deferred, 1 check fails", "-", "first look"],
            id="incomplete",
        ),
        pytest.param(
            {"verdict": "incomplete", "notes": ("the plan is partial",)},
            ["infra/db", "incomplete", "the plan is partial", "-", "first look"],
            id="nothing to count, something to note",
        ),
        pytest.param(
            {
                "verdict": "busy",
                "phase": None,
                "diagnostics": (Diagnostic(severity="error", summary="Error acquiring the state lock"),),
            },
            ["infra/db", "busy", "Error acquiring the state lock", "-", "first look"],
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
            ["infra/db", "failed", "init: Invalid block (db/main.tf:7) and 1 more", "-", "first look"],
            id="failed, with the reason and the place",
        ),
        pytest.param(
            {"verdict": "failed", "phase": "timeout"},
            ["infra/db", "failed", "timed out", "-", "first look"],
            id="failed, no words",
        ),
        pytest.param(
            {"verdict": "drift", "owner": "<!channel>", "counts": Counts(drifted=1)},
            ["infra/db", "drift", "1 drifted", "<!channel>", "first look"],
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
    ],
)
def test_the_details_of_a_root(fields: dict[str, Any], lines: list[str]) -> None:
    """The thread says what happened to which resource, and what an apply would do."""
    _, _, thread = read(told(root("db", **fields))).partition("1 reply\n\n")

    assert [line.strip() for line in thread.splitlines()] == lines


def test_the_first_look_lists_what_is_clean() -> None:
    """Whoever sees the check for the first time sees every root, with what there is to know about it."""
    roots = (
        root("db", verdict="drift"),
        root("web", verdict="clean"),
        root("api", verdict="clean", notes=("1 moved",)),
    )

    assert "\n    clean: as the code says\n    • infra/api (1 moved)\n    • infra/web" in read(told(*roots))
