"""Deal Terraform roots to builds, put their results together, remember them, and tell the channel what is new.

What a run tells is decided once and stored before anything is told; what it remembers is written after that. So a step
that is tried again tells nothing anew: at most the one post during which it died stands twice.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, ValidationError

from handrail.aws import client, results_bucket
from handrail.errors import did_you_mean
from handrail.notify import Message, mention, notifier, section
from handrail.task import TaskError, options, task
from schemas.config import terraform
from schemas.drift_check import ZONE
from schemas.drift_key import missing
from schemas.drift_memory import Kind, Memory, News, Told
from schemas.drift_result import Record, Report, RootsFound, ShardResult, Verdict
from tasks import drift_memory, drift_rows, drift_rules
from tasks.drift_author import cloudtrail, named
from tasks.drift_details import names
from tasks.drift_memory import Look
from tasks.drift_message import Telling, message, opened, replies
from tasks.drift_shards import Shard, attention, deal, put_together
from tasks.drift_words import ENGLISH, counted

# An execution's name: it becomes part of a key, so nothing else may.
Run = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-][0-9A-Za-z._-]{0,79}$")]
Builds = Annotated[int, Field(ge=1)]
Seconds = Annotated[int, Field(ge=1)]
Who = Annotated[str, Field(min_length=1, max_length=100)]

R = TypeVar("R", bound=Record)


class NoRoots(TaskError):
    """No Terraform root was found, so nothing was checked."""


class NoKey(TaskError):
    """No root was planned:"""


class NotOpen(TaskError):
    """Nothing is open there:"""


class TakenBefore(TaskError):
    """Somebody has taken it already:"""


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
def split(*, run: Run, builds: Builds, key: str) -> Shards:
    """Deal the roots that were found to at most this many builds, which may need the secret called `key`."""
    found = _found(run)
    roots = sum(len(repository.roots) for repository in found.repositories)
    if not roots:
        raise NoRoots()
    _there(key)
    # One build needs no balance.
    shards = Shards(roots=roots, shards=deal(found, builds, _seconds() if builds > 1 else {}))
    _write(_key(run, "shards.json"), shards)
    return shards


def _there(key: str) -> None:
    """Raises NoKey where there is no such secret: a build would say so too, but only once it had found drift."""
    secrets = client("secretsmanager")
    try:
        secrets.describe_secret(SecretId=key)
    except secrets.exceptions.ResourceNotFoundException:
        raise NoKey(missing(key)) from None
    except secrets.exceptions.ClientError:
        # Whoever may not ask leaves it to the build.
        return


@task
def reduce(*, run: Run) -> Reduced:
    """Put the builds' results together and store the report; a root without a result has failed."""
    shards = _record(_key(run, "shards.json"), Shards).shards
    results, unread = _results(run, shards)
    found = _found(run)
    report = put_together(found, shards, results, unread)
    if found.day is not None:
        report = report.model_copy(update={"rules": drift_rules.noted(report.rules, found.day)})
    key = _key(run, "report.json")
    _write(key, report)
    return Reduced(report=key, roots=len(report.roots), counts=report.counts, attention=attention(report))


class Remembered(Record):
    """What is new, in numbers; the news itself stays in S3."""

    news: str
    """Its key."""
    tell: bool
    said: str
    """All of it in one line: `nothing new, 5 open, the oldest since 2026-01-05, 2 not checked`."""
    counts: Mapping[Kind, int]
    open: int
    since: datetime | None
    unchecked: int = 0
    """Roots and repositories without a verdict."""


class Claimed(Record):
    """Who has what from now on."""

    roots: tuple[str, ...]
    by: str
    at: datetime


@task
def remember(*, run: Run, started: datetime, now: datetime, repository: str, interval: Seconds) -> Remembered:
    """Decide what is new, once a run; where there is nothing to tell, it is remembered at once.

    `now` is when this step began, `interval` the seconds from one scheduled run to the next.
    """
    late = now - started > timedelta(seconds=interval)
    memory = drift_memory.remembered()
    news = _made(run) or _make(run, started, repository, memory, late=late)
    if not news.tell:
        _keep(news, "", memory)
    counts = {kind: number for kind in drift_memory.KINDS if (number := sum(item.kind == kind for item in news.items))}
    said = _in_one_line(news, counts, _telling(news, now, interval))
    print(said)
    return Remembered(
        news=_key(run, "news.json"),
        tell=news.tell,
        said=said,
        counts=counts,
        open=news.open,
        since=news.since,
        unchecked=news.unchecked,
    )


def _in_one_line(news: News, counts: Mapping[Kind, int], telling: Telling) -> str:
    parts = [f"{number} {kind}" for kind, number in counts.items()] or ["nothing new"]
    unchecked = [counted(news.unchecked, telling.words.news["failed"])] if news.unchecked else []
    return ", ".join([*parts, opened(news, telling), *unchecked])


