"""How fast the engine is beside others that interpret the Amazon States Language, each in an environment of its own.

    python benchmarks/engine.py [--rounds 5] [--peer moto …]

All of them run in process, on the same machines and inputs, one after the other in each round; every output is looked
at. MiniStack pauses in each execution, which is taken off; aws-local-stepfunctions keeps no history. The environments
are made in var/bench by the first run, from the versions that stand here; a peer that cannot be installed is left out.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

from environments import KEPT, PEERS, PROJECT, Peer
from workloads import WORKLOADS

SMALLEST = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
COLD = (
    "from handrail.engine import advance, load; from handrail.engine.events import Started; "
    f"e = load({SMALLEST!r}).execution(arn='a:b:c:d:e:f', name='n', machine_arn='a:b:c:d:e:f', machine_name='m'); "
    "advance(e, Started(0, '{}')); assert e.status == 'SUCCEEDED'"
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", action="append", choices=[peer.name for peer in PEERS[1:]])
    asked = parser.parse_args()
    chosen = [peer for peer in PEERS if asked.peer is None or peer.name in ("ours", *asked.peer)]
    runners = dict(made_ready(chosen))
    rounds = [
        {name: measured(name, command) for name, command in in_turn(runners, number)} for number in range(asked.rounds)
    ]
    tell(runners, rounds)
    tell_reading(rounds)
    tell_cold_start(asked.rounds)
    tell_growth()


def made_ready(peers: Sequence[Peer]) -> Iterator[tuple[str, list[str]]]:
    for peer in peers:
        try:
            yield peer.name, peer.ready(KEPT / peer.name)
            print(f"{peer.name}: {peer.note}")
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"{peer.name} is left out: {error}")


def in_turn(runners: Mapping[str, list[str]], number: int) -> list[tuple[str, list[str]]]:
    """Whoever goes first changes, so that a slow minute of the machine hits all."""
    order = list(runners.items())
    return order[number % len(order) :] + order[: number % len(order)]


def measured(name: str, command: list[str]) -> dict[str, Any]:
    """One run of all workloads by one peer, by the workload's name."""
    asked = "".join(json.dumps(workload._asdict()) + "\n" for workload in WORKLOADS)
    environment = {**os.environ, "PYTHONPATH": str(PROJECT) if name == "ours" else ""}
    done = subprocess.run(
        command,
        input=asked,
        cwd=KEPT / name if (KEPT / name).exists() else PROJECT,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    answers = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    return {answer["name"]: answer for answer in answers}


def tell(runners: Mapping[str, object], rounds: Sequence[Mapping[str, Any]]) -> None:
    """Milliseconds of ours, and how many times as long the others take: the median of the rounds' own ratios."""
    for workload in WORKLOADS:
        ours = [each["ours"][workload.name]["seconds"] for each in rounds]
        print(f"\n{workload.title}: {median(ours) * 1000:.2f} ms")
        for peer in runners:
            if peer != "ours":
                print(f"  {peer:<24} {compared([each[peer][workload.name] for each in rounds], ours)}")


def compared(answers: Sequence[Mapping[str, Any]], ours: Sequence[float]) -> str:
    failed = next((answer["error"] for answer in answers if "error" in answer), None)
    if failed is not None:
        return f"cannot: {failed}"
    if not all(answer["right"] for answer in answers):
        return "gives a wrong output"
    ratio = median(answer["seconds"] / own for answer, own in zip(answers, ours, strict=True))
    events = f"{answers[0]['events']:,} events" if "events" in answers[0] else "no history"
    return f"{ratio:>8.1f} ×  {'█' * min(round(ratio), 60)}  {events}"


def tell_reading(rounds: Sequence[Mapping[str, Any]]) -> None:
    """Reading the history of the first workload."""
    print(f"\nreading the history of {WORKLOADS[0].title}")
    for peer in rounds[0]:
        answers = [each[peer][WORKLOADS[0].name] for each in rounds]
        if all("reading" in answer for answer in answers):
            took = median(answer["reading"] for answer in answers) * 1000
            print(f"  {peer:<24} {took:>8.2f} ms for {answers[0]['events']:,} events")


def tell_cold_start(rounds: int) -> None:
    """The smallest machine in a fresh Python, beside Python alone."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONPATH"] = str(PROJECT)
    times: dict[str, list[float]] = {"pass": [], COLD: []}
    for _ in range(max(rounds, 5) + 1):
        for program, taken in times.items():
            began = time.perf_counter()
            subprocess.run([sys.executable, "-c", program], check=True, env=environment)
            taken.append((time.perf_counter() - began) * 1000)
    bare, ours = (median(taken[1:]) for taken in times.values())
    print(f"\ncold start, the smallest machine: {ours:.0f} ms; Python alone {bare:.0f} ms")


def tell_growth() -> None:
    """The cost of one transition, from short executions to long ones; a fresh engine, without a limit of events."""
    sys.path.insert(0, str(PROJECT))
    from handrail.engine import advance, load
    from handrail.engine.events import Started

    print("\nthe cost of a transition as an execution grows longer")
    for number in (100, 1_000, 5_000, 20_000):
        states: dict[str, Any] = {
            f"S{n}": {"Type": "Pass", "Next": f"S{n + 1}"} if n < number - 1 else {"Type": "Pass", "End": True}
            for n in range(number)
        }
        program = load({"StartAt": "S0", "States": states})
        taken = []
        for _ in range(5):
            execution = program.execution(arn="a:b:c:d:e:f", name="n", machine_arn="a:b:c:d:e:f", machine_name="m")
            execution.most_events = None
            began = time.perf_counter()
            advance(execution, Started(0, "{}"))
            taken.append((time.perf_counter() - began) / number * 1e6)
        print(f"  {number:>6,} transitions {median(taken):>6.2f} µs each")


if __name__ == "__main__":
    main()
