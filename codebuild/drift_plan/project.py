"""The build that plans a range of Terraform roots."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from handrail.codebuild import Project
from schemas.drift_key import NAME, NAMED_BY


@dataclass(frozen=True)
class Variables:
    run: str
    started: datetime
    """Of the run: the day by which ignore rules expire is the same in all its builds."""
    shard: int
    repositories: str
    """`name@commit` of each repository that the range touches, separated by spaces."""
    first: str
    """The first root of the range, `repository/path`; the order is by repository, then by path."""
    last: str
    """The last root of the range."""


# The secret with the key of the fingerprints; the build reads it itself, so that no program it starts inherits it.
KEY = {NAMED_BY: NAME}

PROJECT = Project("drift_plan", Variables, timeout=timedelta(hours=8), environment=KEY)
