"""Ignore rules in config/terraform.yaml: what one needs, what it is called, and how long it counts."""

from datetime import date, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from handrail.errors import Problems
from schemas.config.ignore import Rule
from schemas.config.terraform import TerraformConfig, load

CONFIG = "repositories:\n  - {name: infra, path: infra, roots: ['*'], ignore: [%s]}\nignore:\n  - %s\n"
USUAL = "{address: aws_asg.web, attributes: [desired_capacity], reason: scaled by itself, until: 2026-12-31}"


TOO_MUCH = (
    ", so it would ignore everything or nearly so: name a type, a resource or a module (**.aws_instance.*,"
    " module.legacy.**), or attributes (tags); beside a * it takes three letters in a row"
)


def read(folder: Path, rule: str, inside: str = "") -> TerraformConfig:
    path = folder / "terraform.yaml"
    path.write_text(CONFIG % (inside, rule), encoding="utf-8")
    return load(path)


def rule(address: str = "aws_asg.web", **more: object) -> Rule:
    return Rule.model_validate({"address": address, "reason": "known", "until": "2026-06-30", **more})


def test_a_rule_says_what_why_and_until_when(tmp_path: Path) -> None:
    """As people write it: the date without quotes, one line, and `update` where no action is named (S003-13)."""
    [found] = read(tmp_path, USUAL).ignore

    assert (found.address, found.attributes, found.actions) == ("aws_asg.web", ("desired_capacity",), ("update",))
    assert (found.reason, found.until) == ("scaled by itself", date(2026, 12, 31))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("{address: a.b, until: 2026-12-31}", ".reason is missing", id="no reason"),
        pytest.param("{address: a.b, reason: x}", ".until is missing", id="no end"),
        pytest.param("{address: a.b, reason: ' ', until: 2026-12-31}",
                     ".reason must be one line of text, of at most 300 characters", id="an empty reason"),
        pytest.param('{address: a.b, reason: "a\\nb", until: 2026-12-31}',
                     ".reason must be one line of text, of at most 300 characters", id="two lines"),
        pytest.param("{address: a.b, reason: x, until: never}",
                     '.until is "never", which is no day; write one such as 2026-12-31', id="no day"),
        pytest.param("{address: 'a b', reason: x, until: 2026-12-31}",
                     '.address is "a b", which is no address; write one such as module.*.aws_instance.web',
                     id="no address"),
        pytest.param("{address: a.b, attributes: ['a..b'], reason: x, until: 2026-12-31}",
                     '.attributes[0] is "a..b", which is no attribute; write one such as tags.Name or tags["a.b"]',
                     id="no attribute"),
        pytest.param("{address: '**', reason: x, until: 2026-12-31}",
                     f' has the address "**" and no attributes{TOO_MUCH}', id="everything"),
        pytest.param("{address: '*.*', reason: x, until: 2026-12-31}",
                     f' has the address "*.*" and no attributes{TOO_MUCH}', id="nearly everything"),
        pytest.param("{address: '**', attributes: ['**'], reason: x, until: 2026-12-31}",
                     f' has the address "**" and the attribute "**"{TOO_MUCH}', id="everything, by its attributes"),
        pytest.param("{address: mockcloud_object, reason: x, until: 2026-12-31}",
                     '.address is "mockcloud_object", which no resource can have: after its modules an address has a'
                     " type and a name; write one such as **.mockcloud_object.*", id="a type alone"),
        pytest.param("{address: module.legacy, reason: x, until: 2026-12-31}",
                     '.address is "module.legacy", which no resource can have: after its modules an address has a'
                     " type and a name; write one such as module.legacy.**", id="a module alone"),
        pytest.param("{address: a.%s, reason: x, until: 2026-12-31}" % ("b" * 999),
                     ".address has 1,001 characters, and may have 1,000; * stands for any text", id="overlong"),
        pytest.param("{address: a.b, attributes: [%s], reason: x, until: 2026-12-31}" % ("b" * 1001),
                     ".attributes[0] has 1,001 characters, and may have 1,000; * stands for any text",
                     id="an overlong attribute"),
        pytest.param("{address: a.b, reason: --days, until: 2026-12-31}",
                     '.reason is "--days", which begins like an option; begin it with a word', id="an option"),
        pytest.param("{address: a.b, attributes: [size], actions: [delete], reason: x, until: 2026-12-31}",
                     " has attributes and actions; attributes differ only where a resource is updated",
                     id="attributes of what is deleted"),
        pytest.param("{address: a.b, actions: [destroy], reason: x, until: 2026-12-31}",
                     ".actions[0] is \"destroy\", which is none of"
                     " 'update', 'create', 'delete', 'replace' or 'forget'.",
                     id="no action"),
        pytest.param("{address: a.b, actions: [], reason: x, until: 2026-12-31}", ".actions must not be empty",
                     id="no action at all"),
        pytest.param("{adress: a.b, address: a.b, reason: x, until: 2026-12-31}",
                     '.adress is not a setting here. Did you mean "address"?', id="a typing error"),
        pytest.param("{id: '<!channel>', address: a.b, reason: x, until: 2026-12-31}",
                     '.id is "<!channel>"; an id is made of letters, digits, dot, hyphen and underscore', id="markup"),
    ],
)  # fmt: skip
def test_says_what_is_wrong(tmp_path: Path, text: str, problem: str) -> None:
    """A rule without a reason or an end is none, and one for everything would be a silent check."""
    with pytest.raises(Problems) as caught:
        read(tmp_path, text)

    assert [each.partition("terraform.yaml:")[2] for each in caught.value.problems] == [f"4: ignore[0]{problem}"]


