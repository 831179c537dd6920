"""What a Task's Resource asks for, and which events its kind of work writes."""

import re
from collections.abc import Mapping
from json import loads
from typing import Any, Literal, NamedTuple

from handrail.asl.model import Json
from handrail.engine.values import text_of

Pattern = Literal["", "sync", "sync:2", "waitForTaskToken"]


class TaskEvents(NamedTuple):
    """The event types of one kind of work."""

    scheduled: str
    started: str
    submitted: str
    succeeded: str
    failed: str
    timed_out: str
    start_failed: str
    submit_failed: str


def task_events(prefix: str) -> TaskEvents:
    return TaskEvents(
        scheduled=f"{prefix}Scheduled",
        started=f"{prefix}Started",
        submitted=f"{prefix}Submitted",
        succeeded=f"{prefix}Succeeded",
        failed=f"{prefix}Failed",
        timed_out=f"{prefix}TimedOut",
        start_failed=f"{prefix}StartFailed",
        submit_failed=f"{prefix}SubmitFailed",
    )


LAMBDA = task_events("LambdaFunction")
ACTIVITY = task_events("Activity")
SERVICE = task_events("Task")

LAMBDA_ARN = re.compile(r"arn:[\w-]+:lambda:([\w-]+):\d{12}:function:.+")
ACTIVITY_ARN = re.compile(r"arn:[\w-]+:states:([\w-]+):\d{12}:activity:.+")
SERVICE_ARN = re.compile(
    r"arn:[\w-]+:states:([\w-]*):\d*:(?P<type>[\w:-]+):(?P<action>\w+)(\.(?P<pattern>sync(:2)?|waitForTaskToken))?"
)


class Limits(NamedTuple):
    """The seconds that a task may take, may be silent for, and the role it assumes; None where nothing is said."""

    timeout: int | None = None
    heartbeat: int | None = None
    role: str | None = None

    def details(self) -> dict[str, Any]:
        told = {"timeoutInSeconds": self.timeout, "heartbeatInSeconds": self.heartbeat}
        details: dict[str, Any] = {name: seconds for name, seconds in told.items() if seconds is not None}
        if self.role is not None:
            details["taskCredentials"] = {"roleArn": self.role}
        return details


class Resource(NamedTuple):
    """A parsed Resource: which events it writes, and how those name it.

    `identity` is what most of its events carry: `{"resourceType": "lambda", "resource": "invoke"}` for a service
    integration, nothing for a function or an activity called by its ARN.
    """

    arn: str
    events: TaskEvents
    identity: Mapping[str, str]
    pattern: Pattern = ""
    region: str = ""

    @property
    def calls_back(self) -> bool:
        """Whether a task token may answer: for a callback, an activity's worker, and a job that is waited for.

        Source: "SendTaskSuccess" in the API Reference; a recording shows the token of a `.sync` task at work.
        """
        return self.pattern != "" or self.events is ACTIVITY

    @property
    def starts_at_once(self) -> bool:
        """An activity starts when a worker takes it, everything else when it is scheduled."""
        return self.events is not ACTIVITY

    @property
    def named(self) -> str:
        """How AWS names the work in a message about its result."""
        return self.identity.get("resourceType", self.arn)

    def scheduled_details(self, arguments: Json, limits: Limits, region: str) -> dict[str, Any]:
        text = text_of(arguments)
        if self.events is SERVICE:
            return {**self.identity, "region": self.region or region, "parameters": text, **limits.details()}
        return {"resource": self.arn, "input": text, "inputDetails": {"truncated": False}, **limits.details()}


def resource(arn: str) -> Resource:
    """Parse a Resource; what is neither a function nor an activity is a service integration."""
    if found := LAMBDA_ARN.fullmatch(arn):
        return Resource(arn, LAMBDA, {}, region=found[1])
    if found := ACTIVITY_ARN.fullmatch(arn):
        return Resource(arn, ACTIVITY, {}, region=found[1])
    found = SERVICE_ARN.fullmatch(arn)
    if found is None:
        return Resource(arn, SERVICE, {"resourceType": arn, "resource": arn})
    pattern: Pattern = found["pattern"] or ""  # type: ignore[assignment]
    action = f"{found['action']}.{pattern}" if pattern else found["action"]
    return Resource(arn, SERVICE, {"resourceType": found["type"], "resource": action}, pattern, found[1])


def lambda_event(payload: Json) -> Json:
    """The event that `lambda:invoke` sends for a Payload: text that is JSON goes as it is, null as an empty object."""
    if payload is None:
        return {}
    if isinstance(payload, str):
        try:
            return loads(payload)  # type: ignore[no-any-return]
        except ValueError:
            return payload
    return payload
