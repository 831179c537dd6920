"""Rules that tie fields of one object together, listed by the shape of the object."""

from collections.abc import Callable, Iterator, Mapping

from handrail.asl.check.resources import map_in_express, reader_resource, task_resource, writer_resource
from handrail.asl.check.scope import Object, Scope, error, warning
from handrail.asl.fields import COMPARISONS, RESERVED_ERRORS, SELECTORS
from handrail.asl.model import Finding, Json
from handrail.asl.pointer import child
from handrail.errors import did_you_mean

Rule = Callable[[Object, str, Scope], Iterator[Finding]]

LABEL_LENGTH = 40
NOT_IN_LABELS = frozenset('?*<>{}[]:;,\\|^~$#%&`"/')
VARIABLE_LENGTH = 80
# https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html, state-map-distributed.html
MOST_INLINE, MOST_DISTRIBUTED = 40, 10_000
DISTRIBUTED_ONLY = (
    "ItemReader",
    "ItemBatcher",
    "ResultWriter",
    "Label",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
)


def error_names(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    """States.ALL stands alone in the last retrier or catcher; the other States.… names are a closed list."""
    for field in ("Retry", "Catch"):
        entries = value.get(field)
        if not isinstance(entries, list):
            continue
        for index, entry in enumerate(entries):
            names = entry.get("ErrorEquals") if isinstance(entry, dict) else None
            if isinstance(names, list):
                last = index == len(entries) - 1
                yield from names_of(names, child(pointer, field, index, "ErrorEquals"), last=last)


def names_of(names: list[Json], pointer: str, *, last: bool) -> Iterator[Finding]:
    if "States.ALL" in names and (len(names) > 1 or not last):
        yield error("States.ALL must appear alone and at end of list", pointer)
    for index, name in enumerate(names):
        reserved = isinstance(name, str) and name.startswith("States.") and not name.startswith("States.Http.")
        if reserved and name not in RESERVED_ERRORS:
            hint = did_you_mean(str(name), RESERVED_ERRORS)
            yield warning("UNKNOWN_ERROR_NAME", f"'{name}' is no error of Step Functions", child(pointer, index), hint)


def heartbeat(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    beat, limit = value.get("HeartbeatSeconds"), value.get("TimeoutSeconds")
    if isinstance(beat, int) and isinstance(limit, int) and beat >= limit:
        message = "HeartbeatSeconds must be smaller than TimeoutSeconds"
        yield error(message, child(pointer, "HeartbeatSeconds"), f"Here {beat} is not smaller than {limit}.")


def default(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    if "Default" not in value:
        hint = "Where no rule matches, the execution fails with States.NoChoiceMatched."
        yield warning("MISSING_DEFAULT", "This Choice has no Default", pointer, hint)


def one_test(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    """A Choice rule tests one thing: one selector, and with Variable one comparison."""
    chosen = [name for name in SELECTORS if name in value]
    if len(chosen) != 1:
        message = f"The object must have only one of the following fields, [{', '.join(SELECTORS)}]"
        yield error(message, pointer, "" if chosen else unselected(value, scope))
    compared = [name for name in value if name in COMPARISONS]
    if len(compared) > 1:
        yield error(f"There should only be one of the following fields: [{', '.join(compared)}]", pointer)
    elif chosen == ["Variable"] and not compared and scope.language == "JSONPath":
        yield error("This object should have only one comparison operator", pointer, 'Such as "StringEquals".')


def unselected(value: Object, scope: Scope) -> str:
    return f"A {scope.language} rule has {'Variable' if scope.language == 'JSONPath' else 'Condition'}."


def label(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    text = value.get("Label")
    if not isinstance(text, str):
        return
    problems = []
    if not text:
        problems.append("Label cannot be empty")
    if len(text) > LABEL_LENGTH:
        problems.append(f"Label cannot exceed {LABEL_LENGTH} characters")
    wrong = next((letter for letter in text if letter in NOT_IN_LABELS or letter.isspace() or is_control(letter)), None)
    if wrong is not None:
        problems.append(f"Label contains invalid character: {wrong!r}")
    for problem in problems:
        yield error(problem, child(pointer, "Label"), code="INVALID_LABEL_NAME")


def is_control(letter: str) -> bool:
    return letter < " " or "\x7f" <= letter <= "\x9f"


def distributed_only(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    processor = value.get("ItemProcessor", value.get("Iterator"))
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    if isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED":
        return
    for name in DISTRIBUTED_ONLY:
        if name in value:
            message = f"'{name}' has no effect in an inline Map"
            yield warning("NOT_DISTRIBUTED", message, child(pointer, name), 'Was "Mode": "DISTRIBUTED" meant?')


def concurrency(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    """AWS takes a larger number, and runs no more at a time than it can."""
    processor = value.get("ItemProcessor", value.get("Iterator"))
    config = processor.get("ProcessorConfig") if isinstance(processor, dict) else None
    distributed = isinstance(config, dict) and config.get("Mode") == "DISTRIBUTED"
    kind, most = ("a distributed", MOST_DISTRIBUTED) if distributed else ("an inline", MOST_INLINE)
    asked = value.get("MaxConcurrency")
    if isinstance(asked, int) and asked > most:
        hint = "" if distributed else 'Was "Mode": "DISTRIBUTED" meant?'
        message = f"{kind} Map runs at most {most} iterations at a time"
        yield warning("CONCURRENCY", message[0].upper() + message[1:], child(pointer, "MaxConcurrency"), hint)


def mode(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    if value.get("Mode") == "DISTRIBUTED" and "ExecutionType" not in value:
        yield error("These fields are required: [ExecutionType]", pointer)
    if value.get("Mode") == "INLINE" and "ExecutionType" in value:
        yield error("Field 'ExecutionType' is not supported", child(pointer, "ExecutionType"))


def csv(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    kind, header = value.get("InputType"), value.get("CSVHeaderLocation")
    if kind == "CSV" and "CSVHeaderLocation" not in value:
        yield error("The field 'CSVHeaderLocation' is required", pointer)
    if kind == "JSON" and "CSVHeaderLocation" in value:
        yield error("Field 'CSVHeaderLocation' is not supported", child(pointer, "CSVHeaderLocation"))
    if header == "GIVEN" and "CSVHeaders" not in value:
        yield error("These fields are required: [CSVHeaders]", pointer)


def role(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    if "RoleArn" not in value and not (scope.language == "JSONPath" and "RoleArn.$" in value):
        yield error("The field 'RoleArn' is required but was missing", pointer)


def variable_names(value: Object, pointer: str, scope: Scope) -> Iterator[Finding]:
    for name in value:
        variable = name.removesuffix(".$") if scope.language == "JSONPath" else name
        here = child(pointer, name)
        if variable == "states":
            message = "Cannot assign to reserved variable '$states'."
            yield error(message, here, code="RESERVED_VARIABLE_NAME")
        elif not variable.isidentifier() or variable.startswith("_"):
            message = f"Invalid variable name '{variable}': the variable name contains invalid characters."
            hint = "It starts with a letter, and goes on with letters, digits and underscores."
            yield error(message, here, hint, code="INVALID_VARIABLE_NAME")
        elif len(variable) > VARIABLE_LENGTH:
            message = f"Invalid variable name '{variable}': the variable name exceeds {VARIABLE_LENGTH} characters."
            yield error(message, here, code="INVALID_VARIABLE_NAME")


RULES: Mapping[str, tuple[Rule, ...]] = {
    "Task": (task_resource, heartbeat, error_names),
    "Parallel": (error_names,),
    "Map": (label, concurrency, distributed_only, map_in_express, error_names),
    "Choice": (default,),
    "rule": (one_test,),
    "test": (one_test,),
    "processor config": (mode,),
    "reader": (reader_resource,),
    "reader config": (csv,),
    "writer": (writer_resource,),
    "credentials": (role,),
    "variables": (variable_names,),
}