@pytest.mark.parametrize(
    ("given", "repository", "name"),
    [
        pytest.param(rule(), "", "aws_asg.web", id="its address"),
        pytest.param(rule(), "infra", "infra/aws_asg.web", id="at a repository"),
        pytest.param(rule(attributes=["a", "b"]), "", "aws_asg.web:a,b", id="attributes"),
        pytest.param(rule(actions=["delete", "update"]), "", "aws_asg.web (update, delete)", id="more than the usual"),
        pytest.param(rule(actions=["delete"]), "", "aws_asg.web (delete)", id="without the usual"),
        pytest.param(rule(id="asg"), "infra", "asg", id="its own"),
    ],
)
def test_every_rule_has_a_name(given: Rule, repository: str, name: str) -> None:
    """Reports call a rule by its id, or by what it says."""
    assert given.name(repository) == name


@pytest.mark.parametrize(
    ("address", "attributes"),
    [
        pytest.param("**.*.*", [], id="any type and name"),
        pytest.param("**.*_*.*", [], id="any type with an underscore"),
        pytest.param("**.t*", [], id="a letter"),
        pytest.param("**.*is*", [], id="two letters"),
        pytest.param("module.**", [], id="any module"),
        pytest.param("module.*.**", [], id="any module by a wildcard"),
        pytest.param("mod*.**", [], id="any module, cut short"),
        pytest.param("**[0]", [], id="only an index"),
        pytest.param("*.*", ["tags", "**"], id="one attribute of two is any"),
        pytest.param("**", ["*"], id="any attribute"),
        pytest.param("**", ["*.*"], id="any attribute of a block"),
        pytest.param("**", ["t*"], id="a letter of an attribute"),
    ],
)
def test_a_rule_for_nearly_everything_is_refused(address: str, attributes: list[str]) -> None:
    """Neither its address nor every one of its attributes says what it is about."""
    with pytest.raises(ValidationError, match="it would ignore everything or nearly so"):
        rule(address, attributes=attributes)


@pytest.mark.parametrize(
    ("address", "attributes"),
    [
        pytest.param("**", ["tags"], id="an attribute everywhere"),
        pytest.param("**", ["**.etag"], id="an attribute at any depth"),
        pytest.param("**.*.*", ["tags*"], id="attributes that begin so"),
        pytest.param("**.this", [], id="a name"),
        pytest.param("**.aws_*.*", [], id="a provider"),
        pytest.param("module.legacy.**", [], id="a module"),
        pytest.param("module.*.aws_asg.web", [], id="in any module"),
        pytest.param("aws_asg.web", ["**"], id="all of one resource"),
    ],
)
def test_a_rule_that_names_something_is_taken(address: str, attributes: list[str]) -> None:
    """A wide rule is nobody's accident if a name stands in it."""
    assert rule(address, attributes=attributes).address == address


