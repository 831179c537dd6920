"""Runs functions from their zips: unpacked once, each in processes that are kept for the next event.

A function has as many processes as it has invocations at a time; all functions together have no more than MOST.
"""

import importlib.util
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from shutil import rmtree
from threading import Condition, Lock
from typing import Final

from handrail.local.builds.watchdog import Watchdog
from handrail.local.lambdas.deployed import REMEDY, Deployed, Kept, find
from handrail.local.lambdas.logs import Log
from handrail.local.lambdas.request import Outcome, Refusal, Request
from handrail.local.lambdas.unzipped import unzip
from handrail.local.lambdas.worker import Worker
from handrail.local.refusal import Unavailable

MOST: Final = 16
"""Processes at a time; one more waits until one of these is free."""

PATIENCE: Final = 900.0
"""Seconds for which an invocation waits for a process: as long as any other may run."""

PYTHON: Final = re.compile(r"python3\.\d+")

NOT_INSTALLED: Final = (
    "Zips run under AWS's own runtime for Python, which is not installed here: pip install 'handrail[lambda]'. "
    f"Otherwise {REMEDY}."
)


class Zips:
    """The functions that were created with Lambda's API, until it is closed.

    `aws` is what a process needs to reach this machine's AWS; logs stay in `home`, the unpacked code does not.
    """

    def __init__(self, moto: Callable[[], Kept], home: Path, aws: Callable[[], Mapping[str, str]]) -> None:
        self.moto = moto
        self.home = home / "lambdas"
        self.aws = aws
        self.unpacking = Lock()
        self.unpacked: set[str] = set()
        self.changed = Condition()
        self.count = 0
        self.idle: dict[str, list[Worker]] = defaultdict(list)
        self.workers: set[Worker] = set()
        self.watchdog = Watchdog()
        self.closed = False

    def find(self, request: Request) -> Deployed | None:
        """The function that is meant; None where there is none."""
        return find(self.moto(), request)

    def invoke(self, function: Deployed, request: Request) -> Outcome:
        """Run an invocation; raises Refusal where the function cannot be run here, Unavailable at the end."""
        check(function)
        worker = self.taken(function)
        try:
            outcome = worker.invoke(request)
        finally:
            self.give_back(worker)
        if self.closed and outcome.failed:
            # Its process was ended from here; that is no failure of the function's.
            raise Unavailable(f"{function.name} does not run any more")
        return outcome

    def log(self, function: Deployed) -> Log:
        names = (f"{function.account}-{function.region}", f"{function.name}.log")
        return Log(self.home.joinpath("logs", *(re.sub(r"[^\w.-]", "_", name) for name in names)))

    def close(self) -> None:
        """End all processes, and clear what was unpacked."""
        with self.changed:
            self.closed = True
            workers = list(self.workers)
            self.changed.notify_all()
        for worker in workers:
            worker.close()
        self.watchdog.close()
        rmtree(self.home / "code", ignore_errors=True)

    # ------------------------------------------------------------------ processes

    def taken(self, function: Deployed) -> Worker:
        """A process for one invocation: one that waits, or a new one, for which another may have to end."""
        with self.changed:
            ends = self.stale(function)
            idle = self.idle[function.digest]
            self.await_room(ends)
            # The one that was used last is the likeliest to be warm.
            found = idle.pop() if idle else None
            if found is None:
                if self.count - len(ends) >= MOST:
                    ends.append(self.spare())
                self.count += 1
        for worker in ends:
            self.end(worker)
        return found or self.begin(function)

    def await_room(self, ends: list[Worker]) -> None:
        """Wait until one is idle, or there may be one more beside those that end; raises Refusal, Unavailable."""

        def room() -> bool:
            return self.closed or self.count - len(ends) < MOST or any(self.idle.values())

        patient = self.changed.wait_for(room, PATIENCE)
        if self.closed:
            raise Unavailable("No function runs any more")
        if not patient:
            raise Refusal("TooManyRequestsException", "Rate Exceeded.", 429)

    def stale(self, function: Deployed) -> list[Worker]:
        """Idle processes that are of no use: of what the function was before it changed, and those that have ended."""
        old = [
            each
            for idle in self.idle.values()
            for each in idle
            if not each.usable
            or (each.function.identity == function.identity and each.function.digest != function.digest)
        ]
        for each in old:
            self.idle[each.function.digest].remove(each)
        return old

    def spare(self) -> Worker:
        """The process that was idle first, of whatever function."""
        digest = next(digest for digest, idle in self.idle.items() if idle)
        return self.idle[digest].pop(0)

    def begin(self, function: Deployed) -> Worker:
        try:
            worker = Worker(function, self.unpack(function), self.log(function), self.aws(), self.watchdog)
        except BaseException:
            self.less()
            raise
        with self.changed:
            self.workers.add(worker)
            late = self.closed
        if late:
            worker.close()
        return worker

    def give_back(self, worker: Worker) -> None:
        """Keep a process for the next event, where it can take one."""
        with self.changed:
            keep = worker.usable and not self.closed
            if keep:
                self.idle[worker.function.digest].append(worker)
                self.changed.notify_all()
        if not keep:
            self.end(worker)

    def end(self, worker: Worker) -> None:
        worker.close()
        with self.changed:
            self.workers.discard(worker)
        self.less()

    def less(self) -> None:
        with self.changed:
            self.count -= 1
            self.changed.notify_all()

    # ------------------------------------------------------------------ code

    def unpack(self, function: Deployed) -> Path:
        """The folder with the code and the layers of a function; raises Refusal for a zip that cannot be used."""
        folder = self.home / "code" / function.digest
        with self.unpacking:
            if function.digest not in self.unpacked:
                # A process that was killed may have left half of it.
                rmtree(folder, ignore_errors=True)
                (folder / "task").mkdir(parents=True, mode=0o700)
                (folder / "opt").mkdir()
                for layer in function.layers:
                    unzip(layer, folder / "opt")
                unzip(function.code, folder / "task")
                self.unpacked.add(function.digest)
        return folder


def check(function: Deployed) -> None:
    """Raises Refusal for a function that no process of this machine can run."""
    if not PYTHON.fullmatch(function.runtime):
        told = (
            f"{function.name} is of the runtime {function.runtime or 'of nobody'}, and only Python runs here; {REMEDY}."
        )
        raise Refusal("InvalidRuntimeException", told, 502)
    if importlib.util.find_spec("awslambdaric") is None:
        raise Refusal("InvalidRuntimeException", NOT_INSTALLED, 502)
