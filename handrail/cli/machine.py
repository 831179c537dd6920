"""`handrail local FILE`: registers a state machine at a server, its own where none runs, starts it and follows it."""

import json
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from handrail.cli.output import console, errors, visible
from handrail.cli.place import Place
from handrail.cli.places import anywhere, here
from handrail.cli.run import ran
from handrail.errors import HandrailError
from handrail.local.joined import Joined, machine_arn
from handrail.local.naming import new_name
from handrail.mockconfig import read as read_mocks

if TYPE_CHECKING:  # brings botocore, which the other commands do not need
    from typing import NoReturn

    from handrail.local.laptop import Laptop


@dataclass(frozen=True)
class Chosen:
    """A file, which of the machines in it, and `NAME=VALUE` for each `${NAME}` of it."""

    file: Path
    machine: str | None = None
    values: Sequence[str] = ()

    @property
    def name(self) -> str:
        return named_by(self.machine or self.file.name)

    def read(self) -> str:
        """The definition as JSON text; raises HandrailError with what is wrong with it."""
        from handrail.testing import files

        found = files.definition(self.file, self.machine, files.named(list(self.values)), mocked=False)
        return json.dumps(found, ensure_ascii=False)


@dataclass(frozen=True)
class Wanted:
    """A state machine to be registered, and the execution to be begun; `input` is JSON text.

    `case` is a test case of a MockConfigFile.json, empty where every task is called for real.
    """

    machine: str
    definition: str
    name: str
    input: str
    case: str = ""

    @classmethod
    def of(cls, chosen: "Chosen", input: str, test_case: str | None, mocks: Path | None) -> "Wanted":
        """The machine of a file, under its own name or the file's, or as its test case is called in the mocks' file.

        Raises HandrailError, with the lines where it is one of the definition.
        """
        machine, case = mocked_as(chosen.name, test_case or "", mocks)
        return cls(machine, chosen.read(), new_name(machine, time.time()), input, case)

    def begin(self, server: Joined) -> str:
        """Register the machine as it is now, begin the execution, and give its ARN."""
        done = server.register(self.machine, self.definition)
        told = f"{self.machine} runs at {server.endpoint} · {done} as {machine_arn(self.machine)}"
        console.print(Text(visible(told), "dim"), soft_wrap=True)
        return server.start(f"{self.machine}#{self.case}" if self.case else self.machine, self.input, self.name)


def named_by(name: str) -> str:
    """A name that a machine may have, from a file's or a resource's: `order` of `order.asl.json`."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name.partition(".")[0])[:80].strip("-") or "machine"


def mocked_as(name: str, test_case: str, mocks: Path | None) -> tuple[str, str]:
    """The machine, and the test case that is meant, `Case` or `Machine#Case`, where one is.

    Raises HandrailError for a case that the MockConfigFile.json does not have, or several machines of it.
    """
    named, _, case = test_case.rpartition("#")
    if not case or mocks is None:
        return named or name, case
    from handrail.testing.mockconfig import chosen_case

    return chosen_case(read_mocks(mocks), test_case, name)


def one(wanted: Wanted, place: Place) -> "NoReturn":
    """Run a state machine, follow it to its end, and end with its status."""
    # The default port is a convenience here: somebody who has it already is no reason not to run.
    free = place.free()

    def begin(laptop: "Laptop") -> str:
        if place.mock_config is not None and not wanted.case:
            told = "No test case is named, so every task is called for real: --test-case NAME."
            errors.print(told, style="yellow", soft_wrap=True)
        return wanted.begin(Joined(free.open(laptop).endpoint))

    def there(server: Joined) -> tuple[str, int]:
        if place.said:
            raise HandrailError(
                f"The server at {server.endpoint} has the store, and answers as it was begun: "
                f"say {', '.join(place.said)} when it is begun, or stop it first."
            )
        return wanted.begin(server), 0

    ran(anywhere(), here(), begin, there, only=wanted.name, as_json=False)


def input_text(given: str | None, file: Path | None) -> str:
    """The input as JSON text: what the option says, what a file holds, or an empty object."""
    if given is not None and file is not None:
        raise HandrailError("--input and --input-file say two inputs; give one of them.")
    if given is None and file is None:
        return "{}"
    from handrail.cli.test import read_input

    return json.dumps(read_input(f"@{file}" if given is None else given), ensure_ascii=False)
