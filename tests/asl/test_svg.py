"""The drawing of a machine."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from handrail.asl.palette import STATUSES
from handrail.asl.read import read
from handrail.asl.svg import svg
from tests.asl.samples import LAMBDA, LOOP, MACHINES, NESTED, flow

SVG = "{http://www.w3.org/2000/svg}"


def drawing(machine: Any, visited: dict[str, str] | None = None) -> ElementTree.Element:
    return ElementTree.fromstring(svg(read(machine), visited or {}))


def titles(root: ElementTree.Element) -> list[str]:
    return [title.text or "" for title in root.iter(f"{SVG}title")]


def classes(root: ElementTree.Element) -> list[str]:
    return [str(group.get("class")) for group in root.iter(f"{SVG}g") if group.get("class")]


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_shows_every_state_and_label(machine: dict[str, Any]) -> None:
    """Every state has its place with its name and type, whatever it is called, and the file is XML."""
    shown = titles(drawing(machine))

    assert all(
        any(title.startswith(f"{state.name} · {state.type}") for title in shown) for state in read(machine).walk()
    )


def test_stands_alone() -> None:
    """The file refers to nothing outside itself and runs nothing; light and dark are both in it."""
    text = svg(read(NESTED))

    assert not re.search(r"<script|<image|<use|@import|url\(|href", text)
    assert text.count("http") == text.count('xmlns="http://www.w3.org/2000/svg"') == 1
    assert "prefers-color-scheme:dark" in text


def test_draws_what_is_inside_inside() -> None:
    """A Map or Parallel is a frame, and each branch of a Parallel has an outline."""
    rectangles = [str(shape.get("class")) for shape in drawing(NESTED).iter(f"{SVG}rect")]

    assert (rectangles.count("group"), rectangles.count("branch")) == (3, 2)


@pytest.mark.parametrize("status", STATUSES)
def test_shows_how_a_state_has_gone(status: str) -> None:
    """A visited state has its status as colour, sign and tooltip; those not visited step back."""
    root = drawing(LOOP, {"Look": status})

    assert classes(root).count(status) == 1
    assert f"Look · Task · lambda invoke: {status}" in titles(root)
    assert classes(root).count("dim") == len(LOOP["States"]) - 1
    assert STATUSES[status].badge in [path.get("d") for path in root.iter(f"{SVG}path")]


def test_a_status_is_no_markup() -> None:
    """A status that is none is not drawn, and cannot break out of the file."""
    assert "<x" not in svg(read(LOOP), {"Look": '"><x'})


def test_draws_an_arrow_for_each_way() -> None:
    """Ways between the same two states are one arrow, with the labels below one another; catches are dashed."""
    machine = flow("A", "B")
    rules = [{"Variable": "$.a", "IsNull": True, "Next": "B"}, {"Variable": "$.b", "IsNull": True, "Next": "B"}]
    machine["States"]["A"] = {"Type": "Choice", "Choices": rules, "Default": "B"}
    root = drawing(machine)

    assert "$.a is null\n$.b is null\nDefault" in titles(root)
    assert [path.get("class") for path in root.iter(f"{SVG}path")].count("edge way") == 3
    assert [path.get("class") for path in drawing(LOOP).iter(f"{SVG}path")].count("edge catch") == 1


def test_what_xml_cannot_hold_is_replaced() -> None:
    """A name may hold any character; in the file those that XML forbids are marked."""
    assert "a\ufffdb · Pass" in titles(drawing(flow("a\x00b")))


def test_is_the_same_each_time() -> None:
    """The same machine gives the same bytes."""
    assert svg(read(NESTED)) == svg(read(NESTED))


def test_draws_a_large_machine() -> None:
    """Where too many ways lead to one state, the longest end at a label that names it."""
    machine = flow(*(f"S{number}" for number in range(120)))
    caught = {"Type": "Task", "Resource": LAMBDA, "Catch": [{"ErrorEquals": ["E"], "Next": "Lost"}]}
    machine["States"] = {name: state | caught for name, state in machine["States"].items()}
    machine["States"]["Lost"] = {"Type": "Fail"}
    words = [text.text for text in drawing(machine).iter(f"{SVG}text")]

    assert words.count("Catch E") == 120
    assert 0 < words.count("→ Lost") < 120
