"""The two ways in which an expression is wrong: when it is read, and when it is evaluated."""

from typing import Any


class JsonataError(Exception):
    """An evaluation stopped with this JSONata error code; `values` fill in its sentence (wording.py).

    An empty code is an internal error: AWS says only that there was one.
    """

    def __init__(self, code: str, **values: Any) -> None:
        self.code = code
        self.values = values
        super().__init__(code)


class LimitReached(Exception):
    """An evaluation went beyond one of AWS's limits (wording.py: TOO_DEEP, TOO_LARGE, TOO_LONG)."""

    def __init__(self, limit: str) -> None:
        self.limit = limit
        super().__init__(limit)


class JsonataSyntaxError(ValueError):
    """Text that is not an expression which Step Functions accepts.

    `code` is JSONata's (S0202), or empty for a rule of AWS's own; `diagnostic` is the code of the finding in
    ValidateStateMachineDefinition; `position` counts characters from the start of the text.
    """

    def __init__(
        self, message: str, *, code: str = "", position: int = 0, diagnostic: str = "INVALID_JSONATA_EXPRESSION"
    ) -> None:
        self.message = message
        self.code = code
        self.position = position
        self.diagnostic = diagnostic
        super().__init__(message)
