"""What Terraform complained about: read from its JSON lines and its stderr, judged, and reduced to what may be told."""

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from codebuild.terraform.mask import Mask
from schemas.drift_result import Diagnostic, Severity

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

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FRAMED = re.compile(r"╷\n(.*?)\n╵", re.DOTALL)
BEGINNING = re.compile(r"^(?=Error: |Warning: )", re.MULTILINE)
HEAD = re.compile(r"(Error|Warning): ([^\n]*)\n?(.*)", re.DOTALL)
PLACE = re.compile(r"^\s+on (\S+) line (\d+)", re.MULTILINE)
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


def read(out: bytes, err: bytes) -> list[Message]:
    """Every diagnostic of one command, from `-json` lines on stdout and from people's words on stderr."""
    messages = [*_from_lines(out), *_from_words(err.decode(errors="replace"))]
    matter = [message for message in dict.fromkeys(messages) if not message.summary.startswith(ASIDES)]
    return matter or messages


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
    )


def _from_words(text: str) -> Iterator[Message]:
    plain = COLOUR.sub("", text)
    framed = [re.sub(r"^│ ?", "", block, flags=re.MULTILINE) for block in FRAMED.findall(plain)]
    # Without colour there are no frames, and a message ends where the next one begins.
    for block in framed or BEGINNING.split(plain):
        found = HEAD.match(block.lstrip())
        if found:
            place = PLACE.search(found[3])
            severity: Severity = "warning" if found[1] == "Warning" else "error"
            file, line = (place[1], int(place[2])) if place else ("", None)
            yield Message(severity, found[2].strip(), found[3], file, line)


def blame(messages: Iterable[Message]) -> Literal["busy", "auth"] | None:
    """Whether the state was locked, or somebody was not let in; None for everything else."""
    errors = [f"{message.summary}\n{message.detail}" for message in messages if message.severity == "error"]
    if any(BUSY.search(error) for error in errors):
        return "busy"
    return "auth" if any(AUTH.search(error) for error in errors) else None


def reduced(message: Message, mask: Mask, checkout: Path, root: str) -> Diagnostic:
    """Severity, the plain words of the summary, and where; no detail, no snippet, no value."""
    file = _file(message.file, checkout, root)
    # Only a provider's message has an address. Its keys are somebody's data, the other names are the code's own.
    names = re.findall(r"\w+", KEY.sub("", message.address))
    return Diagnostic(
        severity=message.severity,
        summary=mask.words(message.summary, foreign=bool(message.address), known=names),
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
