"""A catalogue → its artefacts, as {path: bytes}; where they go is for others to say."""

from collections.abc import Callable

from handrail.artefacts.asl import definitions
from handrail.artefacts.folder import Artefacts
from handrail.artefacts.index import index
from handrail.artefacts.pages import pages
from handrail.artefacts.schemas import schemas
from handrail.catalogue import Catalogue

# One row a kind of artefact. The definitions come first, because they are checked: nothing is made of a broken one.
WRITERS: tuple[Callable[[Catalogue], Artefacts], ...] = (definitions, schemas, pages, index)


def artefacts(catalogue: Catalogue) -> Artefacts:
    """Everything that a catalogue becomes; the same sources give the same bytes."""
    return {path: content for writer in WRITERS for path, content in writer(catalogue).items()}


def golden(catalogue: Catalogue) -> Artefacts:
    """What is kept in the repository for reviewers to read: each definition, under `asl/`."""
    return definitions(catalogue)
