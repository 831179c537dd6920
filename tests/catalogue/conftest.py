"""A project in a folder of its own, whose modules the next test does not see."""

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.content import put_back

Writing = Callable[[Mapping[str, str]], Path]

MARK = "[tool.handrail]\n"
SCHEMA = '''"""What may be asked."""
from handrail.schema import Ask, Input

class Greet(Input):
    """Say hello. And nothing else."""

    whom: str = Ask("Whom?", ja="誰に", options="people")
'''
TASKS = '''"""How it is said."""
from handrail.task import TaskError, options, task

class Shy(TaskError):
    """Nobody is there."""

@options
def people() -> list[str]:
    """Who is there."""
    return ["world"]

@task
def hello(*, whom: str) -> None:
    """Say it."""
'''
MACHINE = '''"""Say hello."""
from datetime import timedelta
from handrail.machine import Machine, Task, given
from schemas.greet import Greet
from tasks import voice

MACHINE = Machine(
    "greet",
    input=Greet,
    steps=[Task("Say", voice.hello, whom=given(Greet).whom)],
    timeout=timedelta(minutes=5),
)
'''
GREETING = {
    "pyproject.toml": MARK,
    "schemas/greet.py": SCHEMA,
    "tasks/voice.py": TASKS,
    "machines/greet.py": MACHINE,
    "machines/_parts.py": "raise RuntimeError('never imported by itself')",
}


@pytest.fixture
def greeting() -> dict[str, str]:
    """The files of a small project that is right."""
    return dict(GREETING)


@pytest.fixture
def write(tmp_path: Path) -> Writing:
    """Write the files of a project; gives its root."""

    def written(files: Mapping[str, str], name: str = "team") -> Path:
        for path, text in files.items():
            file = tmp_path / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        return tmp_path / name

    return written


@pytest.fixture(autouse=True)
def apart() -> Iterator[None]:
    """Imports of one project do not reach another test."""

    with put_back():
        yield
