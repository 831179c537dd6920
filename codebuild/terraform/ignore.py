"""Takes out of a plan what ignore rules name, before anything is made of it; what is left is judged as if it were all.

Only differences go. Errors, checks and whatever makes a plan incomplete stay as they are, and so does every deletion
that no rule names as such.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import zip_longest
from typing import Any

from codebuild.terraform.verdict import COUNTED, Findings, any_true, canonical, differing
from schemas.config.ignore import Rule
from schemas.config.resources import Glob, Index, Step, address_steps
from schemas.config.terraform import Repository, TerraformConfig
from schemas.drift_result import RuleFound

Entry = Mapping[str, Any]

PARTS = ("resource_drift", "resource_changes")

MISSING = object()


@dataclass(frozen=True)
class Ignore:
    """An ignore rule, ready to be held against plans."""

    id: str
    address: Glob
    attributes: tuple[Glob, ...]
    actions: frozenset[str]

    def means(self, entry: Entry) -> bool:
        """Whether the rule is about this resource and what happens to it."""
        action = COUNTED.get(tuple(entry["change"]["actions"]))
        return action in self.actions and self.address.matches(address_steps(entry["address"]))


@dataclass(frozen=True)
class Left:
    """A plan without what was ignored, and of how many resources that was something: in all, and by each rule."""

    plan: Mapping[str, Any]
    resources: int = 0
    rules: Mapping[str, int] = field(default_factory=dict)


def active(config: TerraformConfig, repository: Repository, on: date) -> tuple[Ignore, ...]:
    """The rules that count on that day for the roots of a repository: those for all, then its own."""
    named = [("", rule) for rule in config.ignore] + [(repository.name, rule) for rule in repository.ignore]
    return tuple(ready(rule, where) for where, rule in named if rule.state(on) == "active")


def day(started: datetime) -> date:
    """The day of a run by which rules count: in UTC, so that it is the same everywhere."""
    return started.astimezone(UTC).date()


def listed(config: TerraformConfig, repositories: Iterable[Repository], on: date) -> Iterator[RuleFound]:
    """All rules for these repositories, also those that do not count on that day: they are told."""
    looked = {repository.name: repository for repository in repositories}
    whole = len(looked) == len(config.repositories)
    for rule in config.ignore:
        yield _listed(rule, "", on, whole=whole)
    for name, repository in looked.items():
        yield from (_listed(rule, name, on, whole=True) for rule in repository.ignore)


def _listed(rule: Rule, repository: str, on: date, *, whole: bool) -> RuleFound:
    return RuleFound(
        id=rule.name(repository),
        repository=repository,
        address=rule.address,
        terms=rule.terms(repository),
        reason=rule.reason,
        until=rule.until,
        state=rule.state(on),
        whole=whole,
    )


def ready(rule: Rule, repository: str = "") -> Ignore:
    """A rule, its globs compiled."""
    return Ignore(
        rule.name(repository),
        Glob.address(rule.address),
        tuple(Glob.path(text) for text in rule.attributes),
        frozenset(rule.actions),
    )


def ignored(plan: Mapping[str, Any], found: Findings, rules: Sequence[Ignore]) -> Left:
    """The plan without the differences that the rules name; `found` says which of its entries mean anything."""
    told = {(change.address, change.actions) for change in (*found.drift, *found.changes)} if rules else set()
    if not told:
        return Left(plan)
    used: set[tuple[str, str]] = set()
    parts = {part: [_left(entry, rules, told, used) for entry in plan.get(part) or ()] for part in PARTS}
    counted = Counter(rule for rule, _ in used)
    return Left({**plan, **parts}, len({address for _, address in used}), counted) if used else Left(plan)


def _left(
    entry: Entry, rules: Iterable[Ignore], told: set[tuple[str, tuple[str, ...]]], used: set[tuple[str, str]]
) -> Entry:
    """What is left of an entry; `used` gets each rule that took something, with the resource's address."""
    if (entry["address"], tuple(entry["change"]["actions"])) not in told:
        return entry
    for rule in rules:
        if rule.means(entry):
            walk = _Walk(rule.attributes)
            left = walk.through(entry["change"])
            if walk.took:
                used.add((rule.id, entry["address"]))
                entry = {**entry, "change": left}
    return entry


class _Walk:
    """Goes through one change and takes out what differs in the attributes (none: in any)."""

    def __init__(self, attributes: tuple[Glob, ...]) -> None:
        self._attributes = attributes
        self.took = False

    def through(self, change: Entry) -> Entry:
        """The change that is left. The entry of one without any stays as a no-op: it may also tell of a move."""
        if not self._attributes:
            self.took = True
            return {**change, "actions": ["no-op"]}
        after, unknown = self._kept(change.get("before"), change.get("after"), change.get("after_unknown"), ())
        left = {**change, "after": after, "after_unknown": unknown}
        return left if any(differing(left)) else {**left, "actions": ["no-op"]}

    def _kept(self, before: Any, after: Any, unknown: Any, path: tuple[Step, ...]) -> tuple[Any, Any]:
        """`after` and `unknown`, where a glob matches as if nothing had happened to `before`."""
        if any(glob.matches(path) for glob in self._attributes):
            self.took |= any_true(unknown) or canonical(_value(before)) != canonical(_value(after))
            return before, False
        # Null is how some providers write an empty collection.
        kinds = {type(side) for side in (before, after)} - {type(None)}
        if kinds == {dict}:
            return self._kept_names(before or {}, after or {}, unknown if isinstance(unknown, dict) else {}, path)
        if kinds == {list}:
            return self._kept_items(before or [], after or [], unknown if isinstance(unknown, list) else [], path)
        return after, unknown

    def _kept_names(
        self, before: Entry, after: Entry, unknown: Entry, path: tuple[Step, ...]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        inner = {
            name: self._kept(before.get(name, MISSING), after.get(name, MISSING), unknown.get(name), (*path, name))
            for name in dict.fromkeys([*after, *before, *unknown])
        }
        values = {name: value for name, (value, _) in inner.items() if value is not MISSING}
        return values, {name: mark for name, (_, mark) in inner.items() if mark}

    def _kept_items(
        self, before: list[Any], after: list[Any], unknown: list[Any], path: tuple[Step, ...]
    ) -> tuple[list[Any], list[Any]]:
        both = enumerate(zip_longest(before, after, fillvalue=MISSING))
        marks = [*unknown, *[None] * len([*before, *after])]
        inner = [self._kept(one, other, marks[n], (*path, Index(str(n)))) for n, (one, other) in both]
        there = [pair for pair in inner if pair[0] is not MISSING]
        return [value for value, _ in there], [mark for _, mark in there]


def _value(value: Any) -> Any:
    return None if value is MISSING else value
