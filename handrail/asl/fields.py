"""The Amazon States Language as tables: which field may stand where, in which query language, holding what.

Sources: https://states-language.net, the Step Functions Developer Guide, and what ValidateStateMachineDefinition
answers. A new field of the language is a new row here. Rows stand in the order in which `write` puts fields.
"""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from handrail.asl.model import QueryLanguage

JsonType = Literal["String", "Integer", "Number", "Boolean", "Object", "Array", ""]
Holds = Literal["", "path", "path or intrinsic", "reference", "template", "condition", "target", "timestamp", "static"]

LONGEST_SECONDS = 99_999_999


class Kind(NamedTuple):
    """What a field may hold.

    `json` is its JSON type ("" for any), `shape` the shape of the object or of the array's elements, `holds` what a
    string in it means. `computed`: in a JSONata state a `{% … %}` string may stand here instead. `optional`: null
    may stand here.
    """

    json: JsonType = ""
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    shape: str = ""
    holds: Holds = ""
    filled: bool = False
    computed: bool = False
    optional: bool = False


class Field(NamedTuple):
    """A field of an object: its kind, and the query language that it belongs to where it belongs to one."""

    kind: Kind
    language: QueryLanguage | None = None


class Shape(NamedTuple):
    """An object of the language. Of each group in `one_of` exactly one field stands there, of `rivals` at most one."""

    fields: Mapping[str, Field]
    required: tuple[str, ...] = ()
    one_of: tuple[tuple[str, ...], ...] = ()
    rivals: tuple[tuple[str, ...], ...] = ()


def whole(least: int, most: int | None = None, *, computed: bool = False) -> Kind:
    """A whole number in a range."""
    return Kind("Integer", least, most, computed=computed)


def enum(*choices: str) -> Kind:
    """One of these words."""
    return Kind("String", choices=choices)


def only(language: QueryLanguage, **kinds: Kind) -> dict[str, Field]:
    """Rows of one query language."""
    return {name: Field(kind, language) for name, kind in kinds.items()}


def both(**kinds: Kind) -> dict[str, Field]:
    """Rows that stand in either query language."""
    return {name: Field(kind) for name, kind in kinds.items()}


TEXT = Kind("String")
WORDS = Kind("String", computed=True)
TRUTH = Kind("Boolean")
TARGET = Kind("String", holds="target")
MOMENT = Kind("String", holds="timestamp")
PATH = Kind("String", holds="path")
PATH_OR_CALL = Kind("String", holds="path or intrinsic")
OPTIONAL_PATH = Kind("String", holds="path", optional=True)
OPTIONAL_REFERENCE = Kind("String", holds="reference", optional=True)
TEMPLATE = Kind(holds="template")
OBJECT_TEMPLATE = Kind("Object", holds="template", computed=True)
LANGUAGE = enum("JSONPath", "JSONata")


# Objects whose fields are the author's own names; only the rules look into them.
OPEN_SHAPES = frozenset({"credentials", "variables"})


def listed(shape: str, *, filled: bool = False) -> Kind:
    """A list of objects of one shape."""
    return Kind("Array", shape=shape, filled=filled)


def inside(shape: str) -> Kind:
    """An object of a shape."""
    return Kind("Object", shape=shape)


def number_or_path(name: str, kind: Kind) -> dict[str, Field]:
    """A number, and the older spelling of it as a path: `MaxItems` and `MaxItemsPath`."""
    return {name: Field(kind), f"{name}Path": Field(PATH, "JSONPath")}


COMMENT = both(Comment=TEXT)
HEAD = both(Type=TEXT, Comment=TEXT, QueryLanguage=LANGUAGE)
IN_OUT = only("JSONPath", InputPath=OPTIONAL_PATH, OutputPath=OPTIONAL_PATH) | only("JSONata", Output=TEMPLATE)
ASSIGN = both(Assign=Kind("Object", shape="variables", holds="template"))
RESULT_PATH = only("JSONPath", ResultPath=OPTIONAL_REFERENCE)
PARAMETERS = only("JSONPath", Parameters=TEMPLATE)
ARGUMENTS = only("JSONata", Arguments=TEMPLATE)
# What S3 is asked: an object, also where a state's own Parameters may be anything.
ASKS = only("JSONPath", Parameters=Kind("Object", holds="template")) | only("JSONata", Arguments=OBJECT_TEMPLATE)
RESULT_SELECTOR = only("JSONPath", ResultSelector=Kind("Object", holds="template"))
ERRORS = both(Retry=listed("retrier"), Catch=listed("catcher"))
ON = both(Next=TARGET, End=TRUTH)
NEXT_OR_END = (("Next", "End"),)

