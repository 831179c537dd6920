"""The build that plans a range of roots: which ones, at which commit, what it prints, and how it is stopped."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from codebuild.drift_plan.__main__ import within
from schemas.drift_result import ShardResult
from tests.codebuild.conftest import Site, data, git

CODE = 'resource "terraform_data" "this" {\n  input = 1\n}\n'
THIS = {"terraform_data.this": data(1)}


@pytest.mark.parametrize(
    ("first", "last", "paths"),
    [
        pytest.param("infra/a", "infra/c", ["a", "b", "c"], id="all"),
        pytest.param("infra/b", "infra/b", ["b"], id="one"),
        pytest.param("a/x", "infra/a", ["a"], id="begins in another repository"),
        pytest.param("infra/aa", "network/x", ["b", "c"], id="ends in another repository"),
    ],
)
def test_a_shard_is_a_range_with_both_ends(first: str, last: str, paths: list[str]) -> None:
    """The order is by repository, then by path."""
    assert [path for path in ("a", "b", "c") if within("infra", path, first, last)] == paths


def test_a_path_sorts_within_its_repository() -> None:
    """`infra-b/a` is not between `infra/a` and `infra/z`, though its letters are."""
    assert not within("infra-b", "a", "infra/a", "infra/z")
    assert within("infra", "a/b", "infra/a", "infra/a/c")


def test_prints_a_line_a_root_and_nothing_else(site: Site) -> None:
    """Root, verdict, seconds; the artifact is what the tasks read, and nothing else is left."""
    site.root("web", CODE, THIS)
    site.root("api", CODE, {"terraform_data.this": data(2)})
    site.root("broken", "resource {{{\n")
    site.configure(owner="@infra")

    done = site.build("drift_plan", RUN="r", SHARD="7", REPOSITORIES="infra@", FIRST="infra/api", LAST="infra/web")

    assert (done.returncode, done.stderr) == (0, "")
    lines = sorted(done.stdout.splitlines())
    assert [re.sub(r"\d+\.\d s$", "N s", line) for line in lines] == [
        "infra/api unapplied N s", "infra/broken failed N s", "infra/web clean N s",
    ]  # fmt: skip
    result = ShardResult.model_validate_json((site.output / "result.json").read_bytes())
    assert (result.run, result.shard, len(result.roots)) == ("r", 7, 3)
    assert {root.owner for root in result.roots} == {"@infra"}
    assert [path.name for path in site.output.iterdir()] == ["result.json"]
    assert list((site.project / "tmp").iterdir()) == []


def test_roots_with_similar_names_keep_their_plans_apart(site: Site) -> None:
    """`a/b` and `a-b` are planned at the same time, each into a file of its own."""
    outs = site.project / "outs"
    binary = site.project / "binary"
    binary.write_text(f"""#!/bin/sh\n[ $1 != plan ] || echo "$@" | grep -o 'out=[^ ]*' >> {outs}\n""")
    binary.chmod(0o755)
    for name in ("a/b", "a-b"):
        site.root(name, CODE)
    site.configure(binary=str(binary), roots=["**"])

    site.plan()

    assert len(set(outs.read_text().split())) == 2


def test_every_shard_plans_the_pinned_commit(site: Site) -> None:
    """A push between finding and planning changes nothing; the next run sees it."""
    site.root("web", CODE, THIS)

    git(site.infra, "init", "--quiet")
    git(site.infra, "add", "--all")
    git(site.infra, "commit", "--quiet", "--message=one")
    site.configure(url=site.infra.as_uri())
    config = site.project / "config" / "terraform.yaml"
    config.write_text(config.read_text().replace('"path": "infra", ', ""))
    pinned = git(site.infra, "rev-parse", "HEAD")
    (site.infra / "web" / "main.tf").write_text("broken {{{")
    git(site.infra, "commit", "--quiet", "--all", "--message=two")

    def verdict(commit: str) -> tuple[str, str]:
        variables = {"REPOSITORIES": f"infra@{commit}", "FIRST": "infra/a", "LAST": "infra/z"}
        assert site.build("drift_plan", RUN="r", SHARD="0", **variables).returncode == 0
        [root] = json.loads((site.output / "result.json").read_text())["roots"]
        return root["sha"], root["verdict"]

    assert verdict(pinned) == (pinned, "clean")
    assert verdict("") == (git(site.infra, "rev-parse", "HEAD"), "failed")


