"""Terraform's complaints: read in all their forms, judged, and reduced to what may be told."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from codebuild.terraform.diagnostics import ASIDES, Message, blame, read, read_lines, reduced, state_changed
from codebuild.terraform.mask import Mask

FRAMED = """\x1b[31m╷\x1b[0m\x1b[0m
\x1b[31m│\x1b[0m \x1b[0m\x1b[1m\x1b[31mError: \x1b[0m\x1b[0m\x1b[1mInvalid expression\x1b[0m
\x1b[31m│\x1b[0m \x1b[0m
\x1b[31m│\x1b[0m \x1b[0m  on main.tf line 7, in resource "terraform_data" "this":
\x1b[31m│\x1b[0m \x1b[0m   7:   input = \x1b[4m"CANARY"\x1b[0m
\x1b[31m│\x1b[0m \x1b[0m
\x1b[31m│\x1b[0m \x1b[0mError: this is part of the detail.
\x1b[31m╵\x1b[0m\x1b[0m
\x1b[33m╷\x1b[0m
\x1b[33m│\x1b[0m \x1b[1mWarning: \x1b[0m\x1b[1mOld syntax\x1b[0m
\x1b[33m╵\x1b[0m
"""

BARE = """
Error: Terraform encountered problems during initialisation, including problems
with the configuration, described below.


Error: Invalid expression

  on a/main.tf line 7, in resource "terraform_data" "this":
   7:   input =

Expected the start of an expression.
"""

MACHINE_WIDE = """There are some problems with the CLI configuration:
╷
│ Warning: Unable to open CLI configuration file
│
│ The file does not exist.
╵

"""


def line(**diagnostic: Any) -> bytes:
    return json.dumps({"@level": "error", "type": "diagnostic", "diagnostic": diagnostic}).encode() + b"\n"


PLACE = {"filename": "main.tf", "start": {"line": 3, "column": 1, "byte": 0}}
VERSION = b'{"@message":"OpenTofu 1.8.0","@module":"tofu.ui","tofu":"1.8.0","type":"version","ui":"1.2"}\n'


@pytest.mark.parametrize(
    ("out", "err", "messages"),
    [
        pytest.param(line(severity="error", summary="Bad", detail="because", range=PLACE, address="x.y"), "",
                     [Message("error", "Bad", "because", "main.tf", 3, "x.y", foreign=True)], id="a line of JSON"),
        pytest.param(VERSION + line(severity="warning", summary="Old"), "", [Message("warning", "Old")], id="OpenTofu"),
        pytest.param(b'{"type":"diagnostic"\nplain words\n[]\n"diagnostic"\n{"@message":"\\"diagnostic\\""}\n', "", [],
                     id="lines that are none"),
        pytest.param(b"", MACHINE_WIDE + "\nand no more", [Message("warning", "Unable to open CLI configuration file",
                     "\nThe file does not exist.", foreign=True)], id="nothing but an aside"),
        pytest.param(line(severity="error", summary="Bad"), MACHINE_WIDE, [Message("error", "Bad")], id="an aside"),
    ],
)  # fmt: skip
def test_reads_every_form(out: bytes, err: str, messages: list[Message]) -> None:
    """JSON lines and people's words give the same messages."""
    assert read(out, err.encode()) == messages


@pytest.mark.parametrize(
    ("err", "found"),
    [
        pytest.param(FRAMED, [("error", "Invalid expression", "main.tf", 7), ("warning", "Old syntax", "", None)],
                     id="framed and coloured"),
        pytest.param(BARE, [("error", "Invalid expression", "a/main.tf", 7)], id="bare"),
        pytest.param("no word that is known\n", [], id="nothing known"),
    ],
)  # fmt: skip
def test_reads_what_is_written_for_people(err: str, found: list[tuple[Any, ...]]) -> None:
    """Summary and place are found with and without colours; a detail that looks like a message is none."""
    assert [(each.severity, each.summary, each.file, each.line) for each in read(b"", err.encode())] == found


def test_only_lines_of_json_are_read_where_providers_speak() -> None:
    """Of a plan's output nothing but Terraform's own lines is taken; an aside is dropped there as well."""
    out = line(severity="error", summary="Bad") + b"Error: CANARY\n" + line(severity="warning", summary=ASIDES[0])

    assert read_lines(out) == [Message("error", "Bad")]


@pytest.mark.parametrize(
    "piece",
    ["╷\n", "╷\n│ x\n╵\n", "\n", " \n", "Error: x\n", "Error: x\n\n", "\x1b[0", "x"],
)
def test_no_stderr_takes_long(piece: str) -> None:
    """Every pattern is linear: 200 kB of anything are read within seconds."""
    err = ("Error: x\n" + piece * (200_000 // len(piece))).encode()
    began = time.process_time()

    read(b"", err)

    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("message", "blamed"),
    [
        pytest.param(Message("error", "Error acquiring the state lock"), "busy", id="locked"),
        pytest.param(Message("error", "No valid credential sources found"), "auth", id="AWS without credentials"),
        pytest.param(
            Message("error", "reading S3 Bucket", "api error AccessDenied: Access Denied"), "auth", id="denied"
        ),
        pytest.param(Message("error", "Failed to load state", "StatusCode: 403, RequestID: 1"), "auth", id="403"),
        pytest.param(Message("error", "Bad", "found 403 things at main.tf:403"), None, id="a number like another"),
        pytest.param(Message("warning", "AccessDenied"), None, id="a warning stops nobody"),
        pytest.param(Message("error", "Invalid expression"), None, id="a mistake in the code"),
    ],
)
def test_knows_a_lock_and_a_closed_door(message: Message, blamed: str | None) -> None:
    """A held lock is no failure, and who may not come in is told apart from a mistake in the code."""
    assert blame([message]) == blamed


@pytest.mark.parametrize(
    ("file", "told"),
    [
        pytest.param("main.tf", "a/main.tf", id="in the root"),
        pytest.param("../modules/m.tf", "modules/m.tf", id="in a module beside it"),
        pytest.param("../../outside.tf", "", id="outside the repository"),
        pytest.param("<value for var.CANARY>", "", id="no file"),
        pytest.param("missing.tf", "", id="not there"),
        pytest.param("nul\0l", "", id="not even a name"),
    ],
)
def test_a_place_is_a_file_of_the_repository(tmp_path: Path, file: str, told: str) -> None:
    """The file from the top, with its line; any other text in that field is dropped."""
    top = tmp_path / "checkout"
    for name in ("a/main.tf", "modules/m.tf", "../outside.tf"):
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text("")

    diagnostic = reduced(Message("error", "Bad", "", file, 7), Mask(), top, "a")

    assert (diagnostic.file, diagnostic.line) == (told, 7 if told else None)


def test_a_detail_is_never_told(tmp_path: Path) -> None:
    """Neither the detail, nor a key in the address that is a secret, nor what a provider quotes."""
    message = Message("error", 'x_y says "CANARY" and CANARY', "CANARY", "main.tf", 1, 'x_y.z["CANARY"]', foreign=True)

    diagnostic = reduced(message, Mask(["CANARY"]), tmp_path, ".")

    assert diagnostic.summary == "x_y says *** and ***"
    assert diagnostic.address == 'x_y.z["***"]'


@pytest.mark.parametrize(
    ("message", "changed"),
    [
        pytest.param(Message("error", "Error loading state", "state data in S3 does not have the expected content."),
                     True, id="S3 and its digest in DynamoDB"),
        pytest.param(Message("error", "Unsupported state file format", "The state file could not be parsed as JSON:"
                             " syntax error at byte offset 29."), True, id="half a file"),
        pytest.param(Message("error", "Failed to read state", "The state has changed since it was read."), True,
                     id="changed"),
        pytest.param(Message("error", "Error refreshing state", "serial 4 is older than the state's"), True,
                     id="the serial"),
        pytest.param(Message("error", "Error acquiring the state lock", "ConditionalCheckFailed"), False, id="locked"),
        pytest.param(Message("error", "Unsupported state file format", "The state file is of version 5."), False,
                     id="a state of a later version"),
        pytest.param(Message("error", "the state changed its serial", foreign=True), False, id="a provider's words"),
        pytest.param(Message("warning", "the state has changed"), False, id="a warning"),
    ],
)  # fmt: skip
def test_knows_a_state_that_was_written_meanwhile(message: Message, changed: bool) -> None:
    """What is gone a moment later is told apart from what stays."""
    assert state_changed([message]) is changed
