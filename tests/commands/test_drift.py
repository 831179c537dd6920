"""`handrail drift`: a rule is written as a careful person would write it, and what is open can be seen and taken."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from commands.drift import APP, age, last_day, named, overlaps, tell_open, written
from handrail.cli.output import console
from handrail.errors import HandrailError
from handrail.local.holder import server
from schemas.config.ignore import Rule
from schemas.config.terraform import FILE, load
from schemas.drift_memory import Memory, Open, Trouble

ROOT = Path(__file__).parents[2]
TODAY = date(2026, 3, 10)

CONFIG = """\
# What the drift check looks at.
timeout:   10m   # for one root

repositories:
  - name: infra
    path: infra
    roots: ["*"]   # all of them

    # what follows is about the network
  - name: network
    path: network
    roots: ['*']
    ignore:
      - address: a.old
        reason: known
        until: 2026-12-31
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The configuration of a project, in whose subfolder somebody stands."""
    (tmp_path / "pyproject.toml").write_text("[tool.handrail]\n")
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).write_text(CONFIG)
    (tmp_path / "infra").mkdir()
    monkeypatch.chdir(tmp_path / "infra")
    return tmp_path / FILE


def drift(*arguments: str) -> Result:
    return CliRunner().invoke(APP, arguments)


GROUP = ("ignore", "aws_asg.*", "--attribute", "desired_capacity", "--reason", "scaled by itself")


def test_writes_a_rule_and_nothing_else(file: Path) -> None:
    """The new lines stand at the end of the list; every comment, quote and blank stays (S003-13)."""
    done = drift(*GROUP, "--days", "90")

    day = datetime.now(UTC).date() + timedelta(days=90)
    assert file.read_text() == CONFIG + (
        "ignore:\n  - address: aws_asg.*\n    attributes: [desired_capacity]\n    reason: scaled by itself\n"
        f"    until: {day}\n"
    )
    assert done.exit_code == 0
    assert load(file).ignore[0].until == day


@pytest.mark.parametrize(
    ("repository", "before", "after"),
    [
        pytest.param(
            "infra", '    roots: ["*"]   # all of them\n', "    ignore:\n      - address: x.y\n", id="the first"
        ),
        pytest.param("network", "        until: 2026-12-31\n", "      - address: x.y\n", id="one that has rules"),
    ],
)
def test_writes_a_rule_of_a_repository(file: Path, repository: str, before: str, after: str) -> None:
    """Where the repository stands, in its own indents; what follows is still about the next one."""
    until = str(datetime.now(UTC).date())
    lines = after + "        actions: [update, delete]\n        reason: gone on purpose\n"

    drift("ignore", "x.y", "--repository", repository, "--action", "update", "--action", "delete", "--reason",
          "gone on purpose", "--until", until)  # fmt: skip

    assert file.read_text() == CONFIG.replace(before, f"{before}{lines}        until: {until}\n")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        pytest.param(GROUP, "Until when? Say --until 2026-12-31 or --days 90, one of them.", id="no end"),
        pytest.param((*GROUP, "--days", "1", "--until", "2026-12-31"),
                     "Until when? Say --until 2026-12-31 or --days 90, one of them.", id="two ends"),
        pytest.param((*GROUP, "--until", "soon"), '"soon" is no day. Write one such as 2026-12-31.', id="no day"),
        pytest.param((*GROUP, "--days", "99999999999"), '"99999999999" is no day.', id="the end of time"),
        pytest.param((*GROUP, "--days", "400"), "A rule counts for a year at most: until a day from", id="too long"),
        pytest.param((*GROUP, "--until", "2020-01-01"), "A rule counts for a year at most", id="over before it begins"),
        pytest.param((*GROUP, "--days", "9", "--repository", "infar"),
                     'config/terraform.yaml has no repository "infar". Did you mean "infra"?', id="no such repository"),
        pytest.param((*GROUP, "--days", "9", "--action", "delete"),
                     "This cannot be a rule:\n  It has attributes and actions; attributes differ only where a resource"
                     " is updated.", id="attributes of what is deleted"),
        pytest.param(("ignore", "a b", "--reason", " ", "--action", "destroy", "--days", "9"),
                     'This cannot be a rule:\n  ADDRESS is "a b", which is no address; write one such as'
                     ' module.*.aws_instance.web.\n  --action is "destroy", which is none of update, create, delete,'
                     " replace, forget.\n  --reason must be one line of text, of at most 300 characters.",
                     id="three mistakes at once"),
        pytest.param(("ignore", "**", "--reason", "quiet please", "--days", "9"),
                     'It has the address "**" and no attributes, so it would ignore everything or nearly so',
                     id="everything"),
        pytest.param(("ignore", "**", "--attribute", "**", "--reason", "x", "--days", "3"),
                     'It has the address "**" and the attribute "**", so it would ignore everything or nearly so',
                     id="everything, by its attributes"),
        pytest.param(("ignore", "", "--reason", "", "--days", "3"),
                     'This cannot be a rule:\n  ADDRESS is "", which is no address; write one such as'
                     " module.*.aws_instance.web.\n  --reason must be one line of text, of at most 300 characters.",
                     id="nothing at all"),
        pytest.param(("ignore", "mockcloud_object", "--reason", "x", "--days", "3"),
                     "write one such as **.mockcloud_object.*.", id="a type alone"),
        pytest.param(("ignore", "a.b", "--reason", "--id", "--days", "3"),
                     '--reason is "--id", which begins like an option; begin it with a word.', id="a lost reason"),
        pytest.param(("ignore", "a.b", "--reason", "x\nrepositories: []", "--days", "9"),
                     "--reason must be one line of text", id="a reason that would be more than one"),
        pytest.param(("ignore", "a.old", "--repository", "network", "--reason", "again", "--days", "9"),
                     "config/terraform.yaml has this rule already, until 2026-12-31: change the day there.",
                     id="there already"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_is_not_written(file: Path, arguments: tuple[str, ...], words: str) -> None:
    """All that is wrong is told, in the words of the command line; the file is as it was."""
    done = drift(*arguments)

    assert isinstance(done.exception, HandrailError)
    assert words in str(done.exception)
    assert file.read_text() == CONFIG
    assert [path.name for path in file.parent.iterdir()] == [file.name]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("timeout: soon\nrepositories: []\n", id="mistakes that were there before"),
        pytest.param(CONFIG.replace("    ignore:\n", "    ignore: &rules\n") + "ignore: *rules\n", id="a shared list"),
    ],
)
def test_a_file_that_would_not_be_right_is_left_alone(file: Path, text: str) -> None:
    """Whatever is wrong with it, before or after: it is told, and nothing is written."""
    file.write_text(text)

    assert isinstance(drift(*GROUP, "--days", "9").exception, HandrailError)
    assert file.read_text() == text


ITEM: Mapping[str, Any] = {"address": "a.b", "reason": "r", "until": TODAY}


def test_a_hostile_reason_stays_a_reason(file: Path) -> None:
    """What looks like YAML, markup or an expression is a text in the file (A11)."""
    reason = "x # y: [z] *a &b !!python/object <!channel> {{ 1 }} ' \" \\"
    list(written(file, {**ITEM, "reason": reason}, "", TODAY))

    [rule] = load(file).ignore
    assert rule.reason == reason


def rule(address: str, *attributes: str, until: str = "2026-06-30") -> Rule:
    return Rule.model_validate({"address": address, "attributes": attributes, "reason": "r", "until": until})


@pytest.mark.parametrize(
    ("top", "inside", "new", "repository", "told"),
    [
        pytest.param([rule("**.asg.*")], [], rule("asg.web", "size"), "infra",
                     ["**.asg.* ignores all of this already, until 2026-06-30."], id="a wider one for all"),
        pytest.param([], [rule("asg.*")], rule("asg.web"), "network", [], id="a wider one of another repository"),
        pytest.param([], [rule("asg.web", "size")], rule("asg.*"), "",
                     ["infra/asg.web:size, until 2026-06-30, is not needed beside it."], id="it is the wider one"),
        pytest.param([rule("**.asg.*", until="2026-03-09")], [], rule("asg.web"), "infra", [], id="an expired one"),
        pytest.param([rule("asg.web", "tags")], [], rule("asg.web", "size"), "", [], id="side by side"),
    ],
)  # fmt: skip
def test_rules_that_overlap_are_told(
    file: Path, top: list[Rule], inside: list[Rule], new: Rule, repository: str, told: list[str]
) -> None:
    """The rule is written all the same: it may last longer, or be there for another reason."""
    config = load(file)
    infra, network = config.repositories
    repositories = (infra.model_copy(update={"ignore": tuple(inside)}), network.model_copy(update={"ignore": ()}))
    crowded = config.model_copy(update={"ignore": tuple(top), "repositories": repositories})

    assert list(overlaps(crowded, new, repository, TODAY)) == told


@pytest.mark.parametrize(
    ("until", "days", "expected"),
    [
        pytest.param("2026-03-10", None, TODAY, id="today"),
        pytest.param("", 0, TODAY, id="none more"),
        pytest.param("", 366, date(2027, 3, 11), id="a year"),
    ],
)
def test_the_last_day(until: str, days: int | None, expected: date) -> None:
    """A day, or days from today on."""
    assert last_day(until, days, TODAY) == expected


@pytest.mark.parametrize(
    ("opened", "day"),
    [
        pytest.param("2026-03-10T22:00:00Z", 1, id="this morning"),
        pytest.param("2026-03-10T14:59:00Z", 2, id="yesterday, by the calendar of Tokyo"),
        pytest.param("2026-03-01T00:00:00Z", 11, id="long ago"),
    ],
)
def test_days_are_those_of_the_schedule(opened: str, day: int) -> None:
    """The counter is the one of the messages."""
    assert age(datetime.fromisoformat(opened), datetime(2026, 3, 10, 23, tzinfo=UTC)) == day


def row(path: str, opened: str) -> Memory:
    moment = datetime.fromisoformat(opened)
    known = Open(verdict="drift", fingerprint="f", cause="c", opened=moment, case=f"case-{path}")
    return Memory(repository="infra", path=path, owner="@sre", run="r", checked=moment, open=known)


@dataclass(frozen=True)
class Person:
    """Somebody at a command line, in a project with this one's runbooks and a home of its own."""

    folder: Path

    def handrail(self, *arguments: str, status: int = 0) -> str:
        done = self.python("-m", "handrail", *arguments)
        assert done.returncode == status, done.stderr
        return done.stdout if status == 0 else done.stderr

    def python(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120
        )

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "HANDRAIL_"))}
        return {**kept, "PYTHONPATH": str(ROOT), "HANDRAIL_HOME": str(self.folder / "home"), "COLUMNS": "120"}

    @contextmanager
    def serving(self) -> Iterator[None]:
        """`handrail local`, from when its lock says where it is reached."""
        command = [sys.executable, "-m", "handrail", "local", "--port", "0"]
        quiet = subprocess.DEVNULL
        with subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=quiet, stderr=quiet) as process:
            while server(self.folder / "home") is None:
                assert process.poll() is None
                time.sleep(0.05)
            yield
            process.send_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which two roots are open, one with a name that would steer a terminal, and a rule has matched."""
    folder = tmp_path_factory.mktemp("filled")
    for name in ("machines", "tasks", "schemas", "codebuild", "commands", "examples"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text())
    (folder / "config").mkdir()
    for each in (ROOT / "config").iterdir():
        (folder / "config" / each.name).write_text(each.read_text())
    (folder / FILE).write_text(CONFIG)
    (folder / "fill.py").write_text(FILL)
    made = Person(folder)
    rows = [row("web", "2026-03-01T22:00:00Z"), row("\x1b[31mred", "2026-03-05T22:00:00Z")]
    done = made.python("fill.py", json.dumps([each.model_dump(mode="json") for each in rows]))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def person(filled: Path, tmp_path: Path) -> Person:
    """With a project as it was filled, for this one alone."""
    shutil.copytree(filled, tmp_path, symlinks=True, dirs_exist_ok=True)
    return Person(tmp_path)


FILL = """
import json, sys
from handrail.desk import changing
from handrail.table import table

