"""Call: any AWS API as a state, checked against AWS's own description of it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol, TypeVar

from handrail.errors import did_you_mean
from handrail.machine import api
from handrail.machine.expression import Node, dotted
from handrail.machine.place import refuse
from handrail.machine.reference import Reference, Special, annotation_of, lift, node_of, refer, step_into
from handrail.machine.states import Work

T = TypeVar("T")

CALL_TIMEOUT = timedelta(minutes=5)


class Reply(Protocol):
    """What an API call answered; its members are reached by item, as in `reply["Stacks"][0]["StackName"]`."""

    def __getitem__(self, key: str | int, /) -> "Reply":
        """One member, or one item of a list."""
        ...

    def typed(self, kind: type[T], /) -> T:
        """The same value, typed as the author knows it to be."""
        ...


@dataclass(frozen=True)
class Answer(Special):
    """The type of a part of an answer; `shape` is what botocore expects there, where it does."""

    shape: Any

    def __repr__(self) -> str:
        return "part of an answer of AWS"

    def refer(self, node: Node) -> Reference:
        """A reference that is gone into by item."""
        return _Reply(node, self)


class Call(Work[Reply]):
    """Call an AWS API: `Call("List", "cloudformation:listStacks", StackStatusFilter=[…])`, or an integration's ARN.

    It is given up after 5 minutes unless `.timeout()` says else; one that waits for a job (`.sync`) must say.
    """

    type = "Task"

    def __init__(self, name: str, action: str, /, **parameters: object) -> None:
        self.action, wrong = api.action_of(action)
        self.resource = self.action.resource
        problems = [wrong] if wrong else [*api.parameter_problems(self.action, parameters)]
        timeout = None if self.action.waits else CALL_TIMEOUT
        super().__init__(
            name,
            Answer(self.action.answers),
            {key: lift(value) for key, value in parameters.items()},
            timeout,
            problems,
        )

    def result_code(self, path: tuple[str | int, ...]) -> str:
        """An API call's answer is the result as it stands."""
        return dotted("$states.result")(path)


class _Reply(Reference):
    """A Reply while the machine is written."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        refuse(f'An answer of AWS has no field {name}; write ["{name}"].')

    def __getitem__(self, key: object) -> Any:
        if not isinstance(key, (str, int)):
            refuse(f"An answer of AWS has no item {key!r}.")
        shape = _shape_at(annotation_of(self).shape, key)
        return refer(step_into(node_of(self), key, sure=False), Answer(shape))

    def typed(self, kind: Any, /) -> Any:
        """The same value, with the type that the author knows it to have."""
        return refer(node_of(self), kind)


def _shape_at(shape: Any, key: str | int) -> Any:
    kind = getattr(shape, "type_name", None)
    if kind == "structure" and not getattr(shape, "is_document_type", False):
        known = api.members(shape)
        if isinstance(key, int) or key not in known:
            refuse(f"The answer has no {key} here; it has {', '.join(known)}.{did_you_mean(str(key), known)}")
        return known[key]
    if kind == "list":
        if not isinstance(key, int):
            refuse(f"The answer has a list here, not {key}; write [0] or where(….typed(list[…]), …).")
        return shape.member
    return shape.value if kind == "map" else None
