"""JSON Pointers: names with slashes and tildes, and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.asl.pointer import child, parent, tokens


@pytest.mark.parametrize(
    ("names", "pointer"),
    [
        pytest.param((), "", id="the whole"),
        pytest.param(("States", "Look", "Next"), "/States/Look/Next", id="names"),
        pytest.param(("Choices", 0, "Next"), "/Choices/0/Next", id="index"),
        pytest.param(("a/b", "m~n"), "/a~1b/m~0n", id="escaped"),
        pytest.param(("", "~1"), "//~01", id="empty name, and one that looks escaped"),
    ],
)
def test_follows_rfc_6901(names: tuple[str | int, ...], pointer: str) -> None:
    """Names are escaped as RFC 6901 says."""
    assert child("", *names) == pointer


@given(st.lists(st.text(max_size=5)))
def test_tokens_are_the_names(names: list[str]) -> None:
    """Whatever the names are, the pointer gives them back."""
    assert tokens(child("", *names)) == names


def test_parent() -> None:
    """The parent is what holds the place; the root has no other."""
    assert [parent("/a/b"), parent("/a"), parent("")] == ["/a", "", ""]
