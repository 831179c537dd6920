"""Artefacts on disk: written so that a folder holds just them, or only compared with what is there.

Of what else lies in the folder only the subfolders that artefacts are written to are ours; wheels that somebody built
into the same `dist/` are left alone.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

Artefacts = Mapping[str, bytes]


def write(artefacts: Artefacts, folder: Path) -> None:
    """Make the folder hold these files, and their subfolders no others; what is right already is not touched."""
    for name in held(artefacts, folder) - set(artefacts):
        (folder / name).unlink()
    for name, content in artefacts.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


def differences(artefacts: Artefacts, folder: Path) -> Iterator[str]:
    """What a write would change, a line a file, in order of their names."""
    there = held(artefacts, folder)
    for name in sorted(there | set(artefacts)):
        if name not in there:
            yield f"{folder / name} is missing"
        elif name not in artefacts:
            yield f"{folder / name} belongs to no runbook any more"
        elif (folder / name).read_bytes() != artefacts[name]:
            yield f"{folder / name} differs from its source"


def held(artefacts: Artefacts, folder: Path) -> set[str]:
    """The names of the files that are there, of the artefacts and of whatever else lies in their subfolders."""
    subfolders = {name.split("/")[0] for name in artefacts if "/" in name}
    found = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    return {name for name in found if name in artefacts or name.split("/")[0] in subfolders}
