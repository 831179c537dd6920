"""The Step Functions API, operation by operation: what it answers is what AWS answers.

parameters, validated ──► OPERATIONS[name] ──► the registry, the driver, the store ──► result, or ApiError
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from handrail.local.api import (
    activities,
    aliases,
    definitions,
    executions,
    history,
    listing,
    machines,
    mapruns,
    sync,
    tags,
    tasks,
    teststate,
    versions,
)
from handrail.local.api.family import Family
from handrail.local.api.starting import Registered
from handrail.local.api.tasks import Pollers
from handrail.local.api.wire import Result
from handrail.local.driver import Driver
from handrail.local.histories import Histories
from handrail.local.registry import Registry

Parameters = Mapping[str, Any]
"""By botocore's names of the members, validated against its model."""


def stays() -> bool:
    """Nobody can tell whether the one who asked has gone."""
    return False


class Caller(NamedTuple):
    """Whose request it is, and in which region; `gone` is whether nobody waits for the answer any more."""

    account: str
    region: str
    gone: Callable[[], bool] = stays


Operation = Callable[["Api", Caller, Parameters], Result]
"""Gives the result by botocore's names of the members, times as seconds since the epoch; raises ApiError."""


class Api:
    """Step Functions on a laptop; any thread may call it.

    `log_group_exists` tells of the log group with this ARN.
    """

    def __init__(
        self, driver: Driver, registry: Registry, log_group_exists: Callable[[str], bool] = lambda arn: True
    ) -> None:
        self.driver = driver
        self.store = driver.store
        self.registry = registry
        self.machines = Registered(registry, driver.mocked)
        self.histories = Histories(driver)
        self.family = Family(self.store, self.histories)
        self.pollers = Pollers()
        self.log_group_exists = log_group_exists
        for activity in registry.activities:
            driver.activities.create(activity)

    def call(self, operation: str, parameters: Parameters, caller: Caller) -> Result:
        """What an operation answers; raises ApiError."""
        return OPERATIONS[operation](self, caller, parameters)


OPERATIONS: Mapping[str, Operation] = {
    **activities.OPERATIONS,
    **aliases.OPERATIONS,
    **definitions.OPERATIONS,
    **executions.OPERATIONS,
    **history.OPERATIONS,
    **listing.OPERATIONS,
    **machines.OPERATIONS,
    **mapruns.OPERATIONS,
    **sync.OPERATIONS,
    **tags.OPERATIONS,
    **tasks.OPERATIONS,
    **teststate.OPERATIONS,
    **versions.OPERATIONS,
}
