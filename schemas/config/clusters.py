"""What config/clusters.yaml may say: which accounts are reached, and which Aurora clusters in them may be switched.

What is not in the file cannot be switched: there is no account to fall back on, not even our own.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from handrail.config import Mistake
from handrail.config import load as load_config
from handrail.errors import did_you_mean

FILE = Path("config", "clusters.yaml")

# "DBClusterIdentifier" of CreateDBCluster, Amazon RDS API Reference; AWS stores it in small letters.
IDENTIFIER = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
LONGEST = 63


def _cluster(given: str) -> str:
    if not re.fullmatch(IDENTIFIER, given) or len(given) > LONGEST:
        raise ValueError(f'is "{given}"; a cluster is named with small letters, digits and single hyphens')
    return given


def _account_id(given: object) -> object:
    """Twelve digits as text: a number loses the zeros that it begins with."""
    if not isinstance(given, str) or not re.fullmatch(r"\d{12}", given):
        raise ValueError(f'is {given}; an account\'s id is twelve digits in quotes, such as "111122223333"')
    return given


def _role(given: str) -> str:
    if not re.fullmatch(r"[\w+=,.@/-]{1,512}", given, re.ASCII) or given.startswith("/"):
        raise ValueError(f'is "{given}"; write the role\'s name, with its path where it has one, and no ARN')
    return given


def _external_id(given: str) -> str:
    """As STS takes it. What was given is not repeated: it may be something else that was pasted here."""
    if not re.fullmatch(r"[\w+=,.@:/-]{2,1224}", given, re.ASCII):
        raise ValueError("is no external id; it has 2 to 1224 letters, digits and signs of _+=,.@:/-")
    return given


def _region(given: str) -> str:
    if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d", given):
        raise ValueError(f'is "{given}", which is no region; write one such as ap-northeast-1')
    return given


Identifier = Annotated[str, AfterValidator(_cluster)]
Id = Annotated[str, BeforeValidator(_account_id)]
Role = Annotated[str, AfterValidator(_role)]
ExternalId = Annotated[str, Field(repr=False), AfterValidator(_external_id)]
Region = Annotated[str, AfterValidator(_region)]
Text = Annotated[str, Field(min_length=1)]


class Setting(BaseModel):
    """A part of the file: frozen, and strict about what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class AccountSetting(Setting):
    """An account, and the role in it that trusts ours."""

    id: Id
    role: Role
    external_id: ExternalId
    """No secret by AWS's own definition, and shown in no message all the same."""


class ClusterSetting(Setting):
    """An Aurora cluster, under the name by which people ask for it."""

    account: Text
    region: Region
    identifier: Identifier | None = None
    """What AWS calls it, where that is another name: `orders` in two accounts has two names here."""
    environment: Text
    owner: Text
    """Who is told: a team, a person, a channel."""


class ClustersConfig(Setting):
    """config/clusters.yaml."""

    accounts: Annotated[Mapping[Text, AccountSetting], Field(min_length=1)]
    clusters: Annotated[Mapping[Identifier, ClusterSetting], Field(min_length=1)]


def load(path: Path) -> ClustersConfig:
    """The file, valid as a whole; raises Problems that name every mistake with its line."""
    return load_config(path, ClustersConfig, _across)


def _across(value: Any) -> Iterator[Mistake]:
    """What is wrong between settings; `value` is as it was written, so nothing about its shape is known."""
    accounts = _mapping(value, "accounts")
    ids = {name: account.get("id") for name, account in accounts.items() if isinstance(account, dict)}
    names: dict[str, str] = {}
    for name, cluster in _mapping(value, "clusters").items():
        if not isinstance(cluster, dict):
            continue
        account = cluster.get("account")
        if isinstance(account, str) and account not in accounts:
            told = f'is "{account}", which is none of the accounts above.{did_you_mean(account, accounts)}'
            yield Mistake(("clusters", name, "account"), told)
        # Under two names one cluster would have two locks.
        same = f"{ids.get(str(account))} {cluster.get('region')} {cluster.get('identifier') or name}"
        known = names.setdefault(same, name)
        if known != name:
            yield Mistake(("clusters", name), f'is the cluster that "{known}" is already')


def _mapping(value: Any, key: str) -> Mapping[str, Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, dict) else {}
