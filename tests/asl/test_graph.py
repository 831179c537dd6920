"""The graph of a machine, and its text for Mermaid."""

import re
from typing import Any

import pytest

from handrail.asl.graph import Edge, graph, mermaid
from handrail.asl.read import read
from tests.asl.samples import LOOP, MACHINES, NESTED, ODD_NAMES, flow

BOTH = "/States/Both"
EACH = f"{BOTH}/Branches/0/States/Each"


def test_has_every_transition() -> None:
    """The edges of a flow are its transitions, each with what makes it taken."""
    assert graph(read(LOOP)).edges == (
        Edge("start", "/States/Order", kind="start"),
        Edge("/States/Order", "/States/Pause"),
        Edge("/States/Order", "/States/Could not order", "Catch ClusterBusy, Timeout", "catch"),
        Edge("/States/Pause", "/States/Look"),
        Edge("/States/Look", "/States/Settled?"),
        Edge("/States/Settled?", "/States/Pause", "$look.settled = false", "choice"),
        Edge("/States/Settled?", "/States/Could not order", "$look.status = 'failed'", "choice"),
        Edge("/States/Settled?", "/States/Tell", "Default", "default"),
        Edge("/States/Tell", "end", kind="end"),
    )


def test_knows_what_is_inside_what() -> None:
    """A node says in which flow it stands; only the top level has a Start and an End."""
    inside = {node.label: node.inside for node in graph(read(NESTED)).nodes}

    assert inside == {
        "Start": "",
        "Both": "",
        "Any?": "",
        "Old map": "",
        "Done": "",
        "Find": f"{BOTH}/Branches/0",
        "Each": f"{BOTH}/Branches/0",
        "Plan": f"{EACH}/ItemProcessor",
        "Judge": f"{EACH}/ItemProcessor",
        "Say hello": f"{BOTH}/Branches/1",
        "Inner": "/States/Old map/Iterator",
    }


def test_writes_mermaid() -> None:
    """A flowchart with a shape a type, labels on the edges, dotted catches, and the colours of what was visited."""
    assert mermaid(read(LOOP), {"Order": "RETRIED", "Pause": "SUCCEEDED", "Look": "SUCCEEDED", "Tell": "?"}) == (
        "flowchart TD\n"
        '  n0(("Start"))\n'
        '  n1["Order"]\n'
        '  n2["Pause"]\n'
        '  n3["Look"]\n'
        '  n4{"Settled?"}\n'
        '  n5["Tell"]\n'
        '  n6(["Could not order"])\n'
        '  n7(("End"))\n'
        "  n0 --> n1\n"
        "  n1 --> n2\n"
        '  n1 -.->|"Catch ClusterBusy, Timeout"| n6\n'
        "  n2 --> n3\n"
        "  n3 --> n4\n"
        '  n4 -->|"$look.settled = false"| n2\n'
        "  n4 -->|\"$look.status = 'failed'\"| n6\n"
        '  n4 -->|"Default"| n5\n'
        "  n5 --> n7\n"
        "  classDef RETRIED fill:#fff4d6,stroke:#b26a00,color:#4d2d00\n"
        "  class n1 RETRIED\n"
        "  classDef SUCCEEDED fill:#e3f6e8,stroke:#1a7f37,color:#0f3d1c\n"
        "  class n2,n3 SUCCEEDED\n"
    )


def test_nests_subgraphs() -> None:
    """A Map is a subgraph, a Parallel one with a subgraph a branch."""
    lines = [line.strip() for line in mermaid(read(NESTED)).splitlines()]

    assert [line for line in lines if line.startswith(("subgraph", "end"))] == [
        'subgraph n1["Both (Parallel)"]',
        'subgraph n1b0[" "]',
        'subgraph n6["Each (Map)"]',
        "end",
        "end",
        'subgraph n1b1[" "]',
        "end",
        "end",
        'subgraph n3["Old map (Map)"]',
        "end",
    ]


@pytest.mark.parametrize("machine", MACHINES.values(), ids=MACHINES)
def test_no_name_is_syntax(machine: dict[str, Any]) -> None:
    """Whatever states are called, a label is one quoted text without a mark that Mermaid reads as its own."""
    for line in mermaid(read(machine)).splitlines():
        for label in re.findall(r'"([^"]*)"', line):
            assert not re.search(r"[\[\]{}<>|`&]|#(?!\d+;)|%%", label)
        assert line.count('"') in (0, 2)


def test_keeps_names_readable() -> None:
    """Letters of any script stay; what must be escaped is escaped by its number."""
    text = mermaid(read(ODD_NAMES))

    assert "クラスターを起動する" in text
    assert '"Say #34;hi#34; #91;now#93; #60;b#62;"' in text


def test_shortens_long_labels() -> None:
    """A label of more than 60 characters ends in an ellipsis."""
    assert f'n1["{"x" * 59}…"]' in mermaid(read(flow("x" * 80)))
