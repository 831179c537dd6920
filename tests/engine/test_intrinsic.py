"""The intrinsic functions: "Intrinsics for JSONPath states" in the Developer Guide, and what AWS was seen to do."""

import uuid
from collections.abc import Iterator, Mapping

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from handrail.asl.model import Json
from handrail.engine.failure import Failure
from handrail.engine.intrinsic import IntrinsicSyntaxError, compile_intrinsic


class Surroundings:
    """A variable, a Context Object, and a sequence of random numbers."""

    variables: Mapping[str, Json] = {"factor": 3}

    def __init__(self, *drawn: float) -> None:
        self.drawn: Iterator[float] = iter(drawn)

    def context(self) -> Json:
        return {"State": {"Name": "Look"}}

    def random(self) -> float:
        return next(self.drawn)

    def now(self) -> float:
        raise AssertionError("no function asks for the time")


INPUT: Json = {
    "name": "Ada",
    "numbers": [1, 2, 3, 4],
    "object": {"a": 1, "b": [True]},
    "null": None,
    "json": '{"a": [1, 2.50]}',
    "template": "{} \\{\\} {}",
    "double": 1e10,
    "empty": [],
    "text": "ünï",
    "other": {"b": 2, "c": 3},
    "paths": {"x,y": "comma", "p)": "parenthesis"},
}


