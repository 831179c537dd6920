"""Artifacts: which files the globs of a buildspec take, and where they land in the bucket."""

import io
import os
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.local.builds.artifacts import choose, collect, pattern, prefix, upload
from handrail.local.builds.buildspec import ArtifactSpec
from handrail.local.builds.failure import EndedEarlyError, PhaseError
from handrail.local.builds.project import ProjectArtifacts

TREE = ["app.jar", "docs/a.md", "docs/deep/b.md", "src/.hidden", "src/main.py", "src/lib/x.py"]


@pytest.mark.parametrize(
    ("globs", "excluded", "taken"),
    [
        pytest.param(["app.jar"], [], ["app.jar"], id="one file"),
        pytest.param(["./app.jar"], [], ["app.jar"], id="a dot before it"),
        pytest.param(["**/*"], [], TREE, id="everything"),
        pytest.param(["**"], [], TREE, id="two stars alone"),
        pytest.param(["docs/*"], [], ["docs/a.md"], id="a folder"),
        pytest.param(["docs/**/*"], [], ["docs/a.md", "docs/deep/b.md"], id="a folder and what is below"),
        pytest.param(["docs/**"], [], ["docs/a.md", "docs/deep/b.md"], id="two stars at the end"),
        pytest.param(["*/a.md"], [], ["docs/a.md"], id="some folder"),
        pytest.param(["**/*.py"], [], ["src/main.py", "src/lib/x.py"], id="by suffix"),
        pytest.param(["src/*"], [], ["src/.hidden", "src/main.py"], id="hidden files too"),
        pytest.param(["app.???"], [], ["app.jar"], id="question marks"),
        pytest.param(["docs/?.md", "app.jar"], [], ["app.jar", "docs/a.md"], id="several"),
        pytest.param(["docs"], [], [], id="a folder is no file"),
        pytest.param(["**/*"], ["src/**/*", "docs/*"], ["app.jar", "docs/deep/b.md"], id="all but some"),
        pytest.param(["*.[a-z]ar"], [], [], id="brackets are no glob"),
    ],
)
def test_takes_what_the_globs_say(globs: list[str], excluded: list[str], taken: list[str]) -> None:
    """`*` stays within a folder, `**` goes through any number of them, excluded paths are left out."""
    assert choose(TREE, ArtifactSpec(tuple(globs), exclude=tuple(excluded))) == taken


NAME = st.from_regex(r"[a-z.\-+()]{1,4}", fullmatch=True)
PATH = st.lists(NAME, min_size=1, max_size=4).map("/".join)


@given(PATH)
def test_a_path_stands_for_itself(path: str) -> None:
    """A path without stars is taken literally, whatever a regular expression would make of it."""
    assert pattern(path).fullmatch(path.removeprefix("./"))
    assert pattern("**/*").fullmatch(path)
    assert bool(pattern("*").fullmatch(path)) == ("/" not in path)


@given(st.lists(st.sampled_from(["*", "**", "?", "a", "b", "*b"]), min_size=1, max_size=4), PATH)
def test_globs_are_what_a_plain_matcher_says(parts: list[str], path: str) -> None:
    """The expression agrees with the definition, folder by folder."""
    path = re.sub(r"[^ab/]", "a", path)

    assert bool(pattern("/".join(parts)).fullmatch(path)) == matches(parts, path.split("/"))


def matches(globs: list[str], names: list[str]) -> bool:
    """The definition: `**` is any number of names (at least one at the end), `*` some letters, `?` one."""
    if not globs or not names:
        return not globs and not names
    if globs == ["**"]:
        return True
    if globs[0] == "**":
        return matches(globs[1:], names) or matches(globs, names[1:])
    one = re.escape(globs[0]).replace(r"\*", ".*").replace(r"\?", ".")
    return bool(re.fullmatch(one, names[0])) and matches(globs[1:], names[1:])


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """The tree of the reference's own example of base-directory."""
    for name in ("my-build1/my-file1.txt", "my-build2/my-file2.txt", "my-build2/my-subdirectory/my-file3.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(name)
    return tmp_path


def endless() -> None:
    """A build that is neither stopped nor out of time."""


@pytest.mark.parametrize(
    ("spec", "names"),
    [
        pytest.param(
            ArtifactSpec(("*/my-file3.txt",), base_directory="my-build2"),
            {"my-subdirectory/my-file3.txt"},
            id="one base",
        ),
        pytest.param(
            ArtifactSpec(("**/*",), base_directory="my-build*", discard_paths=True),
            {"my-file1.txt", "my-file2.txt", "my-file3.txt"},
            id="several bases, no paths",
        ),
        pytest.param(
            ArtifactSpec(("**/*",), base_directory="my-build2/", exclude=("my-file2.txt",)),
            {"my-subdirectory/my-file3.txt"},
            id="excluded paths are relative to the base",
        ),
    ],
)
def test_names_are_relative_to_the_base_directory(tree: Path, spec: ArtifactSpec, names: set[str]) -> None:
    """The examples of artifacts/base-directory in the reference come out as it says."""
    assert set(collect(tree, spec, lambda _: None, endless)) == names


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        pytest.param(ArtifactSpec(("nothing.txt",)), "no matching artifact paths found", id="no file"),
        pytest.param(ArtifactSpec(("*",), base_directory="nowhere"), "no matching base directory path", id="no base"),
    ],
)
def test_nothing_to_upload_is_an_error(tree: Path, spec: ArtifactSpec, told: str) -> None:
    """A glob that takes nothing fails the phase, and the log says which."""
    said: list[str] = []
    with pytest.raises(PhaseError, match=told) as raised:
        collect(tree, spec, said.append, endless)

    assert raised.value.status_code == "CLIENT_ERROR"


