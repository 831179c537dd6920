"""A log is told line by line, and no secret is in it."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.local.builds.logs import LONGEST, Log, Masker


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def log(tmp_path: Path, lines: list[str]) -> Log:
    return Log(tmp_path / "log.txt", lambda: 0.5, lines.append)


@pytest.mark.parametrize(
    ("chunks", "told"),
    [
        pytest.param([b"one\n", b"two\n"], ["one", "two"], id="line by line"),
        pytest.param([b"o", b"ne\ntw", b"o\n"], ["one", "two"], id="cut anywhere"),
        pytest.param([b"one\ntwo"], ["one", "two"], id="no end of line at the end"),
        pytest.param(["ä".encode()[:1], "ä".encode()[1:] + b"\n"], ["ä"], id="cut within a letter"),
        pytest.param([b"a\xff\n"], ["a\N{REPLACEMENT CHARACTER}"], id="no UTF-8"),
        pytest.param([b"a\r\n"], ["a"], id="Windows line ends"),
        pytest.param([b"\n\n"], ["", ""], id="empty lines"),
    ],
)
def test_tells_whole_lines(log: Log, lines: list[str], chunks: list[bytes], told: list[str]) -> None:
    """However the output is cut, the log has the lines that the command wrote."""
    for chunk in chunks:
        log.output(chunk)
    log.end_of_command()

    assert lines == told


def test_tells_its_own_lines_as_codebuild_does(log: Log, lines: list[str], tmp_path: Path) -> None:
    """A line of Handrail's begins with [Container] and the time; the file has the same as the listeners."""
    log.say("Running command a\nb\n")
    log.close()

    assert lines == ["[Container] 1970/01/01 00:00:00.500000 Running command a", "b"]
    assert (tmp_path / "log.txt").read_text().splitlines() == lines


@pytest.mark.parametrize(
    ("secrets", "text", "masked"),
    [
        pytest.param([], "plain", "plain", id="no secret"),
        pytest.param(["s3cret"], "it is s3cret, s3cret!", "it is ***, ***!", id="each time"),
        pytest.param(["ab", "abcd"], "abcd ab", "*** ***", id="the longest first"),
        pytest.param([""], "nothing", "nothing", id="an empty secret masks nothing"),
        pytest.param(["a.c"], "abc a.c", "abc ***", id="no regular expression"),
        pytest.param(["BEGIN KEY\nabcdefgh\nEND KEY\n}"], "x abcdefgh }", "x *** }", id="a line of a secret"),
        pytest.param([], "key AKIAIOSFODNN7EXAMPLE", "key ***", id="access key id"),
        pytest.param([], "key ASIAIOSFODNN7EXAMPLE.", "key ***.", id="temporary access key id"),
    ],
)
def test_masks_secrets(secrets: list[str], text: str, masked: str) -> None:
    """Values of secrets and ids of access keys are three stars."""
    assert Masker(secrets)(text) == masked


@given(st.binary(max_size=60), st.lists(st.integers(1, 9), max_size=40))
def test_no_cut_lets_a_secret_through(noise: bytes, cuts: list[int]) -> None:
    """A secret is masked wherever the output is cut, whatever stands around it."""
    lines: list[str] = []
    log = Log(Path("/dev/null"), lambda: 0.0, lines.append)
    log.mask = Masker(["hunter2-hunter2"])
    output = noise + b" hunter2-hunter2 " + noise
    for size in cuts:
        log.output(output[:size])
        output = output[size:]
    log.output(output)
    log.end_of_command()
    log.close()

    assert "hunter2-hunter2" not in "".join(lines)


def test_a_line_without_end_is_told_in_parts_and_masked(log: Log, lines: list[str]) -> None:
    """Memory stays flat for output without line ends, and a secret at a cut is masked too."""
    log.mask = Masker(["hunter2-hunter2"])
    for _ in range(60):
        log.output(b"hunter2-hunter2" + b"x" * (LONGEST // 20 + 7))
    log.end_of_command()

    assert len(lines) > 1
    assert "hunter2" not in "".join(lines)
    assert "".join(lines).count("***") == 60


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk_costs_lines_not_the_build(lines: list[str]) -> None:
    """Listeners are still told when the file cannot be written."""
    log = Log(Path("/dev/full"), lambda: 0.0, lines.append)
    log.output(b"still here\n")
    log.close()

    assert lines == ["still here"]
