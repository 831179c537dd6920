"""handrail.artefacts.compose and build.py: what is made of the runbooks, and that nothing else decides about it."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from handrail.artefacts.compose import artefacts
from handrail.catalogue import Catalogue

ROOT = Path(__file__).parents[2]

DIGEST = """
import hashlib
from handrail.artefacts.compose import artefacts
from handrail.catalogue import load
for path, content in sorted(artefacts(load()).items()):
    print(path, hashlib.sha256(content).hexdigest())
"""


def test_makes_each_kind_for_each_runbook(catalogue: Catalogue) -> None:
    """Every runbook has a definition, a schema and a page, and the index names all three."""
    made = artefacts(catalogue)
    index = json.loads(made["catalogue.json"])["runbooks"]

    assert set(index) == set(catalogue.runbooks)
    assert {path for entry in index.values() for key in ("definition", "schema", "page") for path in [entry[key]]} == {
        path for path in made if path != "catalogue.json"
    }


@pytest.mark.parametrize("seed", ["1", "2"])
def test_gives_the_same_bytes(catalogue: Catalogue, seed: str) -> None:
    """Another process, with another order of sets, in another time zone, makes the same artefacts."""
    environment = os.environ | {"PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    argv = [sys.executable, "-c", DIGEST]
    done = subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    made = {path: hashlib.sha256(content).hexdigest() for path, content in artefacts(catalogue).items()}

    assert done.stdout.splitlines() == [f"{path} {made[path]}" for path in sorted(made)]


def test_names_no_place_of_this_machine(catalogue: Catalogue) -> None:
    """Artefacts are the same wherever they are made: no absolute path is in any of them."""
    assert [path for path, content in artefacts(catalogue).items() if str(ROOT).encode() in content] == []
