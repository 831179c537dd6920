"""Which files of a build are its artifacts, under which keys they are uploaded, and the upload.

Source: artifacts in the buildspec reference, and ProjectArtifacts in the API reference of CodeBuild.
"""

import hashlib
import io
import os
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from handrail.local.builds.buildspec import ArtifactSpec
from handrail.local.builds.failure import PhaseError
from handrail.local.builds.project import ProjectArtifacts, Upload

# What each part of a glob stands for; anything else is itself. `**` stands for any number of folders, none included.
GLOB = re.compile(
    r"(?P<folders>(?:\A|(?<=/))\*\*/)|(?P<all>(?:\A|(?<=/))\*\*\Z)|(?P<some>\*+)|(?P<one>\?)|(?P<other>.)"
)
MEANING = {"folders": "(?:[^/]+/)*", "all": ".*", "some": "[^/]*", "one": "[^/]"}


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Where the artifacts are now, as BuildArtifacts says it; the digest is there for a ZIP only."""

    location: str
    sha256: str = ""


@cache
def pattern(glob: str) -> re.Pattern[str]:
    """The paths that a glob of a buildspec stands for: `*` and `?` stay within a folder, `**` goes through folders."""
    parts = GLOB.finditer(glob.removeprefix("./"))
    return re.compile(
        "".join(MEANING.get(part.lastgroup or "") or re.escape(part.group()) for part in parts), re.DOTALL
    )


def choose(paths: Sequence[str], spec: ArtifactSpec) -> list[str]:
    """Those of the paths (relative, with slashes) that the artifact takes, in their order."""
    wanted = [pattern(glob) for glob in spec.files]
    excluded = [pattern(glob) for glob in spec.exclude]
    return [
        path
        for path in paths
        if any(glob.fullmatch(path) for glob in wanted) and not any(glob.fullmatch(path) for glob in excluded)
    ]


def collect(source: Path, spec: ArtifactSpec, say: Callable[[str], None], check: Callable[[], None]) -> dict[str, Path]:
    """The files by the names they are uploaded under. Raises PhaseError, in CodeBuild's words, where there are none.

    `check` is called at each folder, and ends the search by raising.
    """
    say(f"Expanding base directory path: {spec.base_directory}")
    found: dict[str, Path] = {}
    for base in _bases(source, spec.base_directory):
        chosen = choose(list(_files(base, check)), spec)
        for path in chosen:
            name = path.rpartition("/")[2] if spec.discard_paths else path
            if name in found:
                say(f"Two artifacts have the name {name}; the last one, {path}, is uploaded")
            found[name] = base / path
    if not found:
        for glob in spec.files:
            say(f"Skipping invalid file path {glob}")
        raise PhaseError("CLIENT_ERROR", "no matching artifact paths found")
    say(f"Found {len(found)} file(s)")
    return found


def _bases(source: Path, glob: str) -> list[Path]:
    """The base directories: one folder, or the top-level folders that a glob stands for."""
    glob = glob.removeprefix("./").rstrip("/")
    if not re.search(r"[*?]", glob):
        bases = [source / glob]
    else:
        bases = sorted(folder for folder in source.iterdir() if pattern(glob).fullmatch(folder.name))
    if not (bases := [base for base in bases if base.is_dir()]):
        raise PhaseError("CLIENT_ERROR", f"no matching base directory path found for {glob}")
    return bases


def _files(base: Path, check: Callable[[], None]) -> Iterator[str]:
    """Every file below, through links too; a link to a folder that it stands in leads to nothing new."""
    above = {str(base): frozenset({os.path.realpath(base)})}
    for folder, names, files in os.walk(base, followlinks=True):
        check()
        parents = above.pop(folder)
        real = {name: os.path.realpath(os.path.join(folder, name)) for name in sorted(names)}  # noqa: PTH118 - os.walk's
        names[:] = [name for name in real if real[name] not in parents]
        above |= {os.path.join(folder, name): parents | {real[name]} for name in names}  # noqa: PTH118 - own words
        below = Path(folder).relative_to(base).as_posix()
        # A pipe would be read for ever, and so would a link to a device.
        found = (name for name in sorted(files) if Path(folder, name).is_file())
        yield from (name if below == "." else f"{below}/{name}" for name in found)


def prefix(project: str, build: str, name: str, to: ProjectArtifacts, spec: ArtifactSpec) -> str:
    """The key of the artifact: `path/<build id>/name`, with the parts that the project wants."""
    chosen = name if to.override_name and name else to.name or project
    by_build = to.namespace == "BUILD_ID"
    parts = (spec.s3_prefix if by_build else "", to.path, build if by_build else "", chosen)
    return "/".join(part.strip("/") for part in parts if part.strip("/"))


def upload(files: dict[str, Path], key: str, to: ProjectArtifacts, bucket: Upload) -> Uploaded:
    """Write the files, or one ZIP of them, to the bucket."""
    location = f"arn:aws:s3:::{bucket.name}/{key}".rstrip("/")
    try:
        if to.packaging == "ZIP":
            content = _zip(files)
            bucket.put(key, content)
            return Uploaded(location, hashlib.sha256(content).hexdigest())
        for name, path in files.items():
            bucket.put(f"{key}/{name}".lstrip("/"), path)
    except Exception as error:
        raise PhaseError("CLIENT_ERROR", f"Error in UPLOAD_ARTIFACTS phase: {location}: {error}") from error
    return Uploaded(location)


def _zip(files: dict[str, Path]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in files.items():
            archive.write(path, name)
    return content.getvalue()
