"""Who may assume a role: a role's trust policy, judged as IAM judges it. Pure.

A statement that this module does not understand (a condition, NotPrincipal, NotAction) allows nobody, and denies
everybody it may be about.

Source: "IAM JSON policy elements reference" and "The confused deputy problem", IAM User Guide.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

ACTION: Final = "sts:AssumeRole"


@dataclass(frozen=True)
class Caller:
    """Who asks: the ARN that IAM shows of it, its account, and the role's ARN where it is a role's session."""

    arn: str
    account: str
    role: str | None = None

    @property
    def names(self) -> frozenset[str]:
        """All that a trust policy may call this caller."""
        root = f"{self.arn.split(':iam:')[0].split(':sts:')[0]}:iam::{self.account}:root"
        return frozenset({self.arn, self.account, root, "*"} | ({self.role} if self.role else set()))


def trusted(document: str, caller: Caller, asked: Mapping[str, str]) -> bool:
    """Whether a trust policy lets a caller assume its role; `asked` are the condition keys, in small letters."""
    statements = list(_statements(document))
    about = [statement for statement in statements if _about(statement, caller)]
    denied = any(_effect(one) == "Deny" and _holds(one, asked, unknown=True) for one in about)
    allowed = any(_effect(one) == "Allow" and _known(one) and _holds(one, asked, unknown=False) for one in about)
    return allowed and not denied


def _statements(document: str) -> Iterator[Mapping[str, Any]]:
    try:
        written = json.loads(document)
    except ValueError:
        return
    for statement in _all(written.get("Statement") if isinstance(written, dict) else None):
        if isinstance(statement, dict):
            yield statement


def _all(value: Any) -> list[Any]:
    """One value stands for a list of one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _effect(statement: Mapping[str, Any]) -> str:
    return str(statement.get("Effect", ""))


def _known(statement: Mapping[str, Any]) -> bool:
    return "NotPrincipal" not in statement and "NotAction" not in statement


def _about(statement: Mapping[str, Any], caller: Caller) -> bool:
    """Whether a statement is about this caller and this action; where that is not known, it is."""
    action = "NotAction" in statement or any(_like(str(one), ACTION, True) for one in _all(statement.get("Action")))
    return action and ("NotPrincipal" in statement or _named(statement.get("Principal"), caller))


def _named(principal: Any, caller: Caller) -> bool:
    """Services and identity providers (`Service`, `Federated`) do not assume roles through this call."""
    named = principal.get("AWS") if isinstance(principal, dict) else principal if principal == "*" else None
    return any(one in caller.names for one in _all(named) if isinstance(one, str))


def _like(pattern: str, text: str, small: bool = False) -> bool:
    """IAM's wildcards: `*` is anything, `?` is one character."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL | (re.IGNORECASE if small else 0)) is not None


Test = Callable[[str, str], bool]

# The operators whose outcome is one of the written values matching; the others are their opposites.
MATCHES: Final[Mapping[str, Test]] = {
    "StringEquals": lambda written, value: written == value,
    "StringEqualsIgnoreCase": lambda written, value: written.casefold() == value.casefold(),
    "StringLike": _like,
    "ArnEquals": _like,
    "ArnLike": _like,
}
OPPOSITES: Final[Mapping[str, Test]] = {
    "StringNotEquals": MATCHES["StringEquals"],
    "StringNotEqualsIgnoreCase": MATCHES["StringEqualsIgnoreCase"],
    "StringNotLike": MATCHES["StringLike"],
    "ArnNotEquals": MATCHES["ArnLike"],
    "ArnNotLike": MATCHES["ArnLike"],
}

# The condition keys that a request to assume a role has here; a condition on another one is not understood.
KEYS: Final = frozenset({"sts:externalid", "sts:rolesessionname", "aws:principalarn", "aws:principalaccount"})


def _holds(statement: Mapping[str, Any], asked: Mapping[str, str], *, unknown: bool) -> bool:
    """Whether all conditions of a statement hold; `unknown` is the outcome of one that is not understood."""
    conditions = statement.get("Condition", {})
    if not isinstance(conditions, dict):
        return unknown
    return all(
        _met(operator, key.lower(), [str(one) for one in _all(written)], asked, unknown)
        for operator, tests in conditions.items()
        for key, written in (tests.items() if isinstance(tests, dict) else [("", None)])
    )


def _met(operator: str, key: str, written: list[str], asked: Mapping[str, str], unknown: bool) -> bool:
    if key not in KEYS:
        return unknown
    if operator == "Null":
        return all((one.lower() == "true") == (key not in asked) for one in written)
    name, missing = operator.removesuffix("IfExists"), operator.endswith("IfExists")
    if name not in MATCHES and name not in OPPOSITES:
        return unknown
    opposite = name in OPPOSITES
    if key not in asked:
        return missing or opposite
    test = OPPOSITES[name] if opposite else MATCHES[name]
    return opposite != any(test(one, asked[key]) for one in written)
