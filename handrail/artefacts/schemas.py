"""What may be asked of each runbook, as JSON Schema for programs that are not ours."""

from handrail.artefacts.folder import Artefacts
from handrail.artefacts.text import json_text
from handrail.catalogue import Catalogue, Runbook
from handrail.schema import json_schema


def schemas(catalogue: Catalogue) -> Artefacts:
    """`schemas/<runbook>.json`, with the questions in both languages."""
    return {path(runbook): json_text(json_schema(runbook.input)) for runbook in catalogue.runbooks.values()}


def path(runbook: Runbook) -> str:
    return f"schemas/{runbook.name}.json"
