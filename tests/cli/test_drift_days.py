"""The drift check day after day through the command line: real terraform, and a memory that outlives each process."""

import json
from pathlib import Path

import pytest

from handrail.notify import posts
from tests.cli.conftest import Desk, Site, drift_desk

ROOT = Path(__file__).parents[2]

OBJECT = 'resource "mockcloud_object" "this" {{\n  name = "{name}"\n  size = 2\n}}\n'


@pytest.fixture
def demo(mockcloud: Path, bytecode: dict[str, str], tmp_path: Path) -> tuple[Desk, Site]:
    """Two roots: one as its code says, and one that somebody has changed by hand."""
    desk = drift_desk(tmp_path, bytecode)
    (desk.project / "commands").symlink_to(ROOT / "commands")
    site = Site(desk.project, mockcloud)
    for name in ("grown", "still"):
        state = {"mockcloud_object.this": {"name": name, "size": 2, "etag": "a"}}
        site.root(name, OBJECT.format(name=name), state)
    site.cloud = {name: {"size": 2, "etag": "a"} for name in ("grown", "still")}
    site.cloud["grown"]["size"] = 99
    site.configure()
    return desk, site


def test_each_run_tells_what_is_new(demo: tuple[Desk, Site]) -> None:
    """The second run is silent about what the first one told; what changes, is new or is put right again is told.

    What a rule hides is told as that, and not as put right.
    """
    desk, site = demo

    def run(**sizes: int) -> tuple[str, list[tuple[str, str | None]]]:
        before = len(posts(desk.home / "messages.jsonl"))
        for name, size in sizes.items():
            site.cloud[name]["size"] = size
        (site.project / "cloud.json").write_text(json.dumps(site.cloud))
        done = desk.run("run", "drift-check")
        assert done.returncode == 0, done.stderr + done.stdout
        fresh = posts(desk.home / "messages.jsonl")[before:]
        return done.stdout, [(post.message.text.partition(" · ")[0], post.thread_ts) for post in fresh]

    first, told = run()
    assert told == [("Drift check, first look: 1 of 2 roots to look at: *1 drift*, 1 clean", None)]
    thread = posts(desk.home / "messages.jsonl")[0].ts
    second, told = run()
    assert told == []
    assert "nothing new, 1 open, the oldest since 20" in second
    assert "in the thread" not in first + second
    third, told = run(grown=98, still=3)
    assert told[0] == ("Drift check: 1 new, 1 changed: *2 drift*", None)
    assert told[1][0].startswith("`infra/grown` changed (day 1)")
    assert told[1][1] == thread
    fourth, told = run(grown=2)
    assert told[0] == ("Drift check: 1 resolved: *1 drift*, 1 clean", None)
    assert told[1][0].startswith("`infra/grown` resolved after")
    assert "in the thread of an earlier message" in third
    assert "infra/grown resolved after" in fourth
    rule = ("mockcloud_object.this", "--attribute", "size", "--reason", "scales itself", "--days", "9")
    assert desk.run("drift", "ignore", *rule).returncode == 0
    fifth, told = run()
    assert told[0] == ("Drift check: 1 ignored: 2 clean", None)
    assert told[1][0] == "`infra/still` no longer told: ignored by rule `mockcloud_object.this:size`"
    assert "1 ignored, nothing open" in fifth
    assert "not checked" not in fifth
    (site.project / "infra" / "still" / "main.tf").write_text("resource {{{")
    sixth, told = run()
    assert (told, "nothing new, nothing open, 1 not checked" in sixth) == ([], True)
    shown = [" ".join(line.split()) for line in desk.run("drift", "open").stdout.splitlines()]
    assert [line.partition(" day")[0] for line in shown[:3]] == [
        "Nothing is open.", "Not checked: 1. What is open there is not known.", "not checked why",
    ]  # fmt: skip
    assert shown[3].startswith("infra/still failed 1 20")
