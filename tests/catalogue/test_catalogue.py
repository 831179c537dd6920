"""The catalogue: a project is found by its folders, and what is wrong with its files is told at once."""

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from handrail.catalogue import command, load
from handrail.errors import HandrailError, Problems
from handrail.stats import Figure

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "types" / "project"
Writing = Callable[..., Path]
Files = dict[str, str]


def test_the_folders_are_the_catalogue() -> None:
    """A file in a folder is all it takes; there is no list to add it to."""
    found = load(SAMPLE)

    assert sorted(found.runbooks) == ["census-taking", "cluster-power"]
    assert sorted(found.projects) == ["census"]
    assert sorted(found.options) == ["clusters"]
    assert sorted(found.functions) == [
        "accept",
        "census-regions",
        "census-report",
        "census-tally",
        "notify-finished",
        "options-clusters",
        "rds-look",
        "rds-set_power",
    ]


def test_a_runbook_says_what_it_does(write: Writing, greeting: Files) -> None:
    """The first sentence of the schema is the sentence in every list."""
    runbook = load(write(greeting)).runbooks["greet"]

    assert (runbook.name, runbook.summary, runbook.path.name) == ("greet", "Say hello.", "greet.py")
    assert runbook.input is runbook.machine.input


@pytest.mark.parametrize("below", [pytest.param("", id="root"), pytest.param("machines", id="a folder below")])
def test_the_root_is_found_upwards(write: Writing, greeting: Files, below: str) -> None:
    """Commands work anywhere in a project."""
    root = write(greeting)

    assert load(root / below).root == root


def test_outside_of_a_project_it_says_so(tmp_path: Path) -> None:
    """A pyproject.toml of something else is not ours."""
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "handrail-lookalike"\n')

    with pytest.raises(HandrailError, match=r"is in no Handrail project"):
        load(tmp_path)


@pytest.mark.parametrize("place", ["second", "first/examples/second"], ids=["beside it", "inside it"])
def test_two_projects_in_one_process_keep_apart(write: Writing, greeting: Files, place: str) -> None:
    """The folders of another project have the same names; what is loaded is this one's."""
    other = greeting | {"tasks/voice.py": greeting["tasks/voice.py"].replace('"world"', '"moon"')}
    first, second = load(write(greeting, name="first")), load(write(other, name=place))

    assert first.options["people"]() == ["world"]
    assert second.options["people"]() == ["moon"]
    assert load(first.root).options["people"]() == ["world"]


