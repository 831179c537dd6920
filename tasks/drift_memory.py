"""What is news about Terraform roots: a report against what is remembered, decided without a clock, a table or a chat.

    new → told    the same → silent    changed → told    gone → resolved    no verdict, again and again → told as such

A root that is not known counts as new: a memory that lost its beginning must not swallow what it should have told. The
exception is a repository that nobody looked at before; what has piled up there is told as one digest (S003-13).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, get_args
from zoneinfo import ZoneInfo

from schemas.drift_memory import Item, Kind, Memory, News, Open, State, Trouble
from schemas.drift_result import Report, RepositoryFound, RootResult, RuleSeen, Verdict
from tasks import drift_rows

KINDS: tuple[Kind, ...] = get_args(Kind)

# What is told until it is gone, and what says neither that it is there nor that it is gone.
DIFFERENT: frozenset[Verdict] = frozenset({"drift", "unapplied"})
UNJUDGED: frozenset[Verdict] = frozenset({"failed", "busy", "incomplete"})

UNSEEN = State()


@dataclass(frozen=True)
class Look:
    """One run: when it began, what it looked at, and by which rules its news is made."""

    run: str
    started: datetime
    zone: ZoneInfo
    failed_after: int
    """A root is told as failed after so many runs in a row without a verdict."""
    remind_after: timedelta
    """How long after a claim, or after the last reminder, whoever claimed is asked again."""
    repository: str = ""
    """The only one that was looked at; empty: all."""
    late: bool = False

    def day(self, since: datetime) -> int:
        """Which day this is since then, by the calendar: a run at 07:00 and one at 06:59 are a day apart."""
        return (self.started.astimezone(self.zone).date() - since.astimezone(self.zone).date()).days + 1

    @property
    def week(self) -> str:
        """The ISO week of the run in its time zone; it begins on Monday."""
        year, week, _ = self.started.astimezone(self.zone).isocalendar()
        return f"{year}-W{week:02}"


@dataclass(frozen=True)
class Step:
    """What one root comes to: what is remembered of it from now on (None: nothing), and what is told."""

    name: str
    row: Memory | None
    items: tuple[Item, ...] = ()


def remembered() -> Mapping[str, Memory]:
    """Every root and repository by its name, with whoever has claimed it."""
    return drift_rows.rows()


def news(memory: Mapping[str, Memory], report: Report, look: Look, state: State = UNSEEN) -> News:
    """What this run has to tell, and what is remembered afterwards; what a later run has seen is left to that run."""
    # Of a run that was redriven late: whatever was looked at since then is known better than here.
    later = {name for name, row in memory.items() if row.checked > look.started}
    steps = [step for step in _steps(memory, report, look) if step.name not in later]
    rows = {step.name: step.row for step in steps if step.row is not None}
    gone = tuple(sorted(step.name for step in steps if step.row is None))
    rows, reminders = _reminded(rows, look)
    after = {**{name: row for name, row in memory.items() if name not in gone}, **rows}
    weekly = not look.repository and state.week not in ("", look.week)
    items = [*(item for step in steps for item in step.items), *reminders]
    items += _digest(after, {item.name for item in items}, look) if weekly else []
    opened = [row.open.opened for row in after.values() if row.open]
    rules = () if look.repository else tuple(rule for rule in report.rules if rule.idle or rule.state != "active")
    return News(
        run=look.run,
        started=look.started,
        first=bool(report.repositories) and all(_first(memory, each.name) for each in report.repositories),
        weekly=weekly,
        items=tuple(sorted(items, key=lambda item: (KINDS.index(item.kind), item.name))),
        open=len(opened),
        since=min(opened, default=None),
        unchecked=sum(row.trouble is not None for row in after.values()),
        late=look.late,
        rules=tuple(rule for rule in rules if weekly or rule.id not in state.rules),
        rows=tuple(rows.values()),
        gone=gone,
        before={name: memory[name].run for name in (*rows, *gone, *(item.name for item in items)) if name in memory},
        state=state if look.repository else _seen(state, look, rules),
    )


def current(told: News, memory: Mapping[str, Memory]) -> News:
    """The news without what another run has remembered since it was made: that run told it, or something newer."""

    def ours(name: str) -> bool:
        if name not in memory:
            return name not in told.before or name in told.gone
        return memory[name].run in (told.before.get(name), told.run)

    return told.model_copy(
        update={
            "items": tuple(item for item in told.items if ours(item.name)),
            "rows": tuple(row for row in told.rows if ours(row.name)),
            "gone": tuple(name for name in told.gone if ours(name)),
        }
    )


def threaded(rows: Iterable[Memory], post: str) -> Iterator[Memory]:
    """The rows once the run's message is posted: whatever was told for the first time goes on in its thread."""
    for row in rows:
        changed: dict[str, Any] = {}
        if row.open and not row.open.thread:
            changed["open"] = row.open.model_copy(update={"thread": post})
        if row.trouble and row.trouble.told and not row.trouble.thread:
            changed["trouble"] = row.trouble.model_copy(update={"thread": post})
        yield row.model_copy(update=changed)


