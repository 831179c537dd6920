"""Which state machines there are, for executions that start others."""

from typing import TYPE_CHECKING, Final, Protocol
from uuid import uuid4

from handrail.asl.write import write
from handrail.local.apierror import ApiError
from handrail.local.store import Stored
from handrail.names import PREFIX

if TYPE_CHECKING:
    from handrail.catalogue import Catalogue

ACCOUNT: Final = "123456789012"
"""The account of everything on a laptop that names none: the one that moto uses."""

HERE: Final = f"arn:aws:states:us-east-1:{ACCOUNT}"


class Machines(Protocol):
    """The machines that an execution may start."""

    def execution(self, arn: str, name: str | None, input: str, at: float) -> Stored:
        """An execution, which has not begun, of what this ARN or name means; its name is a new one by default.

        Raises ApiError: StateMachineDoesNotExist, InvalidName, InvalidExecutionInput.
        """
        ...


class ByName:
    """Machines that are known by their names, with a definition and nothing more."""

    def definition(self, arn: str) -> tuple[str, str] | None:
        """The name and the ASL text of the machine with this ARN or name, None where there is none."""
        return None

    def execution(self, arn: str, name: str | None, input: str, at: float) -> Stored:
        """See Machines."""
        found = self.definition(arn)
        if found is None:
            raise ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")
        machine, definition = found
        name = name or str(uuid4())
        prefix, colon, _ = arn.partition(":stateMachine:")
        own = f"{prefix if colon else HERE}:execution:{machine}:{name}"
        return Stored(own, name, machine, definition, input, "RUNNING", at)


class NoMachines(ByName):
    """Where nothing is known of other machines."""


class Runbooks(ByName):
    """The machines of a project: by name, as it is or as it is deployed, or by an ARN with either."""

    def __init__(self, catalogue: "Catalogue") -> None:
        self.catalogue = catalogue

    def definition(self, arn: str) -> tuple[str, str] | None:
        name = arn.partition(":stateMachine:")[2].partition(":")[0] or arn
        name = name if name in self.catalogue.runbooks else name.removeprefix(PREFIX)
        if name not in self.catalogue.runbooks:
            return None
        return name, write(self.catalogue.runbooks[name].machine.definition())


class Either:
    """A project's runbooks, by whatever name, and beside them the machines that were made with the API."""

    def __init__(self, runbooks: Runbooks, made: Machines) -> None:
        self.runbooks = runbooks
        self.made = made

    def execution(self, arn: str, name: str | None, input: str, at: float) -> Stored:
        """See Machines."""
        known = self.runbooks if self.runbooks.definition(arn) is not None else self.made
        return known.execution(arn, name, input, at)
