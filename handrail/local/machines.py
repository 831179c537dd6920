"""Which state machines there are, for executions that start others."""

from typing import TYPE_CHECKING, Protocol

from handrail.asl.write import write
from handrail.names import PREFIX

if TYPE_CHECKING:
    from handrail.catalogue import Catalogue


class Machines(Protocol):
    """The machines that an execution may start."""

    def definition(self, arn: str) -> tuple[str, str] | None:
        """The name and the ASL text of the machine with this ARN or name, None where there is none."""
        ...


class NoMachines:
    """Where nothing is known of other machines."""

    def definition(self, arn: str) -> tuple[str, str] | None:
        return None


class Runbooks:
    """The machines of a project: by name, as it is or as it is deployed, or by an ARN with either."""

    def __init__(self, catalogue: "Catalogue") -> None:
        self.catalogue = catalogue

    def definition(self, arn: str) -> tuple[str, str] | None:
        name = arn.partition(":stateMachine:")[2].partition(":")[0] or arn
        name = name if name in self.catalogue.runbooks else name.removeprefix(PREFIX)
        if name not in self.catalogue.runbooks:
            return None
        return name, write(self.catalogue.runbooks[name].machine.definition())
