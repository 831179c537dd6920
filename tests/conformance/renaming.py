"""The same case with its states and functions called something else."""

import json
import re
from collections.abc import Iterable
from typing import Any

# Names that are also data, types or words of the language cannot be told from them in a text.
WORDS = {"Pass", "Task", "Choice", "Wait", "Succeed", "Fail", "Map", "Parallel", "Start", "End", "Next", "State"}
LONGEST = 80

# Where a name stands: in quotes, also those of a text in a text; a state in a path, a function at the end of an ARN.
STATE = r"""(?<=["'])(?:NAME)(?=["'\\])|(?<=/)(?:NAME)(?=["'/\[ ,])"""
FUNCTION = r"""(?<=["':])(?:NAME)(?=["':\\])"""


def renamed(case: dict[str, Any]) -> dict[str, Any]:
    """The case with new names, wherever the old ones stand: as a member, a value, in a sentence, an ARN or a path."""
    states = {name for name in state_names(case.get("definition")) - WORDS if len(name) <= LONGEST}
    functions = {function["name"] for function in case.get("lambdas") or []}
    told = {name: value for name, value in case.items() if name not in ("id", "source")}
    text = json.dumps(told, ensure_ascii=False)
    # Where the whole definition is repeated in a message, it is as Python wrote it, in ASCII.
    name = "Renamed {}" if "in definition '" in text else "その {}"
    for old, new, where in ((states, name, STATE), (functions, "renamed-{}", FUNCTION)):
        names = {name: new.format(number) for number, name in enumerate(sorted(old))}
        text = replaced(text, names, where)
    return {**json.loads(text), "id": case["id"]}


def replaced(text: str, names: dict[str, str], where: str) -> str:
    if not names:
        return text
    written = {json.dumps(name, ensure_ascii=False)[1:-1]: new for name, new in names.items()}
    any_name = "|".join(re.escape(name) for name in sorted(written, key=len, reverse=True))
    return re.sub(where.replace("NAME", any_name), lambda found: written[found[0]], text)


def state_names(flow: Any) -> set[str]:
    """The names of all states of a definition, nested ones too."""
    if isinstance(flow, list):
        return union(state_names(each) for each in flow)
    if not isinstance(flow, dict):
        return set()
    own = set(flow["States"]) if isinstance(flow.get("States"), dict) else set()
    return own | union(state_names(each) for each in flow.values())


def union(sets: Iterable[set[str]]) -> set[str]:
    return {name for each in sets for name in each}
