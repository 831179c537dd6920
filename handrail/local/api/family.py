"""Finds what an ARN names among the executions, the Map Runs in them, and the children of these.

A child is in its host's journal, not in the store: it is found through the Map Runs that have its labels.
"""

from collections.abc import Callable, Iterator
from sys import getsizeof
from typing import Final, NamedTuple, TypeVar

from handrail.engine import Execution
from handrail.engine.history import HistoryEvent
from handrail.engine.states.maprun import Child, MapRun
from handrail.local.api.named import Named, execution, named, no_execution, no_resource
from handrail.local.cache import Cache
from handrail.local.histories import Histories, Key
from handrail.local.store import Store, Stored

Result = TypeVar("Result")

MOST: Final = 4 * 1024**2
"""Bytes of what is known of hosts that have ended: the ARNs of their Map Runs, for which none is made again."""

BARE: Final = 512
"""Bytes of a host of which that is known, whose ARNs are not counted."""


class Born(NamedTuple):
    """A child, the Map Run that dispatched it, and the execution of the store that it is in."""

    host: Stored
    run: MapRun
    child: Child

    def events(self) -> list[HistoryEvent]:
        return self.child.execution.events.copy()


class Family:
    """The executions of a store with everything in them, for any thread.

    What is given to `look…` is called while nothing happens to what it looks at; it must not keep any of it.
    """

    def __init__(self, store: Store, histories: Histories) -> None:
        self.store = store
        self.histories = histories
        self.known: Cache[Key, list[str]] = Cache(MOST)

    def stored(self, arn: str) -> Stored:
        """An execution of the store; raises ApiError ExecutionDoesNotExist."""
        running = self.histories.driver.running.get(arn)
        if running is not None:
            return running.stored
        found = self.store.get(arn)
        if found is None or found.type == "EXPRESS":
            raise no_execution(arn)
        return found

    def look(self, arn: str, own: Callable[[Stored], Result], born: Callable[[Born], Result]) -> Result:
        """Read something from an execution: from what the store has of one there, or from a child itself.

        Raises ApiError: InvalidArn, ExecutionDoesNotExist.
        """
        asked = execution(arn)
        if not asked.labels:
            return own(self.stored(arn))
        dispatched = f"{asked.prefix}:mapRun:{asked.machine}/{asked.labels}:"

        def read(host: Stored, run: MapRun) -> tuple[Result] | None:
            child = next((each for each in run.children if each.execution.arn == arn), None)
            return None if child is None else (born(Born(host, run, child)),)

        found = self.search(asked, lambda run: run.startswith(dispatched), read)
        if found is None:
            raise no_execution(arn)
        return found[0]

    def look_run(self, arn: str, read: Callable[[Stored, MapRun], Result]) -> Result:
        """Read something from a Map Run; raises ApiError: InvalidArn, ResourceNotFound."""
        found = self.search(named(arn, "mapRun"), lambda run: run == arn, lambda host, run: (read(host, run),))
        if found is None:
            raise no_resource()
        return found[0]

    # ------------------------------------------------------------------ where it may be

    def search(
        self, asked: Named, fits: Callable[[str], bool], read: Callable[[Stored, MapRun], Result | None]
    ) -> Result | None:
        """What is read from the first Map Run whose ARN fits and that has something to read."""
        for host in self.hosts(asked.machine_arn):
            wanted = {arn for arn in self.runs_of(host) if fits(arn)}
            if not wanted:
                continue

            def job(execution: Execution, host: Stored = host, wanted: set[str] = wanted) -> Result | None:
                found = (read(host, run) for run in runs(execution) if run.arn in wanted)
                return next((each for each in found if each is not None), None)

            if (found := self.histories.look(host, job)) is not None:
                return found
        return None

    def hosts(self, machine_arn: str) -> Iterator[Stored]:
        """The executions of a machine that may have Map Runs, the newest first."""
        mapping = "digest IN (SELECT digest FROM definition WHERE instr(text, 'DISTRIBUTED'))"
        yield from self.store.select(f"WHERE machine_arn=? AND {mapping} ORDER BY started DESC", (machine_arn,))

    def runs_of(self, host: Stored) -> list[str]:
        """The ARNs of the Map Runs of an execution."""
        key = (host.arn, host.redrive_count)
        arns = self.known.get(key)
        if arns is None:
            arns = self.histories.look(host, lambda execution: [run.arn for run in runs(execution)])
            if host.status != "RUNNING":
                self.known.put(key, arns, BARE + sum(map(getsizeof, arns)))
        return arns


def runs(execution: Execution) -> Iterator[MapRun]:
    """The Map Runs of an execution and of its children."""
    for run in execution.map_runs.values():
        assert isinstance(run, MapRun)
        yield run
        for child in run.children:
            yield from runs(child.execution)
