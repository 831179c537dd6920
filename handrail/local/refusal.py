"""What any service of AWS answers instead of doing what it was asked."""

from dataclasses import dataclass

from handrail.errors import HandrailError


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


class Unavailable(HandrailError):
    """This server is ending, and something does not begin here any more; the next server does it.

    It is answered with 503 ServiceUnavailable, after which an SDK asks again.
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"{what}: this server is ending. Ask again when the next one serves.")
