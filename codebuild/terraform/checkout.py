"""Brings a repository's files to a build (S003-08): a commit of a git repository, or a folder as it lies there."""

import base64
import os
import re
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from codebuild.terraform import spawn
from codebuild.terraform.mask import Mask
from handrail.errors import HandrailError
from schemas.config.terraform import Repository

SECONDS = 600.0

CHANGES = "+changes"

# What git says in English, and what it means for whoever reads the report. The first that is found counts.
MEANINGS = (
    (r"could not read (Username|Password)|Authentication failed|Permission denied|(HTTP|error:) 40[13]",
     "git was refused. Check the token (token_from) or the SSH key, and what it may read"),
    (r"not found|does not exist|not appear to be a git repository|No such file or directory",
     "there is no such repository, or it may not be seen with this token or key"),
    (r"resolve host|unable to access|Connection (refused|reset|timed out)|unreachable|Could not read from remote",
     "its host cannot be reached"),
    (r"couldn't find remote ref", "it has no such branch, or no commit at all"),
    (r"No space left", "there is no room on this machine's disk"),
    (r"not our ref|unadvertised object|bad object|reference is not a tree|Needed a single revision",
     "the commit is not there any more"),
)  # fmt: skip

# A caller's own repository must not be mistaken for the one that is fetched.
FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE")

FIXED = {"GIT_TERMINAL_PROMPT": "0", "GIT_ALLOW_PROTOCOL": "https:http:ssh:git:file", "LC_ALL": "C"}

# No hook and no file-system monitor is run, and a folder that somebody is working in is only read.
QUIETLY = (
    "--no-optional-locks", "-c", "safe.directory=*", "-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
)  # fmt: skip


class CheckoutFailed(HandrailError):
    """A repository whose files cannot be had; the text names it and holds no credentials."""


@dataclass(frozen=True)
class Tree:
    """A repository at one moment: the commit, and the paths of its files."""

    commit: str
    files: tuple[str, ...]


def look(repository: Repository, project: Path, scratch: Path) -> Tree:
    """The newest commit of the branch, or the folder's state; checks no file out. Raises CheckoutFailed."""
    return _folder(repository, project) if repository.path else _fetched(repository, "", scratch)


def check_out(repository: Repository, project: Path, commit: str, into: Path) -> Tree:
    """The files at `commit`, or the folder's files as they are now, in `into`. Raises CheckoutFailed."""
    if not repository.path:
        tree = _fetched(repository, commit, into)
        _git(repository, into, "checkout", "--quiet", "--detach", tree.commit)
        return tree
    tree = _folder(repository, project)
    try:
        _copy(tree.files, project / repository.path, into)
    except OSError as error:
        raise CheckoutFailed(f"{repository.name}: {repository.path} cannot be copied: {error.strerror}.") from None
    return tree


def _fetched(repository: Repository, commit: str, into: Path) -> Tree:
    into.mkdir(parents=True, exist_ok=True)
    _git(repository, into, "init", "--quiet")
    _fetch(repository, commit, into)
    found = _git(repository, into, "rev-parse", "--verify", f"{commit or 'FETCH_HEAD'}^{{commit}}").decode().strip()
    return Tree(found, _names(_git(repository, into, "ls-tree", "-r", "-z", "--name-only", found)))


def _fetch(repository: Repository, commit: str, into: Path) -> None:
    branch = f"refs/heads/{repository.branch}" if repository.branch else "HEAD"
    fetch = ("fetch", "--quiet", "--no-tags")
    address = repository.url or ""
    try:
        _git(repository, into, *fetch, "--depth=1", "--", address, commit or branch)
    except CheckoutFailed:
        if not commit:
            raise
        # Some servers hand out only what a branch points to: then the commit is looked for in the branch's history.
        _git(repository, into, *fetch, "--", address, branch)


