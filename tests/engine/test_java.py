"""Values as Java writes, hashes and draws them: the Java SE documentation of the classes named."""

import pytest

from handrail.asl.model import Json
from handrail.engine.java import JavaRandom, double_text, hash_code, hash_set, java_text, json_text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (-1.5, "-1.5"),
        (0.001, "0.001"),
        (0.0001, "1.0E-4"),
        (0.00012345, "1.2345E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (-1e16, "-1.0E16"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (5e-324, "5.0E-324"),
        (float("inf"), "Infinity"),
        (float("-inf"), "-Infinity"),
        (float("nan"), "NaN"),
    ],
)
def test_double(value: float, text: str) -> None:
    """Double.toString: plain from a thousandth up to ten million, with an exponent otherwise."""
    assert double_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param("it's", "it's", id="text"),
        pytest.param(None, "null", id="null"),
        pytest.param(True, "true", id="true"),
        pytest.param(12, "12", id="int"),
        pytest.param(1e10, "1.0E10", id="double"),
        pytest.param([1, "a", [None]], "[1, a, [null]]", id="list"),
        pytest.param({"a": 1, "b": {"c": []}}, "{a=1, b={c=[]}}", id="object"),
    ],
)
def test_text(value: Json, text: str) -> None:
    """toString of what Jackson makes of JSON: collections as AbstractMap and AbstractCollection write them."""
    assert java_text(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        pytest.param({"a": [1, 2.0, 1e-5]}, '{"a":[1,2.0,1.0E-5]}', id="doubles"),
        pytest.param("1e-05 and 2.0", '"1e-05 and 2.0"', id="what looks like a double in a text"),
        pytest.param('a"1e-05"\\', '"a\\"1e-05\\"\\\\"', id="quotes in a text"),
        pytest.param("é\n\x1f\\u001f", '"é\\n\\u001F\\\\u001f"', id="control characters"),
    ],
)
def test_json(value: Json, text: str) -> None:
    """Jackson's text differs from Python's in doubles and control characters, and only outside, or inside, strings."""
    assert json_text(value) == text


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (None, 0),
        (True, 1231),
        (False, 1237),
        (7, 7),
        (-7, -7),
        (2**32, 1),
        (1.0, 1072693248),
        ("", 0),
        ("hello", 99162322),
        ("polygenelubricants", -2147483648),
        ([], 1),
        ([1, 2], 994),
        ({"a": 1}, 96),
    ],
)
def test_hash(value: Json, code: int) -> None:
    """Object.hashCode of each kind of value."""
    assert hash_code(value) == code


@pytest.mark.parametrize(
    ("values", "distinct"),
    [
        pytest.param([3, 1, 2, 3], [1, 2, 3], id="small numbers by size"),
        pytest.param([17, 1, 33], [17, 1, 33], id="one bucket in the order of arrival"),
        pytest.param(["b", "a", "b"], ["a", "b"], id="letters"),
        pytest.param([{"a": 1, "b": 2}, {"b": 2, "a": 1}], [{"a": 1, "b": 2}], id="order of members"),
        pytest.param([1, True, "1"], [1, "1", True], id="kinds stay apart"),
        pytest.param([], [], id="empty"),
    ],
)
def test_hash_set(values: list[Json], distinct: list[Json]) -> None:
    """A HashSet goes through its buckets, whatever the order of arrival."""
    assert [(type(value), value) for value in hash_set(values)] == [(type(value), value) for value in distinct]


def test_random() -> None:
    """java.util.Random with seed 42 draws -1170105035 and 234785527; nextInt(bound) uses their high bits."""
    high_bits = [(-1170105035 % 2**32) >> 1, 234785527 >> 1]
    below_100, below_16 = JavaRandom(42), JavaRandom(42)

    assert [below_100.below(100) for _ in high_bits] == [bits % 100 for bits in high_bits]
    assert [below_16.below(16) for _ in high_bits] == [bits >> 27 for bits in high_bits]
