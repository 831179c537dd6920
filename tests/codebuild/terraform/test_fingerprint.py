"""A fingerprint is equal exactly where the difference is, tells nothing of a value, and needs the key."""

import copy
import hashlib
import hmac
import json
import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from codebuild.terraform.fingerprint import Prints, drift_key, fingerprint
from codebuild.terraform.verdict import classify
from handrail.aws import client
from handrail.errors import HandrailError
from tests.codebuild import secrets_manager

KEY = b"the key of this installation"


def entry(name: str = "this", *, kind: str = "aws_db_instance", module: str = "", **change: Any) -> dict[str, Any]:
    """A resource with what happened to it: by default a size that went from 2 to 99."""
    address = f"{module}{kind}.{name}"
    happened = {"actions": ["update"], "before": {"size": 2}, "after": {"size": 99}, **change}
    return {"address": address, "mode": "managed", "type": kind, "name": name, "change": happened}


def prints(*outside: Mapping[str, Any], planned: Sequence[Mapping[str, Any]] = (), key: bytes = KEY) -> Prints:
    plan = {"format_version": "1.2", "resource_drift": outside, "resource_changes": planned}
    return fingerprint(plan, classify(plan, "plan"), lambda: key)


BASE = prints(entry())


@pytest.mark.parametrize(
    "same",
    [
        pytest.param(entry(), id="once more"),
        pytest.param(entry(before={"size": 2, "b": {}}, after={"b": None, "size": 99}), id="null against empty"),
        pytest.param(entry(before={"a": "x", "size": 2}, after={"size": 99, "a": "x"}), id="what did not change"),
        pytest.param(entry(after={"size": 99}, after_unknown={"etag": True}), id="what is not known yet"),
        pytest.param(
            entry(before={"size": 2, "n": {"e": "a"}}, after={"size": 99, "n": {}}, after_unknown={"n": {"e": True}}),
            id="what is not known yet, further down",
        ),
        pytest.param(entry(before_sensitive={"size": True}, after_sensitive={"size": True}), id="marked as sensitive"),
    ],
)  # fmt: skip
def test_the_same_difference(same: Mapping[str, Any]) -> None:
    """What means nothing changes nothing."""
    assert prints(same) == BASE


@pytest.mark.parametrize(
    "other",
    [
        pytest.param([entry(after={"size": 98})], id="another value now"),
        pytest.param([entry(before={"size": 3})], id="another value before"),
        pytest.param([entry(after={"size": "99"})], id="a text of the same letters"),
        pytest.param([entry(before={"size": 1}, after={"size": True})], id="true is not 1"),
        pytest.param([entry(before={"n": 2}, after={"n": 99})], id="another attribute"),
        pytest.param([entry(before={"size": 2, "n": [1]}, after={"size": 99, "n": [1, 2]})], id="one attribute more"),
        pytest.param([entry(actions=["delete", "create"])], id="another action"),
        pytest.param([entry(after=None, actions=["delete"])], id="deleted"),
        pytest.param([entry("that")], id="another resource"),
        pytest.param([entry(), entry("that")], id="a second resource"),
        pytest.param([], id="nothing"),
    ],
)
def test_another_difference(other: list[Mapping[str, Any]]) -> None:
    """Another value, place or action gives another fingerprint."""
    assert prints(*other).fingerprint != BASE.fingerprint


def test_what_is_planned_is_not_what_happened() -> None:
    """The same entry among the planned changes is another difference, and both together are a third."""
    assert len({BASE, prints(planned=[entry()]), prints(entry(), planned=[entry()])}) == 3


def test_nothing_has_no_fingerprint() -> None:
    """A root without a difference gets none."""
    assert prints() == Prints("", "")


def bucket(name: str, *, module: str = "", before: Any = "1.0", after: Any = "1.2") -> dict[str, Any]:
    arn = f"arn:aws:s3:::{name}"
    rules = {"id": name, "bucket": name, "arn": arn}
    return entry(
        name,
        kind="aws_s3_bucket",
        module=module,
        before={**rules, "tls": before, "policy": f"deny {arn}/*"},
        after={**rules, "tls": after, "policy": f"allow {arn}/*"},
    )


@pytest.mark.parametrize(
    ("changes", "alike"),
    [
        pytest.param([bucket("orders")], True, id="another name, also inside a value"),
        pytest.param([bucket("logs", module="module.a[0].")], True, id="in a module"),
        pytest.param([bucket("orders"), bucket("bills")], True, id="two of them in one root"),
        pytest.param([bucket("orders", after="1.3")], False, id="another value"),
        pytest.param([bucket("orders"), entry()], False, id="and something else"),
    ],
)
def test_the_cause_groups_roots(changes: list[Mapping[str, Any]], alike: bool) -> None:
    """Roots in which the same happened to things of other names share a cause, and no other roots do."""
    one, other = prints(bucket("logs")), prints(*changes)

    assert (one.cause == other.cause) is alike
    assert one.fingerprint != other.fingerprint
    assert one.cause != one.fingerprint


