"""botocore's models of AWS's services: megabytes of JSON, of which a process reads each once.

Nothing of botocore is imported before the first model is wanted.
"""

import gzip
import json
import os
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel


class Files:
    """Reads the files into plain dicts, in half the time that botocore's own reader takes for its OrderedDicts.

    Source: `botocore.loaders.JSONFileLoader`, whose place it takes.
    """

    def exists(self, file_path: str) -> bool:
        """Whether there is such a file, with one of the endings: asked of every service there is, again and again."""
        folder, _, name = file_path.rpartition("/")
        return not _names(folder).isdisjoint((f"{name}.json", f"{name}.json.gz"))

    def load_file(self, file_path: str) -> Any:
        """What the file holds; None where there is none."""
        with suppress(FileNotFoundError):
            return json.loads(Path(f"{file_path}.json").read_bytes())
        with suppress(FileNotFoundError):
            return json.loads(gzip.decompress(Path(f"{file_path}.json.gz").read_bytes()))
        return None


@cache
def _names(folder: str) -> frozenset[str]:
    try:
        with os.scandir(folder) as entries:
            return frozenset(entry.name for entry in entries)
    except OSError:
        return frozenset()


@cache
def loader() -> "Loader":
    """Reads the files, and keeps what it has read. Source: `botocore.loaders`."""
    from botocore.loaders import Loader

    # Typed through Any: the stubs want botocore's own class, and with it botocore when this module is imported.
    files: Any = Files()
    return Loader(file_loader=files)


@cache
def service_names() -> frozenset[str]:
    """The services that botocore has a model of, by botocore's names (`stepfunctions`)."""
    return frozenset(loader().list_available_services("service-2"))


@cache
def service_model(service: str) -> "ServiceModel":
    """The model of one service; raises botocore's UnknownServiceError where there is none."""
    from botocore.model import ServiceModel

    return ServiceModel(loader().load_service_model(service, "service-2"), service)


def read_once() -> None:
    """Let every session of botocore's in this process read what another has read already, and not again.

    Each of them, of which moto alone makes one for a service, has a loader of its own otherwise: a fifth of a second
    of a short run goes into the same files.
    """
    import botocore.session
    from botocore.loaders import create_loader

    @cache
    def shared(paths: str | None = None) -> "Loader":
        return loader() if paths is None else create_loader(paths)

    sessions: Any = botocore.session
    sessions.create_loader = shared
