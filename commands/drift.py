"""What people do about drift. Ignore what is known, see what is open, take it."""

import getpass
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, get_args
from zoneinfo import ZoneInfo

import typer
from pydantic import ValidationError

from handrail.amend import added, replace
from handrail.desk import changing, looking, root, say, show, write_json
from handrail.errors import HandrailError, Problems, did_you_mean
from handrail.mask import masked
from handrail.task import TaskError
from schemas.config.ignore import LONGEST, Action, Rule
from schemas.config.terraform import FILE, TerraformConfig, load
from schemas.drift_check import ZONE
from schemas.drift_memory import Memory, Open, Trouble
from schemas.drift_result import Verdict

APP = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

AsJson = Annotated[bool, typer.Option("--json", help="Write JSON for a program to read.")]

LONGEST_NAME = 100

# The words of a rule on the command line, by where it has them.
SAID = {"address": "ADDRESS", "attributes": "--attribute", "actions": "--action", "reason": "--reason", "id": "--id"}


@APP.command("ignore")
def ignore(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Of a resource: a glob, modules included.")],
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="Why nobody has to look at it.")],
    repository: Annotated[str, typer.Option("--repository", metavar="NAME", help="Only there; else in all.")] = "",
    attribute: Annotated[
        list[str] | None,
        typer.Option("--attribute", metavar="PATH", help="Only this, and what is below; may be repeated."),
    ] = None,
    action: Annotated[
        list[str] | None,
        typer.Option("--action", metavar="ACTION", help="update, create, delete, replace or forget; else update only."),
    ] = None,
    name: Annotated[str, typer.Option("--id", metavar="NAME", help="What reports call the rule.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="DAY", help="The last day on which it counts.")] = "",
    days: Annotated[
        int | None, typer.Option("--days", metavar="NUMBER", min=0, help="The same, from today on.")
    ] = None,
) -> None:
    """Write an ignore rule into config/terraform.yaml.

    Everything else in the file stays as it is. Deletions and replacements are ignored only with --action.
    """
    today = datetime.now(UTC).date()
    said = {"id": name, "address": address, "attributes": attribute, "actions": action, "reason": reason}
    # An empty address or reason is wrong, not left out.
    given = {key: value for key, value in said.items() if value or key in ("address", "reason")}
    item = given | {"until": last_day(until, days, today)}
    for line in written(root() / FILE, item, repository, today):
        say(line)


@APP.command("rules", short_help="List the ignore rules, their ends and last matches.")
def rules(as_json: AsJson = False) -> None:
    """List the ignore rules: until when each counts, and when it last matched anything."""
    from tasks.drift_rules import matched

    config = load(root() / FILE)
    with looking():
        last = matched()
    today = datetime.now(UTC).date()
    found = sorted(every(config), key=lambda pair: pair[1].until)
    if as_json:
        write_json([document(rule, where, last, today) for where, rule in found])
    elif not found:
        say(f"{FILE} has no ignore rule. `handrail drift ignore` writes one.")
    else:
        heads = ("rule", "ignores", "where", "until", "last match", "reason")
        show(heads, (described(rule, where, last, today) for where, rule in found))


@APP.command("open", short_help="List what is open and what is not checked, the oldest first.")
def opened(as_json: AsJson = False) -> None:
    """List what is open, the oldest first: for how many days, whose it is, who has taken it.

    What the last run could not check stands below: nobody knows whether anything is open there.
    """
    from tasks.drift_memory import remembered

    with looking():
        memory = remembered()
    tell_open([*memory.values()], datetime.now(UTC), as_json=as_json)


@APP.command("claim", short_help="Take what is open at a root.")
def claim(
    name: Annotated[str, typer.Argument(metavar="ROOT", help="As `handrail drift open` has it.")],
    who: Annotated[str, typer.Option("--as", metavar="WHO", help="Your name, unless it is your account's.")] = "",
) -> None:
    """Take what is open at a root: the channel is told, and you are reminded until it is gone."""
    from tasks import drift

    person = named(who or getpass.getuser())
    with changing():
        try:
            taken = drift.claim(root=name, who=person, at=datetime.now(UTC))
        except TaskError as refused:
            raise HandrailError(str(refused)) from None
    say(f"{taken.by} has {', '.join(taken.roots)}.")


def named(person: str) -> str:
    """A name as it will stand in the channel; raises HandrailError for what is none."""
    if not (person.strip() and person.isprintable() and len(person) <= LONGEST_NAME):
        raise HandrailError(f"--as must be a name: one line of text, of at most {LONGEST_NAME} characters.")
    if masked(person) != person:
        raise HandrailError("--as looks like a secret, and the channel would read it. Say a name.")
    return person


def last_day(until: str, days: int | None, today: date) -> date:
    """The day that --until or --days names; raises HandrailError where that is none that a rule may have."""
    if bool(until) == (days is not None):
        raise HandrailError("Until when? Say --until 2026-12-31 or --days 90, one of them.")
    try:
        found = today + timedelta(days=days) if days is not None else date.fromisoformat(until)
    except (ValueError, OverflowError):
        raise HandrailError(f'"{until or days}" is no day. Write one such as 2026-12-31.') from None
    if not today <= found <= today + LONGEST:
        raise HandrailError(f"A rule counts for a year at most: until a day from {today} to {today + LONGEST}.")
    return found


def written(file: Path, item: Mapping[str, Any], repository: str, today: date) -> Iterator[str]:
    """Put the rule into the file, which is valid before and after; what to tell about that.

    Raises HandrailError or Problems, and then the file is as it was.
    """
    config, text = load(file), file.read_bytes().decode()
    rule, names = checked(item), [each.name for each in config.repositories]
    if repository and repository not in names:
        raise HandrailError(f'{FILE} has no repository "{repository}".{did_you_mean(repository, names)}')
    for where, other in every(config):
        if where == repository and other.name(where) == rule.name(repository):
            raise HandrailError(f"{FILE} has this rule already, until {other.until}: change the day there.")
    place = ("repositories", names.index(repository), "ignore") if repository else ("ignore",)
    changed = added(text, place, item)
    load(file, changed)
    if file.read_bytes().decode() != text:
        raise HandrailError(f"{FILE} was changed by somebody else at this moment. Look at it, and try again.")
    replace(file, changed)
    yield f"{FILE}:{first_difference(text, changed)}: {rule.name(repository)}, until {rule.until}"
    yield from overlaps(config, rule, repository, today)


def checked(item: Mapping[str, Any]) -> Rule:
    try:
        return Rule.model_validate(item)
    except ValidationError as error:
        found = error.errors(include_url=False)
    # Of a list whose only item is wrong it is said as well that it is empty.
    raise Problems("This cannot be a rule:", [in_words(detail) for detail in found if detail["type"] != "too_short"])


def in_words(detail: Any) -> str:
    said = SAID.get(str(detail["loc"][0]), str(detail["loc"][0])) if detail["loc"] else "It"
    if detail["type"] == "literal_error":
        return f'{said} is "{detail["input"]}", which is none of {", ".join(get_args(Action))}.'
    return f"{said} {detail['ctx']['error'] if 'error' in detail.get('ctx', {}) else detail['msg']}."


def overlaps(config: TerraformConfig, rule: Rule, repository: str, today: date) -> Iterator[str]:
    """What other rules ignore the same, as far as they count."""
    for where, other in every(config):
        if other.state(today) != "active":
            continue
        if where in ("", repository) and other.covers(rule):
            yield f"{other.name(where)} ignores all of this already, until {other.until}."
        elif repository in ("", where) and rule.covers(other):
            yield f"{other.name(where)}, until {other.until}, is not needed beside it."


def every(config: TerraformConfig) -> Iterable[tuple[str, Rule]]:
    """Each rule with the repository at which it stands, or none."""
    yield from (("", rule) for rule in config.ignore)
    yield from ((repository.name, rule) for repository in config.repositories for rule in repository.ignore)


def first_difference(before: str, after: str) -> int:
    """The number of the line at which the texts part."""
    lines = zip(before.splitlines(), after.splitlines(), strict=False)
    same = next((n for n, (one, other) in enumerate(lines) if one != other), len(before.splitlines()))
    return same + 1


def document(rule: Rule, where: str, last: Mapping[str, date], today: date) -> dict[str, Any]:
    """A rule for programs."""
    name = rule.name(where)
    matched = last.get(name)
    told = {"id": name, "repository": where, **rule.model_dump(mode="json", exclude={"id"})}
    return {**told, "state": rule.state(today), "last_match": matched and matched.isoformat()}


def described(rule: Rule, where: str, last: Mapping[str, date], today: date) -> tuple[str, ...]:
    name = rule.name(where)
    left = (rule.until - today).days
    counts = {
        "active": f"{left} days left" if left != 1 else "1 day left",
        "expired": "expired",
        "too long": "too long",
    }
    what = ", ".join(rule.attributes) or ", ".join(rule.actions)
    matched = last[name].isoformat() if name in last else "never"
    return (
        name,
        f"{what} of {rule.address}",
        where or "all",
        f"{rule.until} ({counts[rule.state(today)]})",
        matched,
        rule.reason,
    )


def tell_open(rows: Sequence[Memory], now: datetime, *, as_json: bool) -> None:
    found = oldest_first(of_open(row, row.open, now) for row in rows if row.open)
    unchecked = oldest_first(of_trouble(row, row.trouble, now) for row in rows if row.trouble)
    if as_json:
        write_json(
            [*({"kind": "open", **line} for line in found), *({"kind": "not checked", **line} for line in unchecked)]
        )
        return
    if found:
        show(("root", "what", "day", "since", "owner", "taken by"), map(cells, found))
    else:
        say("Nothing is open.")
    if unchecked:
        say(f"Not checked: {len(unchecked)}. What is open there is not known.")
        show(("not checked", "why", "day", "since", "owner", "runs"), map(cells, unchecked))


def age(since: datetime, now: datetime) -> int:
    """Which day it is on, by the calendar of the schedule; 1 is the first."""
    zone = ZoneInfo(ZONE)
    return (now.astimezone(zone).date() - since.astimezone(zone).date()).days + 1


def of_open(row: Memory, known: Open, now: datetime) -> dict[str, Any]:
    """What is open at a root, for programs and for people."""
    return {**seen(row, known.verdict, known.opened, now), "claimed_by": row.claimed_by or None}


def of_trouble(row: Memory, known: Trouble, now: datetime) -> dict[str, Any]:
    """Of a root, or a repository, that has no verdict: why, since when, and how many runs in a row."""
    return {**seen(row, known.verdict, known.since, now), "runs": known.times}


def seen(row: Memory, verdict: Verdict, since: datetime, now: datetime) -> dict[str, Any]:
    day = f"{since.astimezone(ZoneInfo(ZONE)):%Y-%m-%d}"
    return {"root": row.name, "verdict": verdict, "day": age(since, now), "since": day, "owner": row.owner or None}


def oldest_first(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lines, key=lambda line: (line["day"], line["root"]), reverse=True)


def cells(line: Mapping[str, Any]) -> list[str]:
    return [str(cell or "") for cell in line.values()]
