"""A function's zip is written into its own folder, and nowhere else."""

import io
import stat
import zipfile
from pathlib import Path

import pytest

from handrail.local.lambdas.request import Refusal
from handrail.local.lambdas.unzipped import MOST, unzip


def archive(*members: tuple[str | zipfile.ZipInfo, str]) -> bytes:
    folder = io.BytesIO()
    with zipfile.ZipFile(folder, "w") as written:
        for name, text in members:
            written.writestr(name, text)
    return folder.getvalue()


def with_mode(name: str, mode: int) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name)
    member.external_attr = mode << 16
    return member


def claiming(size: int) -> bytes:
    """A zip whose directory says that its one file has so many bytes."""
    whole = bytearray(archive(("a", "x")))
    place = whole.rindex(b"PK\x01\x02") + 24
    whole[place : place + 4] = size.to_bytes(4, "little")
    return bytes(whole)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        pytest.param(archive(("../out.py", "")), '"../out.py" would be written outside', id="upwards"),
        pytest.param(archive(("a/../../out.py", "")), "would be written outside", id="down and upwards"),
        pytest.param(archive(("/etc/out.py", "")), "would be written outside", id="absolute"),
        pytest.param(archive(("..\\out.py", "")), "would be written outside", id="backslashes"),
        pytest.param(
            archive((with_mode("link", stat.S_IFLNK | 0o777), "/etc")), '"link" is a link or a device', id="link"
        ),
        pytest.param(archive((with_mode("pipe", stat.S_IFIFO), "")), "is a link or a device", id="device"),
        pytest.param(claiming(MOST + 1), "its files have more than 262,144,000 bytes together", id="too large"),
        pytest.param(b"no zip", "it cannot be read", id="no zip"),
        pytest.param(b"", "it cannot be read", id="nothing"),
        pytest.param(archive(("a", "x"), ("a/b", "")), "it cannot be read", id="a file that is a folder"),
    ],
)
def test_refuses(tmp_path: Path, code: bytes, told: str) -> None:
    """A zip that leads out of the folder, or is none, is refused; nothing is written outside."""
    folder = tmp_path / "here"
    folder.mkdir()
    with pytest.raises(Refusal) as refused:
        unzip(code, folder)
    assert refused.value.code == "InvalidZipFileException"
    assert told in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["here"]


def test_writes_what_is_in_it(tmp_path: Path) -> None:
    """Folders are made, and a program stays one that can be run."""
    program = with_mode("bin/run", stat.S_IFREG | 0o755)
    unzip(archive(("pkg/__init__.py", "x = 1"), ("empty/", ""), (program, "#!")), tmp_path)
    assert (tmp_path / "pkg/__init__.py").read_text() == "x = 1"
    assert (tmp_path / "empty").is_dir()
    assert [(tmp_path / path).stat().st_mode & 0o111 for path in ("bin/run", "pkg/__init__.py")] == [0o111, 0]
