"""What the channel is told about a drift check: one message for the news of a run, and replies where it began.

The message has a table of rows, a button to take each, and the details of each root in its thread. Roots with the same
cause are one row. On a first look nobody is mentioned. Requirements S003-04, S003-10, S003-12, S003-13, S003-15.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from handrail.notify import (
    Align,
    Message,
    actions,
    button,
    code,
    context,
    escape,
    header,
    mention,
    plain,
    section,
    shorten,
    table,
)
from handrail.notify.message import HEADER, POST, ROWS, Block, letters
from schemas.drift_memory import Item, Kind, News
from schemas.drift_result import Report, RepositoryFound, RootResult, RuleSeen
from tasks.drift_details import CELL, TEXT, clean, cut, detail, fitting, lasted, names, tail, thread, what
from tasks.drift_shards import QUIET
from tasks.drift_words import ENGLISH, Words, counted

# Room for each part, in characters; the table gets what they leave of a post, and that is never little.
TROUBLES = 1_500
ENDED = 1_500
ALSO = 600
COMMITS = 1_200
TABLE = 7_500

# Rows that get a line and a button of their own, and room for each name in a line.
BUTTONS = 8
NAME = 80

CLAIM = "drift_claim"
"""The action of the button; its value is the row's case."""

ALIGN: tuple[Align, ...] = ("left", "left", "left", "left", "left")

# What stands in the table, what can be taken, what has come to an end, what has details in the thread.
LISTED: frozenset[Kind] = frozenset({"failed", "new", "changed", "found", "open"})
TAKEABLE: frozenset[Kind] = frozenset({"new", "changed", "found", "open"})
ENDINGS: tuple[Kind, ...] = ("resolved", "ignored", "recovered", "closed")
DETAILED: frozenset[Kind] = frozenset({"failed", "new", "changed", "found"})


@dataclass(frozen=True)
class Telling:
    """What all parts of a message know: the time zone of its days, when the run began and how long it took, the time
    from one run to the next, and the words."""

    zone: ZoneInfo
    started: datetime
    took: timedelta
    interval: timedelta
    words: Words = ENGLISH

    def day(self, moment: datetime) -> str:
        """The day as people of the zone call it."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d}"

    def minute(self, moment: datetime) -> str:
        """The day and the time."""
        return f"{moment.astimezone(self.zone):%Y-%m-%d %H:%M}"


@dataclass(frozen=True)
class Row:
    """Roots that are told in one row: the same kind of news, verdict and cause."""

    items: Sequence[Item]

    @property
    def first(self) -> Item:
        return self.items[0]

    @property
    def names(self) -> list[str]:
        return [item.name for item in self.items]


def message(report: Report, news: News, telling: Telling) -> Message | None:
    """The run's message; None where all there is to say is said in threads. A list too long ends with how many more."""
    listed = grouped((item for item in news.items if item.kind in LISTED), _one_row)
    ended = grouped((item for item in news.items if item.kind in ENDINGS), _one_line)
    if not (listed or ended or news.rules or news.late or news.denied):
        return None
    words, roots = telling.words, {root.name: root for root in report.roots}
    title, tally = shorten(_title(report, news, words), HEADER), _tally(report, news, telling)
    above = [header(title), section(tally), *_troubles(report.repositories, {item.name for item in news.items}, words)]
    below = [*_lines(listed, telling), *_ended(ended, telling), *_warnings(news, telling), _context(report, telling)]
    told = [roots[item.name] for item in news.items if item.kind in DETAILED and item.name in roots]
    everything = clean(report.roots, words) if news.first else ()
    return Message(
        text=f"{title}: {tally}",
        blocks=(*above, *_table(listed, roots, words, POST - letters([*above, *below])), *below),
        details=thread([*(detail(root, words) for root in told), *everything], words),
    )


def replies(report: Report, news: News, telling: Telling) -> Mapping[str, Message]:
    """What belongs into threads that earlier messages began, by the thread."""
    roots = {root.name: root for root in report.roots}
    told = [item for item in news.items if item.thread and item.kind in ("changed", "remind", *ENDINGS)]
    threads = grouped(told, lambda item: item.thread)
    return {row.first.thread: _reply(grouped(row.items, _one_line), roots, telling) for row in threads}


