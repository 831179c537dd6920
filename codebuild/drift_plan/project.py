"""The build that plans a range of Terraform roots."""

from dataclasses import dataclass
from datetime import timedelta

from handrail.codebuild import Project


@dataclass(frozen=True)
class Variables:
    run: str
    shard: int
    repositories: str
    """`name@commit` of each repository that the range touches, separated by spaces."""
    first: str
    """The first root of the range, `repository/path`; the order is by repository, then by path."""
    last: str
    """The last root of the range."""


PROJECT = Project("drift_plan", Variables, timeout=timedelta(hours=8))
