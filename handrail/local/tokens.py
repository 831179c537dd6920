"""Task tokens: which task of which execution waits for an answer from outside.

A token is drawn from its execution's own generator, so that a replay in another process gives the same one.
Source: SendTaskSuccess, SendTaskFailure and SendTaskHeartbeat in the API Reference.
"""

import re
from collections import defaultdict
from typing import NamedTuple

from handrail.local.apierror import ApiError

TOKEN = re.compile(r"[0-9a-f]{48}")


class Place(NamedTuple):
    """A task that waits, named by the execution that it belongs to and by its id there."""

    arn: str
    task: int
    resource: str


class Tokens:
    """The tokens of all tasks that wait; for the driver's thread alone."""

    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.of_execution: defaultdict[str, dict[int, str]] = defaultdict(dict)

    def opened(self, token: str, place: Place) -> None:
        self.places[token] = place
        self.of_execution[place.arn][place.task] = token

    def closed(self, arn: str, task: int) -> None:
        """Nobody waits for this task any more."""
        token = self.of_execution[arn].pop(task, None) if arn in self.of_execution else None
        if token is not None:
            del self.places[token]

    def ended(self, arn: str) -> None:
        """The execution waits for nothing any more."""
        for token in self.of_execution.pop(arn, {}).values():
            del self.places[token]

    def find(self, token: str) -> Place:
        """The task that waits for this token.

        Raises ApiError: InvalidToken for what cannot be one, TaskTimedOut for one whose task is over.
        """
        if TOKEN.fullmatch(token) is None:
            raise ApiError("InvalidToken", "Invalid Token: 'Invalid token'")
        if token not in self.places:
            raise ApiError("TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'")
        return self.places[token]
