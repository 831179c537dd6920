"""A sample project, a way to make small machines, and JSONata to ask what was meant of what was written."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import jsonata
import pytest

from handrail.asl.check import check
from handrail.catalogue import Catalogue, load
from handrail.machine import Machine
from handrail.machine.expression import Source, code, dotted, reads
from handrail.machine.reference import lift
from handrail.schema import Ask, Input
from tests.content import put_back

SAMPLE = Path(__file__).parents[1] / "types" / "project"


class Asked(Input):
    """What the small machines are asked."""

    name: str = Ask("Name?", ja="名前")
    limit: int = Ask("Limit?", ja="上限", default=5)
    deep: bool = Ask("Deep?", ja="深く", default=False)
    names: list[str] = Ask("Names?", ja="名前の一覧", default=[])
    note: str | None = Ask("Note?", ja="備考", default=None)


@pytest.fixture(scope="session")
def asked() -> type[Asked]:
    """The input of the small machines."""
    return Asked


@pytest.fixture
def machine() -> Callable[[Sequence[Any]], Machine]:
    """A machine of these steps; what it becomes, our own check finds nothing wrong with."""

    def made(steps: Sequence[Any]) -> Machine:
        machine = Machine("small", input=Asked, steps=steps, timeout=timedelta(hours=1))
        assert check(machine.definition()) == ()
        return machine

    return made


@pytest.fixture
def evaluate() -> Callable[..., Any]:
    """What a reference is in a run that was asked this."""

    def evaluated(reference: object, **asked: Any) -> Any:
        node = lift(reference)
        roots = {path.root: dotted("$asked") for path in reads(node) if isinstance(path.root, Source)}
        expression = jsonata.Jsonata(code(node, roots))
        frame = expression.create_frame()
        frame.bind("asked", asked)
        return expression.evaluate(None, frame)

    return evaluated


@pytest.fixture(scope="module")
def sample() -> Iterator[Catalogue]:
    """The sample project; its modules go when the tests of this module have run."""
    with put_back():
        yield load(SAMPLE)
