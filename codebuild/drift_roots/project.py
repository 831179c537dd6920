"""The build that finds the Terraform roots."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from handrail.codebuild import Project


@dataclass(frozen=True)
class Variables:
    run: str
    started: datetime
    """Of the run: by its day it is told which ignore rules have expired."""
    repository: str = ""
    """The name of the only repository to look at; empty: all."""


PROJECT = Project("drift_roots", Variables, timeout=timedelta(minutes=30))
