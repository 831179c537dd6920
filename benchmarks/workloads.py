"""The machines that the engine's benchmark runs: each with its input and the output that it must give."""

from collections.abc import Mapping
from typing import Any, NamedTuple

PASSES = 1_000
LOOPS = 1_000
ITEMS = 1_000
BRANCHES = STEPS = 10
EXPRESSIONS = 300
AT_ONCE = 100


class Workload(NamedTuple):
    """One machine; `times` executions of it are started together."""

    name: str
    title: str
    definition: Mapping[str, Any]
    input: Any
    output: Any
    times: int = 1


def chain(number: int, state: Any, **head: Any) -> dict[str, Any]:
    """So many states after each other."""
    states = {f"S{n}": {**state, "Next": f"S{n + 1}"} for n in range(number)}
    last = {name: value for name, value in states[f"S{number - 1}"].items() if name != "Next"}
    return {**head, "StartAt": "S0", "States": {**states, f"S{number - 1}": {**last, "End": True}}}


def passes() -> Workload:
    state = {"Type": "Pass", "Parameters": {"n.$": "$.n", "fixed": "x"}, "ResultPath": "$.last"}
    output = {"n": 1, "last": {"n": 1, "fixed": "x"}}
    return Workload("passes", f"{PASSES:,} Pass states", chain(PASSES, state), {"n": 1}, output)


def loop() -> Workload:
    states = {
        "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, 1)"}, "Next": "Enough?"},
        "Enough?": {
            "Type": "Choice",
            "Choices": [{"Variable": "$.n", "NumericLessThan": LOOPS, "Next": "Add"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    }
    return Workload("loop", f"a Choice loop to {LOOPS:,}", {"StartAt": "Add", "States": states}, {"n": 0}, {"n": LOOPS})


def map_() -> Workload:
    processor = {
        "ProcessorConfig": {"Mode": "INLINE"},
        "StartAt": "P",
        "States": {"P": {"Type": "Pass", "End": True}},
    }
    state = {"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 40, "ItemProcessor": processor, "End": True}
    items = list(range(ITEMS))
    machine = {"StartAt": "M", "States": {"M": state}}
    return Workload("map", f"an inline Map of {ITEMS:,}", machine, {"items": items}, items)


def parallel() -> Workload:
    branches = [
        {
            "StartAt": f"B{branch}S0",
            "States": {
                f"B{branch}S{step}": {"Type": "Pass"}
                | ({"End": True} if step == STEPS - 1 else {"Next": f"B{branch}S{step + 1}"})
                for step in range(STEPS)
            },
        }
        for branch in range(BRANCHES)
    ]
    machine = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "Branches": branches, "End": True}}}
    return Workload("parallel", f"Parallel {BRANCHES} × {STEPS}", machine, {"a": 1}, [{"a": 1}] * BRANCHES)


def jsonata() -> Workload:
    state = {"Type": "Pass", "Output": "{% $merge([$states.input, {'n': $states.input.n + 1}]) %}"}
    machine = chain(EXPRESSIONS, state, QueryLanguage="JSONata")
    return Workload("jsonata", f"{EXPRESSIONS} JSONata Pass states", machine, {"n": 0}, {"n": EXPRESSIONS})


def many() -> Workload:
    title = f"{AT_ONCE} executions of ten states"
    return Workload("many", title, chain(10, {"Type": "Pass"}), {"a": 1}, {"a": 1}, AT_ONCE)


WORKLOADS = (passes(), loop(), map_(), parallel(), jsonata(), many())
