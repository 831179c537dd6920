"""Wires a project's catalogue to the driver, the builds and the rest of AWS; the one place where they meet."""

import os
from collections.abc import Callable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache, cached_property, partial
from pathlib import Path
from socket import socket
from threading import Event, Lock, Thread
from typing import Any, Self, cast

from handrail.accept import accept
from handrail.asl.write import write
from handrail.aws import client
from handrail.catalogue import Catalogue
from handrail.ended import ended
from handrail.errors import HandrailError
from handrail.local.api import Api
from handrail.local.api.door import StepFunctions
from handrail.local.aws import Aws, Bucket
from handrail.local.builds import Builds, ProjectSpec, specification
from handrail.local.builds.records import Records
from handrail.local.codebuild import Door as CodeBuild
from handrail.local.doors import Door
from handrail.local.driver import Driver, SystemClock, Watcher
from handrail.local.environment import turn
from handrail.local.eventbridge import Door as Events
from handrail.local.eventbridge import EventBridge, Timetable
from handrail.local.eventbridge.world import Laptop as World
from handrail.local.holder import private
from handrail.local.integrations import Function, Integrations
from handrail.local.lambdas import Door as Lambda
from handrail.local.lambdas import Functions, Triggers, Zips
from handrail.local.machines import ACCOUNT, Either, Runbooks
from handrail.local.naming import MESSAGES, new_name
from handrail.local.passed import passed
from handrail.local.refusal import Unavailable
from handrail.local.registry import Registry
from handrail.local.replay import end_cut_off
from handrail.local.retention import Pruning, kept, prune
from handrail.local.rules import Rules
from handrail.local.seeds import seed
from handrail.local.store import Store, Stored
from handrail.local.sweep import sweep
from handrail.local.trouble import reached
from handrail.local.visiting import whereabouts
from handrail.names import PREFIX
from handrail.service_models import read_once

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
        # Cleared while there is something to go on with of which nobody here knows yet: whoever asks for it waits.
        self.caught_up = Event()
        self.caught_up.set()
        self.passed: Mapping[str, str] = {}
        self.cut_off: Sequence[Mapping[str, Any]] = ()
        self.undo: Callable[[], None] = lambda: None
        self.messages = home / MESSAGES
        self.listening: socket | None = None
        self.log_listeners: list[LogListener] = []
        functions = {accept.function_name: accept, ended.function_name: ended, **catalogue.functions}
        # A function is called as Lambda calls it, with an event and a context.
        called: Mapping[str, Function] = {PREFIX + name: cast(Function, each) for name, each in functions.items()}
        zips = Zips(lambda: self.aws.moto, home, lambda: self.aws.environment)
        self.functions = Functions(called, zips)
        work = Integrations(self.functions, lambda: self.builds, self.client_in, lambda: self.driver)
        self.driver = Driver(store, work, clock=self.clock)
        self.triggers = Triggers(self.functions, lambda *place: self.elsewhere(*place))
        registry = Registry(store, {name: partial(self.definition, name) for name in catalogue.runbooks})
        self.api = Api(self.driver, registry, log_group_exists)
        self.driver.machines = Either(Runbooks(catalogue), self.api.machines)
        self.pruning = Pruning(store, self.driver.ask, self.clock.now, kept(catalogue.root / "pyproject.toml"))
        self.rules = Rules(home, store, lambda event: called[PREFIX + ended.function_name](event, None))
        self.driver.ended_listeners.append(self.over)
        self.events = EventBridge(
            lambda: self.aws.moto, World(lambda: self.aws, work.reach, lambda: self.builds), self.clock.now, home
        )
        self.timetable = Timetable(self.events, home)
        for listeners in (self.driver.begun_listeners, self.driver.ended_listeners):
            listeners.append(self.events.execution)

    @classmethod
    @contextmanager
    def open(cls, catalogue: Catalogue, home: Path) -> Iterator[Self]:
        """A laptop that has the store to itself; what is left running at the end is stopped."""
        now = SystemClock().now()
        keep = kept(catalogue.root / "pyproject.toml")
        with Store.writing(home, now) as store:
            store.attended = True
            end_cut_off(store, now)
            prune(store, now - keep)
            sweep(home / "builds")
            with reached(home):
                private(home / MESSAGES)
            laptop = cls(catalogue, home, store)
            try:
                laptop.cut_off = Records(home / "builds").settle()
                yield laptop
            finally:
                laptop.close()

    def start(self, runbook: str, input: str, name: str | None = None) -> str:
        """Begin an execution of a runbook with this input (JSON text) and give its ARN."""
        self.prepare()
        definition = self.definition(runbook)
        return self.driver.start(runbook, definition, input, name or new_name(runbook, self.clock.now()))

    def over(self, stored: Stored) -> None:
        """An execution has ended; the rule of this project is about its own machines, as it is on AWS."""
        if stored.machine.removeprefix(PREFIX) in self.catalogue.runbooks:
            self.rules.happened(stored)

    def definition(self, runbook: str) -> str:
        return write(self.catalogue.runbooks[runbook].machine.definition())

    def run(self, name: str, definition: str, input: str) -> str:
        """Begin an execution of a definition (ASL text) that is of no runbook, and give its ARN."""
        self.prepare()
        return self.driver.start(name, definition, input, new_name(name, self.clock.now()))

    def redrive(self, arn: str) -> None:
        """Let an execution that did not succeed go on where it ended; raises NotRedrivable with AWS's reason."""
        self.prepare()
        self.driver.redrive(arn)

    def end(self, arn: str, error: str, cause: str) -> None:
        """End an execution that no process runs any more; its lock is given back, and its end told."""
        self.prepare()
        self.driver.end(arn, error, cause)
        self.rules.drain()

    def resume(self) -> int:
        """Serve whoever asks: executions are no longer this process's own, but go on in the next one that serves.

        Those that an earlier one was cut off in go on now, and their number is given: timers keep their time, what
        waits for an answer goes on waiting, and any other task that was under way has failed, as its Retry then sees.
        """
        self.prepare()
        self.store.attended = False
        self.pruning.start()
        self.timetable.begin()
        left = self.driver.resume_all()
        self.caught_up.set()
        return left

    def listen(self, listening: socket) -> None:
        """Let the laptop's AWS be reached here, and not at whatever port is free; before anybody has asked it."""
        if "aws" in self.__dict__:
            raise RuntimeError("The laptop's AWS has its port already.")
        self.listening = listening

    def prepare(self) -> None:
        """Turn this process to the laptop's AWS: functions run in it as they are, and read its environment."""
        with self.lock:
            if not self.prepared:
                read_once()
                names = passed(self.catalogue.root / "pyproject.toml")
                self.undo = self.turn(os.environ)
                self.prepared = True
                # Read after the turn: what is reached without a proxy has this machine in it then.
                self.passed = {name: os.environ[name] for name in names if name in os.environ}
                self.rules.begin()
                self.tell_cut_off()

    def tell_cut_off(self) -> None:
        """Send the end of builds that an earlier process was killed over; what it sent before was sent then."""
        for build in self.cut_off:
            over = [phase for phase in build["phases"] if "endTime" in phase]
            self.events.statuses[build["id"]] = ("IN_PROGRESS", len(over) - 1)
            self.events.build(build)

    def turn(self, environ: MutableMapping[str, str]) -> Callable[[], None]:
        """Turn an environment (os.environ) to this laptop; gives back what undoes it."""
        undo = turn(environ, {**self.aws.environment, **whereabouts(self.catalogue.root, self.home)})
        # A client keeps the endpoint that it was made with.
        client.cache_clear()

        def back() -> None:
            undo()
            client.cache_clear()

        return back

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
        self.triggers.close()
        self.functions.close()
        self.pruning.close()
        self.rules.close(self.left())
        self.timetable.close()
        self.events.close()
        if "aws" in self.__dict__:
            self.aws.close()
        self.undo()

    def left(self) -> list[str]:
        """What is still to come to its end, here or in a later process."""
        # Of a store that cannot be read any more nobody knows.
        with suppress(HandrailError):
            return [*self.driver.running, *(each.arn for each in self.store.executions(status="RUNNING", most=1))]
        return [*self.driver.running, "?"]

    # ------------------------------------------------------------------ made when first needed

    @cached_property
    def aws(self) -> Aws:
        pyproject, events = self.catalogue.root / "pyproject.toml", Events(self.events, self.timetable.changed)
        builds = CodeBuild(lambda: self.specifications, self.builds_asked_for, self.catalogue.root)
        aws = Aws.start(
            home=self.home, seed=seed(pyproject), first=self.doors, doors=[events, builds], listening=self.listening
        )
        aws.moto.hand_over(self.triggers)
        return aws

    def caught_up_api(self) -> Api:
        """The API, once what an earlier process left is here: a token of its tasks would be unknown before."""
        self.caught_up.wait()
        return self.api

    @property
    def doors(self) -> list[Door]:
        """Who answers what needs nothing of moto: Step Functions, and Lambda's functions."""
        return [StepFunctions(self.caught_up_api), Lambda(self.functions, lambda: self.aws.moto.loaded)]

    @property
    def builds(self) -> Builds:
        """One for all tasks, whichever of their threads asks first; none for a task that outlives the laptop."""
        with self.lock:
            if self.closed:
                raise Unavailable("No build can be started any more")
            self.started = self.started or self.make_builds()
            return self.started

    def builds_asked_for(self) -> Builds:
        """The builds, for a request; refused to the project's own function that furnishes its AWS, as they need that.

        It would wait for a build that waits for it.
        """
        if "aws" not in self.__dict__:
            raise HandrailError("No build is there yet: this AWS is being furnished. Ask when that is done.")
        return self.builds

    @cached_property
    def specifications(self) -> Mapping[str, ProjectSpec]:
        """The projects of codebuild/, by the names that CodeBuild has for them."""
        found = map(specification, self.catalogue.projects.values())
        return {project.name: project for project in found}

    def make_builds(self) -> Builds:
        builds = Builds(
            self.specifications,
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
        builds.listeners += [self.warm, self.events.build]
        return builds

    def client_in(self, service: str, account: str, region: str) -> Any:
        """A client in an account and a region, as its owner; in this process's own, the one that functions have too."""
        if (account, region) == (ACCOUNT, self.aws.region):
            return client(service)
        return self.elsewhere(service, account, region)

    @cached_property
    def elsewhere(self) -> Callable[[str, str, str], Any]:
        """Makes a client of this laptop once for each service, account and region, whatever the environment says."""
        return cache(self.aws.client)

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


def log_group_exists(arn: str) -> bool:
    """Whether CloudWatch Logs of the laptop's AWS has the log group with this ARN."""
    name = arn.partition(":log-group:")[2]
    found = client("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"] if name else []
    return any(group["logGroupName"] == name for group in found)
