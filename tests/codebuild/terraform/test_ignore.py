"""Ignore rules: what they take out of a plan, and what they never take."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pytest

from codebuild.terraform.fingerprint import fingerprint
from codebuild.terraform.ignore import Ignore, active, day, ignored, listed, ready
from codebuild.terraform.verdict import classify
from schemas.config.ignore import Rule
from schemas.config.terraform import TerraformConfig
from schemas.drift_result import Mode


def rule(address: str = "aws_asg.web", *attributes: str, **more: Any) -> Ignore:
    return ready(Rule(address=address, attributes=attributes, reason="known", until=date(2026, 6, 30), **more))


def entry(actions: str, before: Any, after: Any, address: str = "aws_asg.web", **more: Any) -> dict[str, Any]:
    unknown = {"after_unknown": more.pop("unknown")} if "unknown" in more else {}
    change = {"actions": actions.split(), "before": before, "after": after, **unknown}
    return {"address": address, "mode": "managed", "type": "aws_asg", "name": "web", "change": change, **more}


def plan(drift: Any = (), changes: Any = (), **more: Any) -> dict[str, Any]:
    document = {"format_version": "1.2", "resource_drift": list(drift), "resource_changes": list(changes), **more}
    loaded: dict[str, Any] = json.loads(json.dumps(document))
    return loaded


def judged(
    document: Mapping[str, Any], *rules: Ignore, mode: Mode = "plan"
) -> tuple[str, list[str], int, Mapping[str, int]]:
    """The verdict, what is left in words, and of how many resources something was ignored."""
    left = ignored(document, classify(document, mode), rules)
    found = classify(left.plan, mode)
    words = [f"{'/'.join(each.actions)} {','.join(each.attributes)}".strip() for each in (*found.drift, *found.changes)]
    return found.verdict, words, left.resources, left.rules


TWO, FIVE = {"desired_capacity": 2, "tags": {"Name": "w"}}, {"desired_capacity": 5, "tags": {"Name": "w"}}
SCALED = plan([entry("update", TWO, FIVE)], [entry("update", FIVE, TWO)])
CAPACITY = "desired_capacity"

BLOCKS = [{"port": 1, "cidr": ["a"]}, {"port": 2, "cidr": ["b"]}]
OTHER_CIDR = [{"port": 1, "cidr": ["x", "y"]}, {"port": 2, "cidr": []}]
OTHER_PORT = [{"port": 9, "cidr": ["x"]}, {"port": 2, "cidr": ["b"]}]


@pytest.mark.parametrize(
    ("document", "rules", "verdict", "left", "resources"),
    [
        pytest.param(SCALED, [rule("aws_asg.web", CAPACITY)], "clean", [], 1, id="the group scaled"),
        pytest.param(SCALED, [rule("**.aws_asg.*", "desired_*")], "clean", [], 1, id="by globs"),
        pytest.param(SCALED, [rule()], "clean", [], 1, id="the whole resource"),
        pytest.param(SCALED, [rule("aws_asg.api", CAPACITY)], "drift", [f"update {CAPACITY}"] * 2, 0,
                     id="another resource"),
        pytest.param(SCALED, [rule("aws_asg.web", "tags")], "drift", [f"update {CAPACITY}"] * 2, 0,
                     id="another attribute"),
        pytest.param(SCALED, [], "drift", [f"update {CAPACITY}"] * 2, 0, id="no rule"),
        pytest.param(
            plan([entry("update", TWO, {**FIVE, "max": 9})], [entry("update", {**FIVE, "max": 9}, TWO)]),
            [rule("aws_asg.web", CAPACITY)], "drift", ["update max"] * 2, 1, id="something else differs, too"),
        pytest.param(
            plan([entry("update", {"tags": {"Name": "w", "Scan": "1"}}, {"tags": {"Name": "v", "Scan": "2"}})]),
            [rule("aws_asg.web", "tags.Scan")], "benign", ["update tags"], 1, id="one key of a map"),
        pytest.param(
            plan([entry("update", {"tags": {"Name": "w"}}, {"tags": {"Name": "w", "a.b/Scan": "2"}})]),
            [rule("aws_asg.web", 'tags["a.b/Scan"]')], "clean", [], 1, id="a key that was added"),
        pytest.param(
            plan([entry("update", {"tags": {"Scan": "2"}}, {"tags": None})]),
            [rule("aws_asg.web", "tags.Scan")], "clean", [], 1, id="the only key of a map"),
        pytest.param(plan([entry("update", {"ingress": BLOCKS}, {"ingress": OTHER_CIDR})]),
                     [rule("aws_asg.web", "ingress.cidr")], "clean", [], 1, id="in every item of a list"),
        pytest.param(plan([entry("update", {"ingress": BLOCKS}, {"ingress": OTHER_CIDR})]),
                     [rule("aws_asg.web", "ingress[0].cidr")], "benign", ["update ingress"], 1, id="in one item"),
        pytest.param(plan([entry("update", {"ingress": BLOCKS}, {"ingress": OTHER_PORT})]),
                     [rule("aws_asg.web", "ingress.cidr")], "benign", ["update ingress"], 1, id="not the rest of it"),
        pytest.param(plan([entry("update", {"ingress": BLOCKS}, {"ingress": [BLOCKS[0]]})]),
                     [rule("aws_asg.web", "ingress[1]")], "clean", [], 1, id="an item that is gone"),
        pytest.param(plan([entry("update", {"ingress": BLOCKS[:1]}, {"ingress": BLOCKS})]),
                     [rule("aws_asg.web", "ingress[1]")], "clean", [], 1, id="an item that was added"),
        pytest.param(plan([], [entry("update", {"a": 1, "etag": "x"}, {"a": 2}, unknown={"etag": True})]),
                     [rule("aws_asg.web", "a")], "unapplied", ["update etag"], 1, id="not known yet, so perhaps more"),
        pytest.param(plan([], [entry("update", {"a": 1, "etag": "x"}, {"a": 2}, unknown={"etag": True})]),
                     [rule("aws_asg.web", "a", "etag")], "clean", [], 1, id="unless it is named as well"),
        pytest.param(plan([], [entry("update", {"b": [{"c": 1}]}, {"b": [{}]}, unknown={"b": [{"c": True}]})]),
                     [rule("aws_asg.web", "b.c")], "clean", [], 1, id="not known, deep inside"),
        pytest.param(
            plan([entry("update", TWO, FIVE, address="module.a[0].aws_asg.web")],
                 [entry("update", FIVE, TWO, address="module.a[0].aws_asg.web"), entry("update", FIVE, TWO)]),
            [rule("module.a.**", CAPACITY)], "unapplied", [f"update {CAPACITY}"], 1, id="in a module, and not outside"),
        pytest.param(SCALED, [rule("aws_asg.web", CAPACITY), rule("**.aws_asg.*", CAPACITY)], "clean", [], 1,
                     id="the first of two rules takes it"),
        pytest.param(plan([], [entry("update", FIVE, TWO, previous_address="aws_asg.old")]),
                     [rule("aws_asg.web", CAPACITY)], "clean", [], 1, id="a move is still a move"),
    ],
)  # fmt: skip
def test_takes_out_what_a_rule_names(
    document: dict[str, Any], rules: list[Ignore], verdict: str, left: list[str], resources: int
) -> None:
    """What is left is judged as if it were all; with nothing left the root is clean, and says how much was ignored."""
    assert judged(document, *rules)[:3] == (verdict, left, resources)


GONE = plan([entry("delete", TWO, None)], [entry("create", None, TWO)])
REPLACED = plan([], [entry("delete create", TWO, FIVE)])


@pytest.mark.parametrize(
    ("document", "given", "verdict"),
    [
        pytest.param(GONE, rule(), "drift", id="deleted outside"),
        pytest.param(GONE, rule(actions=["delete"]), "unapplied", id="deleted outside: the creation is still told"),
        pytest.param(GONE, rule(actions=["delete", "create"]), "clean", id="deleted outside, both named"),
        pytest.param(plan([], [entry("delete", TWO, None)]), rule(), "unapplied", id="to be deleted"),
        pytest.param(plan([], [entry("delete", TWO, None)]), rule(actions=["delete"]), "clean", id="named"),
        pytest.param(REPLACED, rule(), "unapplied", id="to be replaced"),
        pytest.param(REPLACED, rule("aws_asg.web", CAPACITY), "unapplied", id="to be replaced because of an attribute"),
        pytest.param(REPLACED, rule(actions=["delete", "create"]), "unapplied", id="delete and create are not replace"),
        pytest.param(REPLACED, rule(actions=["replace"]), "clean", id="replace named"),
        pytest.param(plan([], [entry("forget", TWO, None)]), rule(), "unapplied", id="to be forgotten"),
        pytest.param(plan([], [entry("frobnicate", TWO, FIVE)]), rule(actions=["update", "delete"]), "unapplied",
                     id="an action of a later version"),
    ],
)  # fmt: skip
def test_what_is_deleted_is_ignored_only_where_a_rule_says_so(
    document: dict[str, Any], given: Ignore, verdict: str
) -> None:
    """A rule means updates; everything else it must name."""
    assert judged(document, given)[0] == verdict


@pytest.mark.parametrize(
    ("document", "verdict"),
    [
        pytest.param({**SCALED, "errored": True}, "failed", id="errors"),
        pytest.param({**SCALED, "complete": False}, "incomplete", id="not complete"),
        pytest.param({**SCALED, "deferred_changes": [{}]}, "incomplete", id="deferred"),
    ],
)
def test_a_rule_hides_no_failure(document: dict[str, Any], verdict: str) -> None:
    """A plan that is not whole stays so, even if all that it says is ignored."""
    assert judged(document, rule())[0] == verdict


def test_counts_resources_by_rule() -> None:
    """Drift and plan of one resource are one match; differences without meaning are none."""
    other = entry("update", {"tags": None}, {"tags": {}}, address="aws_asg.quiet")
    document = plan(
        [entry("update", TWO, FIVE), other], [entry("update", FIVE, TWO), entry("update", FIVE, TWO, "b.c")]
    )

    assert judged(document, rule("aws_asg.*"), rule("b.c", CAPACITY), rule("d.e"))[2:] == (2, {
        "aws_asg.*": 1, "b.c:desired_capacity": 1,
    })  # fmt: skip


def test_what_is_ignored_leaves_no_print() -> None:
    """The fingerprint does not change with an ignored value, though another attribute's difference is still told."""

    def printed(scan: str) -> str:
        document = plan([entry("update", {"tags": {"Name": "w", "Scan": "0"}}, {"tags": {"Name": "v", "Scan": scan}})])
        found = classify(document, "refresh-only")
        left = ignored(document, found, [rule("aws_asg.web", "tags.Scan")]).plan
        return fingerprint(left, classify(left, "refresh-only"), lambda: b"k" * 16).fingerprint

    assert printed("1") == printed("2") != ""


