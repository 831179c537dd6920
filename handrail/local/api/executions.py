"""Executions begun, stopped, redriven and described.

Source: StartExecution, StopExecution, RedriveExecution, DescribeExecution and DescribeStateMachineForExecution in the
API Reference; words of refusals as AWS was seen to choose them.
"""

from collections.abc import Mapping, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from handrail.asl.write import write
from handrail.engine.events import Stopped
from handrail.engine.redrive import described
from handrail.engine.states.distributed import DistributedMap
from handrail.engine.values import text_of
from handrail.errors import Problems
from handrail.local.api.family import Born
from handrail.local.api.named import execution, invalid
from handrail.local.api.references import references
from handrail.local.apierror import ApiError
from handrail.local.driver import NotRedrivable
from handrail.local.histories import Histories
from handrail.local.store import Stored

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters

INCLUDED = {"included": True}


def start(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """Begin an execution; it is in the store when this returns. The same once more while it runs is the same one."""
    wanted = api.machines.execution(
        given["stateMachineArn"],
        given.get("name"),
        given.get("input", "{}"),
        api.driver.clock.now(),
        trace=given.get("traceHeader"),
    )
    begun = begin(api, wanted)
    return {"executionArn": begun.arn, "startDate": begun.started}


def begin(api: "Api", wanted: Stored) -> Stored:
    """Begin an execution. A definition that this Handrail cannot run, as one made by an older one, is told of."""
    try:
        return api.driver.begin(wanted)
    except Problems as problems:
        raise ApiError("InvalidDefinition", f"Invalid State Machine Definition: '{problems}'") from None


def stop(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """Abort an execution, or one child of a Map Run; what has ended stays as it is."""
    arn, error, cause = given["executionArn"], given.get("error"), given.get("cause")
    host, child = api.family.look(arn, lambda stored: (stored.arn, None), lambda born: (born.host.arn, arn))
    api.driver.ask(lambda: api.driver.take(host, lambda at: Stopped(at, error, cause, child)))
    return {
        "stopDate": api.family.look(arn, lambda stored: stored.stopped, lambda born: born.child.execution.stopped_at)
    }


def redrive(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """Let an execution that did not succeed go on; the same request once more is answered as the first was."""
    arn = given["executionArn"]
    asked = execution(arn)
    if asked.kind == "express":
        raise invalid("Resource type not valid in this context: express")
    if asked.labels:
        reason = api.family.look(arn, lambda stored: "", lambda born: redrivable(born)["redriveStatus"])
        raise ApiError("ExecutionNotRedrivable", f"Execution is {reason} and cannot be redriven by itself")
    api.family.stored(arn)
    try:
        return {"redriveDate": api.driver.redrive(arn, given.get("clientToken"))}
    except NotRedrivable as refusal:
        raise ApiError("ExecutionNotRedrivable", refusal.reason) from None


# ---------------------------------------------------------------------- described


def describe(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """What an execution was given, how it stands, and what came of it."""
    now, data = api.driver.clock.now(), given.get("includedData") != "METADATA_ONLY"
    return api.family.look(
        given["executionArn"],
        lambda stored: present(of_stored(stored, api.histories, now) | (data_of(stored) if data else {})),
        lambda born: present(of_child(born) | (data_of_child(born) if data else {})),
    )


def of_stored(stored: Stored, histories: Histories, now: float) -> dict[str, Any]:
    return {
        **summary(stored),
        "traceHeader": stored.trace_header,
        **described(Outcome(stored, histories), now),
    }


@dataclass(frozen=True)
class Outcome:
    """What decides whether an execution can be redriven: no history is made again for one that succeeded."""

    stored: Stored
    histories: Histories

    @property
    def status(self) -> str:
        return self.stored.status

    @property
    def express(self) -> bool:
        return self.stored.type == "EXPRESS"

    @property
    def started_at(self) -> float:
        return self.stored.started

    @property
    def stopped_at(self) -> float | None:
        return self.stored.stopped

    @property
    def events(self) -> Sized:
        return self.histories.events(self.stored)


def summary(stored: Stored) -> dict[str, Any]:
    """What is also told of an execution in a list."""
    return {
        "executionArn": stored.arn,
        "stateMachineArn": stored.machine_arn,
        "name": stored.name,
        "status": stored.status,
        "startDate": stored.started,
        "stopDate": stored.stopped,
        "stateMachineVersionArn": stored.version_arn,
        "stateMachineAliasArn": stored.alias_arn,
        "redriveCount": stored.redrive_count,
        "redriveDate": stored.redrive_date,
    }


def data_of(stored: Stored) -> dict[str, Any]:
    return data(stored.input, stored.output, stored.error, stored.cause)


def data(input: str, output: str | None, error: str | None, cause: str | None) -> dict[str, Any]:
    told: dict[str, Any] = {"input": input, "inputDetails": INCLUDED, "error": error, "cause": cause}
    return told if output is None else {**told, "output": output, "outputDetails": INCLUDED}


def of_child(born: Born) -> dict[str, Any]:
    return {**summary_of_child(born), **redrivable(born)}


def summary_of_child(born: Born) -> dict[str, Any]:
    """A child as AWS tells of it; one that waits to be redriven says so."""
    ran = born.child.execution
    waits = born.run.status == "RUNNING" and born.child in born.run.unsuccessful
    return {
        "executionArn": ran.arn,
        "stateMachineArn": ran.machine_arn,
        "name": ran.name,
        "status": "PENDING_REDRIVE" if waits else ran.status,
        "startDate": ran.started_at,
        "stopDate": ran.stopped_at,
        "mapRunArn": born.run.arn,
        "redriveCount": ran.redrives,
        "redriveDate": ran.redriven_at,
    }


def data_of_child(born: Born) -> dict[str, Any]:
    ran = born.child.execution
    return data(text_of(born.child.given), ran.output, ran.error, ran.cause)


def redrivable(born: Born) -> dict[str, str]:
    """A child is redriven with its Map Run, whichever type it has."""
    ran = born.child.execution
    if ran.status in ("RUNNING", "SUCCEEDED"):
        reason = f"Execution is {ran.status} and cannot be redriven"
        return {"redriveStatus": "NOT_REDRIVABLE", "redriveStatusReason": reason}
    return {"redriveStatus": "REDRIVABLE_BY_MAP_RUN"}


def present(told: Mapping[str, Any]) -> dict[str, Any]:
    """Without the members that have no value."""
    return {name: value for name, value in told.items() if value is not None}


def machine_of(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """The machine as it was when an execution of it began; of a child, the part of it that its Map Run runs."""
    stored, special = api.family.look(
        given["executionArn"], lambda stored: (stored, {}), lambda born: (born.host, facts_of(born))
    )
    told = {
        "stateMachineArn": stored.machine_arn,
        "name": stored.machine,
        "definition": stored.definition,
        "roleArn": stored.role,
        "updateDate": stored.started,
        **configuration(api, stored),
        **special,
    }
    if given.get("includedData") == "METADATA_ONLY":
        return present(told | {"definition": "{}"})
    return present(told | {"variableReferences": references(told["definition"])})


def configuration(api: "Api", stored: Stored) -> dict[str, Any]:
    """How the machine is set up; nothing of one that has been deleted since."""
    try:
        machine = api.registry.find(stored.machine_arn)
    except ApiError:
        return {}
    same = machine.definition == stored.definition
    return {
        "updateDate": machine.updated if same else stored.started,
        "loggingConfiguration": machine.logging,
        "tracingConfiguration": machine.tracing,
        "encryptionConfiguration": machine.encryption,
        "revisionId": machine.revision if same else None,
    }


def facts_of(born: Born) -> dict[str, Any]:
    ran, state = born.child.execution, born.run.state
    assert isinstance(state, DistributedMap)
    assert state.source.processor is not None
    return {
        "stateMachineArn": ran.machine_arn,
        "name": ran.machine_name,
        "mapRunArn": born.run.arn,
        "label": born.run.label,
        "definition": write(state.source.processor),
    }


OPERATIONS: "Mapping[str, Operation]" = {
    "StartExecution": start,
    "StopExecution": stop,
    "RedriveExecution": redrive,
    "DescribeExecution": describe,
    "DescribeStateMachineForExecution": machine_of,
}