STATES: dict[str, Shape] = {
    "Pass": Shape(
        HEAD | IN_OUT | PARAMETERS | only("JSONPath", Result=Kind(holds="static")) | RESULT_PATH | ASSIGN | ON,
        ("Type",),
        NEXT_OR_END,
    ),
    "Task": Shape(
        HEAD
        | both(Resource=TEXT)
        | IN_OUT
        | PARAMETERS
        | ARGUMENTS
        | both(Credentials=Kind("Object", shape="credentials", holds="template", computed=True))
        | number_or_path("TimeoutSeconds", whole(1, LONGEST_SECONDS, computed=True))
        | number_or_path("HeartbeatSeconds", whole(1, LONGEST_SECONDS, computed=True))
        | RESULT_SELECTOR
        | RESULT_PATH
        | ASSIGN
        | ERRORS
        | ON,
        ("Type", "Resource"),
        NEXT_OR_END,
        (("TimeoutSeconds", "TimeoutSecondsPath"), ("HeartbeatSeconds", "HeartbeatSecondsPath")),
    ),
    "Wait": Shape(
        HEAD
        | IN_OUT
        | both(
            Seconds=whole(0, LONGEST_SECONDS, computed=True), Timestamp=Kind("String", holds="timestamp", computed=True)
        )
        | only("JSONPath", SecondsPath=PATH, TimestampPath=PATH)
        | ASSIGN
        | ON,
        ("Type",),
        (*NEXT_OR_END, ("SecondsPath", "Seconds", "TimestampPath", "Timestamp")),
    ),
    "Choice": Shape(
        HEAD | IN_OUT | ASSIGN | both(Choices=listed("rule", filled=True), Default=TARGET),
        ("Type", "Choices"),
    ),
    "Parallel": Shape(
        HEAD
        | IN_OUT
        | PARAMETERS
        | ARGUMENTS
        | both(Branches=listed("branch", filled=True))
        | RESULT_SELECTOR
        | RESULT_PATH
        | ASSIGN
        | ERRORS
        | ON,
        ("Type", "Branches"),
        NEXT_OR_END,
    ),
    "Map": Shape(
        HEAD
        | IN_OUT
        | PARAMETERS
        | both(ItemReader=inside("reader"))
        | only("JSONPath", ItemsPath=OPTIONAL_PATH)
        | only("JSONata", Items=Kind(holds="template"))
        | both(
            ItemSelector=OBJECT_TEMPLATE,
            ItemBatcher=inside("batcher"),
            MaxConcurrency=whole(0, computed=True),
        )
        | only("JSONPath", MaxConcurrencyPath=PATH)
        | number_or_path("ToleratedFailurePercentage", Kind("Number", 0, 100, computed=True))
        | number_or_path("ToleratedFailureCount", whole(0, computed=True))
        | both(
            Label=TEXT,
            ItemProcessor=inside("processor"),
            Iterator=inside("processor"),
            ResultWriter=inside("writer"),
        )
        | RESULT_SELECTOR
        | RESULT_PATH
        | ASSIGN
        | ERRORS
        | ON,
        ("Type",),
        (*NEXT_OR_END, ("ItemProcessor", "Iterator")),
        (
            ("MaxConcurrency", "MaxConcurrencyPath"),
            ("ToleratedFailurePercentage", "ToleratedFailurePercentagePath"),
            ("ToleratedFailureCount", "ToleratedFailureCountPath"),
        ),
    ),
    "Succeed": Shape(HEAD | IN_OUT, ("Type",)),
    "Fail": Shape(
        HEAD | both(Error=WORDS, Cause=WORDS) | only("JSONPath", ErrorPath=PATH_OR_CALL, CausePath=PATH_OR_CALL),
        ("Type",),
        rivals=(("Error", "ErrorPath"), ("Cause", "CausePath")),
    ),
}


