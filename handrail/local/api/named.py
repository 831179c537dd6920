"""What the ARN of an execution, a Map Run or an activity says, and AWS's refusals of one that does not fit.

arn:aws:states:REGION:ACCOUNT:execution:MACHINE:NAME            also of a child: MACHINE/LABEL
arn:aws:states:REGION:ACCOUNT:express:MACHINE:NAME[:ID]
arn:aws:states:REGION:ACCOUNT:mapRun:MACHINE/LABEL:ID
"""

from typing import NamedTuple

from handrail.local.apierror import ApiError


class Named(NamedTuple):
    """The parts of an ARN; `machine` is without the labels of Distributed Maps, which `labels` has."""

    arn: str
    prefix: str
    kind: str
    machine: str
    labels: str
    name: str

    @property
    def machine_arn(self) -> str:
        """The machine, of which a child's execution is one as well."""
        return f"{self.prefix}:stateMachine:{self.machine}"


def named(arn: str, *kinds: str) -> Named:
    """The parts of an ARN of one of these kinds; raises ApiError InvalidArn, in AWS's words, for any other."""
    parts = arn.split(":", 6)
    if parts[0] != "arn" or len(parts) < 6 or parts[2] != "states":
        raise invalid(f"Invalid ARN prefix: {arn}")
    kind = parts[5]
    if kind not in kinds:
        raise invalid(f"Resource type not valid in this context: {kind}")
    machine, _, name = (parts[6] if len(parts) > 6 else "").partition(":")
    if not machine or not name:
        raise invalid(f"Invalid ARN: {arn}")
    machine, _, labels = machine.partition("/")
    return Named(arn, ":".join(parts[:5]), kind, machine, labels, name)


def whole(arn: str) -> str:
    """The ARN of a state machine; raises ApiError ValidationException for that of a Distributed Map in one."""
    if "/" in arn.partition(":stateMachine:")[2]:
        raise ApiError("ValidationException", f"A Distributed Map is no state machine that can be asked for: '{arn}'")
    return arn


def invalid(why: str) -> ApiError:
    return ApiError("InvalidArn", f"Invalid Arn: '{why}'")


def execution(arn: str) -> Named:
    """An execution of a Standard machine, or a child of a Map Run of either type."""
    found = named(arn, "execution", "express")
    if found.kind == "express" and not found.labels:
        raise invalid("Resource type not valid in this context: express")
    return found


def no_execution(arn: str) -> ApiError:
    return ApiError("ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


def no_resource() -> ApiError:
    return ApiError("ResourceNotFound", "Request references a resource that does not exist.")
