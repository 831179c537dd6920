"""UPLOAD_ARTIFACTS: what a build leaves behind, its exported variables and its artifacts."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from handrail.local.builds.artifacts import Uploaded, collect, prefix, upload
from handrail.local.builds.build import Build
from handrail.local.builds.failure import PhaseError
from handrail.local.builds.logs import Log
from handrail.local.builds.prepare import Prepared
from handrail.local.builds.project import ProjectArtifacts, Upload


def deliver(
    build: Build, prepared: Prepared, source: Path, bucket: Upload, log: Log, check: Callable[[], None]
) -> Build:
    """Read the exported variables, then upload the artifacts. Raises PhaseError, and what `check` raises meanwhile."""
    spec = prepared.spec
    wanted = {"": spec.artifacts, **spec.secondary} if spec.artifacts else {}
    build, names = export(build, prepared, log, [one.name for one in wanted.values() if one])
    for (identifier, one), name in zip(wanted.items(), names, strict=True):
        to = _destination(build, identifier)
        if one is not None and to is not None:
            files = collect(source, one, log.say, check)
            key = prefix(build.order.project.name, build.id.partition(":")[2], name, to, one)
            uploaded = upload(files, key, to, bucket)
            log.say(f"Uploaded to {uploaded.location}")
            build = _with(build, identifier, uploaded)
    return build


def export(build: Build, prepared: Prepared, log: Log, texts: Sequence[str] = ()) -> tuple[Build, list[str]]:
    """Read the exported variables and expand texts as the shell does: one shell for all, none where nothing varies."""
    exported = [name for name in prepared.spec.exported if name not in prepared.secret]
    varying = [text for text in texts if "$" in text or "`" in text]
    if not exported and not varying:
        return build, list(texts)
    try:
        values, expanded = prepared.commands.values(exported, varying)
    except ValueError as error:
        raise PhaseError("CLIENT_ERROR", str(error)) from error
    found = ((name, log.mask(value)) for name, value in zip(exported, values, strict=True) if value is not None)
    known = dict(zip(varying, expanded, strict=True))
    return replace(build, exported=tuple(found)), [known.get(text, text) for text in texts]


def _destination(build: Build, identifier: str) -> ProjectArtifacts | None:
    """Where an artifact goes; None where the project has none, and then no secondary ones either."""
    known = build.order.project.secondary_artifacts
    if not identifier or build.order.artifacts is None:
        return build.order.artifacts
    if identifier not in known:
        raise PhaseError("CLIENT_ERROR", f'the project has no secondary artifact "{identifier}"')
    return known[identifier]


def _with(build: Build, identifier: str, uploaded: Uploaded) -> Build:
    if identifier:
        return replace(build, secondary=(*build.secondary, (identifier, uploaded.location)))
    return replace(build, artifacts=uploaded.location, artifacts_sha256=uploaded.sha256)