with changing():
    for row in json.loads(sys.argv[1]):
        name = f"{row['repository']}/{row['path']}"
        table().put({"pk": "drift-root", "sk": name, "memory": json.dumps(row)})
    table().put({"pk": "drift-rule", "sk": "network/a.old", "matched": "2026-03-07"})
"""


def test_what_is_open_can_be_seen_and_taken(person: Person) -> None:
    """The oldest first; of two who take the same the second is told who was first (S003-12)."""
    before = person.handrail("drift", "open")
    taken = person.handrail("drift", "claim", "infra/web", "--as", "aki")
    late = person.handrail("drift", "claim", "infra/web", "--as", "ben", status=2)
    wrong = person.handrail("drift", "claim", "infra/wab", status=2)
    after = json.loads(person.handrail("drift", "open", "--json"))

    assert [line.split()[0] for line in before.splitlines()] == ["root", "infra/web", "infra/red"]
    assert "\x1b" not in before
    assert taken == "aki has infra/web.\n"
    assert late.startswith("Somebody has taken it already: aki, since ")
    assert wrong == 'Nothing is open there: infra/wab. Did you mean "infra/web"?\n'
    assert [(each["root"], each["owner"], each["claimed_by"]) for each in after] == [
        ("infra/web", "@sre", "aki"), ("infra/\x1b[31mred", "@sre", None),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("who", "told"),
    [
        pytest.param("x\ny", "--as must be a name", id="two lines"),
        pytest.param("x\x1b[31m", "--as must be a name", id="an escape sequence"),
        pytest.param(" ", "--as must be a name", id="nothing to read"),
        pytest.param("x" * 101, "--as must be a name", id="too long"),
        pytest.param("AKIAABCDEFGHIJKLMNOP", "--as looks like a secret", id="a key (A14)"),
    ],
)
def test_whoever_takes_something_has_a_name(who: str, told: str) -> None:
    """What the channel would be shown is looked at before."""
    with pytest.raises(HandrailError, match=told):
        named(who)


def failing(path: str, since: str, times: int = 2) -> Memory:
    moment = datetime.fromisoformat(since)
    trouble = Trouble(verdict="failed", since=moment, times=times)
    return Memory(repository="infra", path=path, owner="@sre", run="r", checked=moment, trouble=trouble)


@pytest.mark.parametrize(
    ("rows", "lines"),
    [
        pytest.param([], ["Nothing is open."], id="nothing"),
        pytest.param(
            [failing("db", "2026-03-01T22:00:00Z", 3), failing("", "2026-03-05T22:00:00Z")],
            ["Nothing is open.", "Not checked: 2. What is open there is not known.",
             "not checked why day since owner runs", "infra/db failed 9 2026-03-02 @sre 3",
             "infra failed 5 2026-03-06 @sre 2"], id="all that there is fails"),
        pytest.param(
            [row("web", "2026-03-01T22:00:00Z"), failing("db", "2026-03-05T22:00:00Z")],
            ["root what day since owner taken by", "infra/web drift 9 2026-03-02 @sre",
             "Not checked: 1. What is open there is not known.",
             "not checked why day since owner runs", "infra/db failed 5 2026-03-06 @sre 2"], id="some of each"),
    ],
)  # fmt: skip
def test_what_is_not_checked_is_listed(rows: list[Memory], lines: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Below what is open, the oldest first: silence about a root that fails would read as if all were well."""
    written = io.StringIO()
    monkeypatch.setattr(console, "file", written)

    tell_open(rows, datetime(2026, 3, 10, 10, tzinfo=UTC), as_json=False)

    assert [" ".join(line.split()) for line in written.getvalue().splitlines()] == lines


