"""CodeBuild on one machine: takes requests, runs several builds at a time, and answers about them."""

import logging
import os
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread
from types import MappingProxyType
from typing import Any, Self
from uuid import uuid4

from handrail.local.builds.build import submitted
from handrail.local.builds.execution import Execution
from handrail.local.builds.failure import CodeBuildError, no_such_build
from handrail.local.builds.prepare import Surroundings
from handrail.local.builds.project import ProjectSpec, Upload
from handrail.local.builds.records import Listed, Records
from handrail.local.builds.request import Order, check, read_request
from handrail.local.builds.secrets import AwsVault
from handrail.local.builds.shape import answer
from handrail.local.builds.variables import Account
from handrail.local.builds.watchdog import Watchdog
from handrail.local.builds.workspace import Workspace, prune
from handrail.local.refusal import Unavailable

logger = logging.getLogger(__name__)

Json = dict[str, Any]

# So long a token makes a second request the same as the first (idempotencyToken of StartBuild).
TOKEN_LIVES = 300.0


@dataclass(eq=False)
class Entry:
    """One build that this process runs, and who waits for it. `recorded` is whether its end is on disk."""

    execution: Execution
    request: Json
    recorded: bool = False
    ended: Event = field(default_factory=Event)
    thread: Thread | None = None


