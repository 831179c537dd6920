"""What `make demo` shows: the drift check over the example roots; where Terraform is missing, cluster-power.

python examples/demo.py
"""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

GET_TERRAFORM = (
    "There is no terraform on PATH, so this is cluster-power instead of the drift check. "
    "To get it: https://developer.hashicorp.com/terraform/install"
)


@dataclass(frozen=True)
class Demo:
    """A runbook that is run, what prepares it, and what a person may do next."""

    runbook: str
    fields: Sequence[str]
    prepare: Sequence[str]
    next: dict[str, str]


DRIFT = Demo(
    "drift-check",
    fields=(),
    prepare=(str(ROOT / "examples" / "prepare.py"),),
    next={
        "edit var/demo/cloud.json": "the cloud is that file: change a size",
        "handrail run drift-check": "and that root has drifted",
    },
)
POWER = Demo(
    "cluster-power",
    fields=("--cluster", "orders", "--power", "stop"),
    prepare=(),
    next={
        "handrail run cluster-power --help": "what it asks; config/clusters.yaml has the clusters",
        "handrail run cluster-power --cluster orders --power start": "and it is awake again",
    },
)
LOOK = {"handrail show last": "each step of this run, with times, inputs and outputs"}


def chosen() -> Demo:
    """The drift check, where this machine has what it needs."""
    return DRIFT if shutil.which("terraform") else POWER


def show(demo: Demo) -> int:
    """Run it, draw its graph, and say what may come next; the run's exit status where it fails."""
    if demo is POWER:
        print(GET_TERRAFORM, end="\n\n", flush=True)
    picture = f"var/demo/{demo.runbook}.svg"
    (ROOT / picture).parent.mkdir(parents=True, exist_ok=True)
    for arguments in (
        demo.prepare,
        ("-m", "handrail", "run", demo.runbook, *demo.fields),
        ("-m", "handrail", "graph", demo.runbook, "--svg", picture),
    ):
        if arguments and (failed := subprocess.run([sys.executable, *arguments], cwd=ROOT, check=False).returncode):
            return failed
    words = entered() | LOOK | demo.next
    width = max(map(len, words)) + 2
    print("\nNext:", *(f"  {what:{width}}{why}" for what, why in words.items()), sep="\n")
    return 0


def entered() -> dict[str, str]:
    """How to enter the virtual environment that this is, where it is one."""
    script = Path(sys.prefix) / "bin" / "activate"
    if not script.is_file():
        return {}
    shown = script.relative_to(ROOT) if script.is_relative_to(ROOT) else script
    return {f"source {shown}": "once in this terminal: then handrail is a command"}


if __name__ == "__main__":
    sys.exit(show(chosen()))
