"""The verdict from the plan's document: each recipe of what may have happened, and what comes of it.

The documents are cut down from what terraform 1.11 wrote for real changes, and from OpenTofu's published format.
"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codebuild.terraform.verdict import UnknownFormat, classify
from schemas.drift_result import Change, Mode


def entry(actions: str, before: Any = None, after: Any = None, address: str = "x.this", **more: Any) -> dict[str, Any]:
    """One entry of resource_drift or resource_changes; `more` may hold parts of its change as well."""
    inside: dict[str, Any] = {key: more.pop(key) for key in ("after_unknown", "importing") if key in more}
    change = {"actions": actions.split(), "before": before, "after": after, **inside}
    return {"address": address, "mode": "managed", "change": change, **more}


def plan(drift: Any = (), changes: Any = (), **more: Any) -> dict[str, Any]:
    # Read back from JSON, as the real one is.
    document = {"format_version": "1.2", "resource_drift": list(drift), "resource_changes": list(changes), **more}
    loaded: dict[str, Any] = json.loads(json.dumps(document))
    return loaded


SMALL, BIG = {"size": 2, "etag": "a"}, {"size": 99, "etag": "a"}
GREW, SHRINK = entry("update", SMALL, BIG), entry("update", BIG, SMALL)
SAME = entry("no-op", SMALL, SMALL)
OTHER = entry("update", {"input": 1}, {"input": 2}, address="y.that")
COMPUTED = entry("update", {"size": 2, "etag": "a"}, {"size": 2, "etag": "b"})
GONE, AGAIN = entry("delete", SMALL, None), entry("create", None, SMALL)
TAGS = entry("update", {"tags": None}, {"tags": {}})
MOVED = entry("no-op", SMALL, SMALL, previous_address="x.old")
OUTPUT = {"output_changes": {"o": {"actions": ["update"], "before": 1, "after": 2}}}
FEEDS = {"relevant_attributes": [{"resource": "x.this", "attribute": ["etag"]}]}
ELSEWHERE = {"relevant_attributes": [{"resource": "x.this", "attribute": ["size"]}]}
READ = entry("read", None, {"a": 1}, mode="data")

NOISE = "1 difference without meaning (null against empty)"

CASES = [
    pytest.param(plan(), "clean", [], id="nothing at all"),
    pytest.param(plan([], [SAME]), "clean", [], id="no-op"),
    pytest.param(plan([GREW], [SHRINK]), "drift", [], id="changed outside, and an apply would undo it"),
    pytest.param(plan([GONE], [AGAIN]), "drift", [], id="deleted outside"),
    pytest.param(plan([COMPUTED], [SAME]), "benign", [], id="changed outside, and nothing refers to it"),
    pytest.param(plan([COMPUTED], [SAME], **OUTPUT), "benign", ["1 output would change"], id="an output refers to it"),
    pytest.param(plan([COMPUTED], [SAME, OTHER], **FEEDS), "drift", [], id="another resource refers to it"),
    pytest.param(plan([COMPUTED], [SAME, OTHER], **ELSEWHERE), "unapplied", [], id="another attribute is referred to"),
    pytest.param(plan([COMPUTED], [SAME, OTHER]), "unapplied", [], id="benign, and code that waits"),
    pytest.param(plan([], [OTHER]), "unapplied", [], id="code that waits"),
    pytest.param(plan([], [entry("create", None, SMALL)]), "unapplied", [], id="new in code"),
    pytest.param(plan([], [entry("delete create", SMALL, SMALL, action_reason="replace_because_tainted")]),
                 "unapplied", [], id="tainted"),
    pytest.param(plan([], [entry("forget", SMALL, None)]), "unapplied", [], id="removed from the state only"),
    pytest.param(plan([], [entry("frobnicate", SMALL, BIG)]), "unapplied", [], id="an action of a later version"),
    pytest.param(plan([], [MOVED]), "clean", ["1 resource moved in code"], id="moved only"),
    pytest.param(plan([], [entry("no-op", SMALL, SMALL, importing={"id": "i"})]), "clean",
                 ["1 resource to be imported"], id="import only"),
    pytest.param(plan([], [SAME], **OUTPUT), "clean", ["1 output would change"], id="output only"),
    pytest.param(plan([TAGS], [SAME]), "clean", [NOISE],
                 id="tags null to {}"),
    pytest.param(plan([entry("update", {"a": {"b": [None]}}, {"a": {"b": [{}], "c": []}})], [SAME]), "clean",
                 [NOISE], id="empty, deep inside"),
    pytest.param(plan([entry("update", SMALL, SMALL)], [SAME]), "clean",
                 [NOISE], id="only the marks of what is sensitive differ"),
    pytest.param(plan([entry("update", {"a": 1}, {"a": True})], [SAME]), "benign", [], id="1 is not true"),
    pytest.param(plan([entry("update", {"a": ""}, {"a": None})], [SAME]), "benign", [], id="an empty text is not null"),
    pytest.param(plan([entry("no-op", SMALL, SMALL, previous_address="x.old")], []), "clean",
                 ["1 resource moved in code"], id="moved, told among the drift"),
    pytest.param(plan([], [READ]), "clean", [], id="data is read"),
    pytest.param(plan([], [SAME], complete=False), "incomplete", ["the plan is not complete"], id="not complete"),
    pytest.param(plan([], [OTHER], complete=False), "incomplete", ["the plan is not complete"],
                 id="not complete, and code that waits"),
    pytest.param(plan([GREW], [SHRINK], complete=False), "drift", ["the plan is not complete"],
                 id="drift is drift, complete or not"),
    pytest.param(plan([], [], deferred_changes=[{"reason": "unknown"}]), "incomplete",
                 ["1 change deferred to a later plan"], id="deferred"),
    pytest.param(plan([GREW], [SHRINK], errored=True, complete=False), "failed", [], id="errors, never drift"),
    pytest.param(plan([], [SAME], checks=[{"status": "fail"}, {"status": "pass"}]), "clean", ["1 check not passing"],
                 id="a check fails"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "verdict", "notes"), CASES)
def test_says_what_happened(document: dict[str, Any], verdict: str, notes: list[str]) -> None:
    """Each recipe has its verdict; what is no difference is a note at most."""
    found = classify(document, "plan")

    assert found.verdict == verdict
    assert list(found.notes) == notes


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        pytest.param(plan([GREW], [SAME]), "drift", id="changed outside"),
        pytest.param(plan([COMPUTED], [SAME]), "drift", id="changed outside, and nothing refers to it"),
        pytest.param(plan([MOVED]), "clean", id="moved only"),
        pytest.param(plan([TAGS]), "clean", id="tags null to {}"),
        pytest.param(plan(**OUTPUT), "clean", id="output only"),
    ],
)
def test_a_refresh_only_plan_knows_drift_and_nothing_else(document: dict[str, Any], verdict: str) -> None:
    """Without the code's wishes every real change outside is drift."""
    assert classify(document, "refresh-only").verdict == verdict


