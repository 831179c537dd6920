"""A mocks file: what each state's calls answer, what the machine is given, and what is expected of it.

    mocks:
      Reserve:
        - throw: {error: Busy, cause: All lines are busy.}
          times: 2
        - return: {seats: 2}
          after: 30s
    expect:
      status: SUCCEEDED

The last answer of a state is given again and again, unless it says how many `times`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from handrail.asl.model import State
from handrail.config import Mistake, load
from handrail.engine.commands import Status
from handrail.errors import did_you_mean
from handrail.testing.cast import Throws, Whole, after
from handrail.testing.run import Run

WORDS = ("return", "result", "throw", "after", "times")
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}
PERIOD = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


class Expected(BaseModel):
    """What must be true of the run; what is not said is not looked at."""

    model_config = ConfigDict(extra="forbid")

    status: Status | None = None
    output: Any = None
    error: str | None = None
    visited: list[str] | None = None


class File(BaseModel):
    """The form of a mocks file; the answers are looked at by `mistakes`."""

    model_config = ConfigDict(extra="forbid")

    mocks: dict[str, Any] | None = None
    input: Any = None
    substitutions: dict[str, Any] | None = None
    expect: Expected | None = None


@dataclass(frozen=True)
class Mocks:
    """Answers by state, and what else a mocks file says."""

    answers: Mapping[str, Iterable[object]] = field(default_factory=dict)
    substitutions: Mapping[str, object] = field(default_factory=dict)
    given: bool = False
    input: Any = None
    expected: Expected | None = None

    def broken(self, run: Run) -> list[str]:
        """What the run did otherwise than was expected of it."""
        expected = self.expected
        if expected is None:
            return []
        wanted = {name: getattr(expected, name) for name in Expected.model_fields if name in expected.model_fields_set}
        real = {"status": run.ended, "output": run.output, "error": run.error, "visited": run.visited}
        return [
            f"{name}: expected {value!r}, but it is {real[name]!r}"
            for name, value in wanted.items()
            if real[name] != value
        ]


def read(path: Path, states: Sequence[State]) -> Mocks:
    """The mocks for a machine with these states; raises Problems with the line of every mistake."""
    form = load(path, File, also=lambda value: mistakes(value, states), text=begun(path))
    answers = {name: script(given) for name, given in (form.mocks or {}).items()}
    return Mocks(answers, form.substitutions or {}, "input" in form.model_fields_set, form.input, form.expect)


def substitutions(path: Path) -> dict[str, Any]:
    """The values for `${…}` alone: they are needed before the machine's states are known."""
    found = load(path, Loose, text=begun(path)).substitutions
    return found if isinstance(found, dict) else {}


def begun(path: Path) -> str | None:
    """What a file says in which nothing stands yet, as one begins with; None for any other, which is read as it is."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return None
    return "{}" if all(line.partition("#")[0].strip() in ("", "---") for line in lines) else None


class Loose(BaseModel):
    """A mocks file of which only one part is looked at."""

    substitutions: Any = None


def script(given: Any) -> Iterable[object]:
    """The answers in turn, the last one again and again where it does not say how often."""
    entries = [given] if isinstance(given, dict) else given
    answers = [(answer(entry), int(entry.get("times", 1))) for entry in entries]
    once = chain.from_iterable(repeat(each, times) for each, times in answers)
    return once if not entries or "times" in entries[-1] else chain(once, repeat(answers[-1][0]))


def answer(entry: Mapping[str, Any]) -> object:
    """One answer as `play` takes it."""
    told: object = entry.get("return")
    if "throw" in entry:
        thrown = entry["throw"]
        told = Throws(str(thrown["error"]), str(thrown.get("cause", "")))
    elif "result" in entry:
        told = Whole(entry["result"])
    return after(period(entry["after"]), told) if "after" in entry else told


def period(given: Any) -> timedelta:
    """`30s`, `1h30m`, `250ms`, or a number of seconds; raises ValueError for anything else."""
    if isinstance(given, int | float) and not isinstance(given, bool) and given >= 0:
        return timedelta(seconds=given)
    text = str(given).replace(" ", "")
    if not text or PERIOD.sub("", text):
        raise ValueError(f'is "{given}", which is no time: write 250ms, 30s, 5m, 1h30m or 2d')
    return timedelta(seconds=sum(float(number) * SECONDS[unit] for number, unit in PERIOD.findall(text)))


def mistakes(value: Any, states: Sequence[State]) -> Iterator[Mistake]:
    """Everything that is wrong with the answers, and names of states that are none."""
    names = {state.name for state in states}
    whole = value if isinstance(value, dict) else {}
    given, expected = whole.get("mocks"), whole.get("expect")
    for name, entries in given.items() if isinstance(given, dict) else ():
        if name not in names:
            yield Mistake(("mocks", name), f"is no state of the machine.{did_you_mean(name, names)}")
        yield from of_state(name, entries)
    visited = expected.get("visited") if isinstance(expected, dict) else None
    for number, name in enumerate(visited if isinstance(visited, list) else ()):
        if str(name) not in names:
            yield Mistake(
                ("expect", "visited", number), f'"{name}" is no state of the machine.{did_you_mean(str(name), names)}'
            )


def of_state(name: str, entries: Any) -> Iterator[Mistake]:
    if isinstance(entries, dict):
        yield from of_answer(("mocks", name), entries)
    elif not isinstance(entries, list) or not entries:
        yield Mistake(("mocks", name), "must be a list of answers, each with return, throw or after")
    else:
        for number, entry in enumerate(entries):
            yield from of_answer(("mocks", name, number), entry)


def of_answer(place: tuple[str | int, ...], entry: Any) -> Iterator[Mistake]:
    """What is wrong with one answer."""
    if not isinstance(entry, dict):
        yield Mistake(place, f"must say what is answered: return: {entry!r}")
        return
    for word in entry:
        if word not in WORDS:
            yield Mistake((*place, word), f"is none of {', '.join(WORDS)}.{did_you_mean(word, WORDS)}")
    said = [word for word in ("return", "result", "throw") if word in entry]
    if len(said) > 1:
        yield Mistake((*place, said[1]), f"cannot stand beside {said[0]}: a call has one answer")
    if not {*said, "after"} & {*entry}:
        yield Mistake(place, "says neither return, result, throw nor after")
    thrown = entry.get("throw", {"error": ""})
    if not (isinstance(thrown, dict) and isinstance(thrown.get("error"), str) and {*thrown} <= {"error", "cause"}):
        yield Mistake((*place, "throw"), "must be {error: NAME, cause: TEXT}; the cause may be left out")
    times = entry.get("times", 1)
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        yield Mistake((*place, "times"), "must be a whole number from 1 on")
    try:
        period(entry.get("after", 0))
    except ValueError as error:
        yield Mistake((*place, "after"), str(error))
