"""botocore's models of AWS's services: megabytes of JSON, of which a process reads each once.

Nothing of botocore is imported before the first model is wanted.
"""

from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.loaders import Loader
    from botocore.model import ServiceModel


@cache
def loader() -> "Loader":
    """Reads the files, and keeps what it has read. Source: `botocore.loaders`."""
    from botocore.loaders import create_loader

    return create_loader()


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
