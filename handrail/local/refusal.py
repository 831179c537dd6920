"""What any service of AWS answers instead of doing what it was asked."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Refusal:
    """AWS's answer to a request that it does not carry out: code, words and HTTP status."""

    code: str
    message: str
    http: int = 400


class Refused(Exception):
    """A request is answered with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        self.refusal = refusal
        super().__init__(refusal.message)
