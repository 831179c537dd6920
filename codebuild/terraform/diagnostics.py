"""What Terraform complained about: read from its JSON lines and its stderr, judged, and reduced to what may be told."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from codebuild.terraform.mask import Mask
from schemas.drift_result import Diagnostic, Severity

Blame = Literal["busy", "auth"]

BUSY = re.compile(r"Error acquiring the state lock|state is already locked|Error locking state", re.IGNORECASE)

# Who may not come in, in the words of the providers and backends people use most.
AUTH = re.compile(
    r"no valid credential|could not find default credentials|NoCredentialProviders|failed to refresh cached credentials"
    r"|ExpiredToken|InvalidClientTokenId|SignatureDoesNotMatch|UnrecognizedClient|AuthFailure|AuthorizationFailed"
    r"|AccessDenied|UnauthorizedOperation|not authorized to perform|invalid_grant"
    r"|security token included in the request|(status ?code:?|HTTP|error:) ?40[13]\b|\bUnauthorized\b|403 Forbidden"
    r"|authentication (failed|required)|could not read Username|Permission denied \(publickey",
    re.IGNORECASE,
)

# The state was written while it was read: S3's copy and its digest in DynamoDB differ, a file is half written, or a
# backend compares serials. What a plan says to that is gone a moment later.
STATE_CHANGED = re.compile(
    r"does not have the expected content|state file could not be parsed|does not have a \"version\" attribute"
    r"|\bstate\b[^.\n]{0,60}\b(has )?changed\b|\bstate\b[^.\n]{0,60}\bserial\b|\bserial\b[^.\n]{0,60}\bstate\b",
    re.IGNORECASE,
)

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
BEGINNING = re.compile(r"^(?=Error: |Warning: )", re.MULTILINE)
HEAD = re.compile(r"(Error|Warning): ([^\n]*)\n?(.*)", re.DOTALL)
PLACE = re.compile(r"^[ \t]+on (\S+) line (\d+)", re.MULTILINE)
KEY = re.compile(r'\["(?:[^"\\]|\\.)*"\]')

# Said besides what matters: about the machine's own configuration, and to announce the errors that follow.
ASIDES = ("Unable to open CLI configuration file", "Terraform encountered problems", "OpenTofu encountered problems")


@dataclass(frozen=True)
class Message:
    """A diagnostic as Terraform wrote it. It may hold secrets: it is judged here and never passed on."""

    severity: Severity
    summary: str
    detail: str = ""
    file: str = ""
    line: int | None = None
    address: str = ""
    foreign: bool = False
    """Whether somebody else than Terraform may have chosen the words: a provider, or whatever writes to stderr."""


def read(out: bytes, err: bytes) -> list[Message]:
    """Every diagnostic of one command that starts no provider, from `-json` lines and from people's words on stderr."""
    return _what_matters([*_from_lines(out), *_from_words(err.decode(errors="replace"))])


def read_lines(out: bytes) -> list[Message]:
    """Every diagnostic of one `-json` command; its stderr is shared with the providers, and no word of it is told."""
    return _what_matters(_from_lines(out))


def _what_matters(told: Iterable[Message]) -> list[Message]:
    messages = list(dict.fromkeys(told))
    return [message for message in messages if not message.summary.startswith(ASIDES)] or messages


def _from_lines(out: bytes) -> Iterator[Message]:
    for line in out.splitlines():
        # Most lines tell of progress: they are not worth parsing.
        if b'"diagnostic"' not in line:
            continue
        try:
            found = json.loads(line)
        except ValueError:
            continue
        if isinstance(found, dict) and found.get("type") == "diagnostic":
            yield _from_json(found["diagnostic"])


def _from_json(found: dict[str, Any]) -> Message:
    place = found.get("range") or {}
    return Message(
        severity="warning" if found.get("severity") == "warning" else "error",
        summary=str(found.get("summary", "")),
        detail=str(found.get("detail", "")),
        file=str(place.get("filename", "")),
        line=(place.get("start") or {}).get("line"),
        address=str(found.get("address", "")),
        # Only a provider's message has an address.
        foreign=bool(found.get("address")),
    )


def _from_words(text: str) -> Iterator[Message]:
    plain = COLOUR.sub("", text)
    # Without colour there are no frames, and a message ends where the next one begins.
    for block in list(_framed(plain)) or BEGINNING.split(plain):
        found = HEAD.match(block.lstrip())
        if found:
            place = PLACE.search(found[3])
            severity: Severity = "warning" if found[1] == "Warning" else "error"
            file, line = (place[1], int(place[2])) if place else ("", None)
            yield Message(severity, found[2].strip(), found[3], file, line, foreign=True)


def _framed(text: str) -> Iterator[str]:
    """What stands between a line ╷ and the next line ╵, without the bar on its left."""
    block: list[str] | None = None
    for line in text.split("\n"):
        if line == "╷" and block is None:
            block = []
        elif line.startswith("╵") and block is not None:
            yield "\n".join(block)
            block = None
        elif block is not None:
            block.append(re.sub(r"^│ ?", "", line))


def blame(messages: Iterable[Message]) -> Blame | None:
    """Whether the state was locked, or somebody was not let in; None for everything else."""
    return blamed(f"{message.summary}\n{message.detail}" for message in messages if message.severity == "error")


def blamed(texts: Iterable[str]) -> Blame | None:
    """The same of any texts; they may hold secrets, which this answer cannot."""
    errors = list(texts)
    if any(BUSY.search(error) for error in errors):
        return "busy"
    return "auth" if any(AUTH.search(error) for error in errors) else None


def state_changed(messages: Iterable[Message]) -> bool:
    """Whether a plan failed because somebody wrote the state at that moment; a provider's words say nothing of that."""
    errors = [each for each in messages if each.severity == "error" and not each.foreign]
    return any(STATE_CHANGED.search(f"{error.summary}\n{error.detail}") for error in errors)


def reduced(message: Message, mask: Mask, checkout: Path, root: str) -> Diagnostic:
    """Severity, the plain words of the summary, and where; no detail, no snippet, no value."""
    file = _file(message.file, checkout, root)
    # The keys of an address are somebody's data, the other names are the code's own.
    names = re.findall(r"\w+", KEY.sub("", message.address))
    return Diagnostic(
        severity=message.severity,
        summary=mask.words(message.summary, foreign=message.foreign, known=names),
        file=file,
        line=message.line if file else None,
        address=mask.name(message.address),
    )


def _file(named: str, checkout: Path, root: str) -> str:
    """The file from the repository's top, if it is one there: other texts stand in that field as well."""
    if not named or "\0" in named:
        return ""
    path = Path(checkout, root, named).resolve()
    top = checkout.resolve()
    return str(PurePosixPath(path.relative_to(top))) if path.is_relative_to(top) and path.is_file() else ""
