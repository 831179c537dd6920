"""text, count, first, where, jsonata and the conditions: each means in JSONata what it says in Python."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given as forall
from hypothesis import strategies as st

from handrail.machine import (
    MachineError,
    all_of,
    any_of,
    count,
    first,
    given,
    is_in,
    jsonata,
    not_,
    text,
    where,
)
from handrail.schema import Ask, Input


class Box(Input):
    """A box in the list."""

    name: str = Ask("Name?", ja="名前")
    size: int = Ask("Size?", ja="大きさ", default=1)
    tags: list[str] = Ask("Tags?", ja="タグ", default=[])


class Store(Input):
    """What the expressions read."""

    name: str = Ask("Name?", ja="名前")
    limit: int = Ask("Limit?", ja="上限", default=5)
    deep: bool = Ask("Deep?", ja="深く", default=False)
    note: str | None = Ask("Note?", ja="備考", default=None)
    names: list[str] = Ask("Names?", ja="名前の一覧", default=[])
    boxes: list[Box] = Ask("Boxes?", ja="箱", default=[])
    rows: list[list[int]] = Ask("Rows?", ja="行", default=[])


store = given(Store)
A, B = {"name": "a", "size": 1, "tags": ["x"]}, {"name": "b", "size": 3, "tags": []}
Evaluate = Callable[..., Any]


@pytest.mark.parametrize(
    ("reference", "asked", "value"),
    [
        pytest.param(text("{} is {}", store.name, store.limit), {"name": "a", "limit": 3}, "a is 3", id="text"),
        pytest.param(text("{}", store.limit), {"limit": 3}, "3", id="text of one number"),
        pytest.param(text("{{{}}} %}}", store.name), {"name": "a"}, "{a} %}", id="braces"),
        pytest.param(text("{} {}", store.deep, True), {"deep": False}, "false true", id="text of booleans"),
        pytest.param(text("no {}", "reference"), {}, "no reference", id="text of constants"),
        pytest.param(count(store.names), {"names": []}, 0, id="count none"),
        pytest.param(count(store.names), {"names": ["a"]}, 1, id="count one"),
        pytest.param(first(store.names), {"names": ["a", "b"]}, "a", id="first"),
        pytest.param(first(store.boxes).name, {"boxes": [A, B]}, "a", id="first's field"),
        pytest.param(where(store.boxes, lambda box: box.size > 5), {"boxes": [A, B]}, [], id="where none"),
        pytest.param(where(store.boxes, lambda box: box.size > 1), {"boxes": [A, B]}, [B], id="where one"),
        pytest.param(where(store.boxes, lambda box: box.size > 0), {"boxes": [A, B]}, [A, B], id="where all"),
        pytest.param(
            where(store.boxes, lambda box: box.size > store.limit), {"boxes": [A, B], "limit": 2}, [B], id="outside"
        ),
        pytest.param(
            where(store.boxes, lambda box: count(where(box.tags, lambda tag: tag == box.name)) == 0),
            {"boxes": [A, {**A, "tags": ["a"]}]},
            [A],
            id="where in where",
        ),
        pytest.param(count(where(store.names, lambda name: name != "a")), {"names": ["a", "b"]}, 1, id="count where"),
        pytest.param(first(where(store.boxes, lambda box: box.size == 3)).name, {"boxes": [A, B]}, "b", id="found"),
        pytest.param(is_in(store.name, ["a", "b"]), {"name": "b"}, True, id="in"),
        pytest.param(is_in("a", store.names), {"names": ["a"]}, True, id="in a reference"),
        pytest.param(is_in(store.name, store.names), {"name": "c", "names": ["a"]}, False, id="not in"),
        pytest.param(all_of(store.deep, store.limit > 1), {"deep": True, "limit": 1}, False, id="all of"),
        pytest.param(any_of(store.deep, store.limit > 0), {"deep": False, "limit": 1}, True, id="any of"),
        pytest.param(not_(any_of(store.deep, store.limit > 0)), {"deep": False, "limit": 1}, False, id="not"),
        pytest.param(
            all_of(any_of(store.deep, store.limit > 0), not_(store.deep)), {"deep": False, "limit": 1}, True, id="both"
        ),
        pytest.param(
            jsonata(int, "$sum($sizes) + $more", sizes=jsonata(list[int], "$b.size", b=store.boxes), more=store.limit),
            {"boxes": [A, B], "limit": 2},
            6,
            id="jsonata in jsonata",
        ),
        pytest.param(jsonata(str, "$uppercase('x')"), {}, "X", id="jsonata of nothing"),
        pytest.param(jsonata(str, "$asked & '!'", asked=store.name), {"name": "a"}, "a!", id="a name used outside"),
        pytest.param(jsonata(bool, "$exists($n)", n=store.note), {}, False, id="what is not there"),
    ],
)
def test_an_expression_means_what_it_says(
    reference: object, asked: dict[str, Any], value: Any, evaluate: Evaluate
) -> None:
    """The JSONata that is written gives, in a run, what an author reads in Python."""
    found = evaluate(reference, **asked)

    assert found == value
    assert isinstance(found, type(value))


USER_TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.text(st.sampled_from("{%}\"'$&`\\()"), max_size=9)


@forall(typed=USER_TEXTS)
def test_what_a_user_types_is_never_code(typed: str) -> None:
    """Texts come in as the values of variables, so nothing in them is read as JSONata or as a template."""
    import jsonata as library

    from handrail.machine.expression import Source, code, dotted, reads
    from handrail.machine.reference import lift

    node = lift(text("{{{}}}", jsonata(str, "$t & $t", t=store.name)))
    roots = {path.root: dotted("$asked") for path in reads(node) if isinstance(path.root, Source)}
    expression = library.Jsonata(code(node, roots))
    frame = expression.create_frame()
    frame.bind("asked", {"name": typed})

    assert expression.evaluate(None, frame) == f"{{{typed}{typed}}}"


@pytest.mark.parametrize(
    ("act", "told"),
    [
        pytest.param(lambda: text("{} {}", store.name), "more {} than values (1)", id="too few values"),
        pytest.param(lambda: text("{}", store.name, 1), "1 more values than {}", id="too many values"),
        pytest.param(lambda: text("{x}", store.name), "fills plain {} only, not {x}", id="named"),
        pytest.param(lambda: text("{!r}", store.name), "not {!r}", id="converted"),
        pytest.param(lambda: text("{:>5}", store.name), "fills plain {} only", id="formatted"),
        pytest.param(lambda: text("{", store.name), "Braces that are meant as such are doubled", id="open brace"),
        pytest.param(lambda: text("{}", store.names), "not a list[str]; pick a field", id="text of a list"),
        pytest.param(lambda: count("abc"), "takes a reference to a list, not 'abc'", id="count of a constant"),
        pytest.param(lambda: count(store.name), "takes a reference to a list, not str", id="count of a text"),
        pytest.param(lambda: where(store.rows, lambda _: store.deep), "a list of lists", id="where of lists"),
        pytest.param(lambda: where(store.names, lambda n: True), "is True already", id="where of a constant"),
        pytest.param(lambda: all_of(), "There is no condition in it.", id="no condition"),
        pytest.param(lambda: not_(store.note is None), "`is` compares objects", id="is"),
        pytest.param(lambda: all_of(store.name), "A str is no condition", id="no bool"),  # type: ignore[arg-type]
        pytest.param(lambda: is_in("a", ["a"]), "neither the value nor the options", id="in of constants"),
        pytest.param(lambda: is_in(store.name, [5]), "5 is never found", id="in of another kind"),
        pytest.param(lambda: jsonata(int, "$a", b=store.limit), "$b is nowhere in it", id="unused argument"),
        pytest.param(lambda: jsonata(int, "$states", states=store.limit), "belongs to Step Functions", id="reserved"),
        pytest.param(
            lambda: jsonata(int, "$count($count)", count=store.names),
            "calls $count, which its argument count hides",
            id="argument over a function",
        ),
        pytest.param(lambda: jsonata(int, "1 /* "), "is opened and never closed", id="open comment"),
        pytest.param(lambda: jsonata(str, "'a"), "must be terminated by a matching quote", id="open text"),
        pytest.param(lambda: jsonata(int, "$sum([1, 2]"), "jsonata('$sum([1, 2]'): Expected ", id="open call"),
        pytest.param(lambda: jsonata(int, "1) + (2"), "closes what it did not open", id="closed too early"),
        pytest.param(lambda: jsonata(bool, "$match('a', /(/)"), "No terminating /", id="open pattern"),
        pytest.param(lambda: jsonata(int, " "), "it says nothing", id="empty"),
    ],
)
def test_what_cannot_be_meant_is_refused(act: Callable[[], object], told: str) -> None:
    """The line and the remedy, while the machine is written."""
    with pytest.raises(MachineError, match=r"test_values\.py:\d+: ") as caught:
        act()

    assert told in str(caught.value)
