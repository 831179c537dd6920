"""How wide text is, and where it breaks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.asl.lettering import width, wrapped


def test_full_width_letters_are_twice_as_wide() -> None:
    """Japanese takes the room it takes."""
    assert width("起動", 10) > 1.5 * width("ab", 10)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("Look", ["Look"], id="short"),
        pytest.param("Wait until it settles", ["Wait until it", "settles"], id="between words"),
        pytest.param("Antidisestablishmentarianism", ["Antidisestabli", "shmentariani…"], id="in a long word"),
        pytest.param("one two three four five six seven eight", ["one two three", "four five six…"], id="too much"),
        pytest.param("", [""], id="nothing"),
    ],
)
def test_breaks_lines(text: str, lines: list[str]) -> None:
    """Text breaks between words where it can, and what does not fit ends in an ellipsis."""
    assert wrapped(text, 10, 70, 2) == lines


@given(st.text(max_size=60), st.integers(20, 200), st.integers(1, 4))
def test_never_too_wide(text: str, widest: int, most: int) -> None:
    """No line is wider than asked, but for one letter that is wider itself; never are there more lines."""
    lines = wrapped(text, 10, widest, most)

    assert len(lines) <= most
    assert all(width(line, 10) <= widest + 10 for line in lines)
