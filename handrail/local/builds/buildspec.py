"""What a buildspec says, as frozen values, and the table of what may stand in one.

Source: "Build specification reference for CodeBuild" in the CodeBuild User Guide, version 0.2.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal

from handrail.errors import Problems
from handrail.local.builds.nodes import MistakeError, Node, Reading, Rule, flag, pairs, section, sections, text, texts

Action = Literal["ABORT", "CONTINUE", "RETRY"]

# What a shell takes as a variable's name.
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")


@dataclass(frozen=True, slots=True)
class OnFailure:
    """What follows a failed phase; RETRY runs it again up to `times` times where the error matches `pattern`."""

    action: Action
    times: int = 0
    pattern: str = ".*"


@dataclass(frozen=True, slots=True)
class PhaseSpec:
    """The commands of one phase, and those of its `finally` block."""

    commands: tuple[str, ...] = ()
    final: tuple[str, ...] = ()
    on_failure: OnFailure | None = None


@dataclass(frozen=True, slots=True)
class ArtifactSpec:
    """Which files to upload: globs under the base directories, less the excluded ones."""

    files: tuple[str, ...]
    name: str = ""
    base_directory: str = "."
    discard_paths: bool = False
    exclude: tuple[str, ...] = ()
    s3_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Buildspec:
    """A buildspec that was read without a problem; `notes` says what of it has no effect on one machine."""

    phases: Mapping[str, PhaseSpec]
    shell: str = "/bin/sh"
    variables: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    artifacts: ArtifactSpec | None = None
    secondary: Mapping[str, ArtifactSpec] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def version(reading: Reading, node: Node) -> str:
    found = text(reading, node)
    if found == "0.1":
        raise MistakeError("version 0.1 starts a new shell for each command; write 0.2")
    if found != "0.2":
        raise MistakeError(f'version "{found}" is not known; write 0.2')
    return found


def shell(reading: Reading, node: Node) -> str:
    found = text(reading, node)
    if found in {"powershell.exe", "cmd.exe"}:
        raise MistakeError(f"env/shell {found} is for Windows; write bash or /bin/sh")
    if found not in {"bash", "/bin/sh"}:
        raise MistakeError(f'env/shell "{found}" is neither bash nor /bin/sh')
    return found


def on_failure(reading: Reading, node: Node) -> OnFailure:
    found = text(reading, node)
    if found in {"ABORT", "CONTINUE"}:
        return OnFailure("ABORT" if found == "ABORT" else "CONTINUE")
    parts = re.fullmatch(r"RETRY(?:-(\d+)(?=-|$))?(?:-(.+))?", found)
    if not parts:
        raise MistakeError(f'on-failure "{found}" is none of ABORT, CONTINUE, RETRY, RETRY-count, RETRY-regex')
    times, pattern = int(parts[1] or 3), parts[2] or ".*"
    if times > 100:
        raise MistakeError(f"on-failure retries {times} times; 100 are the most")
    try:
        re.compile(pattern)
    except re.error as error:
        raise MistakeError(f'on-failure has a broken regular expression "{pattern}": {error}') from error
    return OnFailure("RETRY", times, pattern)


def variables(reading: Reading, node: Node) -> dict[str, str]:
    found = pairs(reading, node)
    for name in found:
        if why := no_variable(name):
            reading.problem(node, why)
    return found


def no_variable(name: str) -> str | None:
    """Why a name cannot be that of a variable which an author sets; None for one that can."""
    if name.startswith("CODEBUILD_"):
        return f'"{name}" cannot be set: CodeBuild keeps names that begin with CODEBUILD_ for itself'
    if not VARIABLE.match(name):
        return f'"{name}" cannot be a variable: a name has letters, digits and underscores, and begins with no digit'
    return None


def inside(reading: Reading, node: Node) -> str:
    """A path or glob below the folder of the source."""
    found = text(reading, node)
    if found.startswith(("/", "~")) or ".." in found.split("/"):
        raise MistakeError(f'"{found}" leaves the source folder; artifacts are taken from inside it')
    return found


def every(rule: Rule) -> Rule:
    """A list of which each item keeps the rule."""
    return lambda reading, node: texts(reading, node, rule)


def refused(why: str) -> Rule:
    """What CodeBuild knows and Handrail cannot honour on one machine."""

    def refuse(reading: Reading, node: Node) -> None:
        raise MistakeError(why)

    return refuse


def unused(rule: Rule, why: str) -> Rule:
    """Checked like everything else, then left out with a line in the log."""

    def check(reading: Reading, node: Node) -> None:
        rule(reading, node)
        reading.note(why)

    return check


RUN_AS = refused("run-as needs another Linux user; on one machine all commands run as the person who started Handrail")

ENV: dict[str, Rule] = {
    "shell": shell,
    "variables": variables,
    "parameter-store": variables,
    "secrets-manager": variables,
    "exported-variables": texts,
    "git-credential-helper": unused(flag, "env/git-credential-helper is not used here"),
}

PHASE: dict[str, Rule] = {
    "run-as": RUN_AS,
    "on-failure": on_failure,
    "commands": texts,
    "finally": texts,
}

INSTALL: dict[str, Rule] = {
    **PHASE,
    "runtime-versions": unused(pairs, "runtime-versions is not used here: commands find the programs of this machine"),
}

PHASES: dict[str, Rule] = {
    "install": section(INSTALL),
    "pre_build": section(PHASE, required=("commands",)),
    "build": section(PHASE, required=("commands",)),
    "post_build": section(PHASE, required=("commands",)),
}

ARTIFACT: dict[str, Rule] = {
    "files": every(inside),
    "name": text,
    "base-directory": inside,
    "discard-paths": flag,
    "exclude-paths": every(inside),
    "enable-symlinks": unused(flag, "artifacts/enable-symlinks is not used here: links are followed"),
    "s3-prefix": text,
}

ARTIFACTS: dict[str, Rule] = {
    **ARTIFACT,
    "secondary-artifacts": sections(section(ARTIFACT, required=("files",))),
}

REPORT: dict[str, Rule] = {"files": texts, "file-format": text, "base-directory": text, "discard-paths": flag}

CACHE: dict[str, Rule] = {"key": text, "fallback-keys": texts, "action": text, "paths": texts}

PROXY: dict[str, Rule] = {"upload-artifacts": flag, "logs": flag}

BUILDSPEC: dict[str, Rule] = {
    "version": version,
    "run-as": RUN_AS,
    "env": section(ENV),
    "proxy": unused(section(PROXY), "proxy is not used here"),
    "batch": refused("batch starts many builds at once, which Handrail leaves to a Map in the state machine"),
    "phases": section(PHASES),
    "reports": unused(sections(section(REPORT, required=("files",))), "reports is not used here: no report is made"),
    "artifacts": section(ARTIFACTS, required=("files",)),
    "cache": unused(section(CACHE, required=("paths",)), "cache is not used here: every build starts from nothing"),
}


@lru_cache(maxsize=128)
def read(source: str, name: str = "buildspec.yml") -> Buildspec:
    """The buildspec; raises Problems with everything that is wrong with it, each with its line."""
    reading = Reading(name)
    root = reading.document(source)
    if root is None:
        raise Problems(f"{name} is empty.", [f"{name}:1: write at least version and phases"])
    found = reading.below("", section(BUILDSPEC, required=("version", "phases")), root) or {}
    _check_exports(reading, found.get("env") or {})
    reading.finish()
    return _buildspec(found, tuple(reading.notes))


def _check_exports(reading: Reading, env: Mapping[str, Any]) -> None:
    """What cannot be exported: AWS's own variables, and secrets (reference, env/exported-variables)."""
    secret = {*(env.get("parameter-store") or ()), *(env.get("secrets-manager") or ())}
    for name in env.get("exported-variables") or ():
        if name.startswith("AWS_"):
            reading.problem(None, f"env/exported-variables has {name}, and what begins with AWS_ cannot be exported")
        elif name in secret:
            reading.problem(None, f"env/exported-variables has {name}, and a secret cannot be exported")
        elif not VARIABLE.match(name):
            reading.problem(None, f'env/exported-variables has "{name}", which is no variable\'s name')