def test_a_repository_that_cannot_be_checked_out_is_a_problem_of_its_own(site: Site) -> None:
    """The others are planned."""
    site.root("web", CODE, THIS)
    site.configure()
    config = site.project / "config" / "terraform.yaml"
    document = json.loads(config.read_text())
    document["repositories"].append({"name": "gone", "path": "nowhere", "roots": ["*"]})
    config.write_text(json.dumps(document))

    variables = {"REPOSITORIES": "gone@ infra@", "FIRST": "gone/a", "LAST": "infra/web"}
    done = site.build("drift_plan", RUN="r", SHARD="0", **variables)

    assert done.returncode == 0
    result = ShardResult.model_validate_json((site.output / "result.json").read_bytes())
    assert [root.name for root in result.roots] == ["infra/web"]
    assert [(each.repository, each.problem) for each in result.problems] == [
        ("gone", "gone: the project has no folder nowhere.")
    ]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        pytest.param({"SHARD": "x"}, "SHARD", id="no number"),
        pytest.param({"REPOSITORIES": "other@1"}, 'config/terraform.yaml has no repository "other" any more.',
                     id="a repository that has gone from the configuration"),
        pytest.param({"REPOSITORIES": ""}, "REPOSITORIES does not say what to check out", id="no repository"),
        pytest.param({"HANDRAIL_DRIFT_KEY_SECRET": "other"}, "There is no secret other", id="no key"),
    ],
)  # fmt: skip
def test_wrong_variables_are_told(site: Site, variables: dict[str, str], words: str) -> None:
    """In one sentence, and nothing is planned."""
    site.root("web", CODE)
    site.configure()
    right = {"RUN": "r", "SHARD": "0", "REPOSITORIES": "infra@", "FIRST": "infra/a", "LAST": "infra/z"}

    done = site.build("drift_plan", **{**right, **variables})

    assert done.returncode == 1
    assert words in done.stderr
    assert list(site.output.iterdir()) == []


def test_where_nothing_differs_nobody_needs_the_key(site: Site) -> None:
    """A build that finds no difference makes no fingerprint, and does not wait for AWS."""
    site.root("web", CODE, THIS)
    site.configure()
    variables = {
        "REPOSITORIES": "infra@",
        "FIRST": "infra/a",
        "LAST": "infra/z",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
    }

    done = site.build("drift_plan", RUN="r", SHARD="0", **variables)

    assert (done.returncode, done.stderr) == (0, "")


def test_no_room_for_the_result_fails_the_build(site: Site) -> None:
    """Half a result would look like a whole one."""
    site.root("web", CODE)
    site.configure()
    (site.output / "result.json.part").symlink_to("/dev/full")

    variables = {"REPOSITORIES": "infra@", "FIRST": "infra/a", "LAST": "infra/z"}
    done = site.build("drift_plan", RUN="r", SHARD="0", **variables)

    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert not (site.output / "result.json").exists()


@pytest.mark.skipif(not Path("/proc/self/cwd").exists(), reason="processes are looked up in /proc")
def test_a_build_that_is_stopped_leaves_nothing(site: Site) -> None:
    """No terraform, no checkout, no half result; nothing more is started."""
    binary = site.project / "slow"
    binary.write_text(f"#!/bin/sh\necho $$ >> {site.project}/started\nexec sleep 60\n")
    binary.chmod(0o755)
    for n in range(9):
        site.root(f"r{n}", CODE)
    site.configure(binary=str(binary))
    variables = {"RUN": "r", "SHARD": "0", "REPOSITORIES": "infra@", "FIRST": "infra/a", "LAST": "infra/z"}
    command = [sys.executable, "-m", "codebuild.drift_plan"]
    build = subprocess.Popen(command, cwd=site.output, env=site.surroundings(**variables), stderr=subprocess.PIPE)
    started = site.project / "started"
    deadline = time.monotonic() + 30
    while not started.exists() or len(started.read_text().split()) < 4:
        assert time.monotonic() < deadline
        time.sleep(0.02)

    build.send_signal(signal.SIGTERM)
    _, err = build.communicate(timeout=20)

    assert (build.returncode, err) == (143, b"")
    assert len(started.read_text().split()) == 4
    assert not any(Path("/proc", pid).exists() for pid in started.read_text().split())
    assert list(site.output.iterdir()) == []
    assert list((site.project / "tmp").iterdir()) == []


def test_applies_the_rules_of_the_day(site: Site) -> None:
    """What each rule took is counted by its id, one that took nothing as well; an expired one is not applied."""
    for name in ("a", "b"):
        site.root(name, CODE, {"terraform_data.this": data(2)})
    here = {"address": "terraform_data.this", "attributes": ["input", "output"], "reason": "r"}
    own = [
        {"id": "own", **here, "until": "2026-01-02"},
        {"id": "quiet", **here, "address": "x.y", "until": "2026-02-02"},
    ]
    site.configure(ignore=[*own, {"id": "old", **here, "until": "2026-01-01"}])

    assert {name: (root["verdict"], root["ignored"]) for name, root in site.plan().items()} == {
        "a": ("clean", 1), "b": ("clean", 1),
    }  # fmt: skip
    assert json.loads((site.output / "result.json").read_text())["rules"] == {"own": 2, "quiet": 0}
    assert {name: root["verdict"] for name, root in site.plan(STARTED="2026-01-03T00:00:00Z").items()} == {
        "a": "unapplied", "b": "unapplied",
    }  # fmt: skip
