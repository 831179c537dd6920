"""The events that AWS's services send of themselves, as they send them.

Sources: "Automating Step Functions event delivery with EventBridge" in the Step Functions Developer Guide, "Build
notifications input format reference" in the CodeBuild User Guide.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from handrail.engine.redrive import BY_STATUS
from handrail.local.store import Stored

Event = dict[str, Any]

MOST: Final = 248 * 1024
"""Bytes of input and output together that an event has room for; without it, it has neither."""

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def event(
    source: str,
    kind: str,
    at: float,
    detail: Any,
    *,
    account: str,
    region: str,
    resources: Sequence[str] = (),
    id: str | None = None,
) -> Event:
    """What every event has around its detail; `at` in seconds since the epoch."""
    return {
        "version": "0",
        "id": id or str(uuid4()),
        "detail-type": kind,
        "source": source,
        "account": account,
        "time": moment(at),
        "region": region,
        "resources": [*resources],
        "detail": detail,
    }


def moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# ---------------------------------------------------------------------- Step Functions


def of_execution(stored: Stored) -> Event:
    """A standard execution has begun, has ended, or goes on again."""
    parts = stored.arn.split(":")
    running = stored.status == "RUNNING"
    began = stored.redrive_date or stored.started
    at = began if running or stored.stopped is None else stored.stopped
    detail = {
        "executionArn": stored.arn,
        "stateMachineArn": stored.machine_arn or ":".join([*parts[:5], "stateMachine", parts[6]]),
        "stateMachineVersionArn": stored.version_arn,
        "stateMachineAliasArn": stored.alias_arn,
        "name": stored.name,
        "status": stored.status,
        "startDate": milliseconds(stored.started),
        "stopDate": milliseconds(stored.stopped),
        **payloads(stored),
        "error": stored.error,
        "cause": stored.cause,
        "redriveCount": stored.redrive_count,
        "redriveDate": milliseconds(stored.redrive_date),
        **redrive(stored.status),
    }
    kind = "Step Functions Execution Status Change"
    return event("aws.states", kind, at, detail, account=parts[4], region=parts[3], resources=[stored.arn])


def milliseconds(at: float | None) -> int | None:
    return None if at is None else round(at * 1000)


def payloads(stored: Stored) -> Event:
    """Input and output, where both together are small enough."""
    size = sum(len(text.encode(errors="replace")) for text in (stored.input, stored.output or ""))
    room = size <= MOST
    return {
        "input": stored.input if room else None,
        "output": stored.output if room else None,
        "inputDetails": {"included": room},
        "outputDetails": None if stored.output is None else {"included": room},
    }


def redrive(status: str) -> Event:
    can = status in ("FAILED", "TIMED_OUT", "ABORTED")
    return {
        "redriveStatus": "REDRIVABLE" if can else "NOT_REDRIVABLE",
        "redriveStatusReason": None if can else BY_STATUS.format(status),
    }


# ---------------------------------------------------------------------- CodeBuild


def of_build(build: Mapping[str, Any]) -> Event:
    """The status of a build has changed; `build` is as BatchGetBuilds answers it."""
    last = build["phases"][-1]
    detail = {
        "build-status": build["buildStatus"],
        "project-name": build["projectName"],
        "build-id": build["arn"],
        "additional-information": additional(build),
        "current-phase": build["currentPhase"],
        "current-phase-context": contexts(last),
        "version": "1",
    }
    return about(build, "CodeBuild Build State Change", last.get("endTime", last["startTime"]), detail)


def of_phase(build: Mapping[str, Any], phase: Mapping[str, Any]) -> Event:
    """A phase of a build has ended."""
    detail = {
        "completed-phase": phase["phaseType"],
        "project-name": build["projectName"],
        "build-id": build["arn"],
        "completed-phase-context": contexts(phase),
        "additional-information": additional(build),
        "completed-phase-status": phase["phaseStatus"],
        "completed-phase-duration-seconds": phase["durationInSeconds"],
        "version": "1",
        "completed-phase-start": spoken(phase["startTime"]),
        "completed-phase-end": spoken(phase["endTime"]),
    }
    return about(build, "CodeBuild Build Phase Change", phase["endTime"], detail)


def about(build: Mapping[str, Any], kind: str, at: float, detail: Event) -> Event:
    _, _, _, region, account, *_ = build["arn"].split(":")
    return event("aws.codebuild", kind, at, detail, account=account, region=region, resources=[build["arn"]])


def additional(build: Mapping[str, Any]) -> Event:
    environment, logs, artifacts = build["environment"], build["logs"], build["artifacts"]
    return {
        **({"artifact": artifact} if (artifact := digests(artifacts)) else {}),
        "environment": {
            "image": environment["image"],
            "privileged-mode": environment["privilegedMode"],
            "compute-type": environment["computeType"],
            "type": environment["type"],
            "environment-variables": environment["environmentVariables"],
        },
        "timeout-in-minutes": build["timeoutInMinutes"],
        "build-complete": build["buildComplete"],
        "build-number": build["buildNumber"],
        "initiator": build["initiator"],
        "build-start-time": spoken(build["startTime"]),
        "source": {name: build["source"][name] for name in ("location", "type")},
        "logs": {
            "group-name": logs["groupName"],
            "stream-name": logs["streamName"],
            "deep-link": logs["deepLink"],
        },
        "phases": [phase_of(each) for each in build["phases"]],
    }


def digests(artifacts: Mapping[str, Any]) -> Event:
    names = {"md5sum": "md5sum", "sha256sum": "sha256sum", "location": "location"}
    return {shown: artifacts[name] for name, shown in names.items() if artifacts.get(name)}


def phase_of(phase: Mapping[str, Any]) -> Event:
    over = (
        {}
        if "endTime" not in phase
        else {
            "end-time": spoken(phase["endTime"]),
            "duration-in-seconds": phase["durationInSeconds"],
            "phase-status": phase["phaseStatus"],
            "phase-context": contexts(phase),
        }
    )
    return {"phase-type": phase["phaseType"], "start-time": spoken(phase["startTime"]), **over}


def contexts(phase: Mapping[str, Any]) -> list[str] | str:
    """What went wrong in a phase, as CodeBuild tells it: `CODE: message`, or brackets around nothing."""
    return [f"{each['statusCode']}: {each['message']}" for each in phase.get("contexts", [])] or "[]"


def spoken(at: float) -> str:
    """A moment as CodeBuild's events write it: `Sep 1, 2017 4:12:29 PM`, in UTC."""
    then = datetime.fromtimestamp(at, UTC)
    half = "AM" if then.hour < 12 else "PM"
    return f"{MONTHS[then.month - 1]} {then.day}, {then.year} {then.hour % 12 or 12}:{then:%M:%S} {half}"


def parsed(text: str) -> Any:
    """JSON of a person; raises ValueError, also where it is nested too deeply."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
