"""The exceptions that fail a state, with the error name and the cause that AWS would give."""

from handrail.asl.model import Json
from handrail.engine.values import kind_of, text_of


class Failure(Exception):
    """A state fails with this error name and cause; Retry and Catch look at the name."""

    def __init__(self, error: str, cause: str = "") -> None:
        self.error = error
        self.cause = cause
        super().__init__(f"{error}: {cause}")


class EvaluationFailure(Failure):
    """A JSONata field could not be evaluated; `location` is the field as AWS names it (`Arguments/Payload`).

    `begun` tells that the value was only refused once the state had begun its work.
    """

    def __init__(self, cause: str, location: str, *, begun: bool = False) -> None:
        self.location = location
        self.begun = begun
        super().__init__("States.QueryEvaluationError", cause)


def unexpected_type(written: Json, field: str, expected: str, value: Json) -> EvaluationFailure:
    """An expression gave a value of another kind than its field takes."""
    expression = str(written).removeprefix("{%").removesuffix("%}").strip()
    return EvaluationFailure(
        f"The JSONata expression '{expression}' specified for the field '{field}' returned an unexpected result type. "
        f"Expected '{expected}', but was '{kind_of(value)}' for value: {text_of(value)}",
        field,
    )
