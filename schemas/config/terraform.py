"""What config/terraform.yaml may say: which repositories are read, which roots are found, how each root is planned.

A setting may stand at the top (for all), at a repository, or under `overrides` (for the roots that some globs match);
the nearest one counts. `environment` and `backend` are merged key by key.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from handrail.config import Mistake
from handrail.config import load as load_config
from handrail.config import project as project
from schemas.config.ignore import Rule, derived
from schemas.drift_result import Mode

FILE = Path("config", "terraform.yaml")

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

# Terraform variables that would make a plan differ from what its flags say, or write logs that hold secrets.
RESERVED = ("TF_CLI_ARGS", "TF_LOG", "TF_DATA_DIR", "TF_INPUT", "TF_IN_AUTOMATION")


def _duration(given: object) -> timedelta:
    """`90s`, `10m`, `2h` or `3d`."""
    found = re.fullmatch(r"([1-9]\d{0,5})([smhd])", given) if isinstance(given, str) else None
    if not found:
        raise ValueError(f'is "{given}", which is no duration; write 90s, 10m, 2h or 3d')
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def _name(given: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", given):
        raise ValueError(f'is "{given}"; a name is made of letters, digits, dot, hyphen and underscore')
    return given


def _glob(given: str) -> str:
    parts = given.split("/")
    if not given or given.startswith("/") or ".." in parts or "" in parts:
        raise ValueError(f'is "{given}"; a glob names folders inside the repository, such as services/* or **')
    return given


def _url(given: str) -> str:
    """An address that git may fetch from. A password would end up in this file's history."""
    if re.match(r"https?://[^/]*@|[a-z+]+://[^/]*:[^/]*@", given):
        raise ValueError("holds a password or token; name the environment variable that holds it in token_from instead")
    if not re.fullmatch(r"(https?|ssh|git|file)://[^\s]+|[\w.-]+@[\w.-]+:[^\s]+", given):
        raise ValueError("is no address of a git repository; write https://…, ssh://… or user@host:path")
    return given


def _variable(given: str) -> str:
    """Capitals, and no word of twenty: so no token passes for a name, and what was refused is not repeated."""
    if not re.fullmatch(r"(?!.*[A-Z0-9]{20})[A-Z_][A-Z0-9_]*", given):
        raise ValueError("must name an environment variable in capitals, such as GIT_TOKEN; the token is kept there")
    return given


def _written(given: object) -> object:
    """An environment variable holds text; in YAML one writes 3 or true."""
    if isinstance(given, bool):
        return str(given).lower()
    return str(given) if isinstance(given, int | float) else given


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Name = Annotated[str, AfterValidator(_name)]
Url = Annotated[str, AfterValidator(_url)]
Variable = Annotated[str, AfterValidator(_variable)]
Glob = Annotated[str, AfterValidator(_glob)]
Globs = Annotated[tuple[Glob, ...], Field(min_length=1)]
Text = Annotated[str, Field(min_length=1), BeforeValidator(_written)]


class Choices(BaseModel):
    """How roots are planned, as far as one place of the file says so."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    binary: Text | None = None
    """terraform, tofu, or a path."""
    mode: Mode | None = None
    owner: Text | None = None
    """Who is told: a team, a person, a channel."""
    variables: tuple[Text, ...] | None = None
    """Variable files, looked for from the root's folder as `-var-file` does."""
    environment: Mapping[str, Text] = {}
    backend: Mapping[str, Text] = {}
    """What `init -backend-config` is given, for backends that the code leaves partly open."""
    timeout: Duration | None = None
    """For one root, from init to the end."""
    lock: bool | None = None
    lock_timeout: Duration | None = None


class Override(Choices):
    """Settings of the roots that the globs match; a later override counts before an earlier one."""

    roots: Globs


class Repository(Choices):
    """A git repository by its `url`, or a folder by its `path` (relative to the project)."""

    name: Name
    url: Url | None = None
    path: Text | None = None
    branch: Text | None = None
    """Empty: the repository's default branch."""
    token_from: Variable | None = None
    """The environment variable that holds a token for https."""
    roots: Globs
    exclude: tuple[Glob, ...] = ()
    overrides: tuple[Override, ...] = ()
    ignore: tuple[Rule, ...] = ()
    """Differences in this repository that nobody has to look at."""