def comparisons() -> dict[str, Kind]:
    """The comparison operators of a JSONPath Choice rule, each with the value that it compares with."""
    ordered = {"String": TEXT, "Numeric": Kind("Number"), "Timestamp": MOMENT}
    named = {
        f"{family}{relation}": kind
        for family, kind in ordered.items()
        for relation in ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
    } | {"BooleanEquals": TRUTH}
    paths = {f"{name}Path": PATH for name in named}
    tests = {f"Is{what}": TRUTH for what in ("Null", "Present", "Numeric", "String", "Boolean", "Timestamp")}
    return named | paths | tests | {"StringMatches": TEXT}


COMPARISONS = comparisons()
SELECTORS = ("And", "Or", "Not", "Variable", "Condition")
TEST = (
    COMMENT
    | only("JSONPath", Variable=PATH, **COMPARISONS)
    | only("JSONPath", And=listed("test", filled=True), Or=listed("test", filled=True), Not=inside("test"))
    | only("JSONata", Condition=Kind(holds="condition"))
)
FLOW = both(StartAt=TARGET, States=Kind("Object", shape="states", filled=True))
FLOW_REQUIRED = ("States", "StartAt")

SHAPES: Mapping[str, Shape] = {
    "machine": Shape(
        COMMENT | both(Version=enum("1.0"), QueryLanguage=LANGUAGE, TimeoutSeconds=whole(0, LONGEST_SECONDS)) | FLOW,
        FLOW_REQUIRED,
    ),
    "branch": Shape(COMMENT | FLOW, FLOW_REQUIRED),
    "processor": Shape(COMMENT | both(ProcessorConfig=inside("processor config")) | FLOW, FLOW_REQUIRED),
    "processor config": Shape(
        COMMENT | both(Mode=enum("INLINE", "DISTRIBUTED"), ExecutionType=enum("STANDARD", "EXPRESS"))
    ),
    "retrier": Shape(
        COMMENT
        | both(
            ErrorEquals=Kind("Array", shape="text", filled=True),
            IntervalSeconds=whole(0, LONGEST_SECONDS),
            MaxAttempts=whole(0, LONGEST_SECONDS),
            BackoffRate=Kind("Number", 1),
            MaxDelaySeconds=whole(1, 31_622_400),
            JitterStrategy=enum("NONE", "FULL"),
        ),
        ("ErrorEquals",),
    ),
    "catcher": Shape(
        COMMENT
        | both(ErrorEquals=Kind("Array", shape="text", filled=True))
        | RESULT_PATH
        | only("JSONata", Output=TEMPLATE)
        | ASSIGN
        | both(Next=TARGET),
        ("ErrorEquals", "Next"),
    ),
    "rule": Shape(TEST | only("JSONata", Output=TEMPLATE) | ASSIGN | both(Next=TARGET), ("Next",)),
    "test": Shape(TEST),
    "reader": Shape(
        COMMENT | both(Resource=TEXT, ReaderConfig=inside("reader config")) | ASKS,
        ("Resource",),
    ),
    "reader config": Shape(
        COMMENT
        | both(
            InputType=enum("CSV", "JSON", "JSONL", "PARQUET", "MANIFEST"),
            Transformation=enum("NONE", "LOAD_AND_FLATTEN"),
            ManifestType=enum("ATHENA_DATA", "S3_INVENTORY"),
            CSVDelimiter=enum("COMMA", "PIPE", "SEMICOLON", "SPACE", "TAB"),
            CSVHeaderLocation=enum("FIRST_ROW", "GIVEN"),
            CSVHeaders=Kind("Array", shape="text"),
            ItemsPointer=TEXT,
        )
        | number_or_path("MaxItems", whole(0, 100_000_000, computed=True)),
        rivals=(("MaxItems", "MaxItemsPath"),),
    ),
    "batcher": Shape(
        COMMENT
        | both(BatchInput=TEMPLATE)
        | number_or_path("MaxItemsPerBatch", whole(0, computed=True))
        | number_or_path("MaxInputBytesPerBatch", whole(0, 262_144, computed=True)),
        rivals=(
            ("MaxItemsPerBatch", "MaxItemsPerBatchPath"),
            ("MaxInputBytesPerBatch", "MaxInputBytesPerBatchPath"),
        ),
    ),
    "writer": Shape(COMMENT | both(Resource=TEXT, WriterConfig=inside("writer config")) | ASKS),
    "writer config": Shape(
        COMMENT | both(OutputType=enum("JSON", "JSONL"), Transformation=enum("NONE", "COMPACT", "FLATTEN"))
    ),
} | STATES

# https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
RESERVED_ERRORS = (
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
)
