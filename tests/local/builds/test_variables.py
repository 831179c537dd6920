"""Which value a variable has: the request's before the project's before the buildspec's, secrets looked up last."""

import pytest

from handrail.local.builds.buildspec import Buildspec
from handrail.local.builds.failure import PhaseError
from handrail.local.builds.request import Variable
from handrail.local.builds.variables import resolve


class Shelf:
    """Parameters and secrets that are their names in capitals; counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def parameter(self, name: str) -> str:
        return self._look(name)

    def secret(self, reference: str) -> str:
        return self._look(reference)

    def _look(self, name: str) -> str:
        self.asked.append(name)
        if name == "nowhere":
            raise PhaseError("gone", name)
        return name.upper()


SPEC = Buildspec({}, variables={"A": "spec", "B": "spec"}, parameters={"P": "param"}, secrets={"S": "secret"})


@pytest.mark.parametrize(
    ("ordered", "values", "secret", "asked"),
    [
        pytest.param(
            [], {"A": "spec", "B": "spec", "P": "PARAM", "S": "SECRET"}, {"P", "S"}, ["param", "secret"], id="buildspec"
        ),
        pytest.param(
            [Variable("A", "request"), Variable("P", "plain")],
            {"A": "request", "B": "spec", "P": "plain", "S": "SECRET"},
            {"S"},
            ["secret"],
            id="a plain value instead of a parameter",
        ),
        pytest.param(
            [Variable("B", "other", "PARAMETER_STORE"), Variable("S", "mine", "SECRETS_MANAGER")],
            {"A": "spec", "B": "OTHER", "P": "PARAM", "S": "MINE"},
            {"B", "P", "S"},
            ["other", "param", "mine"],
            id="secrets of the request",
        ),
    ],
)
def test_what_goes_before_what(
    ordered: list[Variable], values: dict[str, str], secret: set[str], asked: list[str]
) -> None:
    """Each variable has one value, and only what is used is looked up."""
    shelf = Shelf()
    resolved = resolve(SPEC, ordered, shelf, {})

    assert (resolved.values, set(resolved.secret)) == (values, secret)
    assert sorted(shelf.asked) == sorted(asked)


def test_a_missing_secret_is_told() -> None:
    """What cannot be looked up fails the phase that wanted it."""
    with pytest.raises(PhaseError, match="nowhere"):
        resolve(Buildspec({}), [Variable("A", "nowhere", "PARAMETER_STORE")], Shelf(), {})


@pytest.mark.parametrize(
    ("name", "value", "secret"),
    [
        pytest.param("T", "mine", True, id="that nobody sets"),
        pytest.param("P", "mine", True, id="instead of a parameter"),
        pytest.param("A", "spec", False, id="that is set to a plain value"),
    ],
)
def test_a_variable_of_the_persons_shell(name: str, value: str, secret: bool) -> None:
    """It is secret, is not looked up any more, and gives way to what the project says."""
    shelf = Shelf()
    resolved = resolve(SPEC, [], shelf, {name: "mine"})

    assert (resolved.values[name], name in resolved.secret) == (value, secret)
    assert ("param" in shelf.asked) == (name != "P")