@pytest.mark.parametrize(
    ("to", "name", "key"),
    [
        pytest.param(ProjectArtifacts(), "", "work", id="the project's name"),
        pytest.param(ProjectArtifacts(name="own"), "", "own", id="the artifact's name"),
        pytest.param(ProjectArtifacts(name="own"), "run/7", "run/7", id="the buildspec's name"),
        pytest.param(ProjectArtifacts(name="own", override_name=False), "run/7", "own", id="no override"),
        pytest.param(ProjectArtifacts("drift-check"), "7/roots", "drift-check/7/roots", id="a path before it"),
        pytest.param(ProjectArtifacts("p", "n", "BUILD_ID"), "", "p/b-1/n", id="the build's id"),
        pytest.param(ProjectArtifacts("p/"), "/", "p", id="no name at all"),
    ],
)
def test_keys_are_made_as_the_api_says(to: ProjectArtifacts, name: str, key: str) -> None:
    """path, build id and name make the key."""
    assert prefix("work", "b-1", name, to, ArtifactSpec(("x",), name)) == key


def test_a_prefix_comes_before_the_build_id() -> None:
    """s3-prefix counts with the namespace BUILD_ID only."""
    spec = ArtifactSpec(("x",), s3_prefix="pre")

    assert prefix("work", "b-1", "n", ProjectArtifacts(namespace="BUILD_ID"), spec) == "pre/b-1/n"
    assert prefix("work", "b-1", "n", ProjectArtifacts(), spec) == "n"


@pytest.mark.parametrize(
    ("links", "names"),
    [
        pytest.param({"a": ".", "b": "."}, {"x", "one/y", "two/z"}, id="to the folder itself"),
        pytest.param(
            {"one/a": "../two", "one/b": "../two", "two/a": "../one", "two/b": "../one"},
            {"x", "one/y", "two/z", "one/a/z", "one/b/z", "two/a/y", "two/b/y"},
            id="to each other",
        ),
        pytest.param({"c": "one"}, {"x", "one/y", "two/z", "c/y"}, id="to another one"),
        pytest.param({"zero": "/dev/zero", "gone": "nowhere"}, {"x", "one/y", "two/z"}, id="to what is no file"),
    ],
)
def test_links_are_followed_to_what_is_new(tmp_path: Path, links: dict[str, str], names: set[str]) -> None:
    """A link to a folder that it stands in is not followed again; what would be read for ever is no artifact."""
    for name in ("x", "one/y", "two/z"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    os.mkfifo(tmp_path / "pipe")
    for name, target in links.items():
        (tmp_path / name).symlink_to(target)

    # Links to each other make a million folders where they are followed.
    assert set(collect(tmp_path, ArtifactSpec(("**/*",)), lambda _: None, at_most(100))) == names


def at_most(times: int) -> Callable[[], None]:
    """A check that ends the search when it has been called so often."""
    left = iter(range(times))

    def check() -> None:
        if next(left, None) is None:
            raise EndedEarlyError("TIMED_OUT")

    return check


def test_a_search_ends_when_the_build_does(tree: Path) -> None:
    """Time is looked at in every folder, so that no number of them keeps a build from ending."""
    with pytest.raises(EndedEarlyError):
        collect(tree, ArtifactSpec(("**/*",)), lambda _: None, at_most(2))


class Shelf:
    name = "shelf"

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}

    def put(self, key: str, content: bytes | Path) -> None:
        if key.endswith("full"):
            raise OSError("no room")
        self.objects[key] = content if isinstance(content, bytes) else content.read_bytes()


def test_uploads_each_file(tree: Path) -> None:
    """Without packaging each file is an object below the key."""
    shelf = Shelf()
    files = collect(tree, ArtifactSpec(("**/*",), base_directory="my-build2"), lambda _: None, endless)
    uploaded = upload(files, "key", ProjectArtifacts(), shelf)

    assert set(shelf.objects) == {"key/my-file2.txt", "key/my-subdirectory/my-file3.txt"}
    assert (uploaded.location, uploaded.sha256) == ("arn:aws:s3:::shelf/key", "")


def test_uploads_one_zip(tree: Path) -> None:
    """With packaging ZIP there is one object, and its digest is told."""
    shelf = Shelf()
    files = collect(tree, ArtifactSpec(("my-build1/*",)), lambda _: None, endless)
    uploaded = upload(files, "all.zip", ProjectArtifacts(packaging="ZIP"), shelf)

    assert zipfile.ZipFile(io.BytesIO(shelf.objects["all.zip"])).namelist() == ["my-build1/my-file1.txt"]
    assert len(uploaded.sha256) == 64


def test_a_bucket_that_refuses_fails_the_phase(tree: Path) -> None:
    """Whatever the bucket raises is the message of the phase."""
    files = {"full": tree / "my-build1/my-file1.txt"}
    with pytest.raises(PhaseError, match=r"UPLOAD_ARTIFACTS.*no room"):
        upload(files, "key", ProjectArtifacts(), Shelf())
