"""A role in another AWS account: assumed when it is first needed, and again before its credentials expire."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.session import Session

__all__ = ["Account", "assumed"]

SESSION = "handrail"
"""The session's name, which the other account's CloudTrail shows beside the role's."""


@dataclass(frozen=True)
class Account:
    """An account that is not the caller's own: twelve digits, and the role in it that trusts us.

    The external id is agreed with that account. AWS does not count it as a secret, but nobody needs to read it either,
    so it stands in no message and no log. Source: "Access to AWS accounts owned by third parties", IAM User Guide.
    """

    name: str
    id: str
    role: str
    external_id: str = field(repr=False)

    @property
    def role_arn(self) -> str:
        """The role as STS is asked for it."""
        return f"arn:aws:iam::{self.id}:role/{self.role}"


def assumed(account: Account, sts: Callable[[], Any]) -> "Session":
    """A botocore session whose calls are the role's.

    `sts` gives our own account's client. Whoever makes the first call, or the first in the last minutes of the hour
    for which STS gives credentials, raises ClientError where the role does not let us in.
    """
    from botocore.credentials import DeferredRefreshableCredentials
    from botocore.session import Session

    def fetch() -> dict[str, str]:
        given = sts().assume_role(
            RoleArn=account.role_arn, RoleSessionName=SESSION, ExternalId=account.external_id
        )["Credentials"]  # fmt: skip
        return {
            "access_key": given["AccessKeyId"],
            "secret_key": given["SecretAccessKey"],
            "token": given["SessionToken"],
            "expiry_time": given["Expiration"].isoformat(),
        }

    session = Session()
    session.register_component("credential_provider", _Only(DeferredRefreshableCredentials(fetch, "assume-role")))
    return session


@dataclass(frozen=True)
class _Only:
    """Gives a session these credentials and looks for no others: our own would reach the wrong account."""

    credentials: Any

    def load_credentials(self) -> Any:
        return self.credentials
