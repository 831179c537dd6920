"""A page for each runbook: what it does, what it asks, and its graph, for people who read no Python."""

from collections.abc import Iterator

from handrail.artefacts.folder import Artefacts
from handrail.asl.graph import mermaid
from handrail.asl.labels import detail
from handrail.asl.model import State
from handrail.catalogue import Catalogue, Runbook
from handrail.schema import questions

PAGE = """# {name}

{summary}

## What it asks

{asked}

## What happens

```mermaid
{graph}
```

{steps}
"""


def pages(catalogue: Catalogue) -> Artefacts:
    """`docs/<runbook>.md`, in Markdown with a mermaid graph."""
    return {path(runbook): page(runbook).encode() for runbook in catalogue.runbooks.values()}


def path(runbook: Runbook) -> str:
    return f"docs/{runbook.name}.md"


def page(runbook: Runbook) -> str:
    flow = runbook.machine.flow()
    return PAGE.format(
        name=runbook.name,
        summary=runbook.summary,
        asked=table(("field", "question", "質問", "must be given"), asked(runbook)),
        graph=mermaid(flow).strip(),
        steps=table(("step", "kind", "what it does"), map(step, flow.walk())),
    )


def asked(runbook: Runbook) -> Iterator[tuple[str, ...]]:
    japanese = questions(runbook.input, "ja")
    for name, question in questions(runbook.input, "en").items():
        field = runbook.input.model_fields.get(name)
        yield f"`{name}`", question, japanese[name], "yes" if field is not None and field.is_required() else "no"


def step(state: State) -> tuple[str, ...]:
    return state.name, state.type, called(state) or detail(state)


def called(state: State) -> str:
    """The function or project that a step of ours starts; empty for anything else."""
    arguments = state.fields.get("Arguments")
    given = arguments if isinstance(arguments, dict) else {}
    return next((f"`{given[field]}`" for field in ("FunctionName", "ProjectName") if field in given), "")


def table(heading: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    """A Markdown table; nothing that a cell says can end the cell."""
    lines = [heading, ("---",) * len(heading), *rows]
    return "\n".join("| " + " | ".join(map(cell, line)) + " |" for line in lines)


def cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