def grouped(items: Iterable[Item], key: Callable[[Item], object]) -> list[Row]:
    """Items with the same key in one row, in the order of their first ones."""
    found: dict[object, list[Item]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return [Row(same) for same in found.values()]


def _one_row(item: Item) -> object:
    return item.kind, item.verdict, item.cause or item.name, item.case, item.day, item.claimed_by


def _one_line(item: Item) -> object:
    cause = (item.cause or item.name) if item.kind == "changed" else ""
    # Of what is ignored only the rule is told, not since when it was open.
    return item.kind, item.rules or item.opened, item.claimed_by, cause


def _title(report: Report, news: News, words: Words) -> str:
    if news.first:
        attention = sum(item.kind == "found" for item in news.items)
        return words.first.format(attention=attention, roots=counted(len(report.roots), words.roots))
    counts = {kind: sum(item.kind == kind for item in news.items) for kind in words.news}
    parts = [counted(number, words.news[kind]) for kind, number in counts.items() if number]
    return words.title.format(news=", ".join(parts)) if parts else words.quiet


def _tally(report: Report, news: News, telling: Telling) -> str:
    """`*1 failed*, *2 drift*, 3 clean · 2 open, the oldest since …`; what somebody has to look at is bold."""
    words = telling.words
    parts = {verdict: f"{number:,} {words.verdicts[verdict][0]}" for verdict, number in report.counts.items() if number}
    troubled = sum(bool(repository.problems) for repository in report.repositories)
    unchecked = [f"*{counted(troubled, words.unchecked)}*"] if troubled else []
    judged = (part if verdict in QUIET else f"*{part}*" for verdict, part in parts.items())
    tally = ", ".join([*unchecked, *judged]) or counted(0, words.roots)
    return tally if news.first else f"{tally} · {opened(news, telling)}"


def opened(news: News, telling: Telling) -> str:
    """How many differences are open, and since when."""
    if news.since is None:
        return telling.words.nothing_open
    return telling.words.open.format(number=news.open, since=telling.day(news.since))


def _troubles(repositories: Iterable[RepositoryFound], told: set[str], words: Words) -> Iterator[Block]:
    lines = [
        f"• {code(repository.name, CELL)}: {escape(problem, TEXT)}"
        for repository in repositories
        if repository.name in told
        for problem in repository.problems
    ]
    if lines:
        yield section("\n".join(cut(lines, TROUBLES, words)))


def _table(listed: Sequence[Row], roots: Mapping[str, RootResult], words: Words, room: int) -> Iterator[Block]:
    cells = [_cells(row, roots, words) for row in listed[: ROWS - 1]]
    shown = fitting(cells, lambda row: sum(map(len, row)), min(TABLE, room - HEADER))
    if shown:
        yield table(dict(zip(words.columns, ALIGN, strict=True)), shown)
    if len(listed) > len(shown):
        yield context(words.more.format(len(listed) - len(shown)))


def _cells(row: Row, roots: Mapping[str, RootResult], words: Words) -> tuple[str, ...]:
    root = roots.get(row.first.name)
    named = ", ".join(tail(name, CELL // 2) for name in row.names[:2])
    more = f" {words.more.format(len(row.names) - 2)}" if len(row.names) > 2 else ""
    verdict, _ = words.verdicts[row.first.verdict]
    owners = ", ".join(dict.fromkeys(item.owner for item in row.items if item.owner))
    news = words.kinds[row.first.kind].format(day=row.first.day)
    return named + more, verdict, shorten(what(root, words) if root else "", CELL), shorten(owners, CELL), news


def _lines(listed: Sequence[Row], telling: Telling) -> Iterator[Block]:
    """A line for each row that somebody can take; then the owners who got none."""
    words = telling.words
    wanted = [row for row in listed if row.first.kind in TAKEABLE and row.first.case][:BUTTONS]
    for row in wanted:
        yield section(_line(row, telling))
        if not row.first.claimed_by:
            yield actions(button(words.take, CLAIM, row.first.case))
    known = {item.owner for row in wanted for item in row.items[:1]}
    others = dict.fromkeys(
        item.owner for row in listed for item in row.items if _calls(item) and item.owner not in known
    )
    if others:
        yield section(words.nobody.format(" ".join(cut([mention(owner, NAME) for owner in others], ALSO, words))))


def _calls(item: Item) -> bool:
    """Whether the owner is called: not on a first look, and not where somebody has taken it."""
    return bool(item.owner) and item.kind != "found" and not item.claimed_by


def _line(row: Row, telling: Telling) -> str:
    item = row.first
    who = mention(item.owner, NAME) if _calls(item) else ""
    said = (names(row.names, telling.words, room=NAME), who, _taken(item, telling), _author(item, telling))
    return " · ".join(filter(None, said))


def _taken(item: Item, telling: Telling) -> str:
    if not item.claimed_by or item.claimed_at is None:
        return ""
    return telling.words.taken.format(who=mention(item.claimed_by, NAME), day=telling.day(item.claimed_at))


def _author(item: Item, telling: Telling) -> str:
    """Of what changed outside: who probably did it. Nobody is mentioned by a name out of a log."""
    if item.kind not in ("new", "changed") or item.verdict != "drift":
        return ""
    if item.author is None:
        return telling.words.unknown
    at = telling.minute(item.author.at)
    who, event = escape(item.author.name, NAME), escape(item.author.event, NAME)
    return telling.words.author.format(who=who, event=event, at=at)


def _ended(ended: Sequence[Row], telling: Telling) -> Iterator[Block]:
    if ended:
        yield section("\n".join(cut([f"• {_sentence(row, {}, telling)}" for row in ended], ENDED, telling.words)))


def _sentence(row: Row, roots: Mapping[str, RootResult], telling: Telling) -> str:
    """What became of the roots of a row, in one line."""
    words, item = telling.words, row.first
    root = roots.get(item.name)
    amounts = escape(what(root, words), TEXT) if root else ""
    return words.sentences[item.kind].format(
        names=names(row.names, words, most=5, room=NAME),
        lasted=lasted(telling.started - item.opened, words),
        since=telling.day(item.claimed_at or item.opened),
        day=item.day,
        who=mention(item.claimed_by, NAME),
        what=f": {amounts}" if amounts else "",
        rules=names(item.rules, words, room=NAME),
    )


def _reply(lines: Sequence[Row], roots: Mapping[str, RootResult], telling: Telling) -> Message:
    words = telling.words
    told = cut([_sentence(row, roots, telling) for row in lines], TROUBLES, words)
    changed = [item for row in lines for item in row.items if item.kind == "changed"]
    calls = {mention(item.claimed_by or item.owner, NAME) for item in changed if item.claimed_by or item.owner}
    return Message(
        text=plain(told[0]),
        blocks=(section("\n".join([*told, *cut(sorted(calls), ALSO, words)])),),
        details=thread([detail(roots[item.name], words) for item in changed if item.name in roots], words),
    )


def _warnings(news: News, telling: Telling) -> Iterator[Block]:
    words = telling.words
    if news.rules:
        yield section("\n".join(cut([f"• {_rule(rule, words)}" for rule in news.rules], TROUBLES, words)))
    if news.late:
        yield section(words.late.format(took=lasted(telling.took, words), interval=lasted(telling.interval, words)))
    if news.denied:
        yield context(words.denied)


def _rule(rule: RuleSeen, words: Words) -> str:
    return words.rules[rule.state].format(id=code(rule.id, NAME), address=code(rule.address, CELL), until=rule.until)


def _context(report: Report, telling: Telling) -> Block:
    words = telling.words
    commits = [_commit(repository, words) for repository in report.repositories if repository.roots]
    shown = fitting(commits, lambda commit: len(commit) + 2, COMMITS)
    left = [words.more.format(len(commits) - len(shown))] if len(commits) > len(shown) else []
    ends = [words.run.format(code(report.run, CELL)), words.took.format(lasted(telling.took, words))]
    return context(" · ".join([*shown, *left, *ends]))


def _commit(repository: RepositoryFound, words: Words) -> str:
    said = words.commit if repository.sha else words.no_commit
    return said.format(repository=code(repository.name, CELL), sha=code(_short(repository.sha), CELL))


def _short(sha: str) -> str:
    """A commit as people read it, and that its working tree holds more than the commit."""
    commit, plus, rest = sha.partition("+")
    return commit[:7] + plus + rest
