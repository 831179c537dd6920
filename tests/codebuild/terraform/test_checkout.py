"""Checking out: real git repositories and folders, the commit that is reported, and what is said when it fails."""

import base64
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codebuild.terraform.checkout import CheckoutFailed, check_out, look
from schemas.config.terraform import Repository
from tests.codebuild.conftest import git

Commit = Callable[[str], str]


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    folder = tmp_path / "origin"
    git(tmp_path, "init", "--quiet", "--initial-branch=trunk", "origin")
    return folder


@pytest.fixture
def commit(origin: Path) -> Commit:
    """Writes a/main.tf and commits everything; gives the sha."""

    def one(text: str) -> str:
        (origin / "a").mkdir(exist_ok=True)
        (origin / "a" / "main.tf").write_text(text)
        git(origin, "add", "--all")
        git(origin, "commit", "--quiet", "--message=x")
        return git(origin, "rev-parse", "HEAD")

    return one


def repository(**given: Any) -> Repository:
    return Repository.model_validate({"name": "infra", "roots": ["**"], **given})


def test_the_default_branch_is_taken_fresh(tmp_path: Path, origin: Path, commit: Commit) -> None:
    """Each look sees the newest commit of the branch that the origin calls its default."""
    infra = repository(url=origin.as_uri())

    first, _ = commit("one"), look(infra, tmp_path, tmp_path / "one")
    second, tree = commit("two"), look(infra, tmp_path, tmp_path / "two")

    assert (tree.commit, tree.files) == (second, ("a/main.tf",))
    assert first != second
    assert not (tmp_path / "two" / "a").exists()


def test_another_branch_may_be_named(tmp_path: Path, origin: Path, commit: Commit) -> None:
    """`branch` replaces the default."""
    on_trunk = commit("one")
    git(origin, "checkout", "--quiet", "-b", "next")
    commit("two")

    assert look(repository(url=origin.as_uri(), branch="trunk"), tmp_path, tmp_path / "x").commit == on_trunk


@pytest.mark.parametrize("server", ["any commit", "only branches"])
def test_every_shard_gets_the_pinned_commit(tmp_path: Path, origin: Path, commit: Commit, server: str) -> None:
    """What was pushed in between is not planned, whether or not the server hands out any commit."""
    pinned = commit("one")
    commit("two")
    if server == "only branches":
        git(origin, "config", "protocol.version", "0")
        git(origin, "config", "uploadpack.allowAnySHA1InWant", "false")

    tree = check_out(repository(url=origin.as_uri()), tmp_path, pinned, tmp_path / "out")

    assert tree.commit == pinned
    assert (tmp_path / "out" / "a" / "main.tf").read_text() == "one"


def test_a_folder_is_taken_as_it_lies_there(tmp_path: Path, origin: Path, commit: Commit) -> None:
    """Changed and new files are copied, ignored ones and a former init are not; the sha is marked."""
    (origin / ".gitignore").write_text("*.tfstate\n")
    sha = commit("one")
    clean = check_out(repository(path="origin"), tmp_path, "", tmp_path / "clean")
    for name, text in {"a/main.tf": "two", "b/main.tf": "", "a/x.tfstate": "", "a/.terraform/y": ""}.items():
        (origin / name).parent.mkdir(parents=True, exist_ok=True)
        (origin / name).write_text(text)
    (origin / "a" / "link.tf").symlink_to("main.tf")

    changed = check_out(repository(path="origin"), tmp_path, sha, tmp_path / "changed")

    assert clean.commit == sha
    assert changed.commit == f"{sha}+changes"
    assert sorted(changed.files) == [".gitignore", "a/link.tf", "a/main.tf", "b/main.tf"]
    assert (tmp_path / "changed" / "a" / "main.tf").read_text() == "two"
    assert (tmp_path / "changed" / "a" / "link.tf").is_symlink()
    assert not (tmp_path / "changed" / "a" / "x.tfstate").exists()


