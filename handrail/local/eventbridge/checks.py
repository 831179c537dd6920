"""What AWS refuses of rules, schedules and their groups, and moto takes, or breaks at.

Sources: PutRule and PutTargets in the EventBridge API Reference, CreateSchedule, UpdateSchedule, CreateScheduleGroup
and DeleteScheduleGroup in the EventBridge Scheduler API Reference, whose models have the ranges.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from handrail.errors import HandrailError
from handrail.local.doors import Asked
from handrail.local.eventbridge.retries import AGE, RETRIES
from handrail.local.eventbridge.told import parsed
from handrail.schedule import Schedule

RANGES: Final = {
    "MaximumRetryAttempts": (0, 185),
    "MaximumEventAgeInSeconds": (60, 86_400),
    "MaximumWindowInMinutes": (1, 1_440),
}
OUT_OF_RANGE: Final = (
    "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: "
    "Member must have value {} than or equal to {}"
)


class Refused(Exception):
    """AWS's code and message, and the HTTP status where it is not 400."""


def invalid(message: str) -> Refused:
    return Refused("ValidationException", message)


def check(asked: Asked) -> None:
    """Raises Refused for what AWS refuses."""
    for one in CHECKS.get((asked.service, asked.action), ()):
        one(asked)


def rule_time(asked: Asked) -> None:
    """A rule's time, where it has one (an empty one is none), can be read, and comes again."""
    expression = asked.parameters.get("ScheduleExpression")
    if expression and (str(expression).startswith("at(") or not readable(str(expression), "UTC")):
        raise invalid("Parameter ScheduleExpression is not valid.")


def schedule_time(asked: Asked) -> None:
    """A schedule's time and its zone can be read, and its last day is not before its first."""
    expression, zone = asked.parameters.get("ScheduleExpression"), asked.parameters.get("ScheduleExpressionTimezone")
    if not readable(str(expression), str(zone or "UTC")):
        raise invalid(f"Invalid Schedule Expression {expression}.")
    begin, end = asked.parameters.get("StartDate"), asked.parameters.get("EndDate")
    if begin is not None and end is not None and end <= begin:
        raise invalid("The EndDate must come after the StartDate.")


def readable(expression: str, zone: str) -> bool:
    try:
        Schedule(expression, zone)
    except HandrailError:
        return False
    return True


def window(asked: Asked) -> None:
    """A flexible window has a length."""
    given = asked.parameters.get("FlexibleTimeWindow") or {}
    if given.get("Mode") == "FLEXIBLE" and given.get("MaximumWindowInMinutes") is None:
        raise invalid("MaximumWindowInMinutes must be specified when the mode of FlexibleTimeWindow is FLEXIBLE.")
    in_range(given, "flexibleTimeWindow", "MaximumWindowInMinutes")


def retries(asked: Asked) -> None:
    """What a schedule's target says of retries is within bounds."""
    policy(asked.parameters.get("Target") or {}, "target")


def policy(target: Mapping[str, Any], where: str) -> None:
    for name in ("MaximumRetryAttempts", "MaximumEventAgeInSeconds"):
        in_range(target.get("RetryPolicy") or {}, f"{where}.retryPolicy", name)


def in_range(given: Mapping[str, Any], where: str, name: str) -> None:
    value, (least, most) = given.get(name), RANGES[name]
    if value is None or least <= value <= most:
        return
    than, limit = ("greater", least) if value < least else ("less", most)
    raise invalid(OUT_OF_RANGE.format(value, f"{where}.{name[:1].lower()}{name[1:]}", than, limit))


def targets(asked: Asked) -> None:
    """A rule's targets are given one thing each, which is JSON, and their retries are within bounds."""
    for number, target in enumerate(asked.parameters.get("Targets") or [], 1):
        policy(target, f"targets.{number}.member")
        if sum(target.get(name) is not None for name in ("Input", "InputPath", "InputTransformer")) > 1:
            told = "Only one of Input, InputPath, or InputTransformer must be provided for target"
            raise invalid(f"{told} {target.get('Id')}.")
        try:
            parsed(target.get("Input") or "null")
        except ValueError:
            raise invalid(f"JSON syntax error in input for target {target.get('Id')}.") from None


def group_is_there(asked: Asked) -> None:
    name = str(asked.parameters.get("GroupName") or asked.parameters.get("Name"))
    if asked.action == "CreateSchedule":
        name = str(asked.parameters.get("GroupName") or "default")
    if name not in groups(asked):
        raise Refused("ResourceNotFoundException", f"Schedule group {name} does not exist.", 404)


def group_is_new(asked: Asked) -> None:
    """moto would put an empty one in its place."""
    if asked.parameters.get("Name") in groups(asked):
        raise Refused("ConflictException", f"Schedule group {asked.parameters['Name']} already exists.", 409)


def group_is_no_default(asked: Asked) -> None:
    if asked.parameters.get("Name") == "default":
        raise invalid("The default schedule group cannot be deleted.")


def groups(asked: Asked) -> Sequence[str]:
    from moto.scheduler.models import scheduler_backends

    return [*scheduler_backends[asked.account][asked.region].schedule_groups]


def defaults(asked: Asked) -> None:
    """What is not said of a schedule is AWS's default, at an update too, whatever it was; moto would have none.

    Source: UpdateSchedule in the EventBridge Scheduler API Reference, which replaces the whole schedule.
    """
    said = {name: value for name, value in json.loads(asked.body).items() if value is not None}
    if target := said.get("Target"):
        said["Target"] = {**target, "RetryPolicy": {**POLICY, **(target.get("RetryPolicy") or {})}}
    asked.body = json.dumps({**DEFAULTS, **said}).encode()
    asked.environ["CONTENT_LENGTH"] = str(len(asked.body))


DEFAULTS: Final = {"State": "ENABLED", "ActionAfterCompletion": "NONE", "ScheduleExpressionTimezone": "UTC"}
POLICY: Final = {"MaximumEventAgeInSeconds": int(AGE), "MaximumRetryAttempts": RETRIES}


CHECKS: Final[Mapping[tuple[str, str], Sequence[Callable[[Asked], None]]]] = {
    ("events", "PutRule"): (rule_time,),
    ("events", "PutTargets"): (targets,),
    ("scheduler", "CreateSchedule"): (schedule_time, window, retries, group_is_there, defaults),
    ("scheduler", "CreateScheduleGroup"): (group_is_new,),
    ("scheduler", "DeleteScheduleGroup"): (group_is_there, group_is_no_default),
    ("scheduler", "UpdateSchedule"): (schedule_time, window, retries, defaults),
}
