"""What tools that are not ours say about the machines that we write."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from handrail.artefacts.asl import definition
from handrail.catalogue import Catalogue

ROOT = Path(__file__).parents[2]
VALIDATOR = ROOT / "var/npm/node_modules/.bin/asl-validator"
Peer = Callable[[Mapping[str, Any], Path], list[str]]

BROKEN = {"StartAt": "Begin", "States": {"Begin": {"Type": "Pass", "Next": "Nowhere", "Nex": "Typo"}}}


def asl_validator(machine: Mapping[str, Any], folder: Path) -> list[str]:
    """What the npm program of that name finds in the structure, the paths and the ARNs; it finds on stderr."""
    if not VALIDATOR.is_file() or shutil.which("node") is None:
        pytest.skip("asl-validator is not installed; `make peers` brings it (it needs node and npm)")
    path = folder / "machine.asl.json"
    path.write_text(json.dumps(machine))
    return run(str(VALIDATOR), "--json-path", str(path)).stderr.splitlines()


def cfn_lint(machine: Mapping[str, Any], folder: Path) -> list[str]:
    """What the CloudFormation linter finds in a template that holds the machine as its Definition."""
    properties = {"RoleArn": "arn:aws:iam::123456789012:role/machine", "Definition": machine}
    resource = {"Type": "AWS::StepFunctions::StateMachine", "Properties": properties}
    path = folder / "template.json"
    path.write_text(json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Machine": resource}}))
    done = run(str(Path(sys.executable).with_name("cfn-lint")), str(path))
    return (done.stdout + done.stderr).splitlines()


def run(*argv: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, capture_output=True, text=True, check=False)


PEERS = pytest.mark.parametrize("peer", [asl_validator, cfn_lint])


@PEERS
def test_finds_nothing(peer: Peer, catalogue: Catalogue, tmp_path: Path) -> None:
    """No peer has a word to say about any runbook's machine."""
    for runbook in catalogue.runbooks.values():
        assert peer(json.loads(definition(runbook)), tmp_path) == [], runbook.name


@PEERS
def test_would_find_something(peer: Peer, tmp_path: Path) -> None:
    """The same peers, called the same way, refuse a machine that is broken."""
    assert peer(BROKEN, tmp_path) != []