def test_a_subfolder_is_a_repository_of_its_own(tmp_path: Path, origin: Path, commit: Commit) -> None:
    """Only changes inside the folder mark its sha."""
    sha = commit("one")
    (origin / "elsewhere").write_text("")

    assert look(repository(path="origin/a"), tmp_path, tmp_path / "x").commit == sha


@pytest.mark.parametrize("where", ["outside git", "ignored by git", "no commit yet"])
def test_a_folder_without_a_commit_has_none(tmp_path: Path, origin: Path, where: str) -> None:
    """A plain folder can be checked as well."""
    folder = origin / "var" if where == "ignored by git" else tmp_path / "plain"
    if where == "no commit yet":
        git(tmp_path, "init", "--quiet", "plain")
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "main.tf").write_text("")
    (origin / ".gitignore").write_text("var\n")

    tree = look(repository(path=str(folder)), tmp_path, tmp_path / "x")

    assert tree.files == ("a/main.tf",)
    assert tree.commit == ("+changes" if where == "no commit yet" else "")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        pytest.param({"url": "file:///no/such/repository.git"}, "there is no such repository", id="no repository"),
        pytest.param({"path": "nowhere"}, "the project has no folder nowhere", id="no folder"),
        pytest.param({"url": "ORIGIN", "branch": "nope"}, "it has no such branch", id="no branch"),
        pytest.param({"url": "https://git.invalid/x.git"}, "its host cannot be reached", id="no host"),
        pytest.param({"url": "https://git.example.com/x.git", "token_from": "NO_SUCH_TOKEN"},
                     "infra: the variable that its token_from names is not set.", id="no token"),
    ],
)  # fmt: skip
def test_says_what_is_wrong_with_a_repository(
    tmp_path: Path, origin: Path, commit: Commit, given: dict[str, Any], words: str
) -> None:
    """One sentence that names the repository and what to do."""
    commit("one")
    given = {key: origin.as_uri() if value == "ORIGIN" else value for key, value in given.items()}

    with pytest.raises(CheckoutFailed) as caught:
        look(repository(**given), tmp_path, tmp_path / "x")

    assert str(caught.value).startswith("infra")
    assert words in str(caught.value)


def test_a_commit_that_is_gone_is_told(tmp_path: Path, origin: Path, commit: Commit) -> None:
    """After a forced push the pinned commit may be nowhere."""
    commit("one")

    with pytest.raises(CheckoutFailed, match="the commit is not there any more"):
        check_out(repository(url=origin.as_uri()), tmp_path, "1" * 40, tmp_path / "out")


# A git that refuses, and says everything that it was told.
CHATTY = """#!/bin/sh
case "$*" in *fetch*) ;; *) exit 0 ;; esac
echo "remote: nonsense" >&2
echo "fatal: cannot do it with $GIT_CONFIG_VALUE_0 and $TOKEN at https://u:$TOKEN@git.example.com/x" >&2
printf '%s\\n' "$@" > "$SEEN"
exit 128
"""


def test_credentials_are_neither_told_nor_passed_as_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The token reaches git through the environment alone, and git's words about it are masked."""
    (tmp_path / "git").write_text(CHATTY)
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("SEEN", str(tmp_path / "seen"))
    monkeypatch.setenv("TOKEN", "CANARY-0123")

    with pytest.raises(CheckoutFailed) as caught:
        look(repository(url="https://git.example.com/x.git", token_from="TOKEN"), tmp_path, tmp_path / "x")

    encoded = base64.b64encode(b"x-access-token:CANARY-0123").decode()
    assert "cannot do it with" in str(caught.value)
    for text in (str(caught.value), (tmp_path / "seen").read_text()):
        assert "CANARY" not in text
        assert encoded not in text


def test_without_git_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without git is told what it lacks."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CheckoutFailed, match="git cannot be run"):
        look(repository(url="https://git.example.com/x.git"), tmp_path, tmp_path / "x")
