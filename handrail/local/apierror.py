"""What the Step Functions API answers instead of doing what it was asked."""

from handrail.errors import HandrailError


class ApiError(HandrailError):
    """A refusal; `code` is the error's name in the API Reference, the text is AWS's message."""

    def __init__(self, code: str, message: str) -> None:
        self.code = code
        super().__init__(message)