def _buildspec(found: Mapping[str, Any], notes: tuple[str, ...]) -> Buildspec:
    env = found.get("env") or {}
    artifacts = found.get("artifacts")
    return Buildspec(
        phases={name: _phase(phase or {}) for name, phase in (found.get("phases") or {}).items()},
        shell=env.get("shell") or "/bin/sh",
        variables=env.get("variables") or {},
        parameters=env.get("parameter-store") or {},
        secrets=env.get("secrets-manager") or {},
        exported=env.get("exported-variables") or (),
        artifacts=_artifact(artifacts) if artifacts else None,
        secondary={name: _artifact(one) for name, one in ((artifacts or {}).get("secondary-artifacts") or {}).items()},
        notes=notes,
    )


def _phase(found: Mapping[str, Any]) -> PhaseSpec:
    return PhaseSpec(found.get("commands") or (), found.get("finally") or (), found.get("on-failure"))


def _artifact(found: Mapping[str, Any]) -> ArtifactSpec:
    return ArtifactSpec(
        files=found["files"],
        name=found.get("name") or "",
        base_directory=found.get("base-directory") or ".",
        discard_paths=bool(found.get("discard-paths")),
        exclude=found.get("exclude-paths") or (),
        s3_prefix=found.get("s3-prefix") or "",
    )
