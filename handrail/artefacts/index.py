"""The index of what the artefacts hold: which runbooks there are, and what each is made of."""

from handrail.artefacts import asl, pages, schemas
from handrail.artefacts.folder import Artefacts
from handrail.artefacts.text import json_text
from handrail.asl.model import Json
from handrail.catalogue import Catalogue, Runbook


def index(catalogue: Catalogue) -> Artefacts:
    """`catalogue.json`: whoever starts runbooks needs this file and no Python of ours."""
    value: Json = {
        "runbooks": {name: entry(runbook) for name, runbook in sorted(catalogue.runbooks.items())},
        "functions": {name: handler.name for name, handler in sorted(catalogue.functions.items())},
        "projects": [*sorted(catalogue.projects)],
    }
    return {"catalogue.json": json_text(value)}


def entry(runbook: Runbook) -> Json:
    """One runbook: where its input class stands in Python, and its other artefacts beside this one."""
    return {
        "summary": runbook.summary,
        "input": f"{runbook.input.__module__}:{runbook.input.__qualname__}",
        "schema": schemas.path(runbook),
        "definition": asl.path(runbook),
        "page": pages.path(runbook),
    }
