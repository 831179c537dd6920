"""A project of codebuild/ becomes what a build needs of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from handrail.local.builds import specification


@dataclass
class Project:
    """As handrail.codebuild has it."""

    buildspec: Path
    name: str = "drift_plan"
    timeout: timedelta = timedelta(minutes=20)
    image: str = "python:3"
    compute: str = "BUILD_GENERAL1_LARGE"
    environment: Mapping[str, str] = field(default_factory=lambda: {"STAGE": "dev"})


def test_a_project_is_known_by_the_name_machines_use(tmp_path: Path) -> None:
    """The name has its prefix, the buildspec its text, the rest is as the project says."""
    (tmp_path / "buildspec.yml").write_text("version: 0.2\n")
    spec = specification(Project(tmp_path / "buildspec.yml"))

    assert (spec.name, spec.buildspec) == ("handrail-drift_plan", "version: 0.2\n")
    assert (spec.timeout, spec.image, spec.compute) == (timedelta(minutes=20), "python:3", "BUILD_GENERAL1_LARGE")
    assert spec.environment == {"STAGE": "dev"}