def test_the_plan_itself_is_not_changed() -> None:
    """Masks are made of the whole plan afterwards."""
    before = json.dumps(SCALED)
    judged(SCALED, rule(), rule("aws_asg.web", CAPACITY))

    assert json.dumps(SCALED) == before


CONFIG = TerraformConfig.model_validate(
    {
        "ignore": [
            {"id": "all", "address": "a.b", "reason": "r", "until": "2026-06-30"},
            {"id": "old", "address": "a.c", "reason": "r", "until": "2026-01-01"},
            {"id": "endless", "address": "a.d", "reason": "r", "until": "2099-01-01"},
        ],
        "repositories": [
            {"name": "infra", "path": "x", "roots": ["*"],
             "ignore": [{"id": "own", "address": "a.b", "reason": "r", "until": "2026-06-30"}]},
            {"name": "network", "path": "y", "roots": ["*"]},
        ],
    }
)  # fmt: skip
TODAY = date(2026, 3, 1)


def test_only_what_counts_today_is_applied() -> None:
    """Rules for all, then those of the repository; neither an expired one nor one without an end in sight."""
    infra, network = CONFIG.repositories

    assert [each.id for each in active(CONFIG, infra, TODAY)] == ["all", "own"]
    assert [each.id for each in active(CONFIG, network, TODAY)] == ["all"]


