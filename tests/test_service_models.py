"""botocore's models are read once a process, and those of a data path of somebody's own all the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import UnknownServiceError
from botocore.loaders import JSONFileLoader, Loader
from botocore.session import Session

from handrail.service_models import Files, loader, read_once, service_model, service_names


def test_every_session_reads_with_one_loader() -> None:
    """What one has read is there for the next."""
    read_once()

    assert {id(Session().get_component("data_loader")) for _ in range(2)} == {id(loader())}


def test_a_data_path_is_searched_as_botocore_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS_DATA_PATH is for models that botocore does not bring."""
    monkeypatch.setenv("AWS_DATA_PATH", str(tmp_path))
    read_once()

    assert str(tmp_path) in Session().get_component("data_loader").search_paths
    assert str(tmp_path) not in loader().search_paths


def test_a_model_is_found_by_its_name() -> None:
    """Unknown ones are refused in botocore's words."""
    assert service_model("stepfunctions") is service_model("stepfunctions")
    assert {"stepfunctions", "codebuild"} <= service_names()
    with pytest.raises(UnknownServiceError, match="stepfunction'"):
        service_model("stepfunction")


def test_the_files_are_read_as_botocore_reads_them() -> None:
    """Plain, packed and missing: the same content, in plain dicts."""
    ours, theirs = Files(), JSONFileLoader()
    data = Path(Loader.BUILTIN_DATA_PATH)
    for name in ("endpoints", "codebuild/2016-10-06/service-2", "codebuild/2016-10-06/nothing", "nothing/at/all"):
        path = str(data / name)
        assert ours.exists(path) == theirs.exists(path), name
        assert ours.load_file(path) == theirs.load_file(path), name


def test_nothing_is_loaded_before_it_is_wanted() -> None:
    """Importing the module costs nobody botocore."""
    program = "import sys, json, handrail.service_models; print(json.dumps('botocore' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) is False
