"""What people make is kept, changed as a whole, and found again by the next process."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from handrail.errors import HandrailError
from handrail.local.apierror import ApiError
from handrail.local.registry import Activity, Alias, Entry, Registry, StateMachine, Version
from handrail.local.store import Store

PREFIX = "arn:aws:states:us-east-1:123456789012"
ARN = f"{PREFIX}:stateMachine:m"
ROLE = "arn:aws:iam::123456789012:role/r"

MACHINE = StateMachine(ARN, "m", '{"now":"é"}', ROLE, 1.0, "EXPRESS", 2.0, "revision", tags={"k": "v"}, last_version=2)
FIRST = Version(f"{ARN}:1", ARN, 1, "{1}", f"{ROLE}-1", 1.0, "revision", "words")
SECOND = Version(f"{ARN}:2", ARN, 2, "{2}", ROLE, 2.0)
ALIAS = Alias(f"{ARN}:P", ARN, "P", ((FIRST.arn, 10), (SECOND.arn, 90)), 1.0, 2.0, "words")
ACTIVITY = Activity(f"{PREFIX}:activity:a", "a", 1.0, {"type": "AWS_OWNED_KEY"}, {"k": "v"})


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.writing(tmp_path, 0) as found:
        yield found


@pytest.fixture
def registry(store: Store) -> Registry:
    registry = Registry(store, {"power": lambda: "{}"})
    registry.keep(MACHINE, FIRST, SECOND, ALIAS, ACTIVITY)
    return registry


@pytest.mark.parametrize("entry", [MACHINE, FIRST, SECOND, ALIAS, ACTIVITY], ids=lambda each: each.arn)
def test_whatever_is_kept_is_found_by_the_next_process(registry: Registry, entry: Entry) -> None:
    """Every part of it."""
    assert Registry(registry.store).entries[entry.arn] == entry


def test_what_is_changed_keeps_its_place(registry: Registry) -> None:
    """Lists stay in the order in which things were made, also after a restart."""
    registry.keep(replace(MACHINE, definition="{}"))
    registry.forget(FIRST.arn, ALIAS.arn)
    left = [ARN, SECOND.arn, ACTIVITY.arn]
    assert [list(each.entries) for each in (registry, Registry(registry.store))] == [left, left]


@pytest.mark.parametrize(
    ("arn", "definition", "role", "version", "alias"),
    [
        pytest.param(ARN, MACHINE.definition, ROLE, None, None, id="a machine"),
        pytest.param(FIRST.arn, "{1}", f"{ROLE}-1", FIRST.arn, None, id="a version"),
        pytest.param(ALIAS.arn, "{1}", f"{ROLE}-1", FIRST.arn, ALIAS.arn, id="an alias"),
        pytest.param(f"{PREFIX}:stateMachine:power", "{}", None, None, None, id="a runbook"),
        pytest.param(f"{PREFIX}:stateMachine:handrail-power", "{}", None, None, None, id="a runbook as it is deployed"),
    ],
)
def test_an_arn_leads_to_what_runs(
    registry: Registry, arn: str, definition: str, role: str | None, version: str | None, alias: str | None
) -> None:
    """A machine as it is now, or as a version of it was."""
    registry.choose = lambda hundred: 0
    found = registry.resolve(arn)
    assert (found.definition, found.version_arn, found.alias_arn) == (definition, version, alias)
    assert role in (None, found.machine.role)


@pytest.mark.parametrize(
    ("arn", "code"),
    [
        pytest.param("m", "InvalidArn", id="a name"),
        pytest.param("arn:aws:s3:::m", "InvalidArn", id="another service's"),
        pytest.param(ACTIVITY.arn, "InvalidArn", id="an activity"),
        pytest.param(f"{PREFIX}:stateMachine:", "InvalidArn", id="no name"),
        pytest.param(f"{ARN}:1:2", "InvalidArn", id="a version of a version"),
        pytest.param(f"{ARN}x", "StateMachineDoesNotExist", id="nobody"),
        pytest.param(f"{ARN}:3", "StateMachineDoesNotExist", id="no such version"),
        pytest.param(f"{ARN}:Q", "StateMachineDoesNotExist", id="no such alias"),
        pytest.param(ARN.replace("us-east-1", "eu-west-1"), "StateMachineDoesNotExist", id="elsewhere"),
        pytest.param(
            "arn:aws:states:us-east-1:222222222222:stateMachine:power",
            "StateMachineDoesNotExist",
            id="a runbook in another account",
        ),
    ],
)
def test_any_other_arn_leads_nowhere(registry: Registry, arn: str, code: str) -> None:
    """AWS's words say whether it is none, or whether nobody is there."""
    with pytest.raises(ApiError) as refused:
        registry.resolve(arn)
    assert (refused.value.code, arn in str(refused.value) or code == "InvalidArn") == (code, True)


@pytest.mark.parametrize(("drawn", "number"), [(0, 1), (9, 1), (10, 2), (99, 2)])
def test_an_alias_divides_executions_by_its_weights(registry: Registry, drawn: int, number: int) -> None:
    """Ten of a hundred here, ninety there."""
    registry.choose = lambda hundred: drawn
    assert registry.resolve(ALIAS.arn).version_arn == f"{ARN}:{number}"


def test_a_version_without_weight_is_never_begun(registry: Registry) -> None:
    """0 is none of a hundred."""
    registry.keep(replace(ALIAS, routes=((FIRST.arn, 0), (SECOND.arn, 100))))
    registry.choose = lambda hundred: 0
    assert registry.resolve(ALIAS.arn).version_arn == SECOND.arn


def test_several_entries_are_kept_whole_or_not_at_all(registry: Registry) -> None:
    """Where the second cannot be written, the first is not there either: neither in memory nor in the file."""
    one = replace(MACHINE, arn=f"{ARN}-1")
    with pytest.raises(TypeError):
        registry.keep(one, replace(MACHINE, arn=f"{ARN}-2", tags={"k": object()}))  # type: ignore[dict-item]
    assert one.arn not in registry.entries
    assert one.arn not in Registry(registry.store).entries


def test_what_cannot_be_written_is_not_known(registry: Registry) -> None:
    """A full disk is told, and nobody believes that there is something which the next process does not find."""
    [(pages,)] = registry.store.read("PRAGMA page_count", ())
    registry.store.read(f"PRAGMA max_page_count={pages}", ())
    big = replace(MACHINE, arn=f"{ARN}-big", definition="x" * 1_000_000)
    with pytest.raises(HandrailError):
        registry.keep(big)
    assert big.arn not in registry.entries


def test_threads_do_not_undo_each_other(registry: Registry) -> None:
    """What is read and changed inside `changing` is changed by one at a time."""
    begin = threading.Barrier(4)

    def add(number: int) -> None:
        begin.wait()
        for each in range(25):
            with registry.changing:
                known = registry.find(ARN)
                registry.keep(replace(known, tags={**known.tags, f"{number}-{each}": ""}))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(4)))
    assert len(registry.find(ARN).tags) == 101
    assert len(Registry(registry.store).find(ARN).tags) == 101
