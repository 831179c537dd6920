"""The build that finds roots: what it pins, what it leaves to others, and when it refuses the whole run."""

import json
import os
from typing import Any

import pytest

from schemas.drift_result import RootsFound
from tests.codebuild.conftest import Site

CODE = 'resource "terraform_data" "this" {}\n'


def found(site: Site, **variables: str) -> RootsFound:
    done = site.build("drift_roots", RUN="run-1", **variables)
    assert done.returncode == 0, done.stderr
    return RootsFound.model_validate_json((site.output / "roots.json").read_bytes())


def refused(site: Site, **variables: str) -> str:
    done = site.build("drift_roots", RUN="run-1", **variables)
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert not (site.output / "roots.json").exists()
    return done.stderr


def configure(site: Site, *repositories: dict[str, Any], **more: Any) -> None:
    (site.project / "config").mkdir(exist_ok=True)
    (site.project / "config" / "terraform.yaml").write_text(json.dumps({**more, "repositories": repositories}))


INFRA = {"name": "infra", "path": "infra", "roots": ["*"]}


def test_finds_every_root_and_prints_a_line_a_repository(site: Site) -> None:
    """Repositories by name, roots by path; the log has a line each and nothing else."""
    for name in ("web", "api"):
        site.root(name, CODE)
    configure(site, INFRA, {"name": "also", "path": "infra", "roots": ["web"]})

    done = site.build("drift_roots", RUN="run-1", REPOSITORY="")
    roots = RootsFound.model_validate_json((site.output / "roots.json").read_bytes())

    assert roots.run == "run-1"
    assert [(each.name, each.roots) for each in roots.repositories] == [("also", ("web",)), ("infra", ("api", "web"))]
    assert done.stdout.splitlines() == ["also no commit 1 roots", "infra no commit 2 roots"]


def test_one_repository_may_be_asked_for(site: Site) -> None:
    """The others are not even looked at."""
    site.root("web", CODE)
    configure(site, INFRA, {"name": "gone", "path": "nowhere", "roots": ["*"]})

    assert [each.name for each in found(site, REPOSITORY="infra").repositories] == ["infra"]


def test_what_is_wrong_with_one_repository_leaves_the_others(site: Site) -> None:
    """A repository that cannot be read, or whose glob matches nothing, has a problem and no roots."""
    site.root("web", CODE)
    typo = {"name": "typo", "path": "infra", "roots": ["*", "wbe"]}
    configure(site, INFRA, {"name": "gone", "path": "nowhere", "roots": ["*"]}, typo)

    repositories = {each.name: each for each in found(site).repositories}

    assert repositories["infra"].roots == ("web",)
    assert repositories["gone"].roots == repositories["typo"].roots == ()
    assert repositories["gone"].problems[0].startswith("gone: the project has no folder nowhere")
    assert repositories["typo"].problems == (
        'typo: roots has "wbe", which matches no folder with Terraform code. Did you mean "web"?',
    )


def test_a_name_that_is_not_utf_8_leaves_the_others(site: Site) -> None:
    """A folder that cannot be named in a result is a problem of its repository and of no other."""
    site.root("web", CODE)
    site.root("other/" + os.fsdecode(b"caf\xe9"), CODE)
    configure(site, {**INFRA, "roots": ["web"]}, {"name": "other", "path": "infra/other", "roots": ["*"]})

    repositories = {each.name: each for each in found(site).repositories}

    assert repositories["infra"].roots == ("web",)
    assert repositories["other"].problems == (
        'other: the folder "caf\\xe9" has a name that is not UTF-8. Rename it, or leave it out with exclude.',
    )


@pytest.mark.parametrize(
    ("repository", "asked", "words"),
    [
        pytest.param({"roots": ["nothing/*"]}, "", [
            "There is no root to plan:",
            '  infra: roots has "nothing/*", which matches no folder with Terraform code.',
        ], id="a glob that matches nothing"),
        pytest.param({"path": "nowhere"}, "", ["There is no root to plan:"], id="no repository"),
        pytest.param({"url": "file:///nowhere.git", "path": None}, "", [
            "There is no root to plan:",
            "  infra (file:///nowhere.git): there is no such repository, or it may not be seen with this token or key.",
        ], id="no git repository"),
        pytest.param({}, "infar", ['config/terraform.yaml has no repository "infar". Did you mean "infra"?'],
                     id="a repository that is not there"),
        pytest.param({"binary": "no-such-tofu"}, "", [
            "The roots cannot be planned on this machine:",
            "  no-such-tofu is not there (for infra/web). Install it, or name another one under binary in"
            " config/terraform.yaml.",
        ], id="no binary"),
    ],
)  # fmt: skip
def test_a_run_with_nothing_to_plan_is_refused(
    site: Site, repository: dict[str, Any], asked: str, words: list[str]
) -> None:
    """The build fails, says why, and leaves no result."""
    site.root("web", CODE)
    configure(site, {key: value for key, value in {**INFRA, **repository}.items() if value is not None})

    assert refused(site, REPOSITORY=asked).splitlines()[: len(words)] == words


def test_a_missing_binary_is_told_once(site: Site) -> None:
    """With a few of the roots that want it, and how many more there are."""
    for name in ("a", "b", "c", "d", "e"):
        site.root(name, CODE)
    configure(site, {**INFRA, "binary": "no-such-tofu"})

    assert "no-such-tofu is not there (for infra/a, infra/b, infra/c and 2 more)." in refused(site)


def test_a_configuration_with_five_mistakes_is_refused_once(site: Site) -> None:
    """All five with file and line, and nothing is looked at."""
    text = "timeout: soon\nparalel: 2\nrepositories:\n  - name: a b\n    mode: plann\n    roots: []\n"
    (site.project / "config").mkdir()
    (site.project / "config" / "terraform.yaml").write_text(text)

    told = refused(site).splitlines()

    assert told[0] == "config/terraform.yaml is not right:"
    assert [line.partition(": ")[0].strip() for line in told[1:]] == [
        f"config/terraform.yaml:{n}" for n in (1, 2, 4, 4, 5, 6)
    ]


def test_a_variable_that_is_missing_is_told(site: Site) -> None:
    """Whoever starts the build by hand learns what it wants."""
    done = site.build("drift_roots")

    assert done.returncode == 1
    assert "RUN" in done.stderr


def test_lists_the_rules_with_their_state(site: Site) -> None:
    """Of what is looked at, by the day on which the run began; in a run for one repository, others' rules are left."""
    site.root("web", CODE)
    known = {"address": "a.b", "reason": "known"}
    rules = [{"id": "now", **known, "until": "2026-01-02"}, {"id": "over", **known, "until": "2026-01-01"}]
    other = {**INFRA, "name": "other", "ignore": [{"id": "theirs", **known, "until": "2026-06-30"}]}
    configure(site, INFRA, other, ignore=rules)

    def told(**variables: str) -> list[tuple[str, str, bool]]:
        return [(each.id, each.state, each.whole) for each in found(site, **variables).rules]

    assert told() == [("now", "active", True), ("over", "expired", True), ("theirs", "active", True)]
    assert told(REPOSITORY="infra") == [("now", "active", False), ("over", "expired", False)]