def test_tells_addresses_actions_and_names_of_attributes() -> None:
    """What changed outside and what an apply would do, by address."""
    unknown = entry("update", {"size": 2}, {}, "b.b", after_unknown={"size": True, "tags": {}})
    tainted = entry("delete create", SMALL, BIG, "a.a", action_reason="replace_because_tainted", previous_address="a.z")
    found = classify(plan([GREW], [unknown, tainted, SHRINK]), "plan")

    assert found.drift == [Change(address="x.this", actions=("update",), attributes=("size",))]
    assert found.changes == [
        Change(address="a.a", actions=("delete", "create"), attributes=("size",), reason="replace_because_tainted",
               moved_from="a.z"),
        Change(address="b.b", actions=("update",), attributes=("size",)),
        Change(address="x.this", actions=("update",), attributes=("size",)),
    ]  # fmt: skip
    assert found.counts.model_dump(exclude_defaults=True) == {"drifted": 1, "update": 2, "replace": 1, "moved": 1}


@pytest.mark.parametrize(
    ("changed", "relevant", "verdict"),
    [
        pytest.param('x.this["a"]', "x.this", "drift", id="named without its key"),
        pytest.param('x.this["a"]', 'x.this["a"]', "drift", id="named with its key"),
        pytest.param('x.this["a"]', 'x.this["b"]', "unapplied", id="another instance"),
        pytest.param("module.m[0].x.this", "module.m[0].x.this", "drift", id="in a module"),
    ],
)
def test_finds_the_cause_among_instances(changed: str, relevant: str, verdict: str) -> None:
    """Terraform names the cause with or without the instance's key."""
    document = plan(
        [entry("update", {"etag": "a"}, {"etag": "b"}, changed)],
        [OTHER],
        relevant_attributes=[{"resource": relevant, "attribute": ["etag"]}],
    )

    assert classify(document, "plan").verdict == verdict


