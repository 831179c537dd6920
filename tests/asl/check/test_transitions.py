"""Transitions: targets, reachability, ends."""

from typing import Any

import pytest

from handrail.asl.check import check
from tests.asl.samples import flow

END = {"Type": "Pass", "End": True}


def to(name: str) -> dict[str, Any]:
    return {"Type": "Pass", "Next": name}


def choice(*targets: str, **fields: Any) -> dict[str, Any]:
    rules = [{"Variable": "$.a", "IsNull": True, "Next": target} for target in targets]
    return {"Type": "Choice", "Choices": rules, **fields}


@pytest.mark.parametrize(
    ("states", "told"),
    [
        pytest.param({"A": to("B"), "B": END}, [], id="straight"),
        pytest.param({"A": choice("A", "B", Default="B"), "B": END}, [], id="loop with a way out"),
        pytest.param(
            {"A": to("B"), "B": to("A")}, [("/States", "Workflow has no terminal state")], id="loop without an end"
        ),
        pytest.param(
            {"A": to("B"), "B": to("A"), "C": END},
            [("/States/C", 'State "C" is not reachable.'), ("/States/A", 'From state "A" no end can be reached')],
            id="the only end is not reached",
        ),
        pytest.param(
            {"A": to("B"), "B": to("A"), "C": to("D"), "D": to("C")},
            [("/States", "Workflow has no terminal state")],
            id="without an end nothing else is told",
        ),
        pytest.param(
            {"A": END, "B": to("C"), "C": to("B")},
            [
                ("/States/B", 'State "B" is not reachable.'),
                ("/States/C", 'State "C" is not reachable.'),
                ("/States/B", 'From state "B" no end can be reached'),
            ],
            id="loop on its own",
        ),
        pytest.param(
            {"A": to("Bb"), "Bbb": END},
            [("/States/A/Next", "Missing 'Next' target: Bb"), ("/States/Bbb", 'State "Bbb" is not reachable.')],
            id="missing target and what it leaves unreached",
        ),
        pytest.param(
            {"A": to("NOPE")},
            [("/States/A/Next", "Missing 'Next' target: NOPE"), ("/States", "Workflow has no terminal state")],
            id="missing target and no end",
        ),
        pytest.param(
            {"A": choice("B", "C", Default="D"), "B": END},
            [
                ("/States/A/Default", "Missing 'Next' target: D"),
                ("/States/A/Choices/1/Next", "Missing 'Next' target: C"),
            ],
            id="rules and default",
        ),
        pytest.param(
            {
                "A": {
                    "Type": "Parallel",
                    "Branches": [flow("B")],
                    "Catch": [{"ErrorEquals": ["E"], "Next": "C"}],
                    "End": True,
                }
            },
            [("/States/A/Catch/0/Next", "Missing 'Next' target: C")],
            id="catcher",
        ),
        pytest.param(
            {"A": {"Type": "Pass"}, "B": END},
            [("/States/A", "This object should have only one of the following fields: [Next, End]")],
            id="what follows from a mistake is not told",
        ),
        pytest.param(
            {"A": {"Type": "Succeed", "Next": "Z"}},
            [("/States/A/Next", "Field 'Next' is not supported")],
            id="next of an end",
        ),
    ],
)
def test_follows_the_ways_through_a_flow(states: dict[str, Any], told: list[tuple[str, str]]) -> None:
    """Each missing target, unreachable state and missing end is told as AWS tells it, and once."""
    found = check({"StartAt": "A", "States": states})

    assert [(finding.pointer, finding.verbatim) for finding in found] == told


def test_names_are_local_to_their_flow() -> None:
    """A transition cannot leave a Map; where the name exists outside, that is what the hint says."""
    inner = {"StartAt": "I", "States": {"I": to("Done"), "J": END}}
    outer: dict[str, Any] = {"M": {"Type": "Map", "ItemProcessor": inner, "Next": "Done"}, "Done": {"Type": "Succeed"}}
    first = check({"StartAt": "M", "States": outer})[0]

    assert first.pointer == "/States/M/ItemProcessor/States/I/Next"
    assert first.message.endswith('. "Done" is not in the same Map, Parallel branch or top level.')


@pytest.mark.parametrize(
    ("target", "told"),
    [
        pytest.param("Don", "Missing 'Next' target: Don. Did you mean \"Done\"?", id="near"),
        pytest.param("Xyzzy", "Missing 'Next' target: Xyzzy", id="far"),
    ],
)
def test_says_which_state_was_meant(target: str, told: str) -> None:
    """A missing target comes with the nearest name of a state, where one is near."""
    assert check({"StartAt": target, "States": {"Done": {"Type": "Succeed"}}})[0].message == told
