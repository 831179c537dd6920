"""The limits of a request's parameters, as the service's model has them."""

from typing import Any

import pytest

from handrail.local.limits import invalid

GOOD = {"RoleArn": "arn:aws:iam::222222222222:role/power", "RoleSessionName": "test"}


def told(**changed: Any) -> list[str]:
    """What is wrong, one by one."""
    asked = {name: value for name, value in {**GOOD, **changed}.items() if value is not None}
    refusal = invalid("sts", "AssumeRole", asked, hidden={"ExternalId"})
    return refusal.message.partition(" detected: ")[2].split("; ") if refusal else []


LENGTH, VALUE = "Member must have length", "Member must have value"


@pytest.mark.parametrize(
    ("name", "value", "wrong"),
    [
        ("RoleSessionName", "ab", ""),
        ("RoleSessionName", "a" * 64, ""),
        ("RoleSessionName", "a", f"Value 'a' at 'roleSessionName' {{}}: {LENGTH} greater than or equal to 2"),
        ("RoleSessionName", None, "Value null at 'roleSessionName' {}: Member must not be null"),
        ("RoleSessionName", "ü!", r"Value 'ü!' at 'roleSessionName' {}: {pattern}: [\w+=,.@-]*"),
        ("DurationSeconds", 900, ""),
        ("DurationSeconds", 43200, ""),
        ("DurationSeconds", 899, f"Value '899' at 'durationSeconds' {{}}: {VALUE} greater than or equal to 900"),
        ("DurationSeconds", 43201, f"Value '43201' at 'durationSeconds' {{}}: {VALUE} less than or equal to 43200"),
        ("ExternalId", "a" * 1225, f"Value *** at 'externalId' {{}}: {LENGTH} less than or equal to 1224"),
        ("Tags", [{"Key": "", "Value": ""}], ""),
        ("Unknown", "x", ""),
    ],
)
def test_limits_are_the_models(name: str, value: Any, wrong: str) -> None:
    """Just allowed and just not; lists and structures are moto's to look at."""
    pattern = "Member must satisfy regular expression pattern"
    words = wrong.format("failed to satisfy constraint", pattern=pattern)

    assert told(**{name: value}) == ([words] if wrong else [])


def test_all_at_once() -> None:
    """Every mistake is told, counted, in the model's order."""
    refusal = invalid("sts", "AssumeRole", {"DurationSeconds": 1})

    assert refusal is not None
    assert refusal.message.startswith("3 validation errors detected: Value null at 'roleArn' failed")
    assert refusal.code == "ValidationError"
