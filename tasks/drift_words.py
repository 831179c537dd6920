"""The words in which a drift check is told, one set a language."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.drift_result import Mode, Phase, Verdict

# For one, and for any other number; a language without plurals says the same twice.
Noun = tuple[str, str]


@dataclass(frozen=True)
class Words:
    """Every text of the message; what stands in braces is filled in."""

    title: str
    roots: Noun
    unchecked: Noun
    more: str
    replies: str
    took: str
    run: str
    commit: str
    no_commit: str
    owner: str
    columns: tuple[str, str, str, str]
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


def counted(number: int, noun: Noun) -> str:
    """`1 root`, `2 roots`."""
    return noun[number != 1].format(number)


ENGLISH = Words(
    title="Drift check: {attention:,} of {roots} to look at",
    roots=("{:,} root", "{:,} roots"),
    unchecked=("{:,} repository not checked", "{:,} repositories not checked"),
    more="and {:,} more",
    replies="Details, {number} of {all}",
    took="took {}",
    run="run {}",
    commit="{repository} at {sha}",
    no_commit="{repository} without a commit",
    owner="owner {}",
    columns=("Root", "Verdict", "What", "Owner"),
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
)
