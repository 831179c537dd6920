"""Globs over folders: which paths each matches."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codebuild.terraform.globs import matches

PATHS = [".", "a", "services", "services/a", "services/a/b", "x/prod", "prod", "x/y/prod", "axb"]


@pytest.mark.parametrize(
    ("glob", "matched"),
    [
        pytest.param("*", [".", "a", "services", "prod", "axb"], id="one name"),
        pytest.param("**", PATHS, id="everything"),
        pytest.param("services/*", ["services/a"], id="below"),
        pytest.param("services/**", ["services", "services/a", "services/a/b"], id="all below, and itself"),
        pytest.param("**/prod", ["x/prod", "prod", "x/y/prod"], id="however deep"),
        pytest.param("x/**/prod", ["x/prod", "x/y/prod"], id="between"),
        pytest.param("a?b", ["axb"], id="one letter"),
        pytest.param("a.b", [], id="a dot is a dot"),
        pytest.param(".", ["."], id="the top"),
    ],
)
def test_matches_whole_paths(glob: str, matched: list[str]) -> None:
    """A glob is about the whole path, and a star ends at a slash."""
    assert [path for path in PATHS if matches(path, [glob])] == matched


PATH = st.lists(st.text(alphabet="ab.[](){}+^$|\\ é", min_size=1, max_size=4), min_size=1, max_size=4).map("/".join)


@given(PATH)
def test_a_path_is_a_glob_of_itself(path: str) -> None:
    """Only * and ? mean something; every other letter is itself."""
    assert matches(path, [path])
    assert matches(path, ["**"])
    assert not matches(f"{path}x", [path])


@given(PATH, PATH)
def test_a_folder_with_two_stars_is_all_below_it(folder: str, below: str) -> None:
    """`folder/**` has every path below the folder."""
    assert matches(f"{folder}/{below}", [f"{folder}/**"])
    assert matches(f"{folder}/{below}", [f"**/{below}"])
