"""What people make in Step Functions besides executions: state machines, their versions and aliases, activities, tags.

Everything is in the store, and read from memory: a registry has its store to itself. A project's runbooks are machines
here as well, known by their names; they are made from Python, so nobody changes or deletes them here.
"""

import json
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from threading import RLock
from typing import Any, Final, Literal, NamedTuple, TypeVar

from handrail.local.apierror import ApiError
from handrail.local.machines import ACCOUNT, HERE
from handrail.local.naming import place
from handrail.local.store import Store
from handrail.names import PREFIX

Settings = Mapping[str, Any]

NO_LOGGING: Final[Settings] = {"level": "OFF", "includeExecutionData": False}
NO_TRACING: Final[Settings] = {"enabled": False}
OWNED_KEY: Final[Settings] = {"type": "AWS_OWNED_KEY"}


@dataclass(frozen=True)
class StateMachine:
    """A state machine as it is now; times in seconds since the epoch."""

    arn: str
    name: str
    definition: str
    role: str
    created: float
    type: Literal["STANDARD", "EXPRESS"] = "STANDARD"
    updated: float = 0.0
    revision: str | None = None
    logging: Settings = field(default_factory=lambda: NO_LOGGING)
    tracing: Settings = field(default_factory=lambda: NO_TRACING)
    encryption: Settings = field(default_factory=lambda: OWNED_KEY)
    tags: Mapping[str, str] = field(default_factory=dict)
    last_version: int = 0
    runbook: bool = False


@dataclass(frozen=True)
class Version:
    """A state machine as it was when it was published; `machine` is its ARN."""

    arn: str
    machine: str
    number: int
    definition: str
    role: str
    created: float
    revision: str | None = None
    description: str | None = None
    logging: Settings = field(default_factory=lambda: NO_LOGGING)
    tracing: Settings = field(default_factory=lambda: NO_TRACING)


@dataclass(frozen=True)
class Alias:
    """A name for one version, or two: each with the percentage of executions that begin with it."""

    arn: str
    machine: str
    name: str
    routes: tuple[tuple[str, int], ...]
    created: float
    updated: float
    description: str | None = None


@dataclass(frozen=True)
class Activity:
    """A queue of tasks for workers elsewhere."""

    arn: str
    name: str
    created: float
    encryption: Settings = field(default_factory=lambda: OWNED_KEY)
    tags: Mapping[str, str] = field(default_factory=dict)


Entry = StateMachine | Version | Alias | Activity
E = TypeVar("E", StateMachine, Version, Alias, Activity)
KINDS: Final[Mapping[str, type[Entry]]] = {
    "machine": StateMachine, "version": Version, "alias": Alias, "activity": Activity,
}  # fmt: skip
NAMES: Final = {kind: name for name, kind in KINDS.items()}


class Target(NamedTuple):
    """What an ARN leads to: a machine as it is now, or as a version of it was; `definition` is what runs."""

    machine: StateMachine
    definition: str
    version_arn: str | None = None
    alias_arn: str | None = None