@task
def tell(*, run: Run, now: datetime, interval: Seconds) -> None:
    """Post what is new, each post once, and remember it.

    What a later run has told or seen is left out: it would be old news, and this run's memory an old one.
    """
    report = _record(_key(run, "report.json"), Report)
    memory = drift_memory.remembered()
    news = drift_memory.current(_record(_key(run, "news.json"), News), memory)
    telling = _telling(news, now, interval)
    told = _told(run)
    post = message(report, news, telling)
    if post and not told.post:
        told = told.model_copy(update={"post": notifier().post(post)})
        _write(_key(run, "told.json"), told)
    for thread, reply in replies(report, news, telling).items():
        if thread not in told.threads:
            notifier().post(reply, thread=thread)
            told = told.model_copy(update={"threads": (*told.threads, thread)})
            _write(_key(run, "told.json"), told)
    _keep(news, told.post, memory)


@task
def claim(*, root: str, who: Who, at: datetime) -> Claimed:
    """Take what is open at a root, or in all roots of a row by its id; tells its thread, raises NotOpen, TakenBefore.

    Of two who take the same at once, the first has it, and the second is told who that is (S003-12, facts A2).
    """
    rows = [row for row in drift_memory.remembered().values() if row.open and root in (row.name, row.open.case)]
    if not rows:
        known = [name for name, row in drift_memory.remembered().items() if row.open]
        raise NotOpen(f"{root}.{did_you_mean(root, known)}")
    held = {row.name: drift_rows.claim(row, who, at) for row in rows}
    mine = [row for row in rows if held[row.name]["by"] == who]
    if not mine:
        first = held[rows[0].name]
        since = datetime.fromisoformat(first["at"]).astimezone(ZoneInfo(ZONE))
        raise TakenBefore(f"{first['by']}, since {since:%Y-%m-%d %H:%M} ({ZONE}).")
    new = [row for row in mine if held[row.name]["at"] == at.isoformat()]
    for thread in sorted({row.open.thread for row in new if row.open and row.open.thread}):
        _announce(who, [row.name for row in new if row.open and row.open.thread == thread], thread)
    return Claimed(roots=tuple(row.name for row in mine), by=who, at=datetime.fromisoformat(held[mine[0].name]["at"]))


def _announce(who: str, roots: list[str], thread: str) -> None:
    line = ENGLISH.takes.format(who=mention(who), names=names(roots, ENGLISH, most=5))
    notifier().post(Message(text=line, blocks=(section(line),)), thread=thread)


def _made(run: str) -> News | None:
    """The news that this run has made already, before it was interrupted."""
    try:
        return _record(_key(run, "news.json"), News)
    except client("s3").exceptions.NoSuchKey:
        return None


def _make(run: str, started: datetime, repository: str, memory: Mapping[str, Memory], *, late: bool) -> News:
    report = _record(_key(run, "report.json"), Report)
    config = terraform.load(terraform.project() / terraform.FILE)
    look = Look(
        run=run,
        started=started,
        zone=ZoneInfo(ZONE),
        failed_after=config.failed_after,
        remind_after=config.remind_after,
        repository=repository,
        late=late,
    )
    news = named(drift_memory.news(memory, report, look, drift_rows.state()), report, memory, cloudtrail())
    _write(_key(run, "news.json"), news)
    return news


def _keep(news: News, post: str, memory: Mapping[str, Memory]) -> None:
    """Remember what was told in this post. A run that others have overtaken leaves the check's own state to them."""
    ours = drift_memory.current(news, memory)
    drift_rows.keep(ours, drift_memory.threaded(ours.rows, post) if post else ours.rows)
    if len(ours.rows) == len(news.rows):
        drift_rows.keep_state(news.state)


def _telling(news: News, now: datetime, interval: int) -> Telling:
    return Telling(ZoneInfo(ZONE), news.started, now - news.started, timedelta(seconds=interval))


def _told(run: str) -> Told:
    try:
        return _record(_key(run, "told.json"), Told)
    except client("s3").exceptions.NoSuchKey:
        return Told()


def _seconds() -> Mapping[str, float]:
    """How long each root took last time."""
    return {name: row.seconds for name, row in drift_memory.remembered().items() if row.seconds}


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
    return _record(_key(run, "roots/roots.json"), RootsFound)


def _record(key: str, kind: type[R]) -> R:
    return kind.model_validate_json(_read(key))


def _key(run: str, name: str) -> str:
    return f"drift-check/{run}/{name}"


def _read(key: str) -> bytes:
    body: bytes = client("s3").get_object(Bucket=results_bucket(), Key=key)["Body"].read()
    return body


def _write(key: str, record: Record) -> None:
    client("s3").put_object(Bucket=results_bucket(), Key=key, Body=record.model_dump_json().encode())
