"""What the drift check costs beyond Terraform itself: the whole runbook against bare terraform calls, in turn.

    python benchmarks/drift.py [--roots 200] [--pairs 7] [--parallel 4]

Both sides run init, plan and show for each of the same roots (one terraform_data each, no provider), as many at a time,
in fresh copies. The runbook lets Go collect garbage half as often (GOGC=200), so each round also runs Terraform that
way: the first ratio is what a user gains or loses, the second what the runbook itself costs. Printed as well are our
own CPU time for each root (every process but terraform's, beyond what the shell of the bare calls takes), and the
largest memory of our own processes for a quarter of the roots and for all of them.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).resolve().parent.parent
OURS = ("python", "handrail")
TICKS = os.sysconf("SC_CLK_TCK")

MAIN = 'terraform {\n  backend "local" {}\n}\n\nresource "terraform_data" "this" {\n  input = "root-%d"\n}\n'
STATE = {
    "version": 4,
    "terraform_version": "1.5.0",
    "serial": 1,
    "lineage": "00000000-0000-0000-0000-000000000000",
    "outputs": {},
}
CONFIG = """\
parallel: {parallel}
repositories:
  - name: bench
    path: roots
    roots: ["*"]
    backend:
      path: "{{project}}/states/{{root}}.tfstate"
