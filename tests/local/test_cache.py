"""What was worked out last is kept, within so many bytes."""

import pytest

from handrail.local.cache import Cache


@pytest.mark.parametrize(
    ("done", "kept", "held"),
    [
        pytest.param("a4 b4", "ab", 8, id="there is room"),
        pytest.param("a4 b4 c4", "bc", 8, id="the oldest goes"),
        pytest.param("a4 b4 a c4", "ac", 8, id="one that was asked for is younger"),
        pytest.param("a4 b4 c9", "c", 9, id="a large one moves several"),
        pytest.param("a99", "a", 99, id="the last one stays, whatever its size"),
        pytest.param("a99 b1", "b", 1, id="until there is another"),
        pytest.param("a4 a9", "a", 4, id="what is there is not replaced"),
    ],
)
def test_keeps_what_fits(done: str, kept: str, held: int) -> None:
    """`a4` puts in four bytes under the key a, `a` asks for it; ten bytes fit."""
    cache: Cache[str, str] = Cache(10)
    for step in done.split():
        key, size = step[0], step[1:]
        if size:
            assert cache.put(key, done, int(size)) == done
        else:
            assert cache.get(key) == done
    assert {key for key in "abc" if cache.get(key) is not None} == {*kept}
    assert cache.held == held


def test_two_who_work_out_the_same_have_one() -> None:
    """Whoever was slower is given what is kept already."""
    cache: Cache[str, list[str]] = Cache(10)
    first = cache.put("a", ["first"], 1)
    assert cache.put("a", ["second"], 1) is first
    assert cache.get("a") is first
    assert cache.get("b") is None
