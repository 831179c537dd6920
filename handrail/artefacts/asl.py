"""Each machine as the text that Step Functions takes; none that our own check finds fault with leaves here."""

from collections.abc import Iterator

from handrail.artefacts.folder import Artefacts
from handrail.asl.check import check
from handrail.asl.write import write
from handrail.catalogue import Catalogue, Runbook
from handrail.engine.expressions import complaint
from handrail.errors import Problems


def definitions(catalogue: Catalogue) -> Artefacts:
    """`asl/<runbook>.asl.json`; raises Problems with every finding about every machine."""
    found = [problem for runbook in catalogue.runbooks.values() for problem in problems(runbook)]
    if found:
        raise Problems("AWS would not take these machines:", found)
    return {path(runbook): definition(runbook).encode() for runbook in catalogue.runbooks.values()}


def path(runbook: Runbook) -> str:
    return f"asl/{runbook.name}.asl.json"


def definition(runbook: Runbook) -> str:
    """The canonical text, which the golden file repeats."""
    return write(runbook.machine.definition())


def problems(runbook: Runbook) -> Iterator[str]:
    """Each finding with the line that wrote the state, as near as the machine knows it."""
    for finding in check(runbook.machine.definition(), expressions=complaint):
        yield f"{place(runbook, finding.pointer)}: {finding.message} (at {finding.pointer or '/'})"


def place(runbook: Runbook, pointer: str) -> str:
    """The place that wrote this part of the definition: of the innermost state that holds it, else the file."""
    sources = runbook.machine.sources
    inner = [state for state in sources if pointer == state or pointer.startswith(f"{state}/")]
    return str(sources[max(inner, key=len)]) if inner else str(runbook.path)
