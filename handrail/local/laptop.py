"""Wires a project's catalogue to the driver, the builds and the rest of AWS; the one place where they meet."""

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property
from pathlib import Path
from secrets import token_hex
from threading import Lock, Thread
from typing import Any, Self, cast

from handrail.accept import accept
from handrail.asl.write import write
from handrail.aws import client
from handrail.catalogue import Catalogue
from handrail.clock import VARIABLE
from handrail.ended import ended
from handrail.errors import HandrailError
from handrail.local.aws import Aws, Bucket
from handrail.local.builds import Builds, specification
from handrail.local.driver import Driver, SystemClock, Watcher
from handrail.local.integrations import Function, Integrations
from handrail.local.machines import Runbooks
from handrail.local.passed import passed
from handrail.local.place import timezone
from handrail.local.replay import end_cut_off
from handrail.local.rules import Rules
from handrail.local.seeds import seed
from handrail.local.store import Store, Stored, private, reached
from handrail.local.sweep import sweep
from handrail.names import PREFIX

MESSAGES = "messages.jsonl"

KEPT = 50
"""How many builds' logs are kept."""

LogListener = Callable[[str, str], None]
"""Told a build's id and one line of its log."""


class Laptop:
    """Runs a project's runbooks until it is closed.

    `home` keeps the store, the builds' workspaces and logs, and the messages that were posted.
    """

    def __init__(self, catalogue: Catalogue, home: Path, store: Store) -> None:
        self.catalogue = catalogue
        self.home = home
        self.store = store
        self.clock = SystemClock()
        self.lock = Lock()
        self.prepared = False
        self.warming: Thread | None = None
        self.closed = False
        self.started: Builds | None = None
        self.passed: Mapping[str, str] = {}
        self.undo: Callable[[], None] = lambda: None
        self.messages = home / MESSAGES
        self.log_listeners: list[LogListener] = []
        functions = {accept.function_name: accept, ended.function_name: ended, **catalogue.functions}
        # A function is called as Lambda calls it, with an event and a context.
        called: Mapping[str, Function] = {PREFIX + name: cast(Function, each) for name, each in functions.items()}
        work = Integrations(called, lambda: self.builds, client, lambda: self.driver)
        self.driver = Driver(store, work, clock=self.clock)
        self.driver.machines = Runbooks(catalogue)
        self.rules = Rules(home, store, lambda event: called[PREFIX + ended.function_name](event, None))
        self.driver.ended_listeners.append(self.rules.happened)

    @classmethod
    @contextmanager
    def open(cls, catalogue: Catalogue, home: Path) -> Iterator[Self]:
        """A laptop that has the store to itself; what is left running at the end is stopped."""
        now = SystemClock().now()
        with Store.writing(home, now) as store:
            end_cut_off(store, now)
            sweep(home / "builds")
            with reached(home):
                private(home / MESSAGES)
            laptop = cls(catalogue, home, store)
            try:
                yield laptop
            finally:
                laptop.close()

    def start(self, runbook: str, input: str, name: str | None = None) -> str:
        """Begin an execution of a runbook with this input (JSON text) and give its ARN."""
        self.prepare()
        definition = write(self.catalogue.runbooks[runbook].machine.definition())
        return self.driver.start(runbook, definition, input, name or self.new_name(runbook))

    def redrive(self, arn: str) -> None:
        """Let an execution that did not succeed go on where it ended; raises NotRedrivable with AWS's reason."""
        self.prepare()
        self.driver.redrive(arn)

    def prepare(self) -> None:
        """Turn this process to the laptop's AWS: functions run in it as they are, and read its environment."""
        with self.lock:
            if not self.prepared:
                names = passed(self.catalogue.root / "pyproject.toml")
                self.undo = self.turn(os.environ)
                self.prepared = True
                # Read after the turn: what is reached without a proxy has this machine in it then.
                self.passed = {name: os.environ[name] for name in names if name in os.environ}
                self.rules.begin()

    def turn(self, environ: MutableMapping[str, str]) -> Callable[[], None]:
        """Turn an environment (os.environ) to this laptop; gives back what undoes it."""
        own = {"HANDRAIL_MESSAGES": str(self.messages), "HANDRAIL_PROJECT": str(self.catalogue.root)}
        place = timezone(self.catalogue.root / "pyproject.toml")
        own |= {} if place is None else {VARIABLE: place}
        before = {name: environ[name] for name in own if name in environ}
        undo = self.aws.take_over(environ)
        environ.update(own)
        # A client keeps the endpoint that it was made with.
        client.cache_clear()

        def back() -> None:
            undo()
            for name in own:
                environ.pop(name, None)
            environ.update(before)
            client.cache_clear()

        return back

    def new_name(self, runbook: str) -> str:
        """A name that tells when it was: `drift-check-20260131-070000-1f3a`."""
        moment = datetime.fromtimestamp(self.clock.now()).astimezone()
        return f"{runbook[:50]}-{moment:%Y%m%d-%H%M%S}-{token_hex(2)}"

    def watch(self, history: Watcher, log: LogListener) -> None:
        """Be told of every event of every execution, and of every line that a build writes."""
        self.driver.watchers.append(history)
        self.log_listeners.append(log)

    def wait(self, arn: str, timeout: float | None = None) -> bool:
        """Wait until an execution has ended, and its end has been dealt with; whether it has."""
        ended = self.driver.wait(arn, timeout)
        if ended:
            self.rules.drain()
        return ended

    def stop(self, arn: str, error: str, cause: str) -> None:
        self.driver.stop(arn, error, cause)

    def find(self, arn: str) -> Stored:
        return self.store.find(arn)

    def close(self) -> None:
        """Stop what runs, and take back what was changed in this process."""
        self.driver.close()
        with self.lock:
            self.closed, builds = True, self.started
        if builds is not None:
            builds.close()
        self.rules.close(self.driver.running)
        if "aws" in self.__dict__:
            self.aws.close()
        self.undo()

    # ------------------------------------------------------------------ made when first needed

    @cached_property
    def aws(self) -> Aws:
        return Aws.start(home=self.home, seed=seed(self.catalogue.root / "pyproject.toml"))

    @property
    def builds(self) -> Builds:
        """One for all tasks, whichever of their threads asks first; none for a task that outlives the laptop."""
        with self.lock:
            if self.closed:
                raise HandrailError("No build can be started any more: the laptop is closed.")
            self.started = self.started or self.make_builds()
            return self.started

    def make_builds(self) -> Builds:
        builds = Builds(
            {name: specification(project) for name, project in self.catalogue.projects.items()},
            self.home / "builds",
            source=self.catalogue.root,
            # The client that tasks have as well: the first of a service is made in a tenth of a second.
            bucket=Bucket(self.aws.bucket.name, lambda: client("s3")),
            # What a configuration says relative to the project is found in the project, not in a build's own copy.
            environment={**self.aws.environment, "HANDRAIL_PROJECT": str(self.catalogue.root)},
            now=self.clock.now,
            passed=self.passed,
        )
        builds.prune(KEPT)
        builds.log_listeners += self.log_listeners
        builds.listeners.append(self.warm)
        return builds

    def warm(self, build: Mapping[str, Any]) -> None:
        """Load what a build's artifacts will need, half a second's work, while its commands run beside this process."""
        if build["currentPhase"] == "BUILD" and self.warming is None:
            self.warming = Thread(target=self.load, name="handrail-aws-load", daemon=True)
            self.warming.start()

    def load(self) -> None:
        # Whoever asks next is told what is wrong.
        with suppress(HandrailError):
            self.aws.moto.load()
        client("s3")
