"""A zip put into a folder, and nowhere else.

Source: "Lambda quotas" for the size of what comes out of it.
"""

import io
import stat
import zipfile
from pathlib import Path, PurePosixPath
from shutil import copyfileobj
from typing import Final

from handrail.local.lambdas.request import Refusal

MOST: Final = 250 * 1024**2
"""Bytes of all files together, layers and code."""


def unzip(code: bytes, folder: Path) -> None:
    """Write the files of a zip below a folder; raises Refusal, as Lambda's InvalidZipFileException."""
    try:
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            members = archive.infolist()
            if sum(member.file_size for member in members) > MOST:
                raise refusal(f"its files have more than {MOST:,} bytes together")
            for member in members:
                place = folder / inside(member)
                if member.is_dir():
                    place.mkdir(parents=True, exist_ok=True)
                else:
                    extract(archive, member, place)
    # A zip can be broken in many ways, and the reader has an error of its own for each.
    except (zipfile.BadZipFile, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise refusal(f"it cannot be read: {error}") from None


def extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, place: Path) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(member) as source, place.open("wb") as target:
        copyfileobj(source, target)
    runs = member.external_attr >> 16 & stat.S_IXUSR
    place.chmod(0o755 if runs else 0o644)


def inside(member: zipfile.ZipInfo) -> PurePosixPath:
    """Where a member belongs; raises Refusal for one that would be outside, or is no plain file."""
    path = PurePosixPath(member.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[:1] or "\0" in member.filename:
        raise refusal(f'"{member.filename}" would be written outside of the folder of the function')
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refusal(f'"{member.filename}" is a link or a device; put the file itself into the zip')
    return path


def refusal(why: str) -> Refusal:
    return Refusal("InvalidZipFileException", f"The zip of the function cannot be used: {why}.", 502)
