"""An Express execution that is waited for.

Source: StartSyncExecution in the API Reference.
"""

from collections.abc import Mapping
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from handrail.local.api.executions import begin, data_of, present
from handrail.local.apierror import ApiError
from handrail.local.mocked import test_case
from handrail.local.store import Stored

if TYPE_CHECKING:
    from handrail.local.api import Api, Caller, Operation, Parameters

LOOK: Final = 1.0
"""Every so many seconds it is seen whether there still is a driver that could end the execution."""

MEMORY: Final = 64
"""Megabytes that are billed: the smallest step, as nothing here measures memory ("AWS Step Functions pricing")."""

STEP: Final = 0.1
"""Seconds by which the duration is billed."""


def start(api: "Api", _caller: "Caller", given: "Parameters") -> Mapping[str, Any]:
    """Begin an Express execution, and tell how it ended, which is not later than in five minutes."""
    arn = given["stateMachineArn"]
    if api.registry.resolve(test_case(arn)[0]).machine.type != "EXPRESS":
        raise ApiError("StateMachineTypeNotSupported", "This operation is not supported by this type of state machine")
    trace, text = given.get("traceHeader"), given.get("input", "{}")
    begun = begin(api, api.machines.execution(arn, given.get("name"), text, api.driver.clock.now(), trace=trace))
    while not api.driver.wait(begun.arn, LOOK):
        if not api.driver.thread.is_alive():
            raise api.driver.gone()
    ended = api.driver.describe(begun.arn)
    shown = data_of(ended) if given.get("includedData") != "METADATA_ONLY" else {}
    return present(described(ended) | shown)


def described(ended: Stored) -> dict[str, Any]:
    took = (ended.stopped or ended.started) - ended.started
    return {
        "executionArn": ended.arn,
        "stateMachineArn": ended.machine_arn,
        "name": ended.name,
        "startDate": ended.started,
        "stopDate": ended.stopped,
        "status": ended.status,
        "traceHeader": ended.trace_header,
        "billingDetails": {
            "billedMemoryUsedInMB": MEMORY,
            "billedDurationInMilliseconds": max(ceil(took / STEP), 1) * round(STEP * 1000),
        },
    }


OPERATIONS: "Mapping[str, Operation]" = {"StartSyncExecution": start}
