"""The one place that makes AWS clients; which account, region and endpoint they speak to comes from the environment."""

import os
from functools import cache
from threading import Lock
from typing import Any

from handrail.errors import HandrailError

# boto3's default session may be used by one thread at a time while a client is being made.
_making = Lock()


@cache
def client(service: str) -> Any:
    """A boto3 client, made once a process. boto3 is imported here because it takes longer than all else in a task."""
    import boto3

    # Typed through Any: the stubs hold one overload for each service by its literal name.
    make: Any = boto3.client
    with _making:
        return make(service)


def results_bucket() -> str:
    """The bucket that builds write their results to and tasks read them from."""
    bucket = os.environ.get("HANDRAIL_RESULTS_BUCKET")
    if not bucket:
        raise HandrailError(
            "HANDRAIL_RESULTS_BUCKET is not set, so no build result can be found. Set it to the name of the S3 bucket."
        )
    return bucket
