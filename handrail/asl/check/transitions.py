"""Whether every transition has a target, every state is reached, and every flow can end."""

from collections.abc import Collection, Iterator, Mapping

from handrail.asl.check.flows import States
from handrail.asl.check.scope import Object, error, warning
from handrail.asl.fields import STATES
from handrail.asl.model import Finding, Json
from handrail.asl.pointer import child
from handrail.errors import did_you_mean

UNREACHED = "MISSING_TRANSITION_TARGET"
ENDINGS = ("Succeed", "Fail")
MOST_HINTS = 10  # comparing names with names takes time; who has more to mend looks at the first ones


def transitions(flow: States, elsewhere: Collection[str]) -> Iterator[Finding]:
    """Missing targets, then what cannot be reached or left. `elsewhere`: the names of all states of the machine.

    As on AWS, a flow without any end is told once, and its unreachable states are not told besides. A flow with a
    state whose way on cannot be read is not judged: what follows from the one mistake would only hide it.
    """
    yield from missing_targets(flow, elsewhere)
    if not flow.states or not all(readable(state) for state in flow.states.values()):
        return
    if not any(ends(state) for state in flow.states.values()):
        pointer = child(flow.pointer, "States")
        yield error("Workflow has no terminal state", pointer, 'No state has "End": true.', code="MISSING_END_STATE")
        return
    ways = {name: [target for _, target in targets(state)] for name, state in flow.states.items()}
    if isinstance(flow.start_at, str) and flow.start_at in ways:
        yield from unreached(flow, ways)
    yield from endless(flow, ways)


def missing_targets(flow: States, elsewhere: Collection[str]) -> Iterator[Finding]:
    starting = [("/StartAt", flow.start_at)] if isinstance(flow.start_at, str) else []
    stepping = [
        (child("", "States", name) + place, target)
        for name, state in flow.states.items()
        for place, target in targets(state)
    ]
    missing = [(place, target) for place, target in [*starting, *stepping] if target not in flow.states]
    for number, (place, target) in enumerate(missing):
        hint = meant(target, flow.states, elsewhere) if number < MOST_HINTS else ""
        yield error(f"Missing 'Next' target: {target}", f"{flow.pointer}{place}", hint, code=UNREACHED)


def meant(target: str, names: Collection[str], elsewhere: Collection[str]) -> str:
    if target in elsewhere:
        return f'"{target}" is not in the same Map, Parallel branch or top level.'
    return did_you_mean(target, names)


def targets(state: Json) -> Iterator[tuple[str, str]]:
    """The places below a state that name where it goes, with the names."""
    if not isinstance(state, dict):
        return
    for field in ("Next", "Default"):
        if isinstance(target := state.get(field), str) and field in fields_of(state):
            yield f"/{field}", target
    for field in ("Choices", "Catch"):
        entries = state.get(field) if field in fields_of(state) else None
        for index, entry in enumerate(entries if isinstance(entries, list) else ()):
            if isinstance(entry, dict) and isinstance(target := entry.get("Next"), str):
                yield child("", field, index, "Next"), target


def fields_of(state: Object) -> Mapping[str, object]:
    kind = state.get("Type")
    return STATES[kind].fields if isinstance(kind, str) and kind in STATES else {}


def ends(state: Json) -> bool:
    return isinstance(state, dict) and (state.get("Type") in ENDINGS or state.get("End") is True)


def readable(state: Json) -> bool:
    return ends(state) or any(True for _ in targets(state))


def unreached(flow: States, ways: Mapping[str, list[str]]) -> Iterator[Finding]:
    reached = closure([str(flow.start_at)], ways)
    for name in flow.states:
        if name not in reached:
            pointer = child(flow.pointer, "States", name)
            yield error(f'State "{name}" is not reachable.', pointer, "Nothing leads to it.", code=UNREACHED)


def endless(flow: States, ways: Mapping[str, list[str]]) -> Iterator[Finding]:
    back: dict[str, list[str]] = {name: [] for name in ways}
    for name, onward in ways.items():
        for target in onward:
            back.setdefault(target, []).append(name)
    escaping = closure([name for name, state in flow.states.items() if ends(state)], back)
    # What leads nowhere at all has been told as a missing target.
    lost = [name for name, onward in ways.items() if name not in escaping and all(step in ways for step in onward)]
    if lost:
        pointer = child(flow.pointer, "States", lost[0])
        message = f'From state "{lost[0]}" no end can be reached'
        hint = f"The same holds for {', '.join(lost[1:])}." if lost[1:] else ""
        yield warning("ENDLESS_LOOP", message, pointer, hint)


def closure(start: list[str], ways: Mapping[str, list[str]]) -> set[str]:
    """Everything that can be reached along `ways`."""
    reached, waiting = set(start), list(start)
    while waiting:
        for target in ways.get(waiting.pop(), ()):
            if target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached
