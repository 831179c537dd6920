"""Which files belong to the repository: what git tracks, or would track with the next `git add`."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

LISTED = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]


def files(root: Path, *suffixes: str) -> Iterator[Path]:
    """The repository's files, in order of their paths; all of them, or those with one of these suffixes."""
    listed = subprocess.run(LISTED, cwd=root, capture_output=True, text=True, check=True).stdout
    for name in sorted(set(filter(None, listed.split("\0")))):
        path = root / name
        if path.is_file() and (not suffixes or path.suffix in suffixes):
            yield path
