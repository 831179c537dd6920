"""A new execution of what a state machine's ARN names: the machine, a version of it, or an alias.

Source: StartExecution in the API Reference.
"""

import re
from typing import Final, Protocol
from uuid import uuid4

from handrail.engine.values import parsed_input
from handrail.local.api.named import whole
from handrail.local.apierror import ApiError
from handrail.local.mocked import Mocked, test_case
from handrail.local.store import Stored

MOST_INPUT: Final = 262_144
"""Bytes of an input in UTF-8 (Step Functions service quotas)."""

NAMELESS: Final = re.compile('[\\s<>{}\\[\\]?*"#%\\\\^|~`$&,;:/\x00-\x1f\x7f-\x9f\ufffe\uffff\U0010ffff\ud800-\udfff]')
"""What no name may hold."""


class Machine(Protocol):
    """A state machine, as far as an execution needs it."""

    @property
    def arn(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def type(self) -> str: ...
    @property
    def role(self) -> str: ...


class Target(Protocol):
    """What an ARN leads to: a machine as it is now, or as a version of it was."""

    @property
    def machine(self) -> Machine: ...
    @property
    def definition(self) -> str: ...
    @property
    def version_arn(self) -> str | None: ...
    @property
    def alias_arn(self) -> str | None: ...


class Registry(Protocol):
    """Where state machines are found."""

    def resolve(self, arn: str) -> Target:
        """Raises ApiError: InvalidArn, StateMachineDoesNotExist."""
        ...


class Registered:
    """Makes executions of the machines in a registry, for those who begin them."""

    def __init__(self, registry: Registry, mocked: Mocked) -> None:
        self.registry = registry
        self.mocked = mocked

    def execution(self, arn: str, name: str | None, input: str, at: float, *, trace: str | None = None) -> Stored:
        """An execution that has not begun; `…:stateMachine:Orders#HappyPath` is one with the mocks of a test case.

        Raises ApiError: InvalidArn, StateMachineDoesNotExist, InvalidName, InvalidExecutionInput.
        """
        arn, case = test_case(arn)
        target = self.registry.resolve(whole(arn))
        machine, name = target.machine, checked_name(name)
        check_input(input)
        if case is not None:
            self.mocked.check(machine.name, case, target.definition)
        prefix = machine.arn.partition(":stateMachine:")[0]
        own = f"{prefix}:execution:{machine.name}:{name}"
        if machine.type == "EXPRESS":
            own = f"{prefix}:express:{machine.name}:{name}:{uuid4()}"
        return Stored(
            own,
            name,
            machine.name,
            target.definition,
            input,
            "RUNNING",
            at,
            machine_arn=f"{prefix}:stateMachine:{machine.name}",
            type=machine.type,
            role=machine.role,
            version_arn=target.version_arn,
            alias_arn=target.alias_arn,
            trace_header=trace,
            test_case=case,
        )


def checked_name(name: str | None) -> str:
    """A name that was given, or a new one; raises ApiError InvalidName."""
    if name is None:
        return str(uuid4())
    if NAMELESS.search(name):
        raise ApiError("InvalidName", f"Invalid Name: '{name}'")
    return name


def check_input(text: str) -> None:
    """Raises ApiError for an input that is too long, or is no JSON; it is not repeated in the message."""
    if len(text.encode(errors="surrogatepass")) > MOST_INPUT:
        raise ApiError(
            "ValidationException",
            "1 validation error detected: Value at 'input' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST_INPUT}",
        )
    try:
        parsed_input(text)
    except ValueError as error:
        raise ApiError("InvalidExecutionInput", f"Invalid State Machine Execution Input: '{error}'") from None
