"""What `play` answers for a test case of Step Functions Local's MockConfigFile.json."""

import json
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from handrail.asl.pointer import child
from handrail.asl.read import read as read_definition
from handrail.errors import HandrailError, Problems, did_you_mean
from handrail.mockconfig import TOP, MockConfig, Return, Throw, read, unwrapped
from handrail.testing.cast import Throws, Whole
from handrail.testing.mocks import Mocks


def found_in(path: Path) -> MockConfig | None:
    """The file, where it is a MockConfigFile and no mocks file of ours; raises Problems for one with mistakes."""
    try:
        value = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None
    return read(path) if isinstance(value, dict) and set(TOP) & {*value} else None


def mocks(config: MockConfig, named: str | None, machine: str, definition: Mapping[str, Any]) -> Mocks:
    """The answers of one test case, `Case` or `Machine#Case`; raises Problems with the line of every mistake.

    A state that is called more often than it has answers ends the run, as it does in Step Functions Local.
    """
    machine, case = chosen_case(config, named, machine)
    config.check(machine, case, definition)
    responses = config.case(machine, case)
    if gaps := [told for response in dict.fromkeys(responses.values()) for told in missing(config, response)]:
        raise Problems(f"{config.path} is not right:", gaps)
    called = {state.name: str(state.fields.get("Resource")) for state in read_definition(definition).walk()}
    return Mocks({state: answers(config, machine, case, state, called[state]) for state in responses})


def chosen_case(config: MockConfig, named: str | None, machine: str) -> tuple[str, str]:
    """The machine and the test case that are meant."""
    every = {f"{name}#{case}": (name, case) for name, cases in config.machines.items() for case in cases}
    fitting = [pair for name, pair in every.items() if named is None or named in (name, pair[1])]
    # The file's name says which machine is meant, where several have a test case of this name.
    exact = [pair for pair in fitting if pair[0] == machine] or fitting
    if len(exact) == 1:
        return exact[0]
    if exact:
        choices = " | ".join("#".join(pair) for pair in exact)
        raise HandrailError(f"{config.path} has several test cases; name one: --test-case {choices}")
    near = did_you_mean(named or "", [*every, *(case for _, case in every.values())])
    near = near or f" It has: {', '.join(every) or 'none'}."
    raise HandrailError(f'{config.path} has no test case "{named}".{near}')


def missing(config: MockConfig, response: str) -> Iterator[str]:
    """Calls for which a response has no answer, though it has some for later ones."""
    spans = config.responses[response]
    ends = [-1, *(span.last for span in spans)]
    for before, span in zip(ends, spans, strict=False):
        if span.first > before + 1:
            line = config.line(child("", "MockedResponses", response))
            yield f"line {line}: {response} has no answer for call {before + 1}, but for later ones."


def answers(config: MockConfig, machine: str, case: str, state: str, resource: str) -> Iterator[object]:
    """What a state's task is answered, call by call."""
    for call in count():
        match config.answer(machine, case, state, call):
            case Return(result):
                yield Whole(unwrapped(resource, result))
            case Throw(error, cause):
                yield Throws(error, cause)