def _seen(state: State, look: Look, rules: Iterable[RuleSeen]) -> State:
    return state.model_copy(update={"week": look.week, "rules": tuple(rule.id for rule in rules)})


def _steps(memory: Mapping[str, Memory], report: Report, look: Look) -> Iterator[Step]:
    # A run that could judge nothing is no blip of one root, and is told at once.
    blind = all(root.verdict in UNJUDGED for root in report.roots)
    rules = {name: _rules(report, name) for name in {root.repository for root in report.roots}}
    for root in report.roots:
        first = _first(memory, root.repository)
        patience = 1 if first or blind else look.failed_after
        yield _root(root, memory.get(root.name), look, rules[root.repository], first=first, patience=patience)
    for repository in report.repositories:
        first = _first(memory, repository.name)
        patience = 1 if first or not report.roots else look.failed_after
        yield _repository(repository, memory.get(repository.name), look, first=first, patience=patience)
    for row in _vanished(memory, report, look):
        told = row.open or (row.trouble if row.trouble and row.trouble.told else None)
        yield Step(row.name, None, (_item(row, "closed", told, look),) if told else ())


def _rules(report: Report, repository: str) -> dict[str, str]:
    """The terms of the ignore rules that count for the roots of a repository, by their ids."""
    active = (rule for rule in report.rules if rule.state == "active")
    return {rule.id: rule.terms for rule in active if rule.repository in ("", repository)}


def _first(memory: Mapping[str, Memory], repository: str) -> bool:
    known = memory.get(repository)
    return known is None or known.judged is None


def _vanished(memory: Mapping[str, Memory], report: Report, look: Look) -> Iterator[Memory]:
    """Rows of what is not there any more. A repository that could not be read may still have all of its roots."""
    unread = {repository.name for repository in report.repositories if repository.problems}
    seen = {root.name for root in report.roots} | {repository.name for repository in report.repositories}
    for name, row in memory.items():
        asked = not look.repository or row.repository == look.repository
        if asked and name not in seen and row.repository not in unread:
            yield row


def _root(
    root: RootResult, known: Memory | None, look: Look, rules: Mapping[str, str], *, first: bool, patience: int
) -> Step:
    judged = root.verdict not in UNJUDGED
    before = known or Memory(repository=root.repository, path=root.path, run=look.run, checked=look.started)
    seen = {"owner": root.owner or before.owner, "seconds": root.seconds or before.seconds}
    row = before.model_copy(update={**seen, **_checked(look, judged=judged, before=before.judged)})
    if not judged:
        return _unjudged(row, root.verdict, _reason(root), look, first=first, patience=patience)
    row, items = _recovered(row, look)
    different = root.verdict in DIFFERENT
    step = _different(row, root, look, rules, first=first) if different else _alike(row, root, look, rules)
    return Step(row.name, step.row, (*items, *step.items))


def _repository(found: RepositoryFound, known: Memory | None, look: Look, *, first: bool, patience: int) -> Step:
    before = known or Memory(repository=found.name, path="", run=look.run, checked=look.started)
    row = before.model_copy(update=_checked(look, judged=bool(found.roots), before=before.judged))
    if found.problems:
        return _unjudged(row, "failed", _digested(*found.problems), look, first=first, patience=patience)
    return Step(row.name, *_recovered(row, look))


def _checked(look: Look, *, judged: bool, before: datetime | None) -> dict[str, Any]:
    return {"run": look.run, "checked": look.started, "judged": look.started if judged else before}


