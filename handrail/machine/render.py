"""A machine's layout → Amazon States Language with JSONata.

A step's result is kept in a variable named after the step, and of the result only what later steps read. Outputs are
empty, so payloads stay small; only in the body of a Map the item (and whatever a distributed body reads from outside)
travels as input and output from state to state, so that every state of the body finds it in `$states.input`.
"""

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import chain, count
from typing import Any

from handrail.asl.functions import FUNCTIONS
from handrail.asl.model import Json
from handrail.machine.errors import LAMBDA_SERVICE
from handrail.machine.expression import Path, Root, Source, Tree, code, dotted, quoted, template
from handrail.machine.layout import Layout, Placed
from handrail.machine.nested import Map, Parallel
from handrail.machine.reading import Reads, defined_in, kept, reads_in
from handrail.machine.states import Act, Catch, Choice, Fail, Pass, Retry, Step, Succeed, Wait, Work, whole_seconds
from handrail.machine.work import Task

State = dict[str, Json]

INPUT = "$states.input"
CONTEXT = "$states.context"
ASKED = "asked"
LONGEST_VARIABLE = 80
# "Label" in https://docs.aws.amazon.com/step-functions/latest/dg/state-map-distributed.html
LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True)
class Scope:
    """What a state of one flow can reach: where each source is, its variable's name, and who reads what of it.

    `carried` are the sources that travel in `$states.input`.
    """

    layout: Layout
    roots: Mapping[Source, Root]
    names: Mapping[Source, str]
    reads: Reads
    labels: Mapping[str, str]
    """What the runs of each distributed Map are called in their ARNs, by the step's name."""
    carried: frozenset[Source] = frozenset()

    @property
    def passed_on(self) -> Json:
        """What a state hands to the next one of its flow."""
        return f"{{% {INPUT} %}}" if self.carried else {}


def render(layout: Layout, reads: Reads) -> State:
    """StartAt and States of a machine that has no problems."""
    needed = kept(layout, reads)
    names = _variables([source for source in reads if source in needed])
    roots: dict[Source, Root] = {source: dotted(f"${name}") for source, name in names.items()}
    roots |= {Source("input"): dotted(INPUT), Source("context"): dotted(CONTEXT), Source("state"): dotted(CONTEXT)}
    return _flow(Scope(layout, roots, names, reads, _labels(layout)))


def _flow(scope: Scope) -> State:
    states: State = {name: _state(placed, scope) for name, placed in scope.layout.placed.items()}
    return {"StartAt": scope.layout.start, "States": states}


def _state(placed: Placed, scope: Scope) -> State:
    step = placed.step
    state: State = {"Type": step.type, **_FIELDS[_kind(step)](placed, scope)}
    if isinstance(step, Work):
        state |= _times(step)
    if isinstance(step, Act):
        state |= _retries(step) | _catches(step, placed, scope)
    state |= _assigned(step, scope) | _output(placed, scope)
    if not isinstance(step, (Choice, Succeed, Fail)):
        state |= {"Next": placed.after} if placed.after else {"End": True}
    return state


def _kind(step: Step) -> type[Step]:
    return next(kind for kind in _FIELDS if isinstance(step, kind))


def _work(placed: Placed, scope: Scope) -> State:
    step: Any = placed.step
    return {"Resource": step.resource, "Arguments": template(step.inputs, scope.roots)}


def _choice(placed: Placed, scope: Scope) -> State:
    step: Any = placed.step
    *ways, default = placed.ways
    rules: list[Json] = [
        {"Condition": f"{{% {code(way.condition, scope.roots)} %}}", "Next": target}
        for way, target in zip(step.ways, ways, strict=True)
    ]
    return {"Choices": rules, "Default": default}


def _wait(placed: Placed, scope: Scope) -> State:
    step: Any = placed.step
    return {step.field: template(step.inputs, scope.roots)}


def _fail(placed: Placed, scope: Scope) -> State:
    step: Any = placed.step
    cause = {} if step.inputs is None else {"Cause": template(step.inputs, scope.roots)}
    return {"Error": step.error, **cause}


def _parallel(placed: Placed, scope: Scope) -> State:
    return {"Branches": [_flow(replace(scope, layout=inner)) for inner in placed.inner]}