def _folder(repository: Repository, project: Path) -> Tree:
    folder = project / (repository.path or "")
    if not folder.is_dir():
        raise CheckoutFailed(f"{repository.name}: the project has no folder {repository.path}.")
    try:
        status = _git(repository, folder, "status", "--porcelain=v2", "--branch", "--untracked-files=all", "--", ".")
        listed = _git(repository, folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", ".")
    except CheckoutFailed:
        return Tree("", tuple(_walked(folder)))
    files = tuple(name for name in _names(listed) if _belongs(name) and os.path.lexists(folder / name))
    # Nothing listed: the folder is one that its git repository ignores, and so is none of its files.
    return Tree(_state(status), files) if files else Tree("", tuple(_walked(folder)))


def _belongs(name: str) -> bool:
    """Not what an init of somebody's own left there: it would bind the copy to that person's backend."""
    return ".terraform" not in name.split("/")


def _state(status: bytes) -> str:
    """From `git status --porcelain=v2 --branch`: the commit, marked where the working tree differs from it."""
    lines = status.decode(errors="replace").splitlines()
    commit = next((line.rpartition(" ")[2] for line in lines if line.startswith("# branch.oid ")), "")
    changed = any(not line.startswith("#") for line in lines)
    return (commit if commit != "(initial)" else "") + (CHANGES if changed else "")


def _walked(folder: Path) -> Iterator[str]:
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(set(folders) - {".git", ".terraform"})
        yield from ((Path(at) / name).relative_to(folder).as_posix() for name in sorted(files))


def _copy(files: Iterable[str], source: Path, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    made = {into}
    for name in files:
        here, there = source / name, into / name
        if there.parent not in made:
            there.parent.mkdir(parents=True, exist_ok=True)
            made.add(there.parent)
        # A submodule is listed as one name, and is a folder.
        if not here.is_dir() or here.is_symlink():
            # What an editor has taken away since the list was made is not missed.
            with suppress(FileNotFoundError):
                shutil.copy(here, there, follow_symlinks=False)


def _names(listed: bytes) -> tuple[str, ...]:
    return tuple(os.fsdecode(name) for name in listed.split(b"\0") if name)


def _git(repository: Repository, folder: Path, *arguments: str) -> bytes:
    argv = ["git", *QUIETLY, *arguments]
    try:
        done = spawn.run(argv, folder=folder, environment=_environment(repository), seconds=SECONDS)
    except spawn.TimedOut:
        raise CheckoutFailed(f"{_where(repository)}: git took longer than {SECONDS:.0f} seconds.") from None
    except OSError as error:
        raise CheckoutFailed(f"git cannot be run: {error.strerror}. Install it, or put it on PATH.") from None
    if done.code != 0:
        raise CheckoutFailed(f"{_where(repository)}: {_meaning(done.err, repository)}.")
    return done.out


def _meaning(err: bytes, repository: Repository) -> str:
    said = err.decode(errors="replace")
    known = next((meaning for pattern, meaning in MEANINGS if re.search(pattern, said)), "")
    if known:
        return known
    lines = [line.removeprefix("fatal: ") for line in said.splitlines() if line.strip()]
    token = os.environ.get(repository.token_from or "", "")
    return "git said: " + Mask([token] if token else []).sentence(lines[-1] if lines else "nothing").rstrip(".")


def _where(repository: Repository) -> str:
    address = re.sub(r"//[^/@]*@", "//", repository.url or repository.path or "")
    return f"{repository.name} ({address})"


def _environment(repository: Repository) -> Mapping[str, str]:
    environment = {name: value for name, value in os.environ.items() if name not in FOREIGN} | FIXED
    environment.setdefault("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
    return {**environment, **_credentials(repository, int(environment.get("GIT_CONFIG_COUNT", "0")))}


def _credentials(repository: Repository, number: int) -> Mapping[str, str]:
    """The token as configuration in the environment: neither an argument list nor a file ever holds it."""
    if not repository.token_from or not repository.url:
        return {}
    token = os.environ.get(repository.token_from, "")
    if not token:
        # Not even its name: it may be the token itself that was written there.
        raise CheckoutFailed(f"{repository.name}: the variable that its token_from names is not set.")
    site = urlsplit(repository.url)
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    return {
        "GIT_CONFIG_COUNT": str(number + 1),
        f"GIT_CONFIG_KEY_{number}": f"http.{site.scheme}://{site.netloc}/.extraHeader",
        f"GIT_CONFIG_VALUE_{number}": f"Authorization: Basic {basic}",
    }