TOFU = {
    "format_version": "1.0",
    "terraform_version": "1.8.0",
    "planned_values": {"root_module": {}},
    "resource_drift": [{**GREW, "provider_name": "registry.opentofu.org/ops/mockcloud", "type": "x", "name": "this"}],
    "resource_changes": [{**SHRINK, "provider_name": "registry.opentofu.org/ops/mockcloud"}],
    "prior_state": {},
    "configuration": {},
    "something_new": {"which": "nobody knows"},
}


def test_reads_opentofu_as_published() -> None:
    """Another minor version, fewer keys, and keys that are not known here."""
    assert classify(TOFU, "plan").verdict == "drift"


@pytest.mark.parametrize("version", ["2.0", "0.2", "10.1", "", None])
def test_an_unknown_major_version_is_an_error_that_says_so(version: str | None) -> None:
    """A format that is not known is not guessed at."""
    with pytest.raises(UnknownFormat, match=r"format_version .*only 1\.x is known"):
        classify({**plan(), "format_version": version} if version is not None else {}, "plan")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just("CANARY"),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "CANARY"]), inner, max_size=3)
    ),
    max_leaves=8,
)
ATTRIBUTES = st.dictionaries(st.sampled_from(["name", "size", "tags"]), JSON, max_size=3) | st.none()
ENTRIES = st.lists(
    st.builds(entry, st.sampled_from(["update", "create", "delete", "delete create", "no-op"]), ATTRIBUTES, ATTRIBUTES),
    max_size=3,
)


@given(ENTRIES, ENTRIES, JSON, st.sampled_from(["plan", "refresh-only"]))
def test_no_value_is_ever_told(drift: Any, changes: Any, value: Any, mode: Mode) -> None:
    """Whatever the attributes hold, at whatever depth, as value or as key of a map: none of it is in the findings."""
    document = plan(
        drift, changes, variables={"v": {"value": value}}, output_changes={"o": OUTPUT["output_changes"]["o"]}
    )

    assert "CANARY" not in repr(classify(document, mode))


QUEUE = "arn:aws:sqs:eu-west-1:123456789012:orders"


@pytest.mark.parametrize(
    ("drift", "arn"),
    [
        pytest.param(entry("update", {"n": 1, "arn": QUEUE}, {"n": 2, "arn": QUEUE}), QUEUE, id="changed"),
        pytest.param(entry("delete", {"arn": QUEUE}, None), QUEUE, id="deleted"),
        pytest.param(entry("update", {"n": 1, "id": QUEUE}, {"n": 2, "id": QUEUE}), QUEUE, id="as its id"),
        pytest.param(entry("update", {"n": 1, "id": "i-1"}, {"n": 2, "id": "i-1"}), "", id="an id that is none"),
        pytest.param(entry("update", {"n": 1, "other": QUEUE}, {"n": 2, "other": QUEUE}), "", id="elsewhere"),
        pytest.param(entry("update", {"n": 1, "arn": f"{QUEUE} x"}, {"n": 2}), "", id="and something else"),
        pytest.param(entry("update", {"n": 1, "arn": {"a": QUEUE}}, {"n": 2}), "", id="no text"),
        pytest.param(entry("update", {"n": 1}, {"n": 2}), "", id="none"),
    ],
)
@pytest.mark.parametrize(
    ("marks", "shown"),
    [
        pytest.param(False, True, id=""),
        pytest.param({"n": True}, True, id="another is sensitive"),
        pytest.param({"arn": True, "id": True}, False, id="it is sensitive"),
        pytest.param(True, False, id="all is sensitive"),
    ],
)
def test_the_arn_of_what_changed_outside(drift: dict[str, Any], arn: str, marks: Any, shown: bool) -> None:
    """Taken from `arn` or `id` where that is an ARN and no mark hides it; a planned change has none."""
    marked = {**drift, "change": {**drift["change"], "before_sensitive": marks}}

    found = classify(plan([marked], [marked]), "plan")

    assert [change.arn for change in found.drift] == [arn if shown else ""]
    assert [change.arn for change in found.changes] == [""]
