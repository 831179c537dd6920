"""Step Functions Local's MockConfigFile.json: test cases of state machines, and what their tasks are answered.

Source: "Configuration file for mocked service integrations" in the Step Functions Developer Guide. Where the guide is
silent, Step Functions Local is the measure: one count for each state of an execution, in all its iterations, branches
and retries; and an attempt for which there is no answer ends the execution.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, NamedTuple

from handrail.asl.model import InvalidDefinition, Json
from handrail.asl.pointer import child
from handrail.asl.positions import position
from handrail.errors import HandrailError, Problems, did_you_mean

TOP: Final = ("StateMachines", "MockedResponses")
OUTCOMES: Final = ("Return", "Throw")
THROWN: Final = ("Error", "Cause")
INVOKED: Final = {"StatusCode", "Payload"}
"""What every answer of Lambda's Invoke has."""


class Return(NamedTuple):
    """The task's result."""

    result: Json


class Throw(NamedTuple):
    """The task's failure."""

    error: str
    cause: str


Response = Return | Throw


class Span(NamedTuple):
    """Attempts that are answered alike, from the first to the last; 0 is the first of all."""

    first: int
    last: int
    response: Response


Case = Mapping[str, str]
"""The mocked response of each state."""


@dataclass(frozen=True)
class MockConfig:
    """A file that was read: test cases by machine, and responses by name."""

    path: Path
    text: str
    machines: Mapping[str, Mapping[str, Case]]
    responses: Mapping[str, tuple[Span, ...]]

    def case(self, machine: str, case: str) -> Case:
        """A test case; raises HandrailError for one that the file does not have."""
        if machine not in self.machines:
            near = did_you_mean(machine, self.machines)
            raise HandrailError(f"{self.path} has no test cases of the state machine {machine}.{near}")
        cases = self.machines[machine]
        if case not in cases:
            near = did_you_mean(case, cases) or f" It has: {', '.join(cases) or 'none'}."
            raise HandrailError(f'{self.path} has no test case "{case}" of {machine}.{near}')
        return cases[case]

    def check(self, machine: str, case: str, definition: str | Mapping[str, Json]) -> None:
        """See that a test case is one of this definition; raises HandrailError, with all that is wrong."""
        place = child("", "StateMachines", machine, "TestCases", case)
        told = [
            f"line {self.line(child(place, state))}: {wrong}"
            for state, wrong in misfits(self.case(machine, case), definition)
        ]
        if told:
            raise Problems(f'The test case "{case}" of {machine} in {self.path} does not fit the machine:', told)

    def line(self, pointer: str) -> int:
        """The line of the file, from 1, on which a JSON Pointer leads."""
        return position(self.text, pointer)[0]

    def answer(self, machine: str, case: str, state: str, attempt: int) -> Response | None:
        """What a state's task is answered the first (0), second (1) … time; None where it really does its work.

        Raises HandrailError for a test case that the file does not have.
        """
        name = self.case(machine, case).get(state)
        if name is None:
            return None
        for span in self.responses[name]:
            if span.first <= attempt <= span.last:
                return span.response
        told = f'The mocked response "{name}" has no answer for call {attempt} of {state}; the first call is 0.'
        return Throw("States.Runtime", told)


def read(path: Path) -> MockConfig:
    """The file at this path; raises HandrailError, with the line of every mistake."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        value = json.loads(text)
    except OSError as error:
        raise HandrailError(f"{path} cannot be read: {error.strerror}.") from None
    except (ValueError, RecursionError) as error:
        raise HandrailError(f"{path} is no JSON: {error}.") from None
    reading = Reading(value)
    problems = sorted((position(text, pointer)[0], told) for pointer, told in reading.problems)
    if problems:
        raise Problems(f"{path} is not right:", [f"line {line}: {told}" for line, told in problems])
    return MockConfig(path, text, reading.machines, reading.responses)


def unwrapped(resource: str, result: Json) -> Json:
    """The result of a function called by its ARN, also where the file has Invoke's whole answer."""
    from handrail.engine import resources

    if (
        resources.resource(resource).events is resources.LAMBDA
        and isinstance(result, dict)
        and result.keys() >= INVOKED
    ):
        return result["Payload"]
    return result


