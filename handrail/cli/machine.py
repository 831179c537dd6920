"""`handrail local FILE`: registers a state machine at a server, its own where none runs, starts it and follows it."""

import json
import re
import time
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
    def read(cls, file: Path, input: str, test_case: str | None, mocks: Path | None) -> "Wanted":
        """The machine of a file, under the file's name, or under that with which its test case is in the mocks' file.

        Raises HandrailError, with the lines where it is one of the definition.
        """
        from handrail.testing import files

        definition = json.dumps(files.definition(file), ensure_ascii=False)
        named, _, case = (test_case or "").rpartition("#")
        machine = named or mocked_as(named_by(file), case, mocks)
        return cls(machine, definition, new_name(machine, time.time()), input, case)

    def begin(self, server: Joined) -> str:
        """Register the machine as it is now, begin the execution, and give its ARN."""
        done = server.register(self.machine, self.definition)
        told = f"{self.machine} runs at {server.endpoint} · {done} as {machine_arn(self.machine)}"
        console.print(Text(visible(told), "dim"), soft_wrap=True)
        return server.start(f"{self.machine}#{self.case}" if self.case else self.machine, self.input, self.name)


def named_by(file: Path) -> str:
    """The machine's name in a file's: `order` of `order.asl.json`."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", file.name.partition(".")[0])[:80].strip("-") or "machine"


def mocked_as(name: str, case: str, mocks: Path | None) -> str:
    """The only machine that has a test case in a MockConfigFile.json; else this name."""
    if not case or mocks is None:
        return name
    having = [machine for machine, cases in read_mocks(mocks).machines.items() if case in cases]
    return name if name in having or len(having) != 1 else having[0]


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
