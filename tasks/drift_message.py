"""What the channel is told about a drift check: one post with a table, and the details of each root in its thread.

A report holds addresses, actions, names of attributes and summaries, and no value of anything (S003-10, facts A13).
What is foreign in it is escaped on its way into the text, and cut to the room that it has.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

from handrail.notify import Align, Message, Post, batches, code, context, escape, header, section, shorten, table
from handrail.notify.message import ROWS, Block
from schemas.drift_result import Change, Counts, Diagnostic, Report, RepositoryFound, RootResult
from tasks.drift_shards import QUIET
from tasks.drift_words import ENGLISH, Words, counted

# Room for each part, in characters: together less than Slack takes in one post.
TABLE = 7_500
TROUBLES = 2_000
COMMITS = 1_500
SECTION = 2_800

# Room in the thread: this many posts, each of so many sections.
POSTS = 10
SECTIONS = 4

# Room for one foreign text inside a line.
CELL = 200
TEXT = 300

ALIGN: tuple[Align, ...] = ("left", "left", "left", "left")

T = TypeVar("T")


def message(report: Report, *, seconds: float, words: Words = ENGLISH) -> Message:
    """The message about one run; a list too long for Slack ends with how many were left out."""
    title = words.title.format(attention=_to_look_at(report), roots=counted(len(report.roots), words.roots))
    told = [root for root in report.roots if root.verdict != "clean"]
    return Message(
        text=f"{title}: {_tally(report, words)}",
        blocks=(
            header(title),
            section(_tally(report, words)),
            *_troubles(report.repositories, words),
            *_table(told, words),
            _context(report, seconds, words),
        ),
        details=_thread([*(_detail(root, words) for root in told), *_clean(report.roots, words)], words),
    )


def _to_look_at(report: Report) -> int:
    return sum(root.verdict not in QUIET for root in report.roots)


def _tally(report: Report, words: Words) -> str:
    """`*1 failed*, *2 drift*, 3 clean`; what somebody has to look at is bold."""
    parts = {verdict: f"{number:,} {words.verdicts[verdict][0]}" for verdict, number in report.counts.items() if number}
    troubled = sum(bool(repository.problems) for repository in report.repositories)
    unchecked = [f"*{counted(troubled, words.unchecked)}*"] if troubled else []
    judged = (part if verdict in QUIET else f"*{part}*" for verdict, part in parts.items())
    return ", ".join([*unchecked, *judged]) or counted(0, words.roots)


def _troubles(repositories: Iterable[RepositoryFound], words: Words) -> Iterator[Block]:
    lines = [
        f"• {code(repository.name, CELL)}: {escape(problem, TEXT)}"
        for repository in repositories
        for problem in repository.problems
    ]
    if lines:
        yield section("\n".join(_cut(lines, TROUBLES, words)))


def _table(told: Sequence[RootResult], words: Words) -> Iterator[Block]:
    rows = [_row(root, words) for root in told[: ROWS - 1]]
    shown = _fitting(rows, lambda row: sum(map(len, row)), TABLE)
    if shown:
        yield table(dict(zip(words.columns, ALIGN, strict=True)), shown)
    if len(told) > len(shown):
        yield context(words.more.format(len(told) - len(shown)))


def _row(root: RootResult, words: Words) -> tuple[str, ...]:
    verdict, _ = words.verdicts[root.verdict]
    return (_tail(root.name, CELL), verdict, shorten(_what(root, words), CELL), shorten(root.owner, CELL))


def _what(root: RootResult, words: Words) -> str:
    """Why it could not be planned, or else how many resources are concerned."""
    match _reasons(root):
        case [only]:
            return _reason(root, only, words)
        case [reason, *others]:
            return f"{_reason(root, reason, words)} {words.more.format(len(others))}"
    if root.phase:
        return words.phases[root.phase]
    return ", ".join(_amounts(root.counts, words)) or ", ".join(root.notes)


def _reasons(root: RootResult) -> tuple[Diagnostic, ...]:
    errors = tuple(diagnostic for diagnostic in root.diagnostics if diagnostic.severity == "error")
    return errors or (root.diagnostics if root.verdict in ("failed", "busy") else ())


def _reason(root: RootResult, diagnostic: Diagnostic, words: Words) -> str:
    phase = f"{words.phases[root.phase]}: " if root.phase else ""
    place = ":".join(str(part) for part in (diagnostic.file, diagnostic.line) if part)
    return f"{phase}{diagnostic.summary}" + (f" ({place})" if place else "")


def _amounts(counts: Counts, words: Words) -> list[str]:
    numbers: Mapping[str, int] = counts.model_dump()
    return [counted(numbers[field], noun) for field, noun in words.counts.items() if numbers[field]]


def _context(report: Report, seconds: float, words: Words) -> Block:
    commits = [_commit(repository, words) for repository in report.repositories if repository.roots]
    shown = _fitting(commits, lambda commit: len(commit) + 2, COMMITS)
    left = [words.more.format(len(commits) - len(shown))] if len(commits) > len(shown) else []
    ends = [words.run.format(code(report.run, CELL)), words.took.format(_duration(seconds))]
    return context(" · ".join([*shown, *left, *ends]))


def _commit(repository: RepositoryFound, words: Words) -> str:
    said = words.commit if repository.sha else words.no_commit
    return said.format(repository=code(repository.name, CELL), sha=code(_short(repository.sha), CELL))


def _short(sha: str) -> str:
    """A commit as people read it, and that its working tree holds more than the commit."""
    commit, plus, rest = sha.partition("+")
    return commit[:7] + plus + rest


def _duration(seconds: float) -> str:
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s" if whole < 3600 else f"{whole // 3600} h {whole % 3600 // 60} min"


def _thread(texts: Iterable[str], words: Words) -> tuple[Post, ...]:
    grouped = batches(texts, SECTION, "\n\n")
    shown, rest = grouped[: POSTS * SECTIONS], grouped[POSTS * SECTIONS :]
    sections = [section("\n\n".join(batch)) for batch in shown]
    posts = [sections[at : at + SECTIONS] for at in range(0, len(sections), SECTIONS)]
    if rest:
        posts[-1].append(section(words.more.format(sum(map(len, rest)))))
    return tuple(
        Post(text=words.replies.format(number=number, all=len(posts)), blocks=tuple(blocks))
        for number, blocks in enumerate(posts, start=1)
    )


def _detail(root: RootResult, words: Words) -> str:
    lines = [
        *(f"• {escape(_reason(root, diagnostic, words), TEXT)}{_at(diagnostic)}" for diagnostic in _reasons(root)),
        *(f"• {_change(change, words.outside, words)}" for change in root.drift),
        *(f"• {_change(change, words.planned, words)}" for change in root.changes),
        *(f"• {escape(note, TEXT)}" for note in root.notes),
    ]
    return "\n".join([_heading(root, words), *_cut(lines, SECTION - 3 * TEXT, words)])


def _heading(root: RootResult, words: Words) -> str:
    verdict, means = words.verdicts[root.verdict]
    owner = words.owner.format(escape(root.owner, CELL)) if root.owner else ""
    said = filter(None, (f"*{verdict}*: {means}", words.modes[root.mode], owner))
    return f"{code(_tail(root.name, CELL), TEXT)} {' · '.join(said)}"


def _change(change: Change, did: Mapping[tuple[str, ...], str], words: Words) -> str:
    happened = did.get(change.actions) or escape(", ".join(change.actions), TEXT)
    attributes = f": {code(', '.join(change.attributes), TEXT)}" if change.attributes else ""
    asides = [
        *([escape(change.reason.replace("_", " "), TEXT)] if change.reason else []),
        *([words.moved.format(code(change.moved_from, TEXT))] if change.moved_from else []),
    ]
    return f"{code(change.address, TEXT)} {happened}{attributes}" + (f" ({', '.join(asides)})" if asides else "")


def _at(diagnostic: Diagnostic) -> str:
    return f" {code(diagnostic.address, TEXT)}" if diagnostic.address else ""


def _clean(roots: Iterable[RootResult], words: Words) -> Iterator[str]:
    """All clean roots in one text, with what a reader should know about each."""
    names = [
        code(_tail(root.name, CELL), TEXT) + (f" ({escape(', '.join(root.notes), TEXT)})" if root.notes else "")
        for root in roots
        if root.verdict == "clean"
    ]
    if names:
        verdict, means = words.verdicts["clean"]
        yield f"*{verdict}*: {means}\n" + "\n".join(_cut([f"• {name}" for name in names], SECTION - TEXT, words))


def _tail(name: str, room: int) -> str:
    """The end of a path says more than its beginning."""
    return name if len(name) <= room else "…" + name[1 - room :]


def _cut(lines: Sequence[str], room: int, words: Words) -> list[str]:
    shown = _fitting(lines, lambda line: len(line) + 1, room)
    return [*shown, words.more.format(len(lines) - len(shown))] if len(lines) > len(shown) else shown


def _fitting(items: Iterable[T], size: Callable[[T], int], room: int) -> list[T]:
    """The first items that have room together."""
    shown = []
    for item in items:
        room -= size(item)
        if room < 0:
            break
        shown.append(item)
    return shown