def call(text: str, *drawn: float, data: Json = INPUT) -> Json:
    return compile_intrinsic(text)(data, Surroundings(*drawn))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        pytest.param("States.Array('a', 1, -2.5e1, true, null)", ["a", 1, -25.0, True, None], id="constants"),
        pytest.param("States.Array()", [], id="no arguments"),
        pytest.param("States.Array( $.name , $$.State.Name )", ["Ada", "Look"], id="blanks around arguments"),
        pytest.param("States.Array($factor)", [3], id="variable"),
        pytest.param("States.Array($.numbers[1:])", [[2, 3, 4]], id="an indefinite path"),
        pytest.param("States.Array($.gone[*])", [[]], id="an indefinite path that finds nothing"),
        pytest.param("States.Array($.paths['x,y'], $.paths['p)'])", ["comma", "parenthesis"], id="names with marks"),
        pytest.param("States.Array($.numbers[?(@ > 1 && (2 > 1))])", [[]], id="parentheses in a filter"),
        pytest.param(r"States.Array('it\'s', '\{\}', '\\')", ["it's", "{}", "\\"], id="escapes"),
        pytest.param("States.Array(States.Array(States.Array()))", [[[]]], id="nested"),
        pytest.param("States.ArrayPartition($.numbers, 3)", [[1, 2, 3], [4]], id="partition"),
        pytest.param("States.ArrayPartition($.numbers, 2.9)", [[1, 2], [3, 4]], id="partition by a double"),
        pytest.param("States.ArrayPartition($.empty, 2)", [], id="partition of nothing"),
        pytest.param("States.ArrayContains($.numbers, 3)", True, id="contains"),
        pytest.param("States.ArrayContains($.numbers, 5)", False, id="does not contain"),
        pytest.param("States.ArrayContains($.numbers, '3')", True, id="contains what looks the same"),
        pytest.param("States.ArrayRange(1, 9, 2)", [1, 3, 5, 7, 9], id="range"),
        pytest.param("States.ArrayRange(3, 1, -1)", [3, 2, 1], id="range downwards"),
        pytest.param("States.ArrayRange(3, 1, 1)", [], id="range of nothing"),
        pytest.param("States.ArrayRange(1.9, 3.9, 1)", [1, 2, 3], id="range of doubles"),
        pytest.param("States.ArrayRange(2, 2, 5)", [2], id="range of one"),
        pytest.param("States.ArrayGetItem($.numbers, 3)", 4, id="item"),
        pytest.param("States.ArrayGetItem($.numbers, 1.9)", 2, id="item by a double"),
        pytest.param("States.ArrayGetItem($.empty, 0)", None, id="item of nothing"),
        pytest.param("States.ArrayLength($.numbers)", 4, id="length"),
        pytest.param("States.ArrayUnique(States.Array(3, 1, 3, 2))", [1, 2, 3], id="unique"),
        pytest.param("States.Base64Encode('Data to encode')", "RGF0YSB0byBlbmNvZGU=", id="encode"),
        pytest.param("States.Base64Encode($.text)", "w7xuw68=", id="encode as UTF-8"),
        pytest.param("States.Base64Decode('RGVjb2RlZCBkYXRh')", "Decoded data", id="decode"),
        pytest.param("States.Base64Decode('w7xu w68')", "ünï", id="decode without padding and with a blank"),
        pytest.param("States.Base64Decode('_-8=')", "\ufffd\ufffd", id="decode the alphabet for URLs"),
        pytest.param(
            "States.Hash('input data', 'SHA-1')", "aaff4a450a104cd177d28d18d74485e8cae074b7", id="hash of a text"
        ),
        pytest.param("States.Hash($.numbers, 'MD5')", "d5397571a7f9c05bd58bed77f9dbe8f0", id="hash of an array"),
        pytest.param(
            "States.JsonMerge($.object, $.other, false)", {"a": 1, "b": 2, "c": 3}, id="merge: the second one wins"
        ),
        pytest.param("States.StringToJson($.json)", {"a": [1, 2.5]}, id="JSON"),
        pytest.param("States.StringToJson('[1] rest')", [1], id="JSON with a rest"),
        pytest.param("States.StringToJson(' ')", None, id="JSON of a blank"),
        pytest.param("States.StringToJson('-0')", 0, id="no negative zero"),
        pytest.param("States.JsonToString($.object)", '{"a":1,"b":[true]}', id="text of JSON"),
        pytest.param("States.JsonToString($.double)", "1.0E10", id="text of a double"),
        pytest.param("States.MathAdd(111, -1)", 110, id="add"),
        pytest.param("States.MathAdd(1.5, -1.5)", 1, id="add halves, rounded upwards"),
        pytest.param("States.MathAdd($factor, 0.49)", 3, id="add what is rounded downwards"),
        pytest.param("States.MathRandom(0, 100, 42)", 30, id="seeded like java.util.Random"),
        pytest.param("States.StringSplit('1.2--3', '.-')", ["1", "2", "3"], id="split at any of the marks"),
        pytest.param("States.StringSplit('a b', '')", ["a b"], id="split at nothing"),
        pytest.param("States.StringSplit('', ',')", [], id="split nothing"),
        pytest.param("States.Format('Hello, my name is {}.', $.name)", "Hello, my name is Ada.", id="format"),
        pytest.param(r"States.Format('\{{}\} \'\\', 1)", r"{1} '" + "\\", id="format with escapes"),
        pytest.param("States.Format($.template, 'a', 'b')", "a {} b", id="a template from the input"),
        pytest.param("States.Format('{} {} {}', $.null, true, 2.0)", "null true 2.0", id="format other kinds"),
        pytest.param("States.Format('{}', $.object)", "{a=1, b=[true]}", id="format an object"),
        pytest.param("States.Format('{}', States.StringToJson('\"x\"'))", '"x"', id="format parsed JSON"),
        pytest.param("States.Format('{}', States.Format('{}', '{}'))", "{}", id="format what was formatted"),
    ],
)
def test_value(text: str, value: Json) -> None:
    """Each function gives what AWS documents for it."""
    result = call(text)

    assert (type(result), result) == (type(value), value)


def test_random() -> None:
    """Random numbers come from the execution, so that a replay draws the same; the end is not among them."""
    assert call("States.MathRandom(1, 999)", 0.0) == 1
    assert call("States.MathRandom(1, 999)", 0.999999) == 998


def test_wide_random() -> None:
    """A seed also decides within a span that is wider than Java's int."""
    text = "States.MathRandom(-2147483648, 2147483647, 42)"

    assert call(text) == call(text) == -1170105035