def _different(row: Memory, root: RootResult, look: Look, rules: Mapping[str, str], *, first: bool) -> Step:
    before, terms = row.open, tuple(sorted(rules.values()))
    if before and before.fingerprint == root.fingerprint:
        seen = before.model_copy(update={"verdict": root.verdict, "rules": terms})
        return Step(row.name, row.model_copy(update={"open": seen}))
    opened = Open(
        verdict=root.verdict,
        fingerprint=root.fingerprint,
        cause=root.cause,
        opened=before.opened if before else look.started,
        # A button that was posted goes on meaning what it meant.
        case=before.case if before else _digested(look.run, root.verdict, root.cause or root.name),
        thread=before.thread if before else "",
        reminded=before.reminded if before else None,
        rules=terms,
    )
    kind: Kind = "changed" if before else "found" if first else "new"
    claim = {} if before else {"claimed_by": "", "claimed_at": None}
    now = row.model_copy(update={"open": opened, **claim})
    return Step(row.name, now, (_item(now, kind, opened, look),))


def _alike(row: Memory, root: RootResult, look: Look, rules: Mapping[str, str]) -> Step:
    """Nothing differs any more, or nothing that is not ignored: by a rule that counted before it was not hidden."""
    items: tuple[Item, ...] = ()
    if row.open:
        hiding = tuple(sorted(rule for rule in root.rules if rules.get(rule, "") not in row.open.rules))
        told = _item(row, "ignored" if hiding else "resolved", row.open, look)
        items = (told.model_copy(update={"rules": hiding}),)
    return Step(row.name, row.model_copy(update={"open": None, "claimed_by": "", "claimed_at": None}), items)


def _unjudged(row: Memory, verdict: Verdict, reason: str, look: Look, *, first: bool, patience: int) -> Step:
    """One more run without a verdict. What is open stays as it is: nobody has seen that it is gone."""
    before = row.trouble or Trouble(verdict=verdict, since=look.started, times=0)
    tell = not before.told and before.times + 1 >= patience
    after = before.model_copy(
        update={"verdict": verdict, "times": before.times + 1, "told": before.told or tell},
    )
    now = row.model_copy(update={"trouble": after})
    told = _item(now, "found" if first else "failed", after, look).model_copy(update={"cause": reason})
    return Step(row.name, now, (told,) if tell else ())


def _recovered(row: Memory, look: Look) -> tuple[Memory, tuple[Item, ...]]:
    items = (_item(row, "recovered", row.trouble, look),) if row.trouble and row.trouble.told else ()
    return row.model_copy(update={"trouble": None}), items


def _reminded(rows: Mapping[str, Memory], look: Look) -> tuple[dict[str, Memory], list[Item]]:
    """Those who claimed long enough ago are asked, and that they were asked is remembered."""
    after, items = dict(rows), []
    for name, row in rows.items():
        if row.open and row.claimed_at:
            last = max(row.claimed_at, row.open.reminded or row.claimed_at)
            if look.started - last >= look.remind_after:
                after[name] = row.model_copy(update={"open": row.open.model_copy(update={"reminded": look.started})})
                items.append(_item(row, "remind", row.open, look))
    return after, items


def _digest(rows: Mapping[str, Memory], told: set[str], look: Look) -> list[Item]:
    """What is open and was not in the news anyway, a claimed one too: everybody sees who has it."""
    silent = [row for name, row in rows.items() if name not in told]
    known = [(row, row.open or (row.trouble if row.trouble and row.trouble.told else None)) for row in silent]
    return [_item(row, "open", subject, look) for row, subject in known if subject]


def _item(row: Memory, kind: Kind, subject: Open | Trouble, look: Look) -> Item:
    opened = subject.opened if isinstance(subject, Open) else subject.since
    return Item(
        name=row.name,
        kind=kind,
        verdict=subject.verdict,
        owner=row.owner,
        opened=opened,
        day=look.day(opened),
        cause=subject.cause if isinstance(subject, Open) else "",
        case=subject.case if isinstance(subject, Open) else "",
        thread=subject.thread,
        claimed_by=row.claimed_by,
        claimed_at=row.claimed_at,
    )


def _reason(root: RootResult) -> str:
    """Equal in all roots that fail for the same reason: where it stands in the code says nothing about that."""
    said = sorted({diagnostic.summary for diagnostic in root.diagnostics if diagnostic.severity == "error"})
    return _digested(root.verdict, root.phase or "", *said)


def _digested(*parts: str) -> str:
    return sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