@pytest.mark.parametrize(
    ("actions", "sides", "alike"),
    [
        pytest.param(["delete"], [({"id": "a-db", "n": 1}, None), ({"id": "b-db", "n": 2}, None)], True, id="gone"),
        pytest.param(["create"], [(None, {"name": "a-db", "n": 1}), (None, {"name": "b-db", "n": 1})], True, id="made"),
        pytest.param(["create"], [(None, {"name": "a-db", "n": 1}), (None, {"name": "b-db", "n": 2})], False,
                     id="made of something else"),
    ],
)  # fmt: skip
def test_the_cause_of_what_comes_and_goes(actions: list[str], sides: list[tuple[Any, Any]], alike: bool) -> None:
    """What was deleted had its own values, and they do not count; what is to be created is compared."""
    one, other = (prints(entry(before=before, after=after, actions=actions)) for before, after in sides)

    assert (one.cause == other.cause) is alike
    assert one.fingerprint != other.fingerprint


LEAVES = st.none() | st.booleans() | st.integers(-99, 99) | st.text(max_size=5)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
OBJECTS = st.dictionaries(st.text(min_size=1, max_size=3), VALUES, max_size=4)
ENTRIES = st.lists(
    st.builds(
        lambda name, before, after, actions: entry(name, before=before, after=after, actions=actions),
        st.sampled_from("abcdef"), OBJECTS, OBJECTS, st.sampled_from([["update"], ["delete", "create"]]),
    ),
    max_size=4,
    unique_by=lambda each: each["address"],
)  # fmt: skip


def shuffled(value: Any, order: random.Random) -> Any:
    """The same JSON with the keys of every object in another order."""
    if isinstance(value, dict):
        keys = order.sample([*value], len(value))
        return {key: shuffled(value[key], order) for key in keys}
    return [shuffled(item, order) for item in value] if isinstance(value, list) else value


@given(ENTRIES, ENTRIES, st.randoms(use_true_random=False))
def test_no_order_matters(outside: list[Any], planned: list[Any], order: random.Random) -> None:
    """Entries and keys in any order, read from JSON again: the same two texts."""
    again = [shuffled(each, order) for each in order.sample(outside, len(outside))]

    assert prints(*json.loads(json.dumps(again)), planned=order.sample(planned, len(planned))) == prints(
        *outside, planned=planned
    )


@given(st.text(min_size=1, max_size=3), LEAVES, LEAVES, LEAVES)
def test_every_value_matters(name: str, before: Any, one: Any, other: Any) -> None:
    """Two drifts that differ in one leaf alone have two fingerprints."""
    assume(len({json.dumps(each) for each in (before, one, other)}) == 3)

    first, second = (prints(entry(before={name: before}, after={name: after})) for after in (one, other))

    assert first.fingerprint != second.fingerprint
    assert first.fingerprint == prints(copy.deepcopy(entry(before={name: before}, after={name: one}))).fingerprint


def test_without_the_key_it_cannot_be_made() -> None:
    """Who knows everything but the key can neither compute nor compare it: another key gives another text."""
    texts = [*vars(BASE).values()]

    assert not set(vars(prints(entry(), key=b"another key of 16")).values()) & set(texts)
    assert all(len(text) == 32 and set(text) <= set("0123456789abcdef") for text in texts)


@given(st.text(min_size=6, max_size=20, alphabet="ghijklmnopqrstuvwxyz"))
def test_no_value_is_in_it(value: str) -> None:
    """What is given out is letters of a hash, and neither a value nor a plain hash of one."""
    told = "".join(vars(prints(entry(before={"secret": "x"}, after={"secret": value}))).values())
    plain = hashlib.sha256(json.dumps(value).encode()).hexdigest(), hmac.new(b"", value.encode(), "sha256").hexdigest()

    assert value not in told
    assert all(digest[:16] not in told for digest in plain)


def answering(monkeypatch: pytest.MonkeyPatch, **more: str) -> None:
    for name, value in {**secrets_manager.surroundings(), **more}.items():
        monkeypatch.setenv(name, value)
    client.cache_clear()


def test_the_key_is_the_secret_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """It comes from Secrets Manager, and stands in no variable that a program could inherit."""
    answering(monkeypatch)

    assert drift_key() == secrets_manager.KEY.encode()


@pytest.mark.parametrize(
    ("name", "says"),
    [
        pytest.param("", "HANDRAIL_DRIFT_KEY_SECRET is not set", id="no name"),
        pytest.param("other", "There is no secret other, which HANDRAIL_DRIFT_KEY_SECRET names. Make it", id="none"),
    ],
)
def test_a_missing_key_is_told(monkeypatch: pytest.MonkeyPatch, name: str, says: str) -> None:
    """In a sentence that says what to do."""
    answering(monkeypatch, HANDRAIL_DRIFT_KEY_SECRET=name)

    with pytest.raises(HandrailError, match=says):
        drift_key()