@pytest.mark.parametrize(
    ("other", "where", "same"),
    [
        pytest.param(rule(reason="another", until="2026-07-31"), "", True, id="another reason and day"),
        pytest.param(rule(id="aws_asg.web"), "", True, id="its own name as an id"),
        pytest.param(rule(), "infra", False, id="at a repository"),
        pytest.param(rule(id="aws_asg.web", attributes=["size"]), "", False, id="less, under the same id"),
        pytest.param(rule(id="aws_asg.web", actions=["update", "delete"]), "", False, id="more, under the same id"),
        pytest.param(rule("aws_asg.*", id="aws_asg.web"), "", False, id="elsewhere, under the same id"),
    ],
)
def test_the_terms_of_a_rule(other: Rule, where: str, same: bool) -> None:
    """They change with what the rule ignores, and with nothing else."""
    assert (rule().terms() == other.terms(where)) is same


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        pytest.param(USUAL, None, id="the same at a repository is another rule"),
        pytest.param(USUAL.replace("{", "{id: aws_asg.web-x, "), None, id="two ids"),
        pytest.param(f"{USUAL}, {USUAL}",
                     '2: repositories[0].ignore[1] is "infra/aws_asg.web:desired_capacity", as is another rule;'
                     " leave one out, or give it an id of its own", id="the same twice"),
    ],
)  # fmt: skip
def test_no_two_rules_have_one_name(tmp_path: Path, inside: str, problem: str | None) -> None:
    """Or nobody could tell which of them matched."""
    if problem is None:
        assert len(read(tmp_path, USUAL, inside).repositories[0].ignore) == 1
        return
    with pytest.raises(Problems) as caught:
        read(tmp_path, USUAL, inside)

    assert [each.partition("terraform.yaml:")[2] for each in caught.value.problems] == [problem]


@pytest.mark.parametrize(
    ("day", "state"),
    [
        pytest.param("2026-06-29", "active", id="the day before"),
        pytest.param("2026-06-30", "active", id="its last day"),
        pytest.param("2026-07-01", "expired", id="the day after"),
        pytest.param("2025-06-29", "active", id="a year and a day before"),
        pytest.param("2025-06-28", "too long", id="longer than a year before"),
    ],
)
def test_a_rule_ends(day: str, state: str) -> None:
    """It counts until its day is over, and not at all where that day is more than a year ahead."""
    assert rule().state(date.fromisoformat(day)) == state


@pytest.mark.parametrize(
    ("wide", "narrow", "covers"),
    [
        pytest.param(rule("**.aws_asg.*"), rule("module.a.aws_asg.web"), True, id="a wildcard"),
        pytest.param(rule("aws_asg.*"), rule("aws_asg.w*"), True, id="a glob in a glob"),
        pytest.param(rule("aws_asg.w*"), rule("aws_asg.*"), False, id="not the other way round"),
        pytest.param(rule(), rule(attributes=["size"]), True, id="all attributes, and one"),
        pytest.param(rule(attributes=["size"]), rule(), False, id="one attribute, and all"),
        pytest.param(rule(attributes=["tags"]), rule(attributes=["tags.Name"]), True, id="what is below"),
        pytest.param(rule(attributes=["tags"]), rule(attributes=["tags", "size"]), False, id="one of two"),
        pytest.param(rule(), rule(actions=["delete"]), False, id="another action"),
        pytest.param(rule(actions=["update", "delete"]), rule(), True, id="more actions"),
    ],
)
def test_a_rule_that_another_one_covers(wide: Rule, narrow: Rule, covers: bool) -> None:
    """Whoever writes a second rule for the same thing can be told."""
    assert wide.covers(narrow) is covers


def test_how_often_and_how_long_has_defaults(tmp_path: Path) -> None:
    """A failure is told at the second run, a claim is followed up after three days, unless the file says otherwise."""
    config = read(tmp_path, USUAL)
    path = tmp_path / "terraform.yaml"
    path.write_text(f"failed_after: 5\nremind_after: 12h\n{path.read_text()}")
    other = load(path)

    assert (config.failed_after, config.remind_after) == (2, timedelta(days=3))
    assert (other.failed_after, other.remind_after) == (5, timedelta(hours=12))
