"""A root's difference as two short texts: equal where the difference is equal, and of no use without the key.

They are made where the values are, from the values, and the values stay there. A plain hash of a size or a flag could
be found by trying all sizes; HMAC with the installation's key cannot be tried by anybody who lacks the key.
"""

import hmac
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from codebuild.terraform.verdict import Findings, canonical, pruned
from handrail.aws import client
from handrail.errors import HandrailError
from schemas.drift_key import NAMED_BY, REMEDY, missing
from schemas.drift_result import Change

SHORTEST = 16

# Half of SHA-256 is far more than two differences ever have in common by chance.
LETTERS = 32

# Attributes that hold a resource's own name: forty buckets that were changed in the same way have forty names.
NAMING = ("arn", "id", "name", "bucket")
OWN = "\0own name"
SHORTEST_NAME = 3

Entry = Mapping[str, Any]
Leaf = tuple[list[str | int], Any, Any]


@dataclass(frozen=True)
class Prints:
    """Both texts; empty where nothing differs."""

    fingerprint: str = ""
    cause: str = ""


def drift_key() -> bytes:
    """The installation's key, from Secrets Manager; it is kept in no environment, so no program here inherits it.

    Raises HandrailError, which says what to do, where there is none. Source: facts §1.3 (fingerprint), A16.
    """
    name = os.environ.get(NAMED_BY)
    if not name:
        raise HandrailError(
            f"{NAMED_BY} is not set. Set it to the name of the secret that holds the drift check's key."
        )
    secrets = client("secretsmanager")
    try:
        key = str(secrets.get_secret_value(SecretId=name).get("SecretString", "")).encode()
    except secrets.exceptions.ResourceNotFoundException:
        raise HandrailError(missing(name)) from None
    except secrets.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        raise HandrailError(f"The secret {name} cannot be read ({code}). {NAMED_BY} names it.") from None
    if len(key) < SHORTEST:
        raise HandrailError(f"The secret {name} is too short to be a key. {REMEDY.format(name)}")
    return key


def fingerprint(plan: Mapping[str, Any], found: Findings, key: Callable[[], bytes]) -> Prints:
    """The two texts for what `found` still tells of this plan, after ignore rules.

    The fingerprint is made of each change's address, actions and changed leaves with both values. The cause has the
    resource's type in place of its address, each kind of change once, and values without the resource's own names; of
    what is gone it has no values, as no two things that were there had the same. The key is asked for only where
    something differs.
    """
    if not (found.drift or found.changes):
        return Prints()
    told = [
        *_told("outside", plan.get("resource_drift") or (), found.drift),
        *_told("planned", plan.get("resource_changes") or (), found.changes),
    ]
    whole = sorted(_written([part, entry["address"], *_what(entry, leaves)]) for part, entry, leaves in told)
    kinds = sorted({_written([part, entry.get("type", ""), *_alike(entry, leaves)]) for part, entry, leaves in told})
    return Prints(_keyed(key(), "difference", whole), _keyed(key(), "cause", kinds))


def _told(part: str, entries: Iterable[Entry], changes: Iterable[Change]) -> Iterator[tuple[str, Entry, list[Leaf]]]:
    """The plan's entries that are among the changes, each with the leaves that differ in the attributes it tells."""
    known = {(change.address, change.actions): change for change in changes}
    for entry in entries:
        change = known.get((entry["address"], tuple(entry["change"]["actions"])))
        if change is not None:
            leaves = _of_change(entry["change"])
            both = all(isinstance(entry["change"].get(side), dict) for side in ("before", "after"))
            yield part, entry, [leaf for leaf in leaves if not both or leaf[0][0] in change.attributes]


def _of_change(change: Entry) -> Iterator[Leaf]:
    before, after = pruned(change.get("before")) or {}, pruned(change.get("after")) or {}
    yield from (leaf for leaf in _leaves(before, after, change.get("after_unknown"), []) if leaf[0])


def _leaves(before: Any, after: Any, unknown: Any, path: list[str | int]) -> Iterator[Leaf]:
    """What differs below `path`, each leaf by itself; a leaf that Terraform does not know yet has no value to tell."""
    if unknown is True:
        return
    if all(isinstance(side, dict | None) for side in (before, after)) and (before or after):
        one, other, mirror = before or {}, after or {}, unknown if isinstance(unknown, dict) else {}
        for name in sorted({*one, *other}):
            yield from _leaves(one.get(name), other.get(name), mirror.get(name), [*path, name])
    elif all(isinstance(side, list | None) for side in (before, after)) and (before or after):
        marks = dict(enumerate(unknown)) if isinstance(unknown, list) else {}
        for number, (one, other) in enumerate(zip_longest(before or [], after or [])):
            yield from _leaves(one, other, marks.get(number), [*path, number])
    elif canonical(before) != canonical(after):
        yield path, before, after


def _what(entry: Entry, leaves: list[Leaf]) -> list[Any]:
    return [entry.get("deposed", ""), entry["change"]["actions"], leaves]


def _alike(entry: Entry, leaves: list[Leaf]) -> list[Any]:
    change = entry["change"]
    if not isinstance(change.get("after"), dict):
        return [change["actions"]]
    own = _own_names(entry)
    return [
        change["actions"],
        sorted(_written([path, *(_nameless(side, own) for side in sides)]) for path, *sides in leaves),
    ]


def _own_names(entry: Entry) -> list[str]:
    """What this one resource is called, the longest first: an ARN holds the name."""
    sides = [side for side in (entry["change"].get("before"), entry["change"].get("after")) if isinstance(side, dict)]
    values = {str(side[name]) for side in sides for name in NAMING if isinstance(side.get(name), str)}
    known = {*values, str(entry.get("name", ""))}
    return sorted((name for name in known if len(name) >= SHORTEST_NAME), key=lambda name: (-len(name), name))


def _nameless(value: Any, own: Iterable[str]) -> Any:
    if isinstance(value, str):
        for name in own:
            value = value.replace(name, OWN)
    return value


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


def _keyed(key: bytes, purpose: str, parts: list[str]) -> str:
    return hmac.new(key, _written(["drift-check 1", purpose, parts]).encode(), "sha256").hexdigest()[:LETTERS]
