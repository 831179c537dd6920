"""The one place that makes AWS clients; which account, region and endpoint they speak to comes from the environment."""

import os
from functools import cache
from threading import Lock
from typing import Any

from handrail.accounts import Account, assumed
from handrail.errors import HandrailError
from handrail.service_models import read_once

# boto3's default session may be used by one thread at a time while a client is being made.
_making = Lock()


@cache
def client(
    service: str, account: Account | None = None, region: str | None = None, *, patience: int | None = None
) -> Any:
    """A boto3 client, made once a process for each service, account and region.

    Without an account it is the caller's own; another one's role is assumed with the first call. With `patience` an
    answer is waited for that many seconds, and nothing is tried twice. boto3 is imported here because it takes longer
    than all else in a task.
    """
    import boto3
    from botocore.config import Config

    read_once()
    # Typed through Any: the stubs hold one overload for each service by its literal name.
    session: Any = boto3
    with _making:
        if account is not None:
            session = boto3.Session(botocore_session=assumed(account, lambda: client("sts")))
        if patience is None:
            return session.client(service, region_name=region)
        once = Config(connect_timeout=patience, read_timeout=patience, retries={"total_max_attempts": 1})
        return session.client(service, region_name=region, config=once)


def results_bucket() -> str:
    """The bucket that builds write their results to and tasks read them from."""
    bucket = os.environ.get("HANDRAIL_RESULTS_BUCKET")
    if not bucket:
        raise HandrailError(
            "HANDRAIL_RESULTS_BUCKET is not set, so no build result can be found. Set it to the name of the S3 bucket."
        )
    return bucket
