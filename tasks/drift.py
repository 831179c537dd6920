"""Deal Terraform roots to builds, put their results together, and tell the channel what they found."""

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Annotated

from pydantic import Field, ValidationError

from handrail.aws import client, results_bucket
from handrail.notify import notifier
from handrail.task import TaskError, options, task
from schemas.config import terraform
from schemas.drift_result import Record, Report, RootsFound, ShardResult, Verdict
from tasks.drift_message import message
from tasks.drift_shards import Shard, attention, deal, put_together

# An execution's name: it becomes part of a key, so nothing else may.
Run = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-][0-9A-Za-z._-]{0,79}$")]
Builds = Annotated[int, Field(ge=1)]


class NoRoots(TaskError):
    """No Terraform root was found, so nothing was checked."""


class Shards(Record):
    """All roots, dealt to builds."""

    roots: int
    shards: tuple[Shard, ...]


class Reduced(Record):
    """A whole run in numbers; the report itself stays in S3."""

    report: str
    """Its key."""
    roots: int
    counts: Mapping[Verdict, int]
    attention: int
    """Roots and repositories that somebody has to look at; with none there is nothing to tell."""


@options
def repositories() -> list[str]:
    """The names of all repositories in config/terraform.yaml."""
    path = terraform.project() / terraform.FILE
    return sorted(repository.name for repository in terraform.load(path).repositories)


@task
def split(*, run: Run, builds: Builds) -> Shards:
    """Deal the roots that were found to at most this many builds."""
    found = _found(run)
    roots = sum(len(repository.roots) for repository in found.repositories)
    if not roots:
        raise NoRoots()
    shards = Shards(roots=roots, shards=deal(found, builds))
    _write(_key(run, "shards.json"), shards)
    return shards


@task
def reduce(*, run: Run) -> Reduced:
    """Put the builds' results together and store the report; a root without a result has failed."""
    shards = Shards.model_validate_json(_read(_key(run, "shards.json"))).shards
    results, unread = _results(run, shards)
    report = put_together(_found(run), shards, results, unread)
    key = _key(run, "report.json")
    _write(key, report)
    return Reduced(report=key, roots=len(report.roots), counts=report.counts, attention=attention(report))


@task
def tell(*, run: Run, started: datetime) -> None:
    """Post one message about the run, its details in the thread."""
    report = Report.model_validate_json(_read(_key(run, "report.json")))
    notifier().post(message(report, seconds=time.time() - started.timestamp()))


def _results(run: str, shards: Iterable[Shard]) -> tuple[list[ShardResult], dict[int, str]]:
    """Every result that can be read, and of every other build why not."""
    results, unread = [], {}
    for number in (shard.shard for shard in shards):
        key = _key(run, f"plan-{number}/result.json")
        try:
            result = ShardResult.model_validate_json(_read(key))
        except client("s3").exceptions.NoSuchKey:
            unread[number] = f"its build left no {key}"
        except ValidationError:
            # What is in the file is not repeated: nobody knows whether it is masked.
            unread[number] = f"{key} cannot be read"
        else:
            if (result.run, result.shard) == (run, number):
                results.append(result)
            else:
                unread[number] = f"{key} belongs to another build"
    return results, unread


def _found(run: str) -> RootsFound:
    return RootsFound.model_validate_json(_read(_key(run, "roots/roots.json")))


def _key(run: str, name: str) -> str:
    return f"drift-check/{run}/{name}"


def _read(key: str) -> bytes:
    body: bytes = client("s3").get_object(Bucket=results_bucket(), Key=key)["Body"].read()
    return body


def _write(key: str, record: Record) -> None:
    client("s3").put_object(Bucket=results_bucket(), Key=key, Body=record.model_dump_json().encode())