def _map(placed: Placed, scope: Scope) -> State:
    step: Any = placed.step
    [body] = placed.inner
    read = reads_in(body, scope.reads)
    outside = _carried_names(_from_outside(step, body, read, scope), scope)
    prefix = f"{INPUT}.item" if outside else INPUT
    roots = {**scope.roots, step.item: dotted(prefix)}
    roots |= {source: dotted(f"{INPUT}.{name}") for source, name in outside.items()}
    carried = frozenset({*outside, step.item} & read.keys())
    mode: State = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"} if step.distributed else {"Mode": "INLINE"}
    selector: State = {"item": "{% $states.context.Map.Item.Value %}"} if step.item in read else {}
    selector |= {name: _chosen(read[source], scope.roots[source]) for source, name in outside.items()}
    return {
        "Items": template(step.inputs, scope.roots),
        **({"MaxConcurrency": step.concurrency} if step.concurrency else {}),
        **({"Label": scope.labels[step.name]} if step.distributed else {}),
        **({"ItemSelector": selector} if outside else {}),
        "ItemProcessor": {"ProcessorConfig": mode, **_flow(replace(scope, layout=body, roots=roots, carried=carried))},
    }


def _from_outside(step: Map[Any], body: Layout, read: Reads, scope: Scope) -> list[Source]:
    """The sources that must travel with the item.

    A distributed body is an execution of its own: it sees no variables and has a context of its own. An inline one
    sees the variables, but not what travelled in the input of the flow around it.
    """
    inside = {*defined_in(body), step.item}
    sources = [source for source in read if source not in inside and source.kind not in ("local", "state")]
    return sources if step.distributed else [source for source in sources if source in scope.carried]


def _carried_names(sources: Iterable[Source], scope: Scope) -> dict[Source, str]:
    """What each source is called beside the item: as its variable, or by a name that no variable has."""
    names = {source: scope.names[source] for source in sources if source in scope.names}
    taken = {"item", *scope.names.values()}
    for source in sources:
        if source not in names:
            plain = source.kind if source.of is None else f"{_snake(source.of.name)}_item"
            names[source] = _unused(plain, taken)
            taken.add(names[source])
    return names


def _unused(name: str, taken: Container[str]) -> str:
    numbered = (f"{name}_{number}" for number in count(2))
    return next(free for free in chain([name], numbered) if free not in taken)


def _times(step: Work[Any]) -> State:
    timed = {"TimeoutSeconds": step.timeout_after, "HeartbeatSeconds": step.heartbeat_after}
    return {name: whole_seconds(after) for name, after in timed.items() if after is not None}


def _retries(step: Act[Any]) -> State:
    retries = [*step.retries]
    if isinstance(step, Task):
        broad = (n for n, retry in enumerate(retries) if {"States.ALL", "States.TaskFailed"} & {*retry.errors})
        at = next(broad, len(retries))
        retries = [*retries[:at], *_lambda_retry(retries), *retries[at:]]
    return {"Retry": [_retry(retry) for retry in retries]} if retries else {}


def _lambda_retry(retries: Iterable[Retry]) -> list[Retry]:
    own = {error for retry in retries for error in retry.errors}
    errors = tuple(error for error in LAMBDA_SERVICE if error not in own)
    pauses = timedelta(seconds=2)
    return [Retry(errors, every=pauses, times=6, backoff=2, jitter=False, longest=None)] if errors else []


def _retry(retry: Retry) -> State:
    told: State = {
        "ErrorEquals": [*retry.errors],
        "IntervalSeconds": whole_seconds(retry.every),
        "MaxAttempts": retry.times,
        "BackoffRate": int(retry.backoff) if retry.backoff == int(retry.backoff) else retry.backoff,
    }
    if retry.longest is not None:
        told["MaxDelaySeconds"] = whole_seconds(retry.longest)
    return {**told, "JitterStrategy": "FULL"} if retry.jitter else told


def _catches(step: Act[Any], placed: Placed, scope: Scope) -> State:
    pairs = zip(step.catches, placed.caught, strict=True)
    caught: list[Json] = [_catch(step, catch, target, scope) for catch, target in pairs]
    return {"Catch": caught} if caught else {}


def _catch(step: Act[Any], catch: Catch, target: str | None, scope: Scope) -> State:
    assign: State = {}
    if catch.source in scope.names:
        assign[scope.names[catch.source]] = _chosen(scope.reads[catch.source], dotted("$states.errorOutput"))
    if catch.instead is not None and step.source in scope.names:
        assign[scope.names[step.source]] = template(_part(catch.instead, scope.reads[step.source]), scope.roots)
    assigned: State = {"Assign": assign} if assign else {}
    return {"ErrorEquals": [*catch.errors], **assigned, "Output": scope.passed_on, "Next": target}


def _assigned(step: Step, scope: Scope) -> State:
    if not isinstance(step, (Act, Pass)) or step.source not in scope.names:
        return {}
    name, paths = scope.names[step.source], scope.reads[step.source]
    value = template(step.inputs, scope.roots) if isinstance(step, Pass) else _chosen(paths, step.result_code)
    return {"Assign": {name: value}}


