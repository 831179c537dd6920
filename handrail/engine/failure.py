"""The exceptions that fail a state, with the error name and the cause that AWS would give."""

from handrail.asl.model import Json
from handrail.engine.values import kind_of, text_of


class Failure(Exception):
    """A state fails with this error name and cause; Retry and Catch look at the name."""

    def __init__(self, error: str, cause: str = "") -> None:
        self.error = error
        self.cause = cause
        super().__init__(f"{error}: {cause}")

    @property
    def name(self) -> str:
        """What Retry and Catch know it by."""
        return self.error

    def output(self) -> Json:
        """What a Catch is given."""
        return {"Error": self.error, "Cause": self.cause}


class Silence(Failure):
    """Nothing was heard of a task for its HeartbeatSeconds: a timeout, with a name of its own for Retry and Catch.

    Source: "Handling errors in Step Functions workflows" in the Developer Guide, and a recording from AWS.
    """

    def __init__(self) -> None:
        super().__init__("States.Timeout")

    @property
    def name(self) -> str:
        return "States.HeartbeatTimeout"


class WorkFailure(Failure):
    """The work of a task failed; a Catch is given null for what SendTaskFailure, say, does not tell."""

    def output(self) -> Json:
        return {"Error": self.error or None, "Cause": self.cause or None}


class EvaluationFailure(Failure):
    """A JSONata field could not be evaluated; `location` is the field as AWS names it (`Arguments/Payload`).

    `begun` tells that the value was only refused once the state had begun its work.
    """

    def __init__(self, cause: str, location: str, *, begun: bool = False) -> None:
        self.location = location
        self.begun = begun
        super().__init__("States.QueryEvaluationError", cause)


FAULTS = (Failure, OverflowError, RecursionError, ValueError)
"""What may stop the work of a state: besides failures, values that Python cannot count, nest or write as JSON."""


def as_failure(fault: Exception) -> Failure:
    """A fault as the failure of the state it stopped; what AWS says of such values was never seen."""
    if isinstance(fault, Failure):
        return fault
    return Failure("States.Runtime", f"A value is out of range, nested too deeply, or no JSON: {fault}.")


def unexpected_type(written: Json, field: str, expected: str, value: Json) -> EvaluationFailure:
    """An expression gave a value of another kind than its field takes."""
    expression = str(written).removeprefix("{%").removesuffix("%}").strip()
    return EvaluationFailure(
        f"The JSONata expression '{expression}' specified for the field '{field}' returned an unexpected result type. "
        f"Expected '{expected}', but was '{kind_of(value)}' for value: {text_of(value)}",
        field,
    )
