"""The exception that fails a state, with the error name and the cause that AWS would give."""


class Failure(Exception):
    """A state fails with this error name and cause; Retry and Catch look at the name."""

    def __init__(self, error: str, cause: str = "") -> None:
        self.error = error
        self.cause = cause
        super().__init__(f"{error}: {cause}")
