"""Step Functions Local's MockConfigFile.json: test cases of machines, and mocked responses by attempt.

Source: "Testing with mocked service integrations" in the Step Functions Developer Guide.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from handrail.asl.model import State
from handrail.asl.pointer import child
from handrail.errors import HandrailError, Problems, did_you_mean
from handrail.testing.cast import Throws, Whole
from handrail.testing.mocks import Mocks
from handrail.testing.yamls import Lines


def found_in(path: Path) -> dict[str, Any] | None:
    """The file's JSON, where it is a MockConfigFile and no mocks file of ours."""
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) and {"StateMachines", "MockedResponses"} & {*value} else None


def read(path: Path, config: Mapping[str, Any], case: str | None, machine: str, states: Sequence[State]) -> Mocks:
    """The answers of one test case, `Case` or `Machine#Case`; raises Problems with the line of every mistake."""
    pointer, chosen = chosen_case(path, config, case, machine)
    reading = Reading(path, config, states)
    answers = {name: reading.script(child(pointer, name), name, response) for name, response in chosen.items()}
    if reading.problems:
        raise Problems(f"{path} is not right:", reading.problems)
    return Mocks(answers)


def chosen_case(path: Path, config: Mapping[str, Any], case: str | None, machine: str) -> tuple[str, Mapping[str, str]]:
    """The states of the test case with their responses, and the JSON Pointer to it."""
    every = {
        f"{name}#{test}": (child("", "StateMachines", name, "TestCases", test), states)
        for name, described in (config.get("StateMachines") or {}).items()
        for test, states in (described.get("TestCases") or {}).items()
    }
    fitting = [name for name in every if case is None or case in (name, name.partition("#")[2])]
    # The file's name says which machine is meant, where several have a test case of this name.
    exact = [name for name in fitting if name.partition("#")[0] == machine] or fitting
    if len(exact) == 1:
        return every[exact[0]]
    if exact:
        raise HandrailError(f"{path} has several test cases; name one: --test-case {' | '.join(exact)}")
    known = [*every, *(name.partition("#")[2] for name in every)]
    near = did_you_mean(case or "", known) or f" It has: {', '.join(every) or 'none'}."
    raise HandrailError(f'{path} has no test case "{case}".{near}')


class Reading:
    """Reads a file's responses, and collects what is wrong with them."""

    def __init__(self, path: Path, config: Mapping[str, Any], states: Sequence[State]) -> None:
        self.path = path
        self.responses: Mapping[str, Any] = config.get("MockedResponses") or {}
        self.names = {state.name for state in states}
        self.problems: list[str] = []
        self.lines = Lines(path.read_text(encoding="utf-8-sig"))

    def wrong(self, pointer: str, told: str) -> None:
        self.problems.append(f"{self.path}:{self.lines.of(pointer)}: {told}")

    def script(self, pointer: str, state: str, response: str) -> list[object]:
        """The answers of one state, attempt by attempt."""
        if state not in self.names:
            self.wrong(pointer, f"{state} is no state of the machine.{did_you_mean(state, self.names)}")
        described = self.responses.get(response)
        if not isinstance(described, dict):
            near = did_you_mean(response, self.responses)
            self.wrong(pointer, f"MockedResponses has no {response}.{near}")
            return []
        place = child("", "MockedResponses", response)
        answers = dict(self.attempts(place, described))
        missing = [number for number in range(len(answers)) if number not in answers]
        if missing:
            self.wrong(place, f"{response} answers no attempt {missing[0]}, but later ones.")
        return [answers[number] for number in sorted(answers)]

    def attempts(self, pointer: str, described: Mapping[str, Any]) -> Iterator[tuple[int, object]]:
        """Each attempt by its number: `"0"` is the first, `"1-3"` the three after it."""
        for key, given in described.items():
            first, _, last = key.partition("-")
            if not (first.isdecimal() and (last or first).isdecimal()):
                self.wrong(child(pointer, key), f'"{key}" is no attempt: write "0", or "1-2".')
                continue
            answer = self.answer(child(pointer, key), given)
            yield from ((number, answer) for number in range(int(first), int(last or first) + 1))

    def answer(self, pointer: str, given: Any) -> object:
        if not isinstance(given, dict) or ("Return" in given) == ("Throw" in given):
            self.wrong(pointer, "an attempt has either Return or Throw.")
            return None
        if "Return" in given:
            return Whole(given["Return"])
        thrown = given["Throw"] if isinstance(given["Throw"], dict) else {}
        if "Error" not in thrown:
            self.wrong(pointer, "Throw needs an Error.")
        return Throws(str(thrown.get("Error", "")), str(thrown.get("Cause", "")))