def misfits(case: Case, definition: str | Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """States of a test case that the definition does not have, or that are no Tasks, each with what is wrong."""
    from handrail.asl.read import read as read_definition

    try:
        kinds = {state.name: state.type for state in read_definition(definition).walk()}
    except InvalidDefinition:
        # Whoever runs it is told so, with all that is wrong.
        return
    tasks = [name for name, kind in kinds.items() if kind == "Task"]
    for state in case:
        if state not in kinds:
            yield state, f"{state} is no state of the machine.{did_you_mean(state, tasks)}"
        elif kinds[state] != "Task":
            yield state, f"{state} is a {kinds[state]}; only the answers of a Task can be mocked."


class Reading:
    """What a file's JSON says; `problems` is what is wrong with it, each with its JSON Pointer."""

    def __init__(self, value: Any) -> None:
        self.problems: list[tuple[str, str]] = []
        top = self.fields("", value, "the file")
        for key in top.keys() - set(TOP):
            self.wrong(child("", key), f'"{key}" is none of {" and ".join(TOP)}.{did_you_mean(key, TOP)}')
        responses = self.fields("/MockedResponses", top.get("MockedResponses", {}), "MockedResponses")
        self.responses = {name: self.response(name, given) for name, given in responses.items()}
        machines = self.fields("/StateMachines", top.get("StateMachines", {}), "StateMachines")
        self.machines = {name: self.machine(name, given) for name, given in machines.items()}

    def wrong(self, pointer: str, told: str) -> None:
        self.problems.append((pointer, told))

    def fields(self, pointer: str, value: Any, named: str) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self.wrong(pointer, f"{named} must be an object.")
        return {}

    # ------------------------------------------------------------------ machines

    def machine(self, name: str, given: Any) -> Mapping[str, Case]:
        place = child("", "StateMachines", name)
        known = self.fields(place, given, name)
        for key in known.keys() - {"TestCases"}:
            self.wrong(child(place, key), f'"{key}" is not TestCases.{did_you_mean(key, ["TestCases"])}')
        cases = self.fields(child(place, "TestCases"), known.get("TestCases", {}), f"TestCases of {name}")
        return {case: self.states(child(place, "TestCases", case), case, states) for case, states in cases.items()}

    def states(self, place: str, case: str, given: Any) -> Case:
        states = self.fields(place, given, f'the test case "{case}"')
        for state, response in states.items():
            if not isinstance(response, str):
                self.wrong(child(place, state), f"{state} must name one of the MockedResponses.")
            elif response not in self.responses:
                near = did_you_mean(response, self.responses)
                self.wrong(child(place, state), f'MockedResponses has no "{response}".{near}')
        return states

    # ------------------------------------------------------------------ responses

    def response(self, name: str, given: Any) -> tuple[Span, ...]:
        place = child("", "MockedResponses", name)
        spans = [self.span(child(place, key), key, one) for key, one in self.fields(place, given, name).items()]
        known = sorted((span for span in spans if span is not None), key=lambda span: span[:2])
        for before, after in pairwise(known):
            if after.first <= before.last:
                self.wrong(place, f"{name} has two answers for call {after.first}.")
        return tuple(known)

    def span(self, place: str, key: str, given: Any) -> Span | None:
        """The answer of one key: `"0"`, or `"1-2"`."""
        first, _, last = (part.strip() for part in key.partition("-"))
        if not (is_count(first) and is_count(last or first)) or key.endswith("-"):
            self.wrong(place, f'"{key}" is no number of calls: write "0" for the first, "1-2" for the two after it.')
            return None
        if int(last or first) < int(first):
            self.wrong(place, f'"{key}" ends before it begins.')
            return None
        return Span(int(first), int(last or first), self.outcome(place, given))

    def outcome(self, place: str, given: Any) -> Response:
        said = self.fields(place, given, "an answer")
        for key in said.keys() - set(OUTCOMES):
            self.wrong(child(place, key), f'"{key}" is neither Return nor Throw.{did_you_mean(key, OUTCOMES)}')
        if len(said.keys() & set(OUTCOMES)) != 1 and isinstance(given, dict):
            self.wrong(place, "an answer has either Return or Throw.")
        if "Throw" not in said:
            return Return(said.get("Return"))
        return self.thrown(child(place, "Throw"), said["Throw"])

    def thrown(self, place: str, given: Any) -> Throw:
        said = self.fields(place, given, "Throw")
        for key in said.keys() - set(THROWN):
            self.wrong(child(place, key), f'"{key}" is neither Error nor Cause.{did_you_mean(key, THROWN)}')
        if isinstance(given, dict) and "Error" not in said:
            self.wrong(place, "Throw needs an Error.")
        for key in said.keys() & set(THROWN):
            if not isinstance(said[key], str):
                self.wrong(child(place, key), f"{key} must be a text.")
        return Throw(str(said.get("Error", "")), str(said.get("Cause", "")))


def is_count(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 10