class TerraformConfig(Choices):
    """config/terraform.yaml."""

    parallel: Annotated[int, Field(ge=1, le=64)] = 4
    """How many roots one build plans at a time."""
    failed_after: Annotated[int, Field(ge=1, le=30)] = 2
    """A root that cannot be checked is told after so many runs in a row: most failures are gone the next day."""
    remind_after: Duration = timedelta(days=3)
    """How long after a drift was told, or somebody took it, they are reminded of it."""
    ignore: tuple[Rule, ...] = ()
    """Differences in all repositories that nobody has to look at."""
    repositories: Annotated[tuple[Repository, ...], Field(min_length=1)]


def load(path: Path, text: str | None = None) -> TerraformConfig:
    """The file, or this text in its place, valid as a whole; raises Problems that name every mistake with its line."""
    return load_config(path, TerraformConfig, _across, text)


def _across(value: Any) -> Iterator[Mistake]:
    """What is wrong between settings; `value` is as it was written, so nothing about its shape is known."""
    repositories = _items(value, "repositories")
    for n, repository in enumerate(repositories):
        if isinstance(repository, dict):
            yield from _source(repository, ("repositories", n))
    yield from _same_names([item.get("name") if isinstance(item, dict) else None for item in repositories])
    for place, choices in _places(value, repositories):
        yield from _environment(choices, place)
    yield from _same_rules(_rules(value, repositories))


Where = tuple[str | int, ...]


def _items(value: Any, key: str) -> list[Any]:
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, list) else []


def _source(repository: Mapping[str, Any], place: Where) -> Iterator[Mistake]:
    if ("url" in repository) == ("path" in repository):
        said = "both url and path" if "url" in repository else "neither url nor path"
        yield Mistake(place, f"has {said}; it needs one of them")
    for key in ("branch", "token_from"):
        if "path" in repository and key in repository:
            yield Mistake((*place, key), "is of no use beside path, which is read as it lies there")


def _same_names(names: list[Any]) -> Iterator[Mistake]:
    for n, found in enumerate(names):
        if isinstance(found, str) and found in names[:n]:
            yield Mistake(("repositories", n, "name"), f'is "{found}", as is the name of another repository')


def _places(value: Any, repositories: Iterable[Any]) -> Iterator[tuple[Where, Any]]:
    yield (), value
    for n, repository in enumerate(repositories):
        yield ("repositories", n), repository
        for m, override in enumerate(_items(repository, "overrides")):
            yield ("repositories", n, "overrides", m), override


def _rules(value: Any, repositories: Iterable[Any]) -> Iterator[tuple[Where, str]]:
    """Every ignore rule's place and id; one that is not of the right shape has none, and is told for that."""
    named = ((("repositories", n), each, each.get("name")) for n, each in enumerate(repositories) if _is_mapping(each))
    for place, where, repository in (((), value, ""), *named):
        for n, rule in enumerate(_items(where, "ignore")):
            if _is_mapping(rule):
                yield (*place, "ignore", n), _id(rule, str(repository))


def _same_rules(rules: Iterable[tuple[Where, str]]) -> Iterator[Mistake]:
    seen = set[str]()
    for place, found in rules:
        if found in seen:
            yield Mistake(place, f'is "{found}", as is another rule; leave one out, or give it an id of its own')
        seen.add(found)


def _id(rule: Mapping[str, Any], repository: str) -> str:
    lists = (rule.get(key) if isinstance(rule.get(key), list) else () for key in ("attributes", "actions"))
    attributes, actions = (map(str, given or ()) for given in lists)
    return str(rule.get("id") or derived(str(rule.get("address")), attributes, actions, repository))


def _is_mapping(value: Any) -> bool:
    return isinstance(value, dict)


def _environment(choices: Any, place: Where) -> Iterator[Mistake]:
    given = choices.get("environment") if isinstance(choices, dict) else None
    for key in given if isinstance(given, dict) else ():
        if str(key).startswith(RESERVED):
            yield Mistake((*place, "environment", key), "may not be set: the drift check decides it")
        elif not re.fullmatch(r"[A-Za-z_]\w*", str(key)):
            yield Mistake((*place, "environment", key), "is no name of an environment variable")