class Builds:
    """The builds of some projects, in workspaces below `folder`. Close it, and no process is left.

    `listeners` are called with a build's answer after each change, `log_listeners` with a build's id and a line of its
    log, both in the thread where it happens. Commands find programs on the PATH of `environment`, or else on that of
    this process; nothing else of this process's environment reaches them. `passed` are variables for all of them whose
    values are secret: masked in logs, and in no answer. `at_once` builds run at a time, the others
    are queued. With `keep_workspaces` what a build wrote stays until it is pruned; without, only its log and its
    answer do.
    """

    def __init__(
        self,
        projects: Mapping[str, ProjectSpec],
        folder: Path,
        *,
        source: Path,
        bucket: Upload,
        environment: Mapping[str, str],
        now: Callable[[], float],
        at_once: int = 4,
        account: str = "123456789012",
        keep_workspaces: bool = False,
        passed: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.listeners: list[Callable[[Json], object]] = []
        self.log_listeners: list[Callable[[str, str], object]] = []
        self.projects = {project.name: project for project in projects.values()}
        self.folder = folder.resolve()
        self._records = Records(self.folder)
        self.at_once = at_once
        self.keep_workspaces = keep_workspaces
        self._watchdog = Watchdog()
        environment = {"PATH": os.environ.get("PATH", os.defpath), **environment}
        region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1"
        self._around = Surroundings(
            project=source.resolve(),
            bucket=bucket,
            environment=environment,
            passed=passed,
            account=Account(account, region),
            vault=AwsVault(environment),
            groups=self._watchdog,
            now=now,
        )
        self._lock = Lock()
        self._entries: dict[str, Entry] = {}
        self._queue: deque[Entry] = deque()
        self._running = 0
        self._tokens: dict[str, tuple[float, Json, str]] = {}
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ------------------------------------------------------------------ the API

    def start(self, request: Mapping[str, Any], *, initiator: str = "handrail") -> Json:
        """StartBuild: the answer holds the build in its queue. Raises CodeBuildError for a request that is refused."""
        order = read_request(request, self.projects)
        with self._lock:
            if self._closed:
                raise Unavailable("No build can be started any more")
            if known := self._known(request):
                return {"build": known}
            entry = self._new(order, request, initiator)
            self._records.write(self._answer(entry.execution), entry.request)
            if token := request.get("idempotencyToken"):
                self._keep_token(token, request, entry)
            begun = self._answer(entry.execution)
            self._queue.append(entry)
        self._tell(begun)
        self._dispatch()
        return {"build": begun}

    def retry(self, id: str, token: str | None = None, *, initiator: str = "handrail") -> Json:
        """RetryBuild: a new build of the same request."""
        check("RetryBuild", {"id": id})
        asked = self._records.request(id)
        if asked is None:
            raise no_such_build(id, "RetryBuild")
        again = {name: value for name, value in asked.items() if name != "idempotencyToken"}
        return self.start(again | ({"idempotencyToken": token} if token else {}), initiator=initiator)

    def get(self, ids: Sequence[str]) -> Json:
        """BatchGetBuilds: builds of an earlier process are found too, as long as they are not pruned."""
        check("BatchGetBuilds", {"ids": list(ids)})
        found = {id: build for id in ids if (build := self._find(id))}
        return {"builds": list(found.values()), "buildsNotFound": [id for id in ids if id not in found]}

    def stop(self, id: str) -> Json:
        """StopBuild: a running build ends when its processes have, `wait` waits for that; one that ended stays so."""
        check("StopBuild", {"id": id})
        entry = self._entries.get(id)
        if entry is None:
            return {"build": self._over(id, "StopBuild")}
        with self._lock:
            queued = entry in self._queue
            if queued:
                self._queue.remove(entry)
        if queued:
            self._end_queued(entry)
        else:
            entry.execution.stop()
        return {"build": self._answer(entry.execution)}

    def delete(self, ids: Sequence[str]) -> Json:
        """BatchDeleteBuilds: builds that have ended, with their logs."""
        check("BatchDeleteBuilds", {"ids": list(ids)})
        told: Json = {"buildsDeleted": [], "buildsNotDeleted": []}
        for id in ids:
            entry, build = self._entries.get(id), self._find(id)
            if build is None or not build["buildComplete"]:
                why = "BUILD_NOT_FOUND" if build is None else "BUILD_IN_PROGRESS"
                told["buildsNotDeleted"].append({"id": id, "statusCode": why})
                continue
            if entry is not None:
                # Its workspace may be about to be cleared.
                entry.ended.wait()
            with self._lock:
                self._entries.pop(id, None)
            self._records.remove(id)
            told["buildsDeleted"].append(build["arn"])
        return told

    def listed(self, project: str | None = None) -> dict[str, Listed]:
        """When each build began and its number, by its id: of one project, or of all, and of earlier processes too."""
        return {
            id: one for id, one in self._records.listed().items() if project is None or id.partition(":")[0] == project
        }

    def wait(self, id: str, timeout: float | None = None) -> Json:
        """The build when it is complete; raises TimeoutError after `timeout` seconds."""
        entry = self._entries.get(id)
        if entry is None:
            return self._over(id, "BatchGetBuilds")
        if not entry.ended.wait(timeout):
            raise TimeoutError(f"The build {id} is still under way after {timeout} seconds.")
        return self._answer(entry.execution)

    def workspace(self, id: str) -> Workspace:
        """Where a build ran and where its log is."""
        return self._records.workspace(id)

    def prune(self, keep: int) -> list[Path]:
        """Remove the folders of all builds but the newest `keep` ones and those under way."""
        with self._lock:
            busy = [entry.execution.workspace.root for entry in self._entries.values() if not entry.ended.is_set()]
            removed = prune(self.folder, keep, busy)
            for id in [id for id in self._records.listed() if self.workspace(id).root in removed]:
                self._entries.pop(id, None)
                self._records.remove(id)
        return removed

    def close(self) -> None:
        """Stop every build, wait until all their processes have ended, and take no more."""
        with self._lock:
            self._closed = True
            queued, entries = list(self._queue), list(self._entries.values())
            self._queue.clear()
        for entry in queued:
            self._end_queued(entry)
        for entry in entries:
            if not entry.ended.is_set():
                entry.execution.stop()
        for entry in entries:
            if entry.thread:
                entry.thread.join()
        self._watchdog.close()

    # ------------------------------------------------------------------ within

    def _known(self, request: Mapping[str, Any]) -> Json | None:
        """The build that was started with the same token lately."""
        token = request.get("idempotencyToken")
        known = self._tokens.get(token) if token else None
        if known is None or self._around.now() - known[0] > TOKEN_LIVES:
            return None
        if known[1] != dict(request):
            raise CodeBuildError(
                "InvalidInputException", f'The idempotencyToken "{token}" was used lately for a different request.'
            )
        return self._find(known[2])

    def _keep_token(self, token: str, request: Mapping[str, Any], entry: Entry) -> None:
        now = self._around.now()
        self._tokens = {name: one for name, one in self._tokens.items() if now - one[0] <= TOKEN_LIVES}
        self._tokens[token] = (now, dict(request), entry.execution.build.id)

    def _new(self, order: Order, request: Mapping[str, Any], initiator: str) -> Entry:
        name = order.project.name
        build = submitted(f"{name}:{uuid4()}", self._records.next_number(name), order, initiator, self._around.now())
        workspace = self.workspace(build.id)
        workspace.make()
        execution = Execution(
            build,
            workspace,
            self._around,
            lambda: self._changed(entry),
            lambda line: self._tell_line(build.id, line),
        )
        entry = Entry(execution, dict(request))
        self._entries[build.id] = entry
        return entry

    def _dispatch(self) -> None:
        """Start queued builds while there is room."""
        with self._lock:
            while self._queue and self._running < self.at_once:
                entry = self._queue.popleft()
                self._running += 1
                name = f"handrail-build-{entry.execution.build.id}"
                entry.thread = Thread(target=self._run, args=(entry,), name=name, daemon=True)
                entry.thread.start()

    def _run(self, entry: Entry) -> None:
        try:
            entry.execution.run()
        finally:
            self._end(entry)
            with self._lock:
                self._running -= 1
            self._dispatch()
            self._let_go(entry)

    def _end_queued(self, entry: Entry) -> None:
        entry.execution.leave_queue()
        self._end(entry)
        self._let_go(entry)

    def _end(self, entry: Entry) -> None:
        if not self.keep_workspaces:
            entry.execution.workspace.clear()
        entry.ended.set()

    def _let_go(self, entry: Entry) -> None:
        """A build that has ended is answered about by its record, so that a long life does not fill the memory."""
        if entry.recorded:
            with self._lock:
                self._entries.pop(entry.execution.build.id, None)

    def _changed(self, entry: Entry) -> None:
        build = self._answer(entry.execution)
        entry.recorded = self._records.write(build, entry.request) and build["buildComplete"]
        self._tell(build)

    def _answer(self, execution: Execution) -> Json:
        around = self._around
        return answer(
            execution.build,
            around.account.id,
            around.account.region,
            around.bucket.name,
            around.project,
            execution.workspace.log,
        )

    def _find(self, id: str) -> Json | None:
        entry = self._entries.get(id)
        return self._answer(entry.execution) if entry else self._records.read(id)

    def _over(self, id: str, operation: str) -> Json:
        """A build that this process does not run, or no more; raises CodeBuildError where there is none."""
        if build := self._records.read(id):
            return build
        raise no_such_build(id, operation)

    def _tell(self, build: Json) -> None:
        for listener in tuple(self.listeners):
            try:
                listener(build)
            except Exception:
                logger.exception("A listener failed at the build %s", build["id"])

    def _tell_line(self, id: str, line: str) -> None:
        for listener in tuple(self.log_listeners):
            try:
                listener(id, line)
            except Exception:
                logger.exception("A listener failed at a line of the build %s", id)
