"""Where `handrail local` listens, and who answers there for services and functions."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from handrail.cli.output import errors, visible
from handrail.errors import HandrailError
from handrail.local.environment import HOST
from handrail.local.listener import reached
from handrail.local.serve import PORT, Server, bound, is_loopback

if TYPE_CHECKING:  # brings botocore, which the other commands do not need
    from handrail.local.laptop import Laptop


@dataclass(frozen=True)
class Place:
    """Where to listen, how long waits are there, and who answers for services and functions.

    `said` are the options of these that somebody has typed, and that a server which runs already cannot follow.
    """

    host: str
    port: int | None
    wait_scale: float = 1.0
    mock_config: Path | None = None
    lambda_endpoint: str | None = None
    said: tuple[str, ...] = ()

    def open(self, laptop: "Laptop") -> Server:
        """Listen there; who is not alone on this machine is told so."""
        if not is_loopback(self.host):
            told = (
                f"{self.host}: whoever reaches this machine can use this AWS, with no password, and run what it runs. "
                f"Without --host it listens at {HOST} only."
            )
            errors.print(visible(told), style="bold red", soft_wrap=True)
        laptop.driver.wait_scale = self.wait_scale
        self.answers(laptop)
        return Server(laptop, self.host, PORT if self.port is None else self.port)

    def answers(self, laptop: "Laptop") -> None:
        """Take what answers in the place of services; raises HandrailError for a file or an address that is none."""
        from handrail.local.lambdas.endpoint import Endpoint
        from handrail.mockconfig import read

        if self.mock_config is not None:
            laptop.driver.mocked.config = read(self.mock_config)
        if self.lambda_endpoint is not None:
            laptop.functions.endpoint = Endpoint(self.lambda_endpoint)

    @property
    def endpoint(self) -> str:
        """Where clients on this machine reach it."""
        return f"http://{reached(self.host)}:{PORT if self.port is None else self.port}"

    def free(self) -> Self:
        """This place, or any free port of it where none was asked for and the usual one is taken."""
        if self.port is not None:
            return self
        try:
            bound(self.host, PORT).close()
        except HandrailError:
            return replace(self, port=0)
        return self
