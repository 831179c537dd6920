"""What the channel is told of every run, whatever its runbook: that it began, and that it failed."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from handrail.mask import masked
from handrail.notify import Message, context, escape, notifier, section, shorten
from handrail.notify.message import HEADER
from handrail.runs import Run, find
from handrail.schema import Input

ROOM = 300
"""Characters of one value, or of a reason."""

FROM = "from the console, a schedule or the command line"


def started(run: Run, kind: type[Input], asked: Mapping[str, Any]) -> Message:
    """`cluster-power began: cluster orders, power stop`."""
    fields = ", ".join(f"{name} {shown(asked.get(name))}" for name in kind.model_fields if name in asked)
    line = f"{run.runbook} began{': ' if fields else ''}{fields}"
    return Message(
        text=escape(line, HEADER), blocks=(section(escape(line, 2_000)), context(f"{escape(run.name)} · {FROM}"))
    )


def reply(execution: str, message: Message) -> None:
    """Post in the thread of the message that told of the run's start; in the channel where nothing told of it."""
    run = find(execution)
    notifier().post(message, thread=run.thread if run else None)


def shown(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return shorten(masked(text), ROOM) or "(empty)"


def failed(runbook: str, name: str, status: str, reason: str, took: timedelta) -> Message:
    """`cluster-power failed: Somebody else is working on this: orders, since 14:02 UTC by …`."""
    line = f"{runbook} {ENDS.get(status, 'failed')}{': ' if reason else ''}{masked(reason)}"
    about = f"{escape(name)} · {status} after {timedelta(seconds=round(took.total_seconds()))}"
    return Message(text=escape(line, HEADER), blocks=(section(escape(line, 2_500)), context(about)))


ENDS = {"FAILED": "failed", "TIMED_OUT": "took too long and was ended", "ABORTED": "was stopped"}


def reason_of(error: str | None, cause: str | None) -> str:
    """Why a run failed, for people: a function's own sentence out of Lambda's JSON, else the error and its cause.

    Of a build's answer only the phase that failed and where its log is are told: it holds variables, too.
    """
    try:
        found = json.loads(cause or "")
    except (ValueError, RecursionError):
        return ": ".join(part for part in (error, cause) if part)
    if isinstance(found, dict) and "errorMessage" in found:
        return str(found["errorMessage"])
    if isinstance(found, dict) and isinstance(found.get("Build"), dict):
        return of_build(found["Build"])
    return error or ""


def of_build(build: Mapping[str, Any]) -> str:
    """`the build plan:1 failed in BUILD: Error while executing command: … Its log: https://…`."""
    status = str(build.get("BuildStatus", "failed")).lower().replace("_", " ")
    told = f"the build {build.get('Id', '')} {status}"
    phases = [phase for phase in build.get("Phases") or () if phase.get("PhaseStatus") not in (None, "SUCCEEDED")]
    if phases:
        messages = [str(context["Message"]) for context in phases[0].get("Contexts") or () if context.get("Message")]
        told += f" in {phases[0].get('PhaseType')}{': ' if messages else ''}{' '.join(messages)}"
    log = (build.get("Logs") or {}).get("DeepLink")
    return f"{told}. Its log: {log}" if log else told
