"""The AWS CLI, as it comes from PyPI, builds the project's own builds."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from handrail.local.environment import reaching
from tests.local.codebuild.conftest import DIG, SHOW, Site

# Beside this Python where it was installed as a part of `handrail[dev]`, else wherever the shell finds it.
CLI = shutil.which("aws", path=str(Path(sys.executable).parent)) or shutil.which("aws")

pytestmark = pytest.mark.skipif(CLI is None, reason="the AWS CLI is not installed: pip install awscli")


def aws(site: Site, *arguments: str, fails: bool = False) -> Any:
    """What `aws codebuild …` answers, as JSON; what it complains about where it is to fail."""
    assert CLI is not None
    environment = {"PATH": os.environ["PATH"], "HOME": "/nowhere", **reaching(site.endpoint, "us-east-1")}
    command = [CLI, "codebuild", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) is fails, done.stderr
    return done.stderr if fails else json.loads(done.stdout)


def test_the_aws_cli_starts_builds_and_looks_at_them(site: Site) -> None:
    """With variables in its short form; its lists, and what was built."""
    given = "name=SHAPE,value=oval,type=PLAINTEXT"
    begun = aws(site, "start-build", "--project-name", SHOW, "--environment-variables-override", given)["build"]
    site.ended(begun["id"])
    [build] = aws(site, "batch-get-builds", "--ids", begun["id"])["builds"]
    projects = aws(site, "batch-get-projects", "--names", SHOW)["projects"]

    assert (build["buildStatus"], build["initiator"]) == ("SUCCEEDED", "handrail")
    assert {"name": "SHAPE", "value": "oval"} in build["exportedEnvironmentVariables"]
    assert aws(site, "list-builds-for-project", "--project-name", SHOW, "--max-items", "1")["ids"] == [build["id"]]
    assert aws(site, "list-projects")["projects"] == [DIG, SHOW]
    assert [one["name"] for one in projects] == [SHOW]


def test_the_aws_cli_stops_a_build_and_tells_what_is_wrong(site: Site) -> None:
    """By AWS's codes."""
    id = site.dig("hang")
    site.until(id, "BUILD")
    aws(site, "stop-build", "--id", id)

    assert site.ended(id)["buildStatus"] == "STOPPED"
    assert "(ResourceNotFoundException)" in aws(site, "stop-build", "--id", f"{DIG}:none", fails=True)