def test_programs_learn_what_is_not_checked(capsys: pytest.CaptureFixture[str]) -> None:
    """In the same list, of another kind."""
    rows = [failing("db", "2026-03-05T22:00:00Z"), row("web", "2026-03-01T22:00:00Z")]
    tell_open(rows, datetime(2026, 3, 10, 10, tzinfo=UTC), as_json=True)

    assert [(each["kind"], each["root"], each.get("runs")) for each in json.loads(capsys.readouterr().out)] == [
        ("open", "infra/web", None), ("not checked", "infra/db", 2),
    ]  # fmt: skip


def test_what_is_open_can_be_taken_while_a_server_has_the_store(person: Person) -> None:
    """`handrail local` is asked to keep the claim, and whoever comes second is told who was first."""
    with person.serving():
        taken = person.handrail("drift", "claim", "infra/web", "--as", "aki")
        late = person.handrail("drift", "claim", "infra/web", "--as", "ben", status=2)

    assert taken == "aki has infra/web.\n"
    assert late.startswith("Somebody has taken it already: aki, since ")
    assert '"claimed_by": "aki"' in person.handrail("drift", "open", "--json")


def test_the_rules_are_listed_with_their_ends_and_last_matches(person: Person) -> None:
    """The one that ends first stands first; for programs as JSON."""
    person.handrail("drift", "ignore", "a.new", "--reason", "new", "--days", "1")

    lines = person.handrail("drift", "rules").splitlines()
    found = json.loads(person.handrail("drift", "rules", "--json"))

    by_id = {each["id"]: each for each in found}
    assert len(lines) == 3
    assert (by_id["a.new"]["last_match"], by_id["network/a.old"]["last_match"]) == (None, "2026-03-07")
    assert [each["until"] for each in found] == sorted(each["until"] for each in found)
    assert {each["state"] for each in found} <= {"active", "expired", "too long"}