def test_uuid() -> None:
    """A version 4 UUID, made from the execution's random numbers alone."""
    first = call("States.UUID()", 0.1, 0.2, 0.3, 0.4)

    assert first == call("States.UUID( )", 0.1, 0.2, 0.3, 0.4)
    assert first == str(uuid.UUID(str(first)))
    assert uuid.UUID(str(first)).version == 4
    assert uuid.UUID(call("States.UUID()", 1 - 2**-53, 0, 1 - 2**-53, 0)).variant == uuid.RFC_4122  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(f"States.{name}({arguments})", name, id=f"{name} {arguments}")
        for name, arguments in [
            ("ArrayPartition", "$.numbers, 0"),
            ("ArrayPartition", "'x', 1"),
            ("ArrayPartition", "$.numbers"),
            ("ArrayContains", "'x', 1"),
            ("ArrayRange", "1, 2, 0"),
            ("ArrayRange", "1, 5000, 1"),
            ("ArrayRange", "1, '5', 1"),
            ("ArrayGetItem", "$.numbers, 4"),
            ("ArrayGetItem", "$.numbers, -1"),
            ("ArrayGetItem", "$.numbers, '1'"),
            ("ArrayLength", "$.object"),
            ("ArrayUnique", "'aab'"),
            ("Base64Encode", "1"),
            ("Base64Decode", "$.null"),
            ("Hash", "'x', 'SHA-3'"),
            ("Hash", "$.null, 'MD5'"),
            ("JsonMerge", "$.object, $.other, true"),
            ("JsonMerge", "$.object, 1, false"),
            ("JsonMerge", "$.object, $.other"),
            ("StringToJson", "1"),
            ("MathAdd", "1, '1'"),
            ("MathAdd", "1, true"),
            ("MathAdd", "2147483647, 1"),
            ("MathAdd", "1"),
            ("MathRandom", "5, 5"),
            ("MathRandom", "1"),
            ("MathRandom", "1, 5, 'seed'"),
            ("MathRandom", "1, 5000000000"),
            ("StringSplit", "'a', 1"),
            ("Format", "1"),
        ]
    ],
)
def test_invalid_arguments(text: str, name: str) -> None:
    """Arguments of another kind, out of range, too few or too many fail the state when it runs."""
    with pytest.raises(Failure) as raised:
        call(text)

    assert raised.value.error == "States.Runtime"
    assert raised.value.cause == (
        f"There was an error while evaluating the intrinsic function: {text}. Invalid arguments in States.{name}"
    )


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        pytest.param(
            "States.Format('{} {}', 1)",
            "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}.",
            id="too few arguments",
        ),
        pytest.param(
            "States.Format('{', 1)",
            "Invalid template in States.Format: matching '}' not found for '{'.",
            id="opened and not closed",
        ),
        pytest.param(
            "States.Format('a}')",
            "Invalid template in States.Format: matching '{' not found for '}'.",
            id="closed and not opened",
        ),
        pytest.param(
            "States.JsonToString(1, 2)",
            "Invalid arguments in States.JsonToString: only a single argument is allowed.",
            id="JsonToString of two",
        ),
        pytest.param(
            "States.Array(States.MathAdd('a', 1))",
            "Invalid arguments in States.MathAdd",
            id="the inner function's name",
        ),
    ],
)
def test_details(text: str, detail: str) -> None:
    """The cause quotes the whole call, and says what is wrong with which function."""
    with pytest.raises(Failure) as raised:
        call(text)

    assert raised.value.cause == f"There was an error while evaluating the intrinsic function: {text}. {detail}"


EXPECTED_VALUE = "JSON String, Number, Array, Object or token 'null', 'true' or 'false')"


@pytest.mark.parametrize(
    ("given_text", "reason"),
    [
        ("nope", f"Unrecognized token 'nope': was expecting ({EXPECTED_VALUE}\n at "),
        ("nullx", f"Unrecognized token 'nullx': was expecting ({EXPECTED_VALUE}\n at "),
        ("1,", "Unrecognized token '1': was expecting"),
        ('{"a": 1 ,}', "Unexpected character ('}' (code 125)): was expecting double-quote to start field name\n at "),
        ("[1, ]", f"Unexpected character (']' (code 93)): expected a valid value ({EXPECTED_VALUE}\n at "),
        ("{x: 1}", "Unexpected character ('x' (code 120)): was expecting double-quote to start field name\n at "),
        (
            '{"a" 1}',
            "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and value\n at ",
        ),
        ('{"a": 1 2}', "Unexpected character ('2' (code 50)): was expecting comma to separate Object entries\n at "),
        ('["[", 1 2]', "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries\n at "),
        ("[1, }", f"Unexpected character ('}}' (code 125)): expected a valid value ({EXPECTED_VALUE}\n at "),
        ("[[1], 2", "Unexpected end-of-input: expected close marker for Array (start marker at [Source: REDACTED "),
        ('["a', "Unexpected end-of-input: was expecting closing quote for a string value\n at "),
        ("NaN", "Non-standard token 'NaN'"),
        ("[" * 100_000, ""),
    ],
    ids=range(14),
)
def test_no_json(given_text: str, reason: str) -> None:
    """StringToJson fails where the text does not begin with a JSON value, and says what Jackson says."""
    with pytest.raises(Failure) as raised:
        call("States.StringToJson($)", data=given_text)

    assert raised.value.cause.partition(" caused by: ")[2].startswith(reason)


