"""Reports of the drift check, and the messages that come of them day after day."""

import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from handrail.notify import Message
from handrail.notify.message import Section, Table
from handrail.notify.terminal import rendered
from schemas.drift_memory import Memory, State
from schemas.drift_result import (
    Counts,
    Report,
    RepositoryFound,
    RootResult,
    RootsFound,
    ShardResult,
)
from tasks.drift_memory import Look, news, threaded
from tasks.drift_message import Telling, message, replies
from tasks.drift_shards import put_together

TOKYO = ZoneInfo("Asia/Tokyo")
START = datetime(2026, 1, 5, 7, 0, tzinfo=TOKYO)

VOLUME = 'mockcloud_volume.data["a b"]'


def reported(*roots: RootResult, problems: Mapping[str, str] | None = None) -> Report:
    infra = RepositoryFound(name="infra", sha="3f2a91c0ffee", roots=tuple(sorted(root.path for root in roots)))
    troubled = (RepositoryFound(name=name, problems=(text,)) for name, text in (problems or {}).items())
    everything = RootsFound(run="r-1", repositories=(infra, *troubled))
    return put_together(everything, [], [ShardResult(run="r-1", shard=0, roots=roots)], {})


def look(day: int = 0, **more: Any) -> Look:
    started = START + timedelta(days=day)
    rules: dict[str, Any] = {"failed_after": 1, "remind_after": timedelta(days=3), "zone": TOKYO}
    return Look(**{"run": f"r-{day}", "started": started, **rules, **more})


def telling(day: int = 0, seconds: float = 12) -> Telling:
    return Telling(TOKYO, START + timedelta(days=day), timedelta(seconds=seconds), timedelta(days=1))


def told(*roots: RootResult, problems: Mapping[str, str] | None = None, seconds: float = 12) -> Message:
    """The message of a first look at these roots, all of them in the repository `infra`."""
    report = reported(*roots, problems=problems)
    made = message(report, news({}, report, look()), telling(seconds=seconds))
    assert made is not None
    return made


class Days:
    """Looks at the same roots, a day after each other; the first is the first look, at nothing but clean roots."""

    def __init__(self, *paths: str) -> None:
        self.day = 0
        self.memory: dict[str, Memory] = {}
        self.look(*(root(path, verdict="clean") for path in paths))

    def look(self, *roots: RootResult, **more: Any) -> tuple[Message | None, Mapping[str, Message]]:
        """The message and the replies of the next day."""
        report, about = reported(*roots), telling(self.day)
        self.news = news(self.memory, report, look(self.day, **more), State(week=look(self.day).week))
        self.memory = {row.name: row for row in threaded(self.news.rows, f"post-{self.day}")}
        self.day += 1
        return message(report, self.news, about), replies(report, self.news, about)

    def claim(self, path: str, who: str) -> None:
        row = self.memory[f"infra/{path}"]
        at = START + timedelta(days=self.day)
        self.memory[row.name] = row.model_copy(update={"claimed_by": who, "claimed_at": at})


def root(path: str, **fields: Any) -> RootResult:
    return RootResult.model_validate({"repository": "infra", "path": path, "sha": "3f2a91c0ffee", **fields})


def rows(post: Message) -> list[list[str]]:
    return [[cell.text for cell in row] for block in post.blocks if isinstance(block, Table) for row in block.rows[1:]]


def read(post: Message) -> str:
    """The whole message as a person reads it in a wide terminal."""
    out = io.StringIO()
    Console(file=out, width=400).print(rendered(post))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


UPGRADE = {"verdict": "drift", "cause": "upgrade", "counts": Counts(drifted=1), "owner": "U024BE7LH"}


def drifted(path: str, difference: str = "1", **more: Any) -> RootResult:
    return root(path, **{**UPGRADE, "fingerprint": f"{path} {difference}", **more})


def lines(post: Message | None) -> list[str]:
    """What stands below the table, as Slack's markup."""
    assert post
    sections = [block.text.text for block in post.blocks if isinstance(block, Section)]
    return [line for text in sections[1:] for line in text.splitlines()]
