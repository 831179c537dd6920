"""`handrail local --env`: the commands of a shell that turn it to the laptop's AWS."""

import os
import shlex
from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from handrail.local.environment import CLEARED, NO_PROXY, REGION, reaching
from handrail.local.serve import PORT

PAST: Final = (
    "# Version 1 of the AWS CLI goes past AWS_ENDPOINT_URL for sqs, rds, docdb, neptune, emr and health; "
    'there add --endpoint-url "$AWS_ENDPOINT_URL".'
)


class Shell(StrEnum):
    """A language that shells speak: `sh` is that of bash, zsh, dash and ksh."""

    sh = "sh"
    fish = "fish"


def exports(endpoint: str, shell: Shell) -> str:
    """What a shell has to evaluate to reach the AWS at an endpoint, whose host no proxy is asked for."""
    lines = LINES[shell](reaching(endpoint, REGION), f"{urlsplit(endpoint).hostname},localhost")
    # Each ends with a semicolon, and the remark comes last, for those who forget the quotes around $(…).
    return "\n".join([*(f"{line};" for line in lines), PAST]) + "\n"


def turning(endpoint: str) -> str:
    """What a person types for that, in the shell that they use and in any folder."""
    port = urlsplit(endpoint).port
    asked = "handrail local --env" + ("" if port == PORT else f" --port {port}")
    fish = Path(os.environ.get("SHELL", "")).name == Shell.fish
    return f"{asked} --shell fish | source" if fish else f'eval "$({asked})"'


def for_sh(variables: Mapping[str, str], direct: str) -> Iterator[str]:
    yield f"unset {' '.join(CLEARED)}"
    for name, value in variables.items():
        yield f"export {name}={shlex.quote(value)}"
    for name in NO_PROXY:
        yield f'export {name}="${{{name}:+${name},}}{direct}"'


def for_fish(variables: Mapping[str, str], direct: str) -> Iterator[str]:
    yield f"set -e {' '.join(CLEARED)}"
    for name, value in variables.items():
        yield f"set -gx {name} {quoted(value)}"
    for name in NO_PROXY:
        yield f'set -q {name}; and set -gx {name} "${name},{direct}"; or set -gx {name} {quoted(direct)}'
    # A variable that was not set before is no failure of `source`.
    yield "true"


def quoted(value: str) -> str:
    """A text as one word of fish, which knows two escapes between single quotes."""
    inside = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{inside}'"


LINES: Final[Mapping[Shell, Callable[[Mapping[str, str], str], Iterator[str]]]] = {
    Shell.sh: for_sh,
    Shell.fish: for_fish,
}