def _output(placed: Placed, scope: Scope) -> State:
    step, owner = placed.step, scope.layout.owner
    if isinstance(step, (Choice, Fail)):
        return {}
    if isinstance(step, Succeed) and step.inputs is not None:
        return {"Output": template(step.inputs, scope.roots)}
    if placed.after is not None:
        return {"Output": scope.passed_on} if isinstance(step, Act) else {}
    if owner is None:
        return {"Output": {}} if isinstance(step, Act) else {}
    if owner.source not in scope.reads:
        return {"Output": {}}
    own = {step.source: step.result_code} if isinstance(step, Act) else {}
    return {"Output": template(scope.layout.result, {**scope.roots, **own})}


# Of a result only what is read is kept. A selection is a tree of field names; None is the whole value.
Selection = dict[str, Any] | None


def _chosen(paths: Iterable[Path], root: Root) -> Json:
    paths = tuple(paths)
    selection = _selection([_names(path) for path in paths])
    if all(path.sure >= len(_names(path)) for path in paths):
        return _fields(selection, root, ())
    # An object constructor leaves out what is not there, where a field of its own would fail the state.
    return f"{{% {_object(selection, root, ())} %}}"


def _names(path: Path) -> tuple[str, ...]:
    """The path as far as it goes through objects; a list is kept whole."""
    index = next((n for n, step in enumerate(path.steps) if isinstance(step, int)), len(path.steps))
    return tuple(str(step) for step in path.steps[:index])


def _selection(wanted: list[tuple[str, ...]]) -> Selection:
    if () in wanted:
        return None
    heads = dict.fromkeys(names[0] for names in wanted)
    return {head: _selection([names[1:] for names in wanted if names[0] == head]) for head in heads}


def _fields(selection: Selection, root: Root, at: tuple[str, ...]) -> Json:
    if selection is None:
        return f"{{% {root(at)} %}}"
    return {name: _fields(inner, root, (*at, name)) for name, inner in selection.items()}


def _object(selection: Selection, root: Root, at: tuple[str, ...]) -> str:
    if selection is None:
        return root(at)
    parts = (f"{quoted(name)}: {_object(inner, root, (*at, name))}" for name, inner in selection.items())
    return f"{{{', '.join(parts)}}}"


def _part(tree: Tree, paths: Iterable[Path]) -> Tree:
    def part(inner: Tree, selection: Selection) -> Tree:
        if selection is None or not isinstance(inner, dict):
            return inner
        return {name: part(inner[name], deeper) for name, deeper in selection.items() if name in inner}

    return part(tree, _selection([_names(path) for path in paths]))


def _variables(sources: Iterable[Source]) -> dict[Source, str]:
    """A name for every source that is kept in a variable, unique in the whole machine as AWS wants it."""
    names: dict[Source, str] = {}
    taken = {"states", ASKED}  # Step Functions' own, and the input's
    for source in sources:
        if source.kind == "asked":
            names[source] = ASKED
        elif source.of is not None and source.kind in ("result", "error"):
            name = _snake(source.of.name) + ("_error" if source.kind == "error" else "")
            names[source] = _unused(f"{name}_" if _in_use(name) else name, taken)
            taken.add(names[source])
    return names


def _labels(layout: Layout) -> dict[str, str]:
    """A label for every distributed Map, unique in the machine; AWS would make one up, another with each version."""
    labels: dict[str, str] = {}
    for flow in layout.walk():
        if flow.kind == "distributed" and flow.owner is not None:
            plain = re.sub(r"[^a-z0-9]+", "-", flow.owner.name.lower()).strip("-")[: LONGEST_LABEL - 4].strip("-")
            labels[flow.owner.name] = _unused(plain or "map", {*labels.values()})
    return labels


def _in_use(name: str) -> bool:
    """Whether expressions use the name already: for a function, or for the item of a where()."""
    return name in FUNCTIONS or re.fullmatch(r"item\d*", name) is not None


def _snake(name: str) -> str:
    """A step's name as a variable's; \\w is no help, since it takes ² and ½, which no identifier has."""
    letters = (letter if f"_{letter}".isidentifier() else "_" for letter in name.lower())
    words = re.sub(r"_+", "_", "".join(letters)).strip("_")
    return (words if words.isidentifier() else f"step_{words}")[: LONGEST_VARIABLE - 12]


_FIELDS: Mapping[type[Step], Callable[[Placed, Scope], State]] = {
    Work: _work,
    Map: _map,
    Parallel: _parallel,
    Choice: _choice,
    Wait: _wait,
    Pass: lambda _, __: {},
    Succeed: lambda _, __: {},
    Fail: _fail,
}
