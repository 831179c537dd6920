"""Which kept requests to S3 need not be done again: the object was overwritten or deleted since. Pure.

An object is left alone where something else may depend on what it was: in a bucket with versions, while it is being
uploaded in parts, and before a request that reads or changes other objects, like CopyObject.
"""

from collections import defaultdict
from collections.abc import Iterable, Set
from dataclasses import dataclass, field
from typing import Final

from handrail.local.moto.changes import of_objects

# What these do is about their own key, and what came before it is gone or complete.
OPENS: Final = frozenset({"CreateMultipartUpload"})
CLOSES: Final = frozenset({"AbortMultipartUpload", "CompleteMultipartUpload"})
ADDS: Final = OPENS | CLOSES | {"PutObjectAcl", "PutObjectTagging", "DeleteObjectTagging", "UploadPart"}


@dataclass(frozen=True)
class Kept:
    """One kept request to S3; `subject` is the bucket and, after a line break, the key."""

    place: int
    action: str
    subject: str

    @property
    def bucket(self) -> str:
        return self.subject.partition("\n")[0]

    @property
    def key(self) -> str:
        return self.subject.partition("\n")[2]


@dataclass
class _Object:
    """What is pending of an object: its requests since the last fence, and how many uploads are under way."""

    places: list[int] = field(default_factory=list)
    fenced: bool = False
    open: int = 0


def superseded(requests: Iterable[Kept]) -> Set[int]:
    """The places of those that may go; requests come in their order."""
    asked = list(requests)
    versioned = {one.bucket for one in asked if one.action == "PutBucketVersioning"}
    objects: defaultdict[str, _Object] = defaultdict(_Object)
    gone: set[int] = set()
    for one in asked:
        if not of_objects("s3", one.action) or one.bucket in versioned:
            continue
        if one.action in ADDS:
            _add(objects[one.subject], one)
        elif one.action in ("PutObject", "DeleteObject"):
            gone |= _replace(objects[one.subject], one)
        else:
            for each in objects.values():
                each.places, each.fenced = [], True
    return gone


def _add(found: _Object, one: Kept) -> None:
    found.places.append(one.place)
    found.open += (one.action in OPENS) - (one.action in CLOSES)


def _replace(found: _Object, one: Kept) -> Set[int]:
    if found.open > 0:
        found.places.append(one.place)
        return set()
    gone, found.places = set(found.places), [one.place]
    if one.action == "DeleteObject" and not found.fenced:
        found.places = []
        gone.add(one.place)
    return gone


def expired(requests: Iterable[Kept], bucket: str, most: int) -> Set[int]:
    """The places of a results bucket's old runs: of `<runbook>/<run>/…` the newest `most` of each runbook stay."""
    places: dict[str, dict[str, list[int]]] = {}
    for one in requests:
        runbook, _, rest = one.key.partition("/")
        run, inside, _ = rest.partition("/")
        if one.bucket == bucket and inside:
            places.setdefault(runbook, {}).setdefault(run, []).append(one.place)
    return {
        place
        for runs in places.values()
        for run in sorted(runs.values(), key=max, reverse=True)[most:]
        for place in run
    }
