"""Functions that were created with Lambda's API, as moto keeps them.

Nothing of moto is loaded here unless it has to be: somebody must have created a function.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Protocol

from handrail.local.doors import Wsgi
from handrail.local.lambdas.request import Refusal, Request

CREATES: Final = ("lambda", "cloudformation")
"""The services through which a function comes to be."""


class Kept(Protocol):
    """moto, as far as it has functions."""

    @property
    def loaded(self) -> bool: ...

    def kept(self, services: tuple[str, ...], /) -> bool: ...

    def load(self) -> Wsgi: ...


@dataclass(frozen=True)
class Deployed:
    """One version of a function: its settings, its zip, and the zips of its layers, lowest first.

    `timeout` is in seconds, `memory` in MB.
    """

    name: str
    arn: str
    account: str
    region: str
    version: str
    runtime: str
    handler: str
    timeout: int
    memory: int
    variables: Mapping[str, str]
    code: bytes
    layers: tuple[bytes, ...] = ()

    @cached_property
    def digest(self) -> str:
        """What tells it from itself with other code or other settings."""
        settings = [self.arn, self.version, self.runtime, self.handler, self.timeout, self.memory]
        whole = hashlib.sha256(json.dumps([*settings, sorted(self.variables.items())]).encode())
        for part in (self.code, *self.layers):
            whole.update(hashlib.sha256(part).digest())
        return whole.hexdigest()

    @property
    def identity(self) -> str:
        """The ARN of the version, whatever code and settings it has."""
        return f"{self.arn}:{self.version}"


def find(moto: Kept, request: Request) -> Deployed | None:
    """The function that a request names; None where there is none. Raises Refusal for one that is no zip."""
    if not moto.loaded and not moto.kept(CREATES):
        return None
    moto.load()
    from moto.awslambda.exceptions import UnknownFunctionException
    from moto.awslambda.utils import get_backend

    backend: Any = get_backend(request.place.account, request.place.region)
    try:
        found = backend.get_function(request.name, request.qualifier)
    except UnknownFunctionException:
        return None
    if found.package_type != "Zip":
        told = f"{found.function_name} is a container image, and only zips run here; {REMEDY}."
        raise Refusal("InvalidRuntimeException", told, 502)
    layers = [backend.layers_versions_by_arn(layer["Arn"]) for layer in found.layers]
    return described(found, request, tuple(layer.code_bytes for layer in layers if layer is not None))


REMEDY: Final = (
    "mock its answers (--mock-config), or have it run elsewhere (--lambda-endpoint, as of `sam local start-lambda`)"
)


def described(found: Any, request: Request, layers: tuple[bytes, ...]) -> Deployed:
    """moto's function, as a value."""
    number = str(found.version)
    plain = str(found.function_arn)
    published = plain.endswith(f"function:{found.function_name}:{number}")
    return Deployed(
        name=str(found.function_name),
        arn=plain.removesuffix(f":{number}") if published else plain,
        account=request.place.account,
        region=request.place.region,
        version=number if published else "$LATEST",
        runtime=str(found.run_time or ""),
        handler=str(found.handler or ""),
        timeout=int(found.timeout),
        memory=int(found.memory_size),
        variables={str(name): str(value) for name, value in (found.environment_vars or {}).items()},
        code=bytes(found.code_bytes),
        layers=layers,
    )
