"""The words in which a drift check is told, one set a language."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.drift_memory import Kind
from schemas.drift_result import Mode, Phase, Verdict

# For one, and for any other number; a language without plurals says the same twice.
Noun = tuple[str, str]


@dataclass(frozen=True)
class Words:
    """Every text of the message; what stands in braces is filled in."""

    first: str
    """The title of the first look at everything."""
    title: str
    quiet: str
    """The title where nothing has changed, and there is something to tell all the same."""
    news: Mapping[Kind, Noun]
    """How many roots there are of each kind, in the title."""
    kinds: Mapping[Kind, str]
    """What the table says of a root, with the day that it is on."""
    open: str
    nothing_open: str
    roots: Noun
    unchecked: Noun
    more: str
    replies: str
    took: str
    run: str
    commit: str
    no_commit: str
    owner: str
    columns: tuple[str, str, str, str, str]
    verdicts: Mapping[Verdict, tuple[str, str]]
    """The word, and what it means."""
    modes: Mapping[Mode, str]
    phases: Mapping[Phase, str]
    counts: Mapping[str, Noun]
    """By the fields of Counts, in the order in which they are told."""
    outside: Mapping[tuple[str, ...], str]
    """What happened to a resource outside of Terraform, by Terraform's actions."""
    planned: Mapping[tuple[str, ...], str]
    """What an apply would do to a resource."""
    moved: str
    take: str
    """On the button that claims a row."""
    taken: str
    takes: str
    nobody: str
    """What stands before the people who are mentioned and have no line of their own."""
    author: str
    unknown: str
    denied: str
    late: str
    rules: Mapping[str, str]
    """Why an ignore rule is of no use, by its state."""
    days: Noun
    sentences: Mapping[Kind, str]
    """What became of roots, in a line."""


def counted(number: int, noun: Noun) -> str:
    """`1 root`, `2 roots`."""
    return noun[number != 1].format(number)


ENGLISH = Words(
    first="Drift check, first look: {attention:,} of {roots} to look at",
    title="Drift check: {news}",
    quiet="Drift check: nothing new",
    news={
        "failed": ("{:,} not checked", "{:,} not checked"),
        "new": ("{:,} new", "{:,} new"),
        "changed": ("{:,} changed", "{:,} changed"),
        "found": ("{:,} in a new repository", "{:,} in new repositories"),
        "resolved": ("{:,} resolved", "{:,} resolved"),
        "ignored": ("{:,} ignored", "{:,} ignored"),
        "recovered": ("{:,} checked again", "{:,} checked again"),
        "closed": ("{:,} no longer checked", "{:,} no longer checked"),
        "open": ("{:,} still open", "{:,} still open"),
    },
    kinds={
        "failed": "day {day}",
        "new": "new",
        "changed": "changed, day {day}",
        "found": "first look",
        "open": "day {day}",
    },
    open="{number:,} open, the oldest since {since}",
    nothing_open="nothing open",
    roots=("{:,} root", "{:,} roots"),
    unchecked=("{:,} repository not checked", "{:,} repositories not checked"),
    more="and {:,} more",
    replies="Details, {number} of {all}",
    took="took {}",
    run="run {}",
    commit="{repository} at {sha}",
    no_commit="{repository} without a commit",
    owner="owner {}",
    columns=("Root", "Verdict", "What", "Owner", "News"),
    verdicts={
        "failed": ("failed", "it could not be planned"),
        "busy": ("busy", "something else holds its state lock"),
        "drift": ("drift", "it was changed outside of Terraform"),
        "incomplete": ("incomplete", "only a part of it could be planned"),
        "unapplied": ("unapplied", "its code is not applied"),
        "benign": ("benign", "changed outside of Terraform, with nothing to apply"),
        "clean": ("clean", "as the code says"),
    },
    modes={"plan": "", "refresh-only": "refresh only"},
    phases={
        "checkout": "checkout",
        "init": "init",
        "auth": "credentials",
        "plan": "plan",
        "timeout": "timed out",
        "lost": "no result",
    },
    counts={
        "drifted": ("{:,} drifted", "{:,} drifted"),
        "create": ("{:,} to create", "{:,} to create"),
        "update": ("{:,} to update", "{:,} to update"),
        "replace": ("{:,} to replace", "{:,} to replace"),
        "delete": ("{:,} to delete", "{:,} to delete"),
        "forget": ("{:,} to forget", "{:,} to forget"),
        "imported": ("{:,} to import", "{:,} to import"),
        "moved": ("{:,} moved", "{:,} moved"),
        "deferred": ("{:,} deferred", "{:,} deferred"),
        "failing_checks": ("{:,} check fails", "{:,} checks fail"),
        "outputs": ("{:,} output would change", "{:,} outputs would change"),
    },
    outside={
        ("create",): "was created outside",
        ("update",): "was changed outside",
        ("delete",): "was deleted outside",
    },
    planned={
        ("no-op",): "would stay",
        ("create",): "would be created",
        ("update",): "would be updated",
        ("delete",): "would be deleted",
        ("delete", "create"): "would be replaced",
        ("create", "delete"): "would be replaced",
        ("forget",): "would be forgotten",
        ("create", "forget"): "would be created anew, the old one forgotten",
    },
    moved="moved from {}",
    take="Take it",
    taken="taken by {who} on {day}",
    takes="{who} takes {names}",
    nobody="Also for {}",
    author="probably {who} ({event}, {at})",
    unknown="author unknown",
    denied="CloudTrail may not be read, so no authors are named: allow cloudtrail:LookupEvents. This is said once.",
    late="This run took {took}, and the next one starts {interval} after it started. Let more builds share the roots.",
    rules={
        "active": "Ignore rule {id} ({address}) matches nothing any more: take it out of config/terraform.yaml.",
        "expired": "Ignore rule {id} ({address}) counted until {until}: what it hid is told again.",
        "too long": "Ignore rule {id} ({address}) does not count, as {until} is more than a year away.",
    },
    days=("{:,} day", "{:,} days"),
    sentences={
        "resolved": "{names} resolved after {lasted}",
        "ignored": "{names} no longer told: ignored by rule {rules}",
        "recovered": "{names} checked again after {lasted}",
        "closed": "{names} no longer checked; it was open for {lasted}",
        "changed": "{names} changed (day {day}){what}",
        "remind": "{who} took {names} on {since}, and it is still open (day {day})",
    },
)