"""
BARE = (
    'cd "$1" && terraform init -input=false -lockfile=readonly -backend-config=path="$2/$(basename "$1").tfstate"'
    " >/dev/null && { terraform plan -detailed-exitcode -input=false -lock=false -out=plan >/dev/null; "
    "test $? -ne 1; } && terraform show -json plan >/dev/null && rm plan"
    # Nobody who looks from outside sees the last of what a shell takes, so it says so itself: nanoseconds.
    ' && read -r cpu _ </proc/$$/schedstat && echo "$cpu"'
)


@dataclass(frozen=True)
class Measured:
    """One run: seconds on the clock, CPU seconds of what is not terraform, megabytes of the largest Python process."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Round:
    """Terraform as it comes, Terraform with the runbook's collector, and the runbook."""

    terraform: Measured
    tuned: Measured
    runbook: Measured

    @property
    def gained(self) -> float:
        return self.runbook.wall / self.terraform.wall

    @property
    def cost(self) -> float:
        return self.runbook.wall / self.tuned.wall


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--roots", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--parallel", type=int, default=4)
    asked = parser.parse_args()
    if shutil.which("terraform") is None:
        sys.exit(
            "This benchmark needs terraform 1.5 or newer on PATH: https://developer.hashicorp.com/terraform/install"
        )
    os.environ.update(CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1", TF_CLI_CONFIG_FILE=os.devnull)
    few = max(asked.roots // 4, 1)
    with tempfile.TemporaryDirectory() as folder:
        small = made(Path(folder) / "few", few, asked.parallel)
        large = made(Path(folder) / "all", asked.roots, asked.parallel)
        single = made(Path(folder) / "one", 1, asked.parallel)
        runbook(small)
        smaller = runbook(small).memory
        print(f"{asked.roots} roots, {asked.parallel} at a time; seconds")
        print(f"{'round':>5}  {'terraform':>9}  {'GOGC=200':>9}  {'runbook':>9}  ratios       own CPU a root")
        rounds = [in_turn(large, single, asked.roots, asked.parallel, number) for number in range(1, asked.pairs + 1)]
    tell(rounds, asked.roots, smaller, few)


def in_turn(folder: Path, single: Path, roots: int, parallel: int, number: int) -> Round:
    """One run of each, told at once; who goes first changes, so that a slow minute of the machine hits all.

    Right before, each runs with a single root: nobody is to pay for programs that the machine has put out of its memory
    while the others were running.
    """
    # The copies go when all have run: a file system looks long for a free place where much has just been deleted.
    with tempfile.TemporaryDirectory() as copies:
        sides = {
            "terraform": lambda each: bare(each, Path(copies) / f"{each.name}-terraform", parallel),
            "tuned": lambda each: bare(each, Path(copies) / f"{each.name}-tuned", parallel, GOGC="200"),
            "runbook": runbook,
        }
        names = list(sides) if number % 2 else list(reversed(sides))
        done = Round(**{name: [sides[name](single), sides[name](folder)][-1] for name in names})
    bar = "█" * round(done.gained * 20)
    own = f"{own_cpu(done) / roots * 1000:.1f} ms"
    walls = "  ".join(f"{each.wall:>9.2f}" for each in (done.terraform, done.tuned, done.runbook))
    print(f"{number:>5}  {walls}  {done.gained:.3f} {done.cost:.3f}  {own:>8}  {bar}", flush=True)
    return done


def own_cpu(done: Round) -> float:
    """Seconds that the runbook's processes took beyond what the shell takes around the same calls."""
    return done.runbook.cpu - done.tuned.cpu


def made(folder: Path, roots: int, parallel: int) -> Path:
    """A project of its own with so many clean roots; its runbooks are this project's."""
    for name in ("machines", "tasks", "schemas", "codebuild"):
        folder.mkdir(exist_ok=True)
        (folder / name).symlink_to(PROJECT / name)
    (folder / "pyproject.toml").write_text("[tool.handrail]\n")
    (folder / "config").mkdir()
    (folder / "config" / "terraform.yaml").write_text(CONFIG.format(parallel=parallel))
    (folder / "states").mkdir()
    for number in range(roots):
        root = folder / "roots" / f"root-{number:04d}"
        root.mkdir(parents=True)
        (root / "main.tf").write_text(MAIN % number)
        (folder / "states" / f"{root.name}.tfstate").write_text(
            json.dumps(STATE | {"resources": [resource_of(number)]})
        )
    return folder


def resource_of(number: int) -> dict[str, object]:
    value = {"value": f"root-{number}", "type": "string"}
    attributes = {"id": f"id-{number}", "input": value, "output": value, "triggers_replace": None}
    instance = {"schema_version": 0, "attributes": attributes, "sensitive_attributes": []}
    provider = 'provider["terraform.io/builtin/terraform"]'
    return {
        "mode": "managed",
        "type": "terraform_data",
        "name": "this",
        "provider": provider,
        "instances": [instance],
    }


def runbook(folder: Path) -> Measured:
    """The whole runbook, from the start of its process to its end."""
    command = [sys.executable, "-m", "handrail", "run", "drift-check", "--builds", "1", "--json"]
    environment = {**os.environ, "PYTHONPATH": str(PROJECT), "HANDRAIL_HOME": str(folder / "home")}
    measured, output = timed(command, folder, environment)
    if json.loads(output)["status"] != "SUCCEEDED":
        sys.exit(f"The runbook failed:\n{output}")
    return measured


def bare(folder: Path, copy: Path, parallel: int, **environment: str) -> Measured:
    """The same terraform calls and nothing else, in a copy that is made before the clock starts."""
    shutil.copytree(folder / "roots", copy)
    roots = "\0".join(map(str, sorted(copy.iterdir())))
    states = str(folder / "states")
    command = ["xargs", "-0", "-P", str(parallel), "-I{}", "sh", "-c", BARE, "bare", "{}", states]
    measured, shells = timed(command, folder, {**os.environ, **environment}, roots)
    return replace(measured, cpu=sum(map(int, shells.split())) / 1e9)


def timed(command: list[str], folder: Path, environment: dict[str, str], given: str = "") -> tuple[Measured, str]:
    begun = time.perf_counter()
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        watch = Watch(process.pid)
        output, _ = process.communicate(given)
    wall = time.perf_counter() - begun
    if process.returncode:
        sys.exit(f"{command[0]} ended with status {process.returncode}:\n{output}")
    watch.ended()
    return Measured(wall, sum(watch.cpu.values()), watch.peak), output


class Watch:
    """Looks, fifty times a second, how much CPU a process and its descendants have taken, and how much memory.

    At Terraform only until it is known to be Terraform: each file that is read below /proc leaves an entry in the
    kernel's tables, and whoever waits for the process clears those away at its own expense, half a millisecond a call.
    """

    def __init__(self, process: int) -> None:
        self.process = process
        self.peak = 0.0
        self.cpu: dict[int, float] = {}
        self.terraform: set[int] = set()
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.look, daemon=True)
        self.thread.start()

    def look(self) -> None:
        while not self.over.wait(0.02):
            self.look_at(self.process)

    def look_at(self, process: int) -> None:
        """At a process, and at what it has started."""
        if process in self.terraform:
            return
        name, cpu = cpu_of(process)
        if name == "terraform":
            # Until now it was named like its parent.
            self.cpu[process] = 0.0
            self.terraform.add(process)
            return
        self.cpu[process] = max(cpu, self.cpu.get(process, 0.0))
        if name.startswith(OURS):
            self.peak = max(self.peak, peak_of(process))
        for child in children_of(process):
            self.look_at(child)

    def ended(self) -> None:
        self.over.set()
        self.thread.join()


def cpu_of(process: int) -> tuple[str, float]:
    """The name of a process, and the CPU seconds that it has taken itself."""
    try:
        before, _, after = Path(f"/proc/{process}/stat").read_text().rpartition(")")
    except OSError:
        return "", 0.0
    fields = after.split()
    return before.partition("(")[2], (int(fields[11]) + int(fields[12])) / TICKS


def children_of(process: int) -> list[int]:
    """What a process has started; every one of its threads may have."""
    children: list[str] = []
    with suppress(OSError):
        for thread in Path(f"/proc/{process}/task").iterdir():
            children += (thread / "children").read_text().split()
    return [int(child) for child in children]


def peak_of(process: int) -> float:
    """Megabytes that a process has had at most; 0 where it is gone."""
    try:
        status = Path(f"/proc/{process}/status").read_text()
    except OSError:
        return 0.0
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    return int(fields.get("VmHWM", "0 kB").split()[0]) / 1024


def tell(rounds: list[Round], roots: int, smaller: float, few: int) -> None:
    own = [own_cpu(each) / roots * 1000 for each in rounds]
    print(f"median ratio to terraform: {median(each.gained for each in rounds):.3f}")
    print(f"median ratio to terraform with GOGC=200: {median(each.cost for each in rounds):.3f}")
    print(f"our own CPU for each root: {median(own):.1f} ms (median of {len(own)} rounds)")
    largest = max(each.runbook.memory for each in rounds)
    print(f"largest of our processes: {smaller:.0f} MB with {few} roots, {largest:.0f} MB with {roots}")


if __name__ == "__main__":
    main()
