"""The role of a task's Credentials: assumed for its call, as the state machine that it belongs to.

Source: "Accessing resources in other AWS accounts in Step Functions" and "Cross-account access for .sync integration
pattern" in the Developer Guide: a trust policy may ask for the state machine's ARN as the external id.
"""

import re
from collections.abc import Callable
from typing import Any

from handrail.local.refusals import ServiceError
from handrail.local.store import Stored

LONGEST_SESSION = 64


def acting_as(role: str, execution: Stored, client: Callable[[str], Any], service: str) -> Any:
    """A client of a service whose calls are the role's. Raises ServiceError where the role does not let us in."""
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    machine = execution.arn.replace(":execution:", ":stateMachine:").rpartition(":")[0]
    sts = client("sts")
    try:
        given = sts.assume_role(
            RoleArn=role, RoleSessionName=session_name(execution.name), ExternalId=machine
        )["Credentials"]  # fmt: skip
    except (BotoCoreError, ClientError) as error:
        raise ServiceError(
            "States.Permissions",
            f"{machine} cannot assume {role}, the role of the task's Credentials: {error}. "
            "The role has to exist, and its trust policy has to name this account.",
        ) from error
    # Typed through Any: the stubs hold one overload for each service by its literal name.
    session: Any = boto3.Session(
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    )
    # At the endpoint that gave the credentials: they are worth nothing elsewhere.
    where = {"endpoint_url": sts.meta.endpoint_url, "region_name": sts.meta.region_name}
    return session.client(service, **where, config=Config(proxies={}))


def session_name(execution: str) -> str:
    """The session is named after the execution, in the letters that STS allows (AssumeRole, RoleSessionName)."""
    return re.sub(r"[^\w+=,.@-]", "-", execution, flags=re.ASCII)[:LONGEST_SESSION].ljust(2, "-")
