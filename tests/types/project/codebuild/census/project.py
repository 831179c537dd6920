"""The build that counts a region by looking at everything in it."""

from dataclasses import dataclass
from datetime import timedelta

from handrail.codebuild import Project


@dataclass(frozen=True)
class Census:
    """What a build is started with."""

    run: str
    region: str
    number: int
    prefix: str | None = None
    deep: bool = True


@dataclass(frozen=True)
class Counted:
    """What a build exports."""

    total: int
    digest: str


PROJECT = Project("census", Census, timeout=timedelta(minutes=20), exports=Counted)