@pytest.mark.parametrize(
    ("names", "rules"),
    [
        pytest.param(["infra", "network"],
                     ["all active", "old expired", "endless too long", "own active"], id="all repositories"),
        pytest.param(["network"],
                     ["all active part", "old expired part", "endless too long part"], id="one of them"),
    ],
)  # fmt: skip
def test_every_rule_is_listed_with_its_state(names: list[str], rules: list[str]) -> None:
    """Also those that are not applied, which somebody should hear of; a run for one repository sees a part only."""
    looked = [repository for repository in CONFIG.repositories if repository.name in names]
    found = listed(CONFIG, looked, TODAY)

    assert [f"{each.id} {each.state}{'' if each.whole else ' part'}" for each in found] == rules


@pytest.mark.parametrize(
    ("started", "expected"),
    [
        pytest.param("2026-06-30T22:00:00Z", date(2026, 6, 30), id="07:00 in Tokyo"),
        pytest.param("2026-07-01T07:00:00+09:00", date(2026, 6, 30), id="the same, written there"),
    ],
)
def test_the_day_is_that_of_utc(started: str, expected: date) -> None:
    """One run has one day, whatever machine it is on."""
    assert day(datetime.fromisoformat(started)) == day(datetime.fromisoformat(started).astimezone(UTC)) == expected
