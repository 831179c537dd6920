"""The binary's calls: there are three, none of which changes anything, in an environment that disturbs none of them."""

import ast
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from codebuild.terraform.binary import SUBCOMMANDS, NoBinary, Terraform, environment

ROOT = Path(__file__).parents[3]
HARMLESS = {"init", "plan", "show", "version"}


def test_there_is_no_subcommand_that_changes_anything() -> None:
    """init, plan and show: nothing in the project can apply."""
    assert set(SUBCOMMANDS) <= HARMLESS


@pytest.mark.parametrize("subcommand", ["apply", "destroy", "import", "state", "taint", "-chdir=x", ""])
def test_another_subcommand_is_refused(tmp_path: Path, subcommand: Any) -> None:
    """Also at run time, should a type checker have been silenced."""
    with pytest.raises(ValueError, match="only plans"):
        Terraform("true", tmp_path, {}, 5).call(subcommand)


def content() -> Iterator[Path]:
    for folder in ("codebuild", "tasks", "machines", "schemas"):
        yield from (ROOT / folder).rglob("*.py")


def test_only_two_modules_start_programs() -> None:
    """git is started by checkout, terraform by binary, both through spawn; nobody else starts anything."""
    starting = {"subprocess", "pty", "multiprocessing", "codebuild.terraform.spawn"}
    found = {path.relative_to(ROOT).as_posix(): imported(path) & starting for path in content()}

    assert {name for name, modules in found.items() if "subprocess" in modules} == {"codebuild/terraform/spawn.py"}
    callers = {path.relative_to(ROOT).as_posix() for path in content() if "spawn.run(" in path.read_text()}
    assert callers == {"codebuild/terraform/binary.py", "codebuild/terraform/checkout.py"}
    for path in content():
        assert not {"system", "popen", "execv", "posix_spawn"} & attributes_of_os(path), path


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{name.name}" for name in node.names)}
    return found


def attributes_of_os(path: Path) -> set[str]:
    tree = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
    return {
        node.attr
        for node in tree
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "os"
    }


def test_the_environment_disturbs_no_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Flags, logs and shared folders of whoever started the build are left out; what the configuration says is in."""
    for name in [name for name in os.environ if name.startswith(("TF_", "CHECKPOINT_"))]:
        monkeypatch.delenv(name)
    for name in ("TF_CLI_ARGS", "TF_CLI_ARGS_plan", "TF_LOG", "TF_LOG_PATH", "TF_DATA_DIR", "TF_PLUGIN_CACHE_DIR"):
        monkeypatch.setenv(name, "x")
    monkeypatch.setenv("TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE", "1")
    monkeypatch.setenv("TF_VAR_inherited", "i")
    monkeypatch.setenv("TF_INPUT", "1")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "missing"))

    made = environment({"TF_VAR_given": "g"})
    found = {name: value for name, value in made.items() if name.startswith(("TF_", "CHECKPOINT_"))}

    assert found == {
        "TF_VAR_inherited": "i",
        "TF_VAR_given": "g",
        "TF_IN_AUTOMATION": "1",
        "TF_INPUT": "0",
        "CHECKPOINT_DISABLE": "1",
    }


def test_a_cli_configuration_that_is_there_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A mirror that the machine's owner configured is used."""
    (tmp_path / "rc").write_text("")
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "rc"))

    assert environment({})["TF_CLI_CONFIG_FILE"] == str(tmp_path / "rc")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        pytest.param("no-such-terraform", "no-such-terraform is not there. Install it", id="not there"),
        pytest.param("./a-file", "./a-file cannot be run: Permission denied", id="no program"),
    ],
)
def test_a_binary_that_cannot_be_started_is_told(tmp_path: Path, name: str, words: str) -> None:
    """Its name, and what to do."""
    (tmp_path / "a-file").write_text("")

    with pytest.raises(NoBinary, match=words):
        Terraform(name, tmp_path, {}, 5).call("init")


def test_only_a_call_that_is_given_one_has_a_plugin_cache(tmp_path: Path) -> None:
    """init writes to it; plan and show find what init has linked."""
    (tmp_path / "program").write_text('#!/bin/sh\necho "$1 $TF_PLUGIN_CACHE_DIR"\n')
    (tmp_path / "program").chmod(0o755)
    terraform = Terraform(str(tmp_path / "program"), tmp_path, {}, 5)

    assert terraform.call("init", plugins=tmp_path).out == f"init {tmp_path}\n".encode()
    assert terraform.call("plan").out == b"plan \n"


def test_the_time_begins_with_the_first_call(tmp_path: Path) -> None:
    """Whoever waits for its turn before loses none of it."""
    terraform = Terraform("true", tmp_path, {}, 5)
    before = terraform.spent
    terraform.call("init")

    assert before == 0
    assert terraform.spent > 0
