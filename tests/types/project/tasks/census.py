"""Count what stands in a region."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel

from handrail.task import TaskError, task


class RegionClosed(TaskError):
    """The region does not answer."""


class Region(BaseModel):
    """A region, and whether it is open."""

    name: str
    number: int
    open: bool


class Listing(BaseModel):
    """Every region."""

    regions: list[Region]


@dataclass(frozen=True)
class Tally:
    """What stands in one region."""

    region: str
    total: int
    closed: bool = False


@task
def regions(*, prefix: str | None = None) -> Listing:
    """List the regions."""
    return Listing(regions=[Region(name=f"{prefix or ''}east", number=1, open=True)])


@task
def tally(*, region: str, number: int, since: datetime | None = None) -> Tally:
    """Count one region."""
    return Tally(region, number)


@task
def report(*, run: str, tallies: list[Tally], regions: int, counted: int) -> None:
    """Say what was counted."""
