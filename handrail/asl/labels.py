"""The words on a graph: what a state does, and when a transition is taken."""

import re
from collections.abc import Mapping
from typing import cast

from handrail.asl.fields import COMPARISONS
from handrail.asl.model import Json, State

FAMILIES = ("String", "Numeric", "Boolean", "Timestamp")
OPERATORS = {
    "Equals": "=",
    "LessThan": "<",
    "GreaterThan": ">",
    "LessThanEquals": "≤",
    "GreaterThanEquals": "≥",
    "Matches": "matches",
}
SIGNS = {f"{family}{word}": sign for family in FAMILIES for word, sign in OPERATORS.items()}


def condition(rule: Mapping[str, Json], *, outermost: bool = True) -> str:
    """A Choice rule as a person would write it: `$.count > 0 and not $.dry = true`."""
    if "Condition" in rule:
        return re.sub(r"\s+", " ", str(rule["Condition"]).removeprefix("{%").removesuffix("%}")).strip()
    if "Not" in rule:
        return f"not {condition(cast(dict[str, Json], rule['Not']), outermost=False)}"
    for word in ("And", "Or"):
        if word in rule:
            joined = f" {word.lower()} ".join(condition(part, outermost=False) for part in objects(rule[word]))
            return joined if outermost else f"({joined})"
    name = next((name for name in rule if name in COMPARISONS), "")
    return comparison(str(rule.get("Variable", "")), name, rule.get(name))


def comparison(variable: str, name: str, value: Json) -> str:
    if name.startswith("Is"):
        return f"{variable} is {'' if value else 'not '}{name.removeprefix('Is').lower()}"
    literal = not name.endswith("Path")
    shown = (
        f'"{value}"' if literal and isinstance(value, str) else str(value).lower() if value in (True, False) else value
    )
    return f"{variable} {SIGNS.get(name.removesuffix('Path'), name)} {shown}"


def caught(catcher: Mapping[str, Json]) -> str:
    """`Catch ClusterBusy, Timeout`: the errors without the prefix of the built-in ones."""
    names = cast(list[str], catcher["ErrorEquals"])
    return f"Catch {', '.join(name.removeprefix('States.') for name in names)}"


def detail(state: State) -> str:
    """What a state does, in a few words: `lambda invoke`, `30 s`, `distributed`; often nothing."""
    if state.type == "Task":
        return called(str(state.fields["Resource"]))
    if state.type == "Wait":
        return waited(state.fields)
    config = state.processor.fields.get("ProcessorConfig") if state.processor else None
    return "distributed" if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED" else ""


def called(resource: str) -> str:
    """`arn:aws:states:::codebuild:startBuild.sync` is `codebuild startBuild.sync`."""
    parts = resource.split(":")
    if len(parts) < 6:
        return resource
    service = [] if parts[2] == "states" else [parts[2]]
    return " ".join([*service, *(part for part in parts[5:] if part not in ("aws-sdk", "function"))])


def waited(fields: Mapping[str, Json]) -> str:
    seconds, moment = fields.get("Seconds"), fields.get("Timestamp")
    if isinstance(seconds, int):
        return f"{seconds} s"
    return moment if isinstance(moment, str) and not moment.startswith("{%") else ""


def objects(value: Json) -> list[dict[str, Json]]:
    """The objects in an array that may be absent."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
