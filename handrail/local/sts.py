"""AssumeRole in front of moto, which gives credentials for any role to anybody: here a role's trust policy decides."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from handrail.local.doors import ACCOUNT_HEADER, Answered, Asked
from handrail.local.limits import invalid
from handrail.local.refusal import Refusal
from handrail.local.trust import Caller, trusted

# What an external id is, no message needs to repeat.
HIDDEN: Final = frozenset({"ExternalId"})

# "Role chaining", IAM User Guide: a session that assumes another role gets an hour of it at most.
CHAINED: Final = 3600

ROLE: Final = re.compile(r"arn:(?P<partition>[\w-]+):iam::(?P<account>\d{12}):role/.+")

# Keys of a session begin with this; "Understanding unique ID prefixes", IAM User Guide.
SESSION: Final = "ASIA"


class Sts:
    """The doors of sessions: who may begin one, where it acts, and whose has ended."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now

    def assume(self, asked: Asked) -> Answered | None:
        """Refuse a role that does not exist or does not trust the caller; both look the same from outside."""
        if (asked.service, asked.action) != ("sts", "AssumeRole"):
            return None
        refusal = invalid("sts", "AssumeRole", asked.parameters, HIDDEN) or _untrusted(asked)
        return _refused(asked, refusal) if refusal else None

    def acting(self, asked: Asked) -> Answered | None:
        """Let a session act in the account of its role; keys that no session here has pass, like any others."""
        session = _session(asked.access_key) if asked.access_key.startswith(SESSION) else None
        if session is None:
            return None
        asked.environ.setdefault(ACCOUNT_HEADER, session.account_id)
        return self.known(asked)

    def known(self, asked: Asked) -> Answered | None:
        """Refuse keys of a session that has ended or that nobody began; moto would take them for the default account's.

        Source: "Common error types", and ExpiredToken of "Temporary security credentials".
        """
        if not asked.access_key.startswith(SESSION):
            return None
        session = _session(asked.access_key)
        if session is None:
            return _refused(asked, INVALID_TOKEN)
        # moto's times are UTC and do not say so.
        ended = session.expiration.replace(tzinfo=UTC) <= self.now()
        return _refused(asked, EXPIRED_TOKEN) if ended else None


INVALID_TOKEN: Final = Refusal("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
EXPIRED_TOKEN: Final = Refusal("ExpiredToken", "The security token included in the request is expired", 403)


def _refused(asked: Asked, why: Refusal) -> Answered:
    return asked.refuse(why.code, why.message, why.http)


def caller(asked: Asked) -> Caller:
    """Who asks, as GetCallerIdentity would say it."""
    from moto.sts.models import sts_backends
    from moto.utilities.utils import get_partition

    session = _session(asked.access_key)
    if session is not None:
        return Caller(session.arn, session.account_id, session.role_arn)
    backend = sts_backends[asked.account][get_partition(asked.region)]
    _, arn, account = backend.get_caller_identity(asked.access_key, asked.region)
    return Caller(arn, account)


def _session(key: str) -> Any:
    """moto's session of an access key, in whichever account; None where nobody assumed a role with it."""
    from moto.sts.models import sts_backends

    backends = [backend for account in list(sts_backends.values()) for backend in list(account.values())]
    sessions = (backend.get_assumed_role_from_access_key(key) for backend in backends)
    return next((session for session in sessions if session is not None), None)


def _untrusted(asked: Asked) -> Refusal | None:
    wanted, who = str(asked.parameters["RoleArn"]), caller(asked)
    role = _role(wanted)
    if role is None or not trusted(role.assume_role_policy_document, who, _keys(asked.parameters, who)):
        words = f"User: {who.arn} is not authorized to perform: sts:AssumeRole on resource: {wanted}"
        return Refusal("AccessDenied", words, 403)
    return _too_long(asked.parameters, who, int(role.max_session_duration or CHAINED))


def _role(arn: str) -> Any:
    """moto's role of this ARN; None where the account has none."""
    from moto.iam.models import iam_backends

    named = ROLE.fullmatch(arn)
    if named is None or named["partition"] not in iam_backends[named["account"]]:
        return None
    roles = iam_backends[named["account"]][named["partition"]].get_roles()
    return next((role for role in roles if role.arn == arn), None)


def _keys(parameters: Mapping[str, Any], who: Caller) -> Mapping[str, str]:
    """The condition keys of this request."""
    external = {"sts:externalid": str(parameters["ExternalId"])} if "ExternalId" in parameters else {}
    session = str(parameters["RoleSessionName"])
    return {
        "aws:principalarn": who.role or who.arn,
        "aws:principalaccount": who.account,
        "sts:rolesessionname": session,
        **external,
    }


def _too_long(parameters: Mapping[str, Any], who: Caller, longest: int) -> Refusal | None:
    seconds = int(parameters.get("DurationSeconds", CHAINED))
    if who.role is not None and seconds > CHAINED:
        words = "exceeds the 1 hour session limit for roles assumed by role chaining."
    elif "DurationSeconds" in parameters and seconds > longest:
        words = "exceeds the MaxSessionDuration set for this role."
    else:
        return None
    return Refusal("ValidationError", f"The requested DurationSeconds {words}")
