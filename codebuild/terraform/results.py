"""Writes a shard's result as its roots finish, so that memory does not grow with their number."""

import json
import os
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from schemas.drift_result import RepositoryProblem, RootResult, ShardResult


class Results:
    """An open result file; roots may be added from several threads."""

    def __init__(self, file: TextIO, rules: Iterable[str] = ()) -> None:
        self.rules = Counter(dict.fromkeys(rules, 0))
        self._file = file
        self._lock = threading.Lock()
        self._some = False

    def add(self, root: RootResult) -> None:
        """Written at once, and not kept."""
        text = root.model_dump_json()
        with self._lock:
            self.rules.update(root.rules)
            self._file.write(f",\n{text}" if self._some else f"\n{text}")
            self._some = True


@contextmanager
def results(
    path: Path, run: str, shard: int, problems: Sequence[RepositoryProblem], rules: Iterable[str] = ()
) -> Iterator[Results]:
    """result.json, which is there when all went well and not at all otherwise; `rules` are all that are applied."""
    part = path.with_name(f"{path.name}.part")
    frame = ShardResult(run=run, shard=shard, problems=tuple(problems)).model_dump_json(exclude={"rules"})
    before, _, after = frame.rpartition('"roots":[]')
    try:
        with part.open("w", encoding="utf-8") as file:
            file.write(f'{before}"roots":[')
            found = Results(file, rules)
            yield found
            file.write(f'\n],"rules":{json.dumps(found.rules)}{after}\n')
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def where() -> Path:
    """The folder from which the buildspec takes its artifacts."""
    return Path(os.environ.get("CODEBUILD_SRC_DIR") or Path.cwd())