class Registry:
    """For any thread; what is changed inside `changing` is changed by nobody else meanwhile."""

    def __init__(
        self,
        store: Store,
        runbooks: Mapping[str, Callable[[], str]] | None = None,
        choose: Callable[[int], int] = random.randrange,
    ) -> None:
        self.store = store
        self.runbooks = runbooks or {}
        self.choose = choose
        self.changing = RLock()
        self.entries: dict[str, Entry] = {}
        for kind, text in store.read("SELECT kind, document FROM registry ORDER BY rowid", ()):
            entry = read(kind, text)
            self.entries[entry.arn] = entry

    # ------------------------------------------------------------------ looked up

    def find(self, arn: str) -> StateMachine:
        """A machine as it is now; raises ApiError: InvalidArn, StateMachineDoesNotExist."""
        found = self.get(machine_name(arn) and arn, StateMachine) or self.runbook(arn)
        if found is None:
            raise no_machine(arn)
        return found

    def resolve(self, arn: str) -> Target:
        """What an execution of a machine, a version or an alias runs; raises ApiError as `find` does."""
        machine_name(arn)
        # What an alias leads to is not removed meanwhile.
        with self.changing:
            alias = self.get(arn, Alias)
            if found := self.get(self.routed(alias) if alias else arn, Version):
                return self.of_version(found, alias.arn if alias else None)
            machine = self.find(arn)
        return Target(machine, machine.definition)

    def of_version(self, version: Version, alias: str | None = None) -> Target:
        machine = replace(self.find(version.machine), role=version.role)
        return Target(machine, version.definition, version.arn, alias)

    def routed(self, alias: Alias) -> str:
        """The version with which the next execution of an alias begins."""
        drawn = self.choose(100)
        for version, weight in alias.routes:
            if drawn < weight:
                return version
            drawn -= weight
        raise AssertionError("the weights of an alias are 100 together")

    def get(self, arn: str, kind: type[E]) -> E | None:
        found = self.entries.get(arn)
        return found if isinstance(found, kind) else None

    def all(self, kind: type[E], account: str, region: str) -> list[E]:
        """Those of a kind, in the order in which they were made."""
        prefix = f"{place(account, region)}:"
        with self.changing:
            return [each for each in self.entries.values() if isinstance(each, kind) and each.arn.startswith(prefix)]

    @property
    def activities(self) -> list[str]:
        """The ARNs of all activities."""
        with self.changing:
            return [arn for arn, each in self.entries.items() if isinstance(each, Activity)]

    @property
    def versions(self) -> dict[str, Version]:
        with self.changing:
            return {arn: each for arn, each in self.entries.items() if isinstance(each, Version)}

    def versions_of(self, machine: str) -> list[Version]:
        """The newest first."""
        found = [each for each in self.versions.values() if each.machine == machine]
        return sorted(found, key=lambda each: each.number, reverse=True)

    def aliases_of(self, machine: str) -> list[Alias]:
        """In the order in which they were made."""
        with self.changing:
            return [each for each in self.entries.values() if isinstance(each, Alias) and each.machine == machine]

    def runbook(self, arn: str) -> StateMachine | None:
        """The machine of a runbook, by its name as it is or as it is deployed."""
        name = arn.partition(":stateMachine:")[2]
        known = name if name in self.runbooks else name.removeprefix(PREFIX)
        if known not in self.runbooks or f":{ACCOUNT}:" not in arn:
            return None
        role = f"arn:aws:iam::{ACCOUNT}:role/handrail-{known}"
        return StateMachine(arn, known, self.runbooks[known](), role, created=0.0, runbook=True)

    def all_runbooks(self, account: str, region: str) -> list[StateMachine]:
        """Those of a project, which are in one account and region."""
        if place(account, region) != HERE:
            return []
        found = (self.runbook(f"{HERE}:stateMachine:{name}") for name in self.runbooks)
        return [each for each in found if each is not None]

    # ------------------------------------------------------------------ changed

    def keep(self, *entries: Entry) -> None:
        """Write down new entries, or what has become of known ones: all or none."""
        with self.changing:
            with self.store.whole():
                for entry in entries:
                    self.store.write(
                        "INSERT INTO registry (arn, kind, document) VALUES (?, ?, ?) "
                        "ON CONFLICT (arn) DO UPDATE SET document=excluded.document",
                        *(entry.arn, NAMES[type(entry)], json.dumps(asdict(entry))),
                    )
            self.entries.update({entry.arn: entry for entry in entries})

    def forget(self, *arns: str) -> None:
        """Remove entries, where they are there: all or none."""
        with self.changing:
            with self.store.whole():
                for arn in arns:
                    self.store.write("DELETE FROM registry WHERE arn=?", arn)
            for arn in arns:
                self.entries.pop(arn, None)


ARN: Final = re.compile(r"arn:[\w-]+:states:[\w-]+:\d{12}:stateMachine:(?P<name>[^:]+)(?P<qualifier>:[^:]+)?")


def machine_name(arn: str) -> str:
    """The machine's name in its ARN, or in that of a version or alias; raises ApiError InvalidArn."""
    parts = arn.split(":", 6)
    if parts[0] != "arn" or len(parts) < 6 or parts[2] != "states":
        raise ApiError("InvalidArn", f"Invalid Arn: 'Invalid ARN prefix: {arn}'")
    if parts[5] != "stateMachine":
        raise ApiError("InvalidArn", f"Invalid Arn: 'Resource type not valid in this context: {parts[5]}'")
    found = ARN.fullmatch(arn)
    if found is None:
        raise ApiError("InvalidArn", f"Invalid Arn: 'Invalid ARN: {arn}'")
    return found["name"]


def no_machine(arn: str) -> ApiError:
    return ApiError("StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def read(kind: str, text: str) -> Entry:
    """An entry out of the store."""
    told = json.loads(text)
    if "routes" in told:
        told["routes"] = tuple((version, weight) for version, weight in told["routes"])
    return KINDS[kind](**told)
