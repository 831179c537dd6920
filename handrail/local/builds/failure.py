"""How a request is refused and how a phase fails, in the words and codes that CodeBuild uses."""

from typing import Literal

from botocore.exceptions import ClientError

from handrail.errors import HandrailError

ErrorCode = Literal["InvalidInputException", "ResourceAlreadyExistsException", "ResourceNotFoundException"]
EarlyEnd = Literal["STOPPED", "TIMED_OUT"]


class CodeBuildError(HandrailError, ClientError):  # pyright: ignore[reportUnsafeMultipleInheritance]
    """A request that CodeBuild refuses: what a boto3 client would raise, and fit to be shown to a person."""

    def __init__(self, code: ErrorCode, message: str, operation: str = "StartBuild") -> None:
        ClientError.__init__(self, {"Error": {"Code": code, "Message": message}}, operation)


def no_such_build(id: str, operation: str) -> CodeBuildError:
    """Nobody knows the build: it was never started, or it was deleted or pruned."""
    return CodeBuildError("ResourceNotFoundException", f"Build {id} does not exist", operation)


class PhaseError(Exception):
    """A phase fails, with the status code and the message of its context."""

    def __init__(self, status_code: str, message: str) -> None:
        self.status_code = status_code
        self.message = message
        super().__init__(f"{status_code}: {message}")


class EndedEarlyError(Exception):
    """A build was stopped, or ran out of time, in the middle of a phase."""

    def __init__(self, status: EarlyEnd) -> None:
        self.status: EarlyEnd = status
        super().__init__(status)
