"""How a peer's runner speaks: it reads workloads from standard input and writes one line of JSON for each.

A runner measures one execution after another, its definition made before the clock starts, and tells for each the
seconds, the seconds that reading the whole history took, the number of events, and whether the output was right.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple


class Ran(NamedTuple):
    """What one run of a workload gave; `history` reads all its events."""

    output: Any
    history: Callable[[], int] | None = None
    less: float = 0.0
    """Seconds that the peer only sleeps."""


def serve(prepare: Callable[[Any], Callable[[], Ran]]) -> None:
    """Answer every workload with its measurement; an error is an answer, too."""
    for line in sys.stdin:
        workload = json.loads(line)
        try:
            told = measured(prepare(workload), workload)
        except Exception as error:  # noqa: BLE001  # a peer that cannot run a workload is a result
            told = {"name": workload["name"], "error": f"{type(error).__name__}: {error}"[:200]}
        print(json.dumps(told), flush=True)


def measured(run: Callable[[], Ran], workload: Any) -> dict[str, Any]:
    run()
    began = time.perf_counter()
    ran = run()
    seconds = time.perf_counter() - began - ran.less
    told = {"name": workload["name"], "seconds": seconds, "right": ran.output == workload["output"]}
    if ran.history is not None:
        began = time.perf_counter()
        told |= {"events": ran.history(), "reading": time.perf_counter() - began}
    return told
