"""Tasks that are answered from outside: by whoever has a task token, and by the workers of activities.

Source: SendTaskSuccess, SendTaskFailure, SendTaskHeartbeat and GetActivityTask in the API Reference.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from handrail.local.activities import LONGEST_POLL
from handrail.local.api.named import invalid
from handrail.local.apierror import ApiError

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters

MOST_POLLERS: Final = 1_000
"""Workers that may poll one activity at a time (Step Functions service quotas)."""


def succeed(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    api.driver.task_succeeded(given["taskToken"], given["output"])
    return {}


def fail(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    api.driver.task_failed(given["taskToken"], given.get("error"), given.get("cause"))
    return {}


def beat(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    api.driver.task_heartbeat(given["taskToken"])
    return {}


class Pollers:
    """How many workers wait at each activity."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.lock = Lock()

    @contextmanager
    def one_more(self, arn: str) -> Iterator[None]:
        """Count a worker while it polls; raises ApiError ActivityWorkerLimitExceeded."""
        with self.lock:
            if self.counts[arn] >= MOST_POLLERS:
                raise ApiError(
                    "ActivityWorkerLimitExceeded",
                    "The maximum number of workers concurrently polling for activity tasks has been reached.",
                )
            self.counts[arn] += 1
        try:
            yield
        finally:
            with self.lock:
                self.counts[arn] -= 1
                if not self.counts[arn]:
                    del self.counts[arn]


def take(api: "Api", caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """The next task of an activity; nothing where none comes within a minute."""
    arn = given["activityArn"]
    parts = arn.split(":")
    if parts[0] != "arn" or len(parts) < 7:
        raise invalid(f"Invalid ARN prefix: {arn}")
    if parts[5] != "activity":
        raise invalid(f"Resource type not valid in this context: {parts[5]}")
    with api.pollers.one_more(arn):
        found = api.driver.get_activity_task(arn, given.get("workerName"), LONGEST_POLL, caller.gone)
    return {} if found is None else {"taskToken": found.token, "input": found.input}


OPERATIONS: "Mapping[str, Operation]" = {
    "SendTaskSuccess": succeed,
    "SendTaskFailure": fail,
    "SendTaskHeartbeat": beat,
    "GetActivityTask": take,
}
