"""`handrail show`: one execution as a tree of its states, with times, inputs and outputs."""

import json
from typing import Annotated, Any

import typer
from rich.text import Text
from rich.tree import Tree

from handrail.cli.listing import AsJson, described
from handrail.cli.output import MARKS, STYLES, console, duration, moment, print_json, status
from handrail.cli.places import home
from handrail.engine import Execution, advance, load
from handrail.engine.visits import Visit, visits
from handrail.local.store import Store, Stored

WIDTH = 300


def execution(
    name: Annotated[
        str, typer.Argument(metavar="EXECUTION", help="Its name, the beginning of it, its ARN, or `last`.")
    ],
    full: Annotated[bool, typer.Option("--full", help="Show inputs and outputs whole.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show an execution: its states, how long each took, what went in and came out."""
    with Store.reading(home()) as store:
        stored = store.find(name)
        history = replayed(store, stored).history()
    if as_json:
        print_json({**described(stored), "events": history})
        return
    console.print(tree(stored, visits(history), None if full else WIDTH))


def replayed(store: Store, stored: Stored) -> Execution:
    """The execution again, from its journal: the same events give the same history."""
    parts = stored.arn.split(":")
    machine_arn = ":".join([*parts[:5], "stateMachine", stored.machine])
    again = load(stored.definition).execution(
        arn=stored.arn,
        name=stored.name,
        machine_arn=machine_arn,
        machine_name=stored.machine,
        role=f"arn:aws:iam::{parts[4]}:role/handrail-{stored.machine}",
    )
    for event in store.journal(stored.arn):
        advance(again, event)
    return again


def tree(stored: Stored, top: list[Visit], width: int | None) -> Tree:
    """The whole execution."""
    took = f" · {duration(stored.stopped - stored.started)}" if stored.stopped is not None else ""
    title = Text.assemble((stored.name, "bold"), "  ", status(stored.status), f"  {moment(stored.started)}{took}")
    root = Tree(title, guide_style="dim")
    root.add(payload("input", stored.input, width))
    for visit in top:
        grow(root, visit, width)
    if stored.output is not None:
        root.add(payload("output", stored.output, width))
    if stored.error or stored.cause:
        root.add(failure(stored.error, stored.cause))
    return root


def grow(branch: Tree, visit: Visit, width: int | None) -> None:
    shown = "SUCCEEDED" if visit.status == "CAUGHT" else visit.status
    took = duration(visit.exited - visit.entered) if visit.exited is not None else ""
    iteration = f" [{visit.iteration}]" if visit.iteration is not None else ""
    title = Text.assemble(
        (f"{MARKS[shown]} ", STYLES[shown]), (f"{visit.name}{iteration}", "bold"), f"  {visit.type}  ", (took, "dim")
    )
    if visit.failures:
        title.append(f"  {visit.failures} failed {'attempt' if visit.failures == 1 else 'attempts'}", "yellow")
    node = branch.add(title)
    node.add(payload("input", visit.input, width))
    for inner in visit.inner:
        grow(node, inner, width)
    if visit.output is not None:
        node.add(payload("output", visit.output, width))
    if visit.error is not None:
        node.add(failure(visit.error, visit.cause))


def payload(label: str, text: str, width: int | None) -> Text:
    cut = text if width is None or len(text) <= width else f"{text[:width]}… ({len(text):,} characters, --full)"
    return Text.assemble((f"{label} ", "dim"), cut)


def failure(error: str | None, cause: str | None) -> Text:
    return Text(": ".join(part for part in (error, readable(cause)) if part), "red")


def readable(cause: str | None) -> str | None:
    """A cause as a person reads it: a function's message, a build's first failed phase, else the text itself."""
    try:
        value: Any = json.loads(cause or "")
    except json.JSONDecodeError:
        return cause
    if isinstance(value, dict) and "errorMessage" in value:
        return str(value["errorMessage"])
    if isinstance(value, dict) and isinstance(value.get("Build"), dict):
        return failed_phase(value["Build"])
    return cause


def failed_phase(build: dict[str, Any]) -> str:
    """`drift_plan:1f3a, phase BUILD: Error while executing command …`."""
    messages = [
        f"phase {phase.get('PhaseType')}: {context['Message']}"
        for phase in build.get("Phases", [])
        for context in phase.get("Contexts", [])
        if context.get("Message")
    ]
    told = messages[0] if messages else f"ended {build.get('BuildStatus')}"
    return f"build {build.get('Id')}, {told}"
