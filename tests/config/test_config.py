"""Reading configuration: every mistake at once, each with its line, and in words that help."""

import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

from handrail.config import Mistake, load
from handrail.errors import HandrailError, Problems


class Dog(BaseModel):
    """One that barks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    size: Literal["small", "large"] = "small"
    age: int = 0
    tags: Mapping[str, str] = {}


class Kennel(BaseModel):
    """Several of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    dogs: tuple[Dog, ...]
    guard: Dog | None = None


def written(folder: Path, text: str) -> Path:
    path = folder / "kennel.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def told(folder: Path, text: str) -> list[str]:
    with pytest.raises(Problems) as caught:
        load(written(folder, text), Kennel)
    return [problem.partition("kennel.yaml:")[2] for problem in caught.value.problems]


def test_gives_the_values_of_the_model(tmp_path: Path) -> None:
    """A right file becomes the model; an alias is what its anchor holds."""
    path = written(tmp_path, "dogs:\n  - &rex {name: Rex, age: 3}\n  - name: 'on'\nguard: *rex\n")

    kennel = load(path, Kennel)

    assert [dog.name for dog in kennel.dogs] == ["Rex", "on"]
    assert kennel.guard == kennel.dogs[0]


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        pytest.param("dogs:\n  - nam: Rex\n", [
            '2: dogs[0].nam is not a setting here. Did you mean "name"?', "2: dogs[0].name is missing",
        ], id="misspelt"),
        pytest.param("dogs:\n  - name: Rex\n    size: lage\n", [
            "3: dogs[0].size is \"lage\", which is none of 'small' or 'large'. Did you mean \"large\"?",
        ], id="none of the words"),
        pytest.param("dogs:\n  - name: Rex\n    age: old\n", ["3: dogs[0].age must be a whole number"], id="no number"),
        pytest.param("dogs:\n  - name: 7\n", ["2: dogs[0].name must be text"], id="no text"),
        pytest.param("dogs: Rex\n", ["1: dogs must be a list"], id="no list"),
        pytest.param("dogs: []\nguard: Rex\n", ["2: guard must be a mapping"], id="no mapping"),
        pytest.param("dogs: []\ndogs: []\n", ["2: dogs is given twice; line 1 has it already"], id="twice"),
        pytest.param("dogs:\n  - name: Rex\n    tags:\n      a: x\n      b: [y]\n", [
            "5: dogs[0].tags.b must be text",
        ], id="inside a mapping"),
        pytest.param("- Rex\n", ["1: must be a mapping"], id="another shape altogether"),
    ],
)  # fmt: skip
def test_says_what_is_wrong_and_on_which_line(tmp_path: Path, text: str, problems: list[str]) -> None:
    """A mistake is told in the words of somebody who writes a file, with the near match."""
    assert told(tmp_path, text) == problems


def test_tells_all_mistakes_at_once(tmp_path: Path) -> None:
    """Five mistakes of five kinds come in one error, in the order of their lines."""
    text = "dogs:\n  - size: huge\n  - name: Rex\n    age: x\n    name: Max\ngard: {}\n"

    assert [problem.partition(":")[0] for problem in told(tmp_path, text)] == ["2", "2", "4", "5", "6"]


def test_what_concerns_several_values_is_told_with_the_rest(tmp_path: Path) -> None:
    """The caller's own check runs although a single value is wrong as well."""

    def also(value: Any) -> Iterable[Mistake]:
        yield Mistake(("dogs", 1), "is one dog too many")

    with pytest.raises(Problems) as caught:
        load(written(tmp_path, "dogs:\n  - name: Rex\n  - age: x\n"), Kennel, also)

    assert [problem.partition("kennel.yaml:")[2] for problem in caught.value.problems] == [
        "3: dogs[1] is one dog too many",
        "3: dogs[1].age must be a whole number",
        "3: dogs[1].name is missing",
    ]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(b"dogs: [\n", "kennel.yaml:2: this is not YAML", id="broken"),
        pytest.param(b"", "kennel.yaml is empty", id="empty"),
        pytest.param(b"dogs: \xff\n", "is not UTF-8", id="another encoding"),
        pytest.param(b"a: 1\n---\nb: 2\n", "this is not YAML", id="two documents"),
        pytest.param(b"a: *nobody\n", "kennel.yaml:1: this is not YAML", id="alias of nothing"),
    ],
)
def test_a_file_that_is_no_yaml_is_told_with_its_line(tmp_path: Path, text: bytes, words: str) -> None:
    """Where there is nothing to check, one sentence says so."""
    path = tmp_path / "kennel.yaml"
    path.write_bytes(text)

    with pytest.raises(HandrailError, match=words):
        load(path, Kennel)


def test_a_missing_file_is_told_by_name(tmp_path: Path) -> None:
    """A file that is not there is told without a traceback."""
    with pytest.raises(HandrailError, match=r"kennel\.yaml cannot be read: No such file"):
        load(tmp_path / "kennel.yaml", Kennel)


def test_an_alias_that_holds_itself_ends(tmp_path: Path) -> None:
    """A document that contains itself is no trap, and neither is one that grows exponentially."""
    layers = "\n".join(f"    k{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))
    bomb = f"dogs:\n  - name: Rex\n    tags:\n    k0: &a0 x\n{layers}\n"

    assert told(tmp_path, "dogs: &all\n  - *all\n")
    assert told(tmp_path, bomb)


@pytest.fixture
def limit() -> Iterator[int]:
    """Python's usual limit to recursion, whatever another test has made of it."""
    before, usual = sys.getrecursionlimit(), 1000
    sys.setrecursionlimit(usual)
    yield usual
    sys.setrecursionlimit(before)


def test_a_document_that_is_nested_too_deeply_is_told(tmp_path: Path, limit: int) -> None:
    """In a sentence, without a traceback."""
    (tmp_path / "kennel.yaml").write_text(f"dogs: {'[' * limit}{']' * limit}")

    with pytest.raises(HandrailError, match=r"kennel\.yaml: this is nested too deeply"):
        load(tmp_path / "kennel.yaml", Kennel)


@given(st.text(alphabet="ab:- \n[]{}&*!|>'\"#%@,?1\t", max_size=60))
def test_whatever_the_text_the_answer_is_a_model_or_an_error(text: str) -> None:
    """No text makes the reader fail in its own way."""
    with tempfile.TemporaryDirectory() as folder, suppress(HandrailError):
        assert load(written(Path(folder), text), Kennel)
