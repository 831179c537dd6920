"""The numbers that govern a state (time limits, concurrency, tolerated failures), and what is said of one that is none.

Step Functions reads what a path finds as text, so "2" is a number and 2.0 is no whole one; an expression has to give
a number. Sources: recordings from AWS, and what the authors of Floci saw there (github.com/floci-io/floci, pull
request 3732).
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, TypeVar

from handrail.asl.model import Json, State
from handrail.engine.dataflow import Number, number
from handrail.engine.execution import Branch
from handrail.engine.failure import EvaluationFailure, Failure, unexpected_type
from handrail.engine.java import MOST_LONG, is_number
from handrail.engine.values import as_text, text_of

Parsed = TypeVar("Parsed", int, float)

INTEGER: Final = r"[+-]?[0-9]{1,19}"
FLOAT: Final = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,5})?"


class Measure(NamedTuple):
    """A compiled numeric field; `path` is its `…Path`, `place` where an expression stands, as AWS names it."""

    name: str
    evaluate: Number
    written: Json
    path: Json
    place: str

    def whole(self, branch: Branch) -> int:
        """The whole number; raises Failure for what is none."""
        value = self.evaluate(branch)
        if self.path is not None:
            return self.parsed(value, "integer", long)
        value = self.given(value)
        if value != int(value):
            raise self.refusal(f"The {self.name} field cannot be parsed as an integer: {text_of(value)}")
        return int(value)

    def real(self, branch: Branch) -> float:
        """The number, whole or not; raises Failure for what is none."""
        value = self.evaluate(branch)
        return self.parsed(value, "float", real) if self.path is not None else self.given(value)

    def parsed(self, value: Json, kind: str, parse: Callable[[str], Parsed | None]) -> Parsed:
        text = as_text(value)
        found = parse(text)
        if found is None:
            told = f'The {self.name}Path field refers to value "{text}" which is not a valid {kind}: {self.path}'
            raise self.refusal(told)
        return found

    def given(self, value: Json) -> float:
        """What is written out, or what an expression gave."""
        if not is_number(value):
            raise unexpected_type(self.written, self.place, "number", value)
        return value

    def refusal(self, words: str) -> Failure:
        """The failure of a state whose number is out of bounds: of an expression's value, or of the data."""
        return (
            EvaluationFailure(words, self.place) if isinstance(self.written, str) else Failure("States.Runtime", words)
        )


def measure(state: State, name: str, fields: Mapping[str, Json] | None = None, within: str = "") -> Measure | None:
    """A compiled numeric field of a state, or of a part that stands `within` it; None where it is not written."""
    held = state.fields if fields is None else fields
    evaluate = number(state, name, held, within)
    if evaluate is None:
        return None
    return Measure(name, evaluate, held.get(name), held.get(f"{name}Path"), f"{within}{name}")


def long(text: str) -> int | None:
    """A whole number of 64 bits from its text."""
    found = int(text) if re.fullmatch(INTEGER, text) else MOST_LONG + 1
    return found if -MOST_LONG - 1 <= found <= MOST_LONG else None


def real(text: str) -> float | None:
    return float(text) if re.fullmatch(FLOAT, text) else None
