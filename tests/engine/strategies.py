"""Valid definitions and inputs at random, for property tests of the engine."""

from typing import Any

from hypothesis import strategies as st

NAMES = st.sampled_from(["a", "b", "n", "items", "x y", "日本"])
SCALARS = st.none() | st.booleans() | st.integers(-5, 5) | st.floats(-2, 2, allow_nan=False) | st.text(max_size=4)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
PATHS = st.sampled_from(["$", "$.a", "$.a.b", "$.items", "$.n", "$['x y']", "$.items[0]", "$.missing", "$$.State.Name"])
EXPRESSIONS = st.sampled_from(
    [
        "{% $states.input %}",
        "{% $states.input.a %}",
        "{% $states.input.n + 1 %}",
        "{% $count($states.input.items) %}",
        "{% {'a': $states.input.a, 'v': $v} %}",
        "{% [1..3] %}",
        "{% $states.context.Execution.Name %}",
        "{% $states.input.n = 1 %}",
    ]
)
CONDITIONS = st.sampled_from(["{% $states.input.n = 1 %}", "{% true %}", "{% $states.input %}"])
ERRORS = st.sampled_from(["States.ALL", "States.TaskFailed", "States.Timeout", "Boom", "States.QueryEvaluationError"])
LAMBDA = "arn:aws:lambda:us-east-1:123456789012:function:f"


@st.composite
def machines(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    """A definition that AWS would accept; what its expressions find at run time is another matter."""
    language = draw(st.sampled_from(["JSONPath", "JSONata"]))
    return {"QueryLanguage": language, **draw(flows(language, depth, "S"))}


@st.composite
def flows(draw: st.DrawFn, language: str, depth: int, prefix: str) -> dict[str, Any]:
    names = [f"{prefix}{number}" for number in range(draw(st.integers(1, 4)))]
    states: dict[str, Any] = {}
    for number, name in enumerate(names):
        after = names[number + 1 :]
        kinds = ["Pass", "Task", "Wait", *["Choice"][: len(after)], *["Map", "Parallel"][: 2 * depth]]
        kind = draw(st.sampled_from(kinds))
        make: Any = STATES[kind]
        states[name] = draw(make(language, depth, name, after))
    return {"StartAt": names[0], "States": states}


def onward(after: list[str]) -> dict[str, Any]:
    # Always to the very next state, so that every state is reachable.
    return {"Next": after[0]} if after else {"End": True}


@st.composite
def errors_handled(draw: st.DrawFn, after: list[str]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if draw(st.booleans()):
        fields["Retry"] = [
            {"ErrorEquals": [draw(ERRORS)], "IntervalSeconds": 1, "MaxAttempts": draw(st.integers(0, 2))},
        ]
    catches: bool = draw(st.booleans())
    if after and catches:
        fields["Catch"] = [{"ErrorEquals": [draw(ERRORS)], "Next": draw(st.sampled_from(after))}]
    return fields


@st.composite
def data(draw: st.DrawFn, language: str) -> dict[str, Any]:
    if language == "JSONata":
        fields: dict[str, Any] = {"Output": draw(EXPRESSIONS), "Assign": {"v": draw(EXPRESSIONS)}}
    else:
        fields = {
            "InputPath": draw(PATHS),
            "ResultPath": draw(st.sampled_from(["$", "$.a", "$.r.s", None])),
            "OutputPath": draw(PATHS),
            "Assign": {"v.$": draw(PATHS)},
        }
    return {name: value for name, value in fields.items() if draw(st.booleans())}


@st.composite
def passes(draw: st.DrawFn, language: str, depth: int, name: str, after: list[str]) -> dict[str, Any]:
    state = {"Type": "Pass", **draw(data(language)), **onward(after)}
    if language == "JSONPath" and draw(st.booleans()):
        state["Parameters"] = {"a.$": draw(PATHS), "n": 1}
    return state


@st.composite
def tasks(draw: st.DrawFn, language: str, depth: int, name: str, after: list[str]) -> dict[str, Any]:
    limit = {"TimeoutSeconds": 5} if draw(st.booleans()) else {}
    shape = {**draw(data(language)), **draw(errors_handled(after)), **onward(after), **limit}
    return {"Type": "Task", "Resource": LAMBDA, **shape}


@st.composite
def waits(draw: st.DrawFn, language: str, depth: int, name: str, after: list[str]) -> dict[str, Any]:
    return {"Type": "Wait", "Seconds": draw(st.integers(0, 9)), **onward(after)}


@st.composite
def choices(draw: st.DrawFn, language: str, depth: int, name: str, after: list[str]) -> dict[str, Any]:
    target = draw(st.sampled_from(after))
    if language == "JSONata":
        rule: dict[str, Any] = {
            "Condition": draw(st.sampled_from(["{% $states.input.n = 1 %}", "{% true %}", "{% $states.input %}"]))
        }
    else:
        own = PATHS.filter(lambda path: not path.startswith("$$"))
        rule = {"Variable": draw(own), "IsPresent": True}
    return {"Type": "Choice", "Choices": [{**rule, "Next": target}], "Default": after[0]}


@st.composite
def maps(draw: st.DrawFn, language: str, depth: int, name: str, after: list[str]) -> dict[str, Any]:
    items = {"Items": draw(EXPRESSIONS)} if language == "JSONata" else {"ItemsPath": "$.items"}
    inner = draw(flows(language, depth - 1, f"{name}m"))
    return {
        "Type": "Map",
        "MaxConcurrency": draw(st.integers(0, 3)),
        "ItemProcessor": inner,
        **items,
        **draw(errors_handled(after)),
        **onward(after),
    }


@st.composite
def parallels(draw: st.DrawFn, language: str, depth: int, name: str, after: list[str]) -> dict[str, Any]:
    branches = [draw(flows(language, depth - 1, f"{name}p{number}x")) for number in range(draw(st.integers(1, 3)))]
    return {"Type": "Parallel", "Branches": branches, **draw(errors_handled(after)), **onward(after)}


STATES = {"Pass": passes, "Task": tasks, "Wait": waits, "Choice": choices, "Map": maps, "Parallel": parallels}
