"""A laptop as EventBridge's targets reach it."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

from handrail.local.aws import Aws, connect
from handrail.local.doors import ACCOUNT
from handrail.local.integrations.call import Builds, Reach
from handrail.local.integrations.functions import run_function


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
        if service == "stepfunctions":
            # It knows an account by its access key.
            return connect(service, {**self.aws().environment, "AWS_ACCESS_KEY_ID": account}, region)
        return self.aws().client(service, None if account == ACCOUNT else account, region)

    def call(self, function: str, event: Any) -> object:
        return run_function(self.reach, function, event)

    def build(self, request: Mapping[str, Any]) -> object:
        return self.builds().start(request)
