"""The providers that the roots of one build share: each is downloaded once, and nobody overwrites one that is in use.

Terraform's plugin cache takes no parallel inits (https://github.com/hashicorp/terraform/issues/31964): whoever finds a
provider missing, or finds one whose hash the root's lock file does not have, unpacks it over whatever is there, even
while another root runs it. So the roots of one lock file share the cache in three steps: the first init is alone and
fills it; then the hashes of what it unpacked are looked up in the lock file; where all of them are there, the others
only link, side by side. Where one is not (a lock file that was written on another kind of machine has only that
machine's `h1:` hashes), they stay away from the cache and download for themselves.
"""

import base64
import hashlib
import re
import stat
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from codebuild.terraform.binary import CLI_CONFIGURATION
from codebuild.terraform.spawn import Done

LOCK_FILE = ".terraform.lock.hcl"
MOST = 1 << 20

PROVIDER = re.compile(r'^provider "(?P<address>[^"\n]*)" \{\n(?P<body>.*?)^\}', re.MULTILINE | re.DOTALL)
VERSION = re.compile(r'^\s*version\s*=\s*"([^"\n]*)"', re.MULTILINE)
HASH = re.compile(r'"(h1:[^"\n]*)"')

# What becomes a part of a path: host/namespace/type, and a version.
ADDRESS = re.compile(r"(?!.*\.\.)[\w.:-]+(/[\w-]+){2}", re.ASCII)
NUMBER = re.compile(r"\d[\w.+-]*", re.ASCII)

# A first init that fails may be the fault of its root alone; the next root with the same lock file tries again.
TRIES = 3

CACHED = "TF_PLUGIN_CACHE"
SETTING = "plugin_cache"

Init = Callable[[Path | None], Done]


@dataclass(frozen=True)
class Package:
    """A provider as a lock file has it: its address, version, and the `h1:` hashes that it may have unpacked."""

    address: str
    version: str
    hashes: frozenset[str]


@dataclass(frozen=True)
class LockFile:
    """What a root's lock file says, and what all lock files that say the same have in common."""

    digest: str
    packages: tuple[Package, ...]


class Plugins:
    """The cache of one build, in a folder of its own; from several threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._alone = threading.Lock()
        self._filled: set[str] = set()
        self._shared: dict[str, bool] = {}
        self._failed: Counter[str] = Counter()
        self._hashes: dict[Path, str] = {}

    def init(self, root: Path, environment: Mapping[str, str], call: Init) -> Done:
        """Runs `call`, the init of a root, when its turn has come, with the cache's folder where it may use that."""
        lock = read(root)
        if lock is None:
            return call(None)
        if has_its_own(environment):
            with self._alone:
                return call(None)
        if lock.digest not in self._shared:
            with self._alone:
                if self._may_fill(lock):
                    return self._first(lock, call)
        return call(self._folder if self._shared[lock.digest] else None)

    def _may_fill(self, lock: LockFile) -> bool:
        """Whether the next init is the first one; otherwise it is decided from now on whether it shares."""
        if lock.digest in self._shared:
            return False
        if lock.digest in self._filled:
            self._shared[lock.digest] = all(self._fits(package) for package in lock.packages)
        elif self._failed[lock.digest] == TRIES or not all(self._fits(package) for package in self._there(lock)):
            self._shared[lock.digest] = False
        return lock.digest not in self._shared

    def _first(self, lock: LockFile, call: Init) -> Done:
        self._folder.mkdir(exist_ok=True)
        done = call(self._folder)
        if done.code == 0:
            self._filled.add(lock.digest)
        else:
            self._failed[lock.digest] += 1
        return done

    def _there(self, lock: LockFile) -> Iterator[Package]:
        return (package for package in lock.packages if self._place(package).exists())

    def _place(self, package: Package) -> Path:
        return self._folder / package.address / package.version

    def _fits(self, package: Package) -> bool:
        """Whether the cache has the package with a hash that the lock file knows: such a one Terraform only links."""
        place = self._place(package)
        with suppress(OSError):
            found = [self._hash(one) for one in place.iterdir()]
            return bool(found) and package.hashes.issuperset(found)
        return False

    def _hash(self, package: Path) -> str:
        if package not in self._hashes:
            self._hashes[package] = unpacked_hash(package)
        return self._hashes[package]


def read(root: Path) -> LockFile | None:
    """The root's lock file; None where there is none, or it is not as Terraform writes one."""
    path = root / LOCK_FILE
    try:
        found = path.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST:
            return None
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    packages = tuple(map(_package, PROVIDER.finditer(text)))
    known = [
        package for package in packages if ADDRESS.fullmatch(package.address) and NUMBER.fullmatch(package.version)
    ]
    if not known or len(known) != text.count('provider "'):
        return None
    return LockFile(hashlib.sha256(text.encode()).hexdigest(), packages)


def has_its_own(environment: Mapping[str, str]) -> bool:
    """Whether the root's settings, or the CLI configuration, say something about a cache: then theirs counts."""
    named = environment.get(CLI_CONFIGURATION)
    files = (
        [Path(named)] if named else [Path(environment.get("HOME", "/"), name) for name in (".terraformrc", ".tofurc")]
    )
    return any(name.startswith(CACHED) for name in environment) or any(map(_sets_a_cache, files))


def unpacked_hash(package: Path) -> str:
    """The `h1:` hash of an unpacked provider: https://pkg.go.dev/golang.org/x/mod/sumdb/dirhash#Hash1."""
    top = package.resolve()
    files = {path.relative_to(top).as_posix(): path for path in top.rglob("*") if path.is_file()}
    lines = "".join(f"{_digest(files[name])}  {name}\n" for name in sorted(files))
    return f"h1:{base64.b64encode(hashlib.sha256(lines.encode()).digest()).decode()}"


def _package(found: re.Match[str]) -> Package:
    version = VERSION.search(found["body"])
    return Package(found["address"], version[1] if version else "", frozenset(HASH.findall(found["body"])))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@cache
def _sets_a_cache(configuration: Path) -> bool:
    try:
        return SETTING in configuration.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