def test_an_installed_package_of_the_same_name_is_not_in_the_way(
    write: Writing, greeting: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A regular package `tasks` later on the path would win over a folder without __init__.py."""
    installed = write(
        {"tasks/__init__.py": "", "tasks/voice.py": "raise RuntimeError", "config/__init__.py": ""}, "site"
    )
    monkeypatch.setattr(sys, "path", [*sys.path, str(installed)])

    assert load(write(greeting)).functions["voice-hello"].name == "voice.hello"


def test_a_console_script_finds_the_project_of_its_folder(write: Writing, greeting: Files) -> None:
    """A script's path begins with where it is installed, not with the working directory."""
    program = "from handrail.catalogue import command, load; print(*load().runbooks)"
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        cwd=write(greeting) / "tasks",
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (done.stdout.strip(), done.stderr) == ("greet", "")


CASES: list[Any] = [
    pytest.param({"tasks/voice.py": "def ("}, [r"tasks/voice\.py:1: .+"], id="syntax"),
    pytest.param(
        {"tasks/voice.py": "import json\nimport jsn\n"},
        [r"tasks/voice\.py:2: ModuleNotFoundError: No module named 'jsn'"],
        id="an import, told once though the machine fails of it, too",
    ),
    pytest.param(
        {"machines/greet.py": "MACHIEN = 1\n"},
        [r'machines/greet\.py: MACHINE must be a Machine; there is none\. Did you mean "MACHIEN"\?'],
        id="no machine",
    ),
    pytest.param(
        {"machines/greet.py": "MACHINE = 1\n"},
        [r"machines/greet\.py: MACHINE must be a Machine; it is of type int\."],
        id="no machine but a number",
    ),
    pytest.param(
        {"machines/hello.py": None},
        [
            r'machines/hello\.py: its machine is named "greet"; by its file it is "hello"\.',
        ],
        id="another name",
    ),
    pytest.param(
        {"schemas/greet.py": "from schemas.parts import Greet\n", "schemas/parts.py": None},
        [r'machines/greet\.py: "greet" is asked with Greet of schemas\.parts; by its name .+/greet\.py: Greet\.'],
        id="schema elsewhere",
    ),
    pytest.param(
        {"tasks/voice.py": 'from handrail.task import task\n@task\ndef hello(*, whom: str) -> None:\n    """Say."""\n'},
        [r'schemas/greet\.py: Greet\.whom has options "people", but no @options function in tasks/ is called that\.'],
        id="options that nobody lists",
    ),
    pytest.param(
        {"tasks/words.py": 'from handrail.task import options\n@options\ndef people() -> list[str]:\n    """Who."""\n'},
        [
            r"tasks/words\.py: words\.people and voice\.people would both be the Lambda function "
            r"handrail-options-people; give one of them another name\.",
        ],
        id="options of one name twice",
    ),
    pytest.param(
        {"commands/list.py": "raise RuntimeError", "commands/Two-words.py": ""},
        [
            r"commands/Two-words\.py: a command's file is named with small letters, digits and single underscores\.",
            r"commands/list\.py: `handrail list` is there already, in every project; give this one another name\.",
        ],
        id="names that no command can have",
    ),
    pytest.param(
        {"tasks/greet_stats.py": "", "tasks/gret_stats.py": "STATS = 1\n", "tasks/other_stats.py": ""},
        [
            r"tasks/greet_stats\.py: STATS must be a function; there is none\.",
            r'tasks/gret_stats\.py: there is no runbook "gret" whose figures these could be\. Did you mean "greet"\?',
        ],
        id="figures of no runbook; a file without any is a task like others",
    ),
    pytest.param(
        {"codebuild/paint/project.py": "PROJECT = 1\n", "codebuild/shared/words.py": "raise RuntimeError"},
        [r"codebuild/paint/project\.py: PROJECT must be a Project; it is of type int\."],
        id="no project; what is no project.py is no project",
    ),
    pytest.param(
        {
            "schemas/other.py": 'from handrail.schema import Input\nclass Other(Input):\n    """No."""\n    x: int\n',
            "tasks/other.py": "1 / 0\n",
            "machines/other.py": "from handrail.machine import given\nfrom schemas import greet\n\n"
            "given(greet.Greet).wohm\n",
        },
        [
            r"schemas/other\.py:2: schemas\.other\.Other cannot become a form: x: has no question.+",
            r"tasks/other\.py:1: ZeroDivisionError: division by zero",
            r'machines/other\.py:4: Greet has no field wohm; it has whom\. Did you mean "whom"\?',
        ],
        id="everything at once",
    ),
]


@pytest.mark.parametrize(("change", "told"), CASES)
def test_what_is_wrong_with_a_file_is_told_with_its_line(
    write: Writing, greeting: Files, change: Mapping[str, str | None], told: list[str]
) -> None:
    """One look at the project finds every file that cannot be read, and where."""
    moved = {"machines/hello.py": greeting["machines/greet.py"], "schemas/parts.py": greeting["schemas/greet.py"]}
    files = greeting | {path: moved[path] if text is None else text for path, text in change.items()}

    with pytest.raises(Problems, match=r"^team cannot be read:") as caught:
        load(write(files))

    assert len(caught.value.problems) == len(told), caught.value.problems
    for pattern, problem in zip(told, caught.value.problems, strict=True):
        assert re.fullmatch(pattern, problem), problem


def test_figures_go_by_their_runbook(write: Writing, greeting: Files) -> None:
    """The name of the file says whose they are."""
    stats = "from handrail.stats import Figure\ndef STATS(days, now):\n    return [Figure('days', days)]\n"
    found = load(write(greeting | {"tasks/greet_stats.py": stats}))

    assert [*found.stats] == ["greet"]
    assert found.stats["greet"](3, datetime.now(UTC)) == [Figure("days", 3)]


def test_a_command_is_imported_alone(write: Writing, greeting: Files) -> None:
    """What is wrong with the rest of the project is no matter of it; what it reads is this project's."""
    shout = "from typer import Typer\nfrom tasks.voice import people\nAPP = Typer(help=people()[0])\n"
    root = write(greeting | {"machines/greet.py": "raise RuntimeError", "commands/shout.py": shout})

    assert command(root, root / "commands/shout.py").info.help == "world"
