"""A look at the laptop's AWS, also while another process works in it: at a copy, so that nothing is changed."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from handrail.catalogue import Catalogue
from handrail.local.cloudfile import FILE
from handrail.local.laptop import Laptop
from handrail.local.trouble import reached, told_where


@contextmanager
def looking(catalogue: Catalogue, home: Path) -> Iterator[None]:
    """This process turned to a copy of what AWS holds here; the copy goes away afterwards."""
    # Beside the original, whose folder is for this person alone.
    with reached(home):
        home.mkdir(parents=True, exist_ok=True, mode=0o700)
        copies = TemporaryDirectory(dir=home, prefix="look-", ignore_cleanup_errors=True)
    with copies as folder:
        copied(home / FILE, Path(folder) / FILE)
        with Laptop.open(catalogue, Path(folder)) as laptop:
            laptop.prepare()
            yield


def copied(source: Path, target: Path) -> None:
    """One whole state of a file that may be written to meanwhile; nothing where it is not there yet."""
    if not source.exists():
        return
    target.touch(mode=0o600)
    with (
        told_where(source),
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as original,
        closing(sqlite3.connect(target)) as copy,
    ):
        original.backup(copy)
