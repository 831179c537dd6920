"""What RDS may answer instead of doing it, in the words of whoever asked.

AWS's own messages name sessions, ARNs and keys of another account; they are not repeated where we know what is meant.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from handrail.notify import shorten
from handrail.task import TaskError
from tasks.rds_reach import Cluster


class ClusterBusy(TaskError):
    """The cluster is changing and takes no order yet."""


class Throttled(TaskError):
    """AWS wants to be asked less often."""


class NotAllowed(TaskError):
    """AWS does not let us do this."""


class NoSuchCluster(TaskError):
    """AWS knows no such cluster."""


class Refused(TaskError):
    """AWS refused this:"""


@contextmanager
def explained(cluster: Cluster) -> Iterator[None]:
    """Turn what AWS refuses in this block into one of the errors above."""
    from botocore.exceptions import ClientError  # takes longer to import than all else here

    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        raise fault(cluster, told.get("Code", ""), error.operation_name, told.get("Message", "")) from None


def fault(cluster: Cluster, code: str, action: str, message: str) -> TaskError:
    """The error for one of AWS's codes; what no row knows is told in AWS's words, without ARNs."""
    if code in FAULTS:
        return FAULTS[code](cluster, action)
    told = shorten(re.sub(r"arn:[^\s,]+", "arn:…", message), 300)
    return Refused(f"{action} of {cluster.name}: {code}: {told}")


def busy(cluster: Cluster, action: str) -> TaskError:
    return ClusterBusy(f"{cluster.name} refused {action}.")


def throttled(cluster: Cluster, action: str) -> TaskError:
    return Throttled(f"It was {action} of {cluster.name} that it put off.")


def denied(cluster: Cluster, action: str) -> TaskError:
    account = cluster.account
    if action == "AssumeRole":
        return NotAllowed(
            f'The role {account.role} of the account "{account.name}" does not let us in. '
            "Its trust policy must name the role of our functions, and the external id of config/clusters.yaml."
        )
    return NotAllowed(
        f'The role {account.role} of the account "{account.name}" needs rds:{action} for the cluster '
        f"{cluster.identifier} in {cluster.region}."
    )


def missing(cluster: Cluster, action: str) -> TaskError:
    return NoSuchCluster(
        f'config/clusters.yaml says that "{cluster.account.name}" has {cluster.identifier} in {cluster.region}.'
    )


# "Common Errors" and the errors of each action, Amazon RDS API Reference; "Error retries", AWS SDKs Reference Guide.
FAULTS: Mapping[str, Callable[[Cluster, str], TaskError]] = {
    "InvalidDBClusterStateFault": busy,
    "InvalidDBInstanceState": busy,
    "DBClusterNotFoundFault": missing,
    **dict.fromkeys(("AccessDenied", "AccessDeniedException", "UnauthorizedOperation"), denied),
    **dict.fromkeys(
        ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException", "SlowDown"), throttled
    ),
}
