"""Ignore rules of config/terraform.yaml: which differences are known, why, and until when (S003-13)."""

import re
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from schemas.config.resources import LONGEST as LONGEST_GLOB
from schemas.config.resources import (
    Glob,
    address_steps,
    below,
    is_address,
    is_glob,
    names_attribute,
    names_resources,
    path_steps,
)
from schemas.drift_result import RuleState

# `update` is all that a rule means unless it says more: what is deleted or replaced is not hidden by accident.
Action = Literal["update", "create", "delete", "replace", "forget"]
USUAL: tuple[Action, ...] = ("update",)

LONGEST = timedelta(days=366)
LONGEST_REASON = 300
LONGEST_NAME = 200


def _id(given: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", given):
        raise ValueError(f'is "{given}"; an id is made of letters, digits, dot, hyphen and underscore')
    return given


def _address(given: str) -> str:
    _check_length(given)
    if not is_glob(given):
        raise ValueError(f'is "{given}", which is no address; write one such as module.*.aws_instance.web')
    if not is_address(given):
        raise ValueError(
            f'is "{given}", which no resource can have: after its modules an address has a type and a name;'
            f" write one such as {_completed(given)}"
        )
    return given


def _completed(given: str) -> str:
    """An address that a person may have meant with half of one."""
    likely = f"{given}.**" if given.startswith("module.") else f"**.{given}.*"
    return likely if given.count(".") <= 1 and names_resources(likely) else "module.*.aws_instance.web"


def _attribute(given: str) -> str:
    _check_length(given)
    if not is_glob(given):
        raise ValueError(f'is "{given}", which is no attribute; write one such as tags.Name or tags["a.b"]')
    return given


def _check_length(given: str) -> None:
    if len(given) > LONGEST_GLOB:
        raise ValueError(f"has {len(given):,} characters, and may have {LONGEST_GLOB:,}; * stands for any text")


def _reason(given: object) -> object:
    """One line of text that says something: whoever meets the rule in a year knows why it is there."""
    if isinstance(given, str) and given.lstrip().startswith("-"):
        raise ValueError(f'is "{given[:40]}", which begins like an option; begin it with a word')
    if isinstance(given, str) and not (given.strip() and given.isprintable() and len(given) <= LONGEST_REASON):
        raise ValueError(f"must be one line of text, of at most {LONGEST_REASON} characters")
    return given


def _day(given: object) -> object:
    try:
        return given if isinstance(given, date) else date.fromisoformat(str(given))
    except ValueError:
        raise ValueError(f'is "{given}", which is no day; write one such as 2026-12-31') from None


class Rule(BaseModel):
    """Differences that nobody has to look at: of some resources, all of them or those of some attributes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, AfterValidator(_id)] | None = None
    """How reports call it; made of address, attributes and actions where it is not given."""
    address: Annotated[str, AfterValidator(_address)]
    """A glob over resource addresses, those of resources in modules included."""
    attributes: tuple[Annotated[str, AfterValidator(_attribute)], ...] = ()
    """Globs over paths inside the resource, each with everything below it; none: the whole resource."""
    actions: Annotated[tuple[Action, ...], Field(min_length=1)] = USUAL
    """What may have happened, or be about to happen, to the resource."""
    reason: Annotated[str, BeforeValidator(_reason)]
    until: Annotated[date, BeforeValidator(_day)]
    """The last day (UTC) on which it counts, at most a year ahead."""

    @model_validator(mode="after")
    def _may_be(self) -> "Rule":
        if self.attributes and self.actions != USUAL:
            raise ValueError("has attributes and actions; attributes differ only where a resource is updated")
        if not names_resources(self.address) and not (self.attributes and all(map(names_attribute, self.attributes))):
            raise ValueError(self._too_much())
        return self

    def _too_much(self) -> str:
        vague = next((text for text in self.attributes if not names_attribute(text)), None)
        beside = "no attributes" if vague is None else f'the attribute "{vague}"'
        return (
            f'has the address "{self.address}" and {beside}, so it would ignore everything or nearly so: name a type,'
            " a resource or a module (**.aws_instance.*, module.legacy.**), or attributes (tags);"
            " beside a * it takes three letters in a row"
        )

    def name(self, repository: str = "") -> str:
        """Its id in reports; `repository` is the one at which it stands, if it does."""
        return self.id or derived(self.address, self.attributes, self.actions, repository)

    def state(self, day: date) -> RuleState:
        """Whether it counts on that day."""
        if day > self.until:
            return "expired"
        return "too long" if self.until - day > LONGEST else "active"

    def terms(self, repository: str = "") -> str:
        """Equal for two rules exactly where they stand at the same repository and ignore the same under one id."""
        said = (self.name(repository), repository, self.address, sorted(self.attributes), sorted(self.actions))
        return sha256(repr(said).encode()).hexdigest()[:12]

    def covers(self, other: "Rule") -> bool:
        """Whether all that the other one ignores is ignored by this one as well, as far as their texts tell."""
        if not Glob.address(self.address).matches(address_steps(other.address)):
            return False
        if not set(other.actions) <= set(self.actions):
            return False
        if not self.attributes:
            return True
        own = [Glob.path(attribute) for attribute in self.attributes]
        return bool(other.attributes) and all(below(path_steps(text), own) for text in other.attributes)


def derived(address: str, attributes: Iterable[str], actions: Iterable[str], repository: str) -> str:
    """The id of a rule that has none: `infra/aws_instance.*:tags`, `aws_instance.web (update, delete)`."""
    # In one order and all of them, so that nobody takes what is not named for ignored, or the other way round.
    given = set(actions)
    named = [action for action in get_args(Action) if action in given]
    unusual = () if named == [*USUAL] else (*named, *sorted(given.difference(named)))
    name = "".join(_parts(address, tuple(attributes), unusual, repository))
    # It is a key in a table, and stands in messages.
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 9]}…{sha256(name.encode()).hexdigest()[:8]}"


def _parts(address: str, attributes: tuple[str, ...], actions: tuple[str, ...], repository: str) -> Iterator[str]:
    yield f"{repository}/{address}" if repository else address
    if attributes:
        yield f":{','.join(attributes)}"
    if actions:
        yield f" ({', '.join(actions)})"