def test_no_json_place() -> None:
    """The place is where the reader stood, counted from 1."""
    with pytest.raises(Failure) as raised:
        call("States.StringToJson($)", data='{\n "a":1')

    source = "[Source: REDACTED (`StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION` disabled);"
    assert raised.value.cause.endswith(
        f"(start marker at {source} line: 1, column: 1])\n at {source} line: 2, column: 7]"
    )


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("$.nope", "The JsonPath argument for the field '$.nope' could not be found in the input '{\"a\":1}'"),
        (
            "$$.State.Nope",
            "The JsonPath argument for the field '$.State.Nope' could not be found in the input '{\"a\":1}'",
        ),
        ("$.a[0]", "Filter: [0] can only be applied to arrays. Current context is: 1"),
    ],
)
def test_missing_argument(path: str, reason: str) -> None:
    """A path that finds nothing is reported with the call and the state's input."""
    text = f"States.Format('{{}}', States.JsonToString({path}))"
    with pytest.raises(Failure) as raised:
        call(text, data={"a": 1})

    assert raised.value.error == "States.Runtime"
    assert raised.value.cause == f"The function '{text}' had the following error: {reason}"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "States.Array",
        "States.Array(",
        "States.Array(1",
        "States.Array(1,)",
        "States.Array(,1)",
        "States.Array(1 2)",
        "States.Array(1))",
        "States.Array(1) x",
        "States.Array (1)",
        "Array(1)",
        "States.Arrray(1)",
        "States.Array('a)",
        'States.Array("a")',
        r"States.Array('\n')",
        r"States.Format('\"{}\"', 1)",
        "States.Array(01)",
        "States.Array(nope)",
        "States.Array($.a[)",
        "States.Array($.)",
        "States.Array(" * 11 + ")" * 11,
    ],
)
def test_syntax(text: str) -> None:
    """Text that is no call of a function that there is, is refused when it is compiled."""
    with pytest.raises(IntrinsicSyntaxError):
        compile_intrinsic(text)


def test_near_match() -> None:
    """A function that is misspelt is named."""
    with pytest.raises(
        IntrinsicSyntaxError, match=r'There is no intrinsic function States\.Formt\. Did you mean "Format"'
    ):
        compile_intrinsic("States.Formt('')")


def test_nesting() -> None:
    """Ten calls deep is the most."""
    assert str(call("States.Array(" * 10 + ")" * 10)) == "[" * 10 + "]" * 10


WORDS = "States. Array Format MathAdd UUID ( ) , ' 'a' \\ { } $.name $ [ ] - 1 1e5 . true null ?( \" / $$ $factor é"
PARTS = st.sampled_from([*WORDS.split(), " "])


@given(st.text() | st.lists(PARTS).map("".join) | st.lists(PARTS).map(lambda parts: f"States.Array({''.join(parts)})"))
@example("States.Array($" + "[?(@" * 500)
@example("States.Array(1e99999)")
def test_any_text(text: str) -> None:
    """Any text is either a call that gives a value or fails as AWS does, or a syntax error."""
    try:
        evaluate = compile_intrinsic(text)
    except IntrinsicSyntaxError:
        return
    try:
        evaluate(INPUT, Surroundings(*[0.5] * 100))
    except Failure as failure:
        if failure.error != "States.Runtime":
            raise


@given(
    st.text()
    | st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.lists(st.integers())
)
def test_round_trip(value: Json) -> None:
    """What JsonToString writes, StringToJson reads."""
    assert call("States.StringToJson(States.JsonToString($.v))", data={"v": value}) == value
