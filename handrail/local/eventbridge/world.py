"""A laptop as EventBridge's targets reach it."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

from handrail.local.aws import Aws
from handrail.local.doors import ACCOUNT
from handrail.local.eventbridge.targets import FunctionFailed
from handrail.local.integrations.call import Builds, Reach
from handrail.local.lambdas.request import Request

ONCE: Final[Mapping[str, Any]] = {"retries": {"total_max_attempts": 1}, "read_timeout": 910}
"""Whoever delivers retries by a policy, and a client does not; a function may run for as long as it likes."""


class Laptop:
    """Clients of its own port, each made once, its functions and its builds."""

    def __init__(self, aws: Callable[[], Aws], reach: Reach, builds: Callable[[], Builds]) -> None:
        self.aws = aws
        self.reach = reach
        self.builds = builds
        self.made = lru_cache(maxsize=None)(self.make)

    def client(self, service: str, account: str, region: str) -> Any:
        """A boto3 client in an account, as its owner."""
        return self.made(service, account, region)

    def make(self, service: str, account: str, region: str) -> Any:
        return self.aws().client(service, None if account == ACCOUNT else account, region, **ONCE)

    def call(self, function: str, event: Any) -> object:
        """Call a function; raises FunctionFailed with what it answered, ServiceError where it was not called."""
        outcome = self.reach.functions.tried(Request.of(function, event))
        if outcome.failed:
            raise FunctionFailed(outcome.payload.decode(errors="replace"))
        return outcome.result()

    def build(self, request: Mapping[str, Any]) -> object:
        return self.builds().start(request)
