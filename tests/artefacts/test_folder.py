"""handrail.artefacts.folder: what is on disk after a write, and what a comparison tells."""

from pathlib import Path

import pytest

from handrail.artefacts.folder import differences, write

WANTED = {"asl/a.asl.json": b"{}\n", "catalogue.json": b"[]\n"}


@pytest.mark.parametrize(
    ("there", "told"),
    [
        pytest.param(WANTED, [], id="the same"),
        pytest.param({}, ["asl/a.asl.json is missing", "catalogue.json is missing"], id="nothing"),
        pytest.param(WANTED | {"catalogue.json": b"[1]\n"}, ["catalogue.json differs from its source"], id="changed"),
        pytest.param(WANTED | {"asl/b.asl.json": b""}, ["asl/b.asl.json belongs to no runbook any more"], id="left"),
        pytest.param(WANTED | {"handrail-1.whl": b""}, [], id="not ours"),
    ],
)
def test_makes_the_folder_hold_just_the_artefacts(tmp_path: Path, there: dict[str, bytes], told: list[str]) -> None:
    """Whatever a folder held, each difference is told, and after a write there is none."""
    for name, content in there.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)

    assert [line.removeprefix(f"{tmp_path}/") for line in differences(WANTED, tmp_path)] == told
    write(WANTED, tmp_path)
    assert list(differences(WANTED, tmp_path)) == []


def test_leaves_alone_what_is_right_already(tmp_path: Path) -> None:
    """A build that changes nothing touches no file, so whoever watches the folder does not wake."""
    write(WANTED, tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")}
    write(WANTED, tmp_path)

    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.json")} == before
