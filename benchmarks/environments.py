"""The engines that ours is compared with, each in an environment of its own in var/bench, made by the first run."""

import subprocess
import sys
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent
KEPT = PROJECT / "var" / "bench"


def quietly(command: list[str]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@dataclass(frozen=True)
class Peer:
    """One engine: how it is made ready, and the command of its runner."""

    name: str
    note: str
    ready: Callable[[Path], list[str]]


def pip(name: str, *packages: str) -> Callable[[Path], list[str]]:
    """An environment with these packages, and the runner of that name."""

    def ready(folder: Path) -> list[str]:
        python = folder / "bin" / "python"
        if not (folder / "made").exists():
            venv.create(folder, with_pip=True, clear=True)
            quietly([str(python), "-m", "pip", "install", "--quiet", *packages])
            (folder / "made").touch()
        return [str(python), str(HERE / "peers" / name)]

    return ready


def npm(name: str, package: str) -> Callable[[Path], list[str]]:
    def ready(folder: Path) -> list[str]:
        if not (folder / "node_modules").exists():
            folder.mkdir(parents=True, exist_ok=True)
            quietly(["npm", "install", "--prefix", str(folder), "--no-audit", "--no-fund", package])
        return ["node", str(HERE / "peers" / name)]

    return ready


PEERS = (
    Peer("ours", "with its history", lambda _folder: [sys.executable, str(HERE / "peers" / "ours.py")]),
    Peer("moto", "with its history", pip("moto_.py", "moto[stepfunctions]==5.2.5", "boto3")),
    Peer("ministack", "with a history, its pause taken off", pip("ministack_.py", "ministack==1.5.33")),
    Peer("aws-local-stepfunctions", "keeps no history", npm("alsf.mjs", "aws-local-stepfunctions@3.0.0")),
)
