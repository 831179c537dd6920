"""Distributed Map: children with histories of their own, readers, batches, tolerated failures, results."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.engine import Execution, advance
from handrail.engine.commands import CancelTask, RunTask
from handrail.engine.events import Started, Stopped, TaskFailed, TaskSucceeded, as_json, from_json
from handrail.engine.failure import Failure
from handrail.engine.items import Batches, Item, read_items
from handrail.testing import Happening, simulate
from tests.engine.test_execution import DONE, TASK, machine, new, types

ITEMS = [1, 2, 3, 4, 5]


def distributed(*, mode: str = "STANDARD", states: Mapping[str, object] | None = None, **fields: object) -> Any:
    processor = machine(**(states or {"T": TASK})) | {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": mode}}
    return machine(M={"Type": "Map", "ItemProcessor": processor, "Label": "L", "End": True} | fields)


def run(
    definition: object, input: object, answer: Callable[[Any], Any], objects: dict[str, Any] | None = None
) -> Execution:
    """Run with functions that answer at once, fail (an exception) or take seconds (a timedelta), and with objects."""
    stored = {} if objects is None else objects

    def answering(task: RunTask) -> Iterable[tuple[timedelta, Happening]]:
        asked: Any = task.arguments
        if ":s3:" in task.resource:
            value = stored.setdefault(asked.get("Key", asked.get("Prefix")), asked.get("Body", KeyError("no such key")))
        else:
            value = answer(asked)
        match value:
            case Exception() as error:
                return [(timedelta(), lambda at: TaskFailed(at, task.task, type(error).__name__, str(error.args[0])))]
            case timedelta() as delay:
                return [(delay, lambda at: TaskSucceeded(at, task.task, "late"))]
        return [(timedelta(), lambda at: TaskSucceeded(at, task.task, value))]

    return simulate(new(definition), json.dumps(input), answering, at=0)


def failing(*items: int) -> Callable[[Any], Any]:
    return lambda item: ValueError("bad") if item in items else item


def output(execution: Execution) -> Any:
    return json.loads(execution.output or "null")


def map_run(execution: Execution) -> Any:
    [found] = execution.map_runs.values()
    return found


@pytest.mark.parametrize(
    ("fields", "failures", "status"),
    [
        pytest.param({}, 1, "FAILED", id="nothing said, nothing tolerated"),
        pytest.param({"ToleratedFailureCount": 2}, 2, "SUCCEEDED", id="as many as the count"),
        pytest.param({"ToleratedFailureCount": 2}, 3, "FAILED", id="more than the count"),
        pytest.param({"ToleratedFailurePercentage": 40}, 2, "SUCCEEDED", id="as many as the percentage"),
        pytest.param({"ToleratedFailurePercentage": 39.9}, 2, "FAILED", id="more than the percentage"),
        pytest.param({"ToleratedFailureCount": 5, "ToleratedFailurePercentage": 20}, 2, "FAILED", id="the first met"),
        pytest.param({"ToleratedFailurePercentage": 100}, 5, "SUCCEEDED", id="all of them"),
    ],
)
def test_failures_are_tolerated_up_to_either_limit(fields: dict[str, Any], failures: int, status: str) -> None:
    """Beyond it the run fails with the threshold's own error."""
    ended = run(distributed(**fields), ITEMS, failing(*ITEMS[:failures]))

    assert ended.status == status
    if status == "FAILED":
        assert ended.error == "States.ExceedToleratedFailureThreshold"
        assert types(ended)[-3:] == ["MapRunFailed", "MapStateFailed", "ExecutionFailed"]


def test_a_failed_child_stands_in_the_output_with_all_that_is_known_of_it() -> None:
    """The others give their outputs, in the order of the items."""
    ended = run(distributed(ToleratedFailureCount=1), ITEMS, failing(2))

    first, second, *others = output(ended)
    assert (first, others) == (1, [3, 4, 5])
    assert {name: second[name] for name in ("Status", "Error", "Cause", "Input")} == {
        "Status": "FAILED",
        "Error": "ValueError",
        "Cause": "bad",
        "Input": "2",
    }


def test_the_threshold_can_be_retried_and_caught() -> None:
    """It is an error of the Map state like any other; a retry begins a new Map Run."""
    caught = {"ErrorEquals": ["States.ExceedToleratedFailureThreshold"], "Next": "C"}
    definition = distributed(Retry=[{"ErrorEquals": ["States.ALL"], "MaxAttempts": 1}], Catch=[caught])
    definition["States"]["C"] = DONE
    ended = run(definition, ITEMS, failing(3))

    assert ended.status == "SUCCEEDED"
    assert types(ended).count("MapRunStarted") == 2


def test_no_more_children_run_at_once_than_were_asked_for() -> None:
    """MaxConcurrency children are started, and one more whenever one has ended."""
    execution = new(distributed(MaxConcurrency=2))
    commands = advance(execution, Started(0, json.dumps(ITEMS)))
    asked = [command for command in commands if isinstance(command, RunTask)]
    answered = advance(execution, TaskSucceeded(1, asked[0].task, "x"))

    assert [task.arguments for task in asked] == [1, 2]
    assert [task.arguments for task in answered if isinstance(task, RunTask)] == [3]
    assert len({task.task for task in [*asked, *answered] if isinstance(task, RunTask)}) == 3


def test_children_have_histories_names_and_machines_of_their_own() -> None:
    """The parent's history tells of the run alone."""
    ended = run(distributed(), [1, 2], failing())
    children = map_run(ended).children

    assert types(ended)[2:5] == ["MapStateStarted", "MapRunStarted", "MapRunSucceeded"]
    assert [types(child.execution)[-1] for child in children] == ["ExecutionSucceeded", "ExecutionSucceeded"]
    assert len({child.execution.arn for child in children}) == 2
    assert children[0].execution.arn.startswith("arn:aws:states:us-east-1:123456789012:execution:m/L:")
    assert map_run(ended).arn.startswith("arn:aws:states:us-east-1:123456789012:mapRun:m/L:")


def test_express_children_end_after_five_minutes() -> None:
    """TIMED_OUT like any other execution, which counts as a failure."""
    ended = run(distributed(mode="EXPRESS"), [1], lambda _: timedelta(minutes=6))

    assert (ended.status, map_run(ended).children[0].status) == ("FAILED", "TIMED_OUT")
    assert ended.now == 300


def test_a_stopped_parent_stops_its_children() -> None:
    """Whatever they were waiting for is cancelled, and their own histories say so."""
    execution = new(distributed())
    begun = advance(execution, Started(0, "[1, 2]"))
    commands = advance(execution, Stopped(1))

    assert {command.task for command in begun if isinstance(command, RunTask)} == {
        command.task for command in commands if isinstance(command, CancelTask)
    }
    assert map_run(execution).status == "ABORTED"
    assert [types(child.execution)[-1] for child in map_run(execution).children] == ["ExecutionAborted"] * 2


def test_a_failure_beside_the_map_aborts_it() -> None:
    """A Distributed Map in a branch of a Parallel is given up with the branch."""
    fail = machine(W={"Type": "Wait", "Seconds": 1, "Next": "F"}, F={"Type": "Fail", "Error": "E"})
    parallel = {"Type": "Parallel", "Branches": [distributed(), fail], "End": True}
    ended = run(machine(P=parallel), [1], lambda _: timedelta(minutes=1))

    assert (ended.error, ended.now) == ("E", 1)
    assert {"MapRunAborted", "MapStateAborted"} <= set(types(ended))
    assert map_run(ended).children[0].status == "ABORTED"


def test_one_distributed_map_may_hold_another() -> None:
    """The inner run belongs to the child that began it; answers find their way down."""
    inner = {"N": distributed()["States"]["M"] | {"Label": "I"}}
    ended = run(distributed(states=inner), [[1, 2], [3]], lambda item: item * 10)

    assert output(ended) == [[10, 20], [30]]


def test_ten_thousand_children_need_no_deep_stack() -> None:
    """Children that end at once are started in a loop."""
    ended = run(distributed(states={"P": DONE}), list(range(10_000)), failing())

    assert (ended.status, len(map_run(ended).children)) == ("SUCCEEDED", 10_000)


def test_the_same_events_give_the_same_children() -> None:
    """A journal of what came from outside is all that has to be kept."""
    journal = []
    execution = new(distributed(MaxConcurrency=2, ToleratedFailureCount=1))
    waiting: list[Any] = [Started(0, json.dumps(ITEMS), 7)]
    while waiting:
        event = waiting.pop(0)
        journal.append(as_json(event))
        for command in advance(execution, event):
            if isinstance(command, RunTask):
                failed = command.arguments == 3
                waiting.append(
                    TaskFailed(1, command.task, "E", "")
                    if failed
                    else TaskSucceeded(1, command.task, command.arguments)
                )
    again = new(distributed(MaxConcurrency=2, ToleratedFailureCount=1))
    for event in journal:
        advance(again, from_json(json.loads(json.dumps(event))))

    assert again.history() == execution.history()
    assert [child.execution.history() for child in map_run(again).children] == [
        child.execution.history() for child in map_run(execution).children
    ]


# ---------------------------------------------------------------------- readers

S3 = "arn:aws:states:::s3:"


def reading(action: str = "getObject", **config: object) -> dict[str, Any]:
    where = {"Bucket": "b", "Prefix" if action == "listObjectsV2" else "Key": "k"}
    return {"ItemReader": {"Resource": S3 + action, "Parameters": where, "ReaderConfig": config}}


FIRST_ROW = {"CSVHeaderLocation": "FIRST_ROW"}
INVENTORY = json.dumps(
    {
        "destinationBucket": "arn:aws:s3:::inv",
        "fileSchema": "Bucket, Key, Size",
        "files": [{"key": "f1"}, {"key": "f2"}],
    }
)
LISTING = [{"Key": "f1", "Size": 3}, {"Key": "f2", "Size": 4}]


@pytest.mark.parametrize(
    ("reader", "objects", "items"),
    [
        pytest.param(reading(InputType="JSON"), {"k": '[1, {"a": 2}]'}, [1, {"a": 2}], id="JSON"),
        pytest.param(reading(InputType="JSON", ItemsPointer="/a/0"), {"k": '{"a": [[1, 2]]}'}, [1, 2], id="pointer"),
        pytest.param(reading(InputType="JSONL"), {"k": '1\n\n{"a": 2}\n'}, [1, {"a": 2}], id="JSON Lines"),
        pytest.param(reading(InputType="CSV", CSVHeaderLocation="FIRST_ROW"), {"k": "h\nx\n"}, [{"h": "x"}], id="CSV"),
        pytest.param(
            reading(InputType="CSV", CSVHeaderLocation="GIVEN", CSVHeaders=["a", "b"], CSVDelimiter="PIPE"),
            {"k": 'x|"y|z"\n'},
            [{"a": "x", "b": "y|z"}],
            id="CSV with headers and a delimiter",
        ),
        pytest.param(reading(InputType="JSON", MaxItems=2), {"k": "[1, 2, 3]"}, [1, 2], id="no more than MaxItems"),
        pytest.param(reading("listObjectsV2"), {"k": LISTING}, LISTING, id="a listing"),
        pytest.param(
            reading("listObjectsV2", InputType="JSON", Transformation="LOAD_AND_FLATTEN"),
            {"k": LISTING, "f1": "[1, 2]", "f2": "[3]"},
            [1, 2, 3],
            id="the content of what is listed",
        ),
        pytest.param(
            reading(InputType="MANIFEST"),
            {"k": INVENTORY, "f1": '"b","x","1"\n', "f2": '"b","y","2"\n'},
            [{"Bucket": "b", "Key": "x", "Size": "1"}, {"Bucket": "b", "Key": "y", "Size": "2"}],
            id="an S3 Inventory",
        ),
        pytest.param(
            reading(InputType="JSONL", ManifestType="ATHENA_DATA"),
            {"k": "s3://b/f1\ns3://b/f2\n", "f1": "1\n2\n", "f2": "3\n"},
            [1, 2, 3],
            id="a manifest of Athena",
        ),
    ],
)
def test_items_are_read_from_s3(reader: dict[str, Any], objects: dict[str, Any], items: list[Any]) -> None:
    """Each kind of content gives its items; the state knows their number only once it has read them."""
    ended = run(distributed(**reader), {}, failing(), dict(objects))

    assert output(ended) == items
    assert ended.history()[2]["mapStateStartedEventDetails"] == {"length": 0}


@pytest.mark.parametrize(
    ("config", "content", "cause"),
    [
        pytest.param({"InputType": "JSON"}, "{", "The content of the file is not JSON", id="broken JSON"),
        pytest.param({"InputType": "JSON"}, "7", "Attempting to map over non-iterable node.", id="no array"),
        pytest.param({"InputType": "JSON", "ItemsPointer": "/x"}, "{}", "ItemsPointer /x points to nothing", id="path"),
        pytest.param({"InputType": "JSONL"}, "1\n{\n", "The content of line 2 is not JSON", id="broken line"),
        pytest.param(
            {"InputType": "CSV", **FIRST_ROW}, "a,a\n", "CSV headers cannot contain duplicates.", id="equal headers"
        ),
        pytest.param({"InputType": "PARQUET"}, "", "InputType PARQUET cannot be read here.", id="Parquet"),
        pytest.param({"InputType": "MANIFEST"}, "{}", "The manifest is not one of an S3 Inventory", id="no inventory"),
        pytest.param({"ManifestType": "ATHENA_DATA"}, "f1", "The manifest names f1, which is no object", id="no uri"),
    ],
)
def test_what_cannot_be_read_fails_the_run(config: dict[str, Any], content: str, cause: str) -> None:
    """The Map Run fails with States.ItemReaderFailed and says what is wrong with the content."""
    ended = run(distributed(**reading(**config)), {}, failing(), {"k": content})

    assert ended.error == "States.ItemReaderFailed"
    assert (ended.cause or "").startswith(cause)


def test_an_object_that_is_not_there_fails_the_run() -> None:
    """What S3 says is the cause."""
    ended = run(distributed(**reading()), {}, failing())

    assert (ended.error, ended.cause) == ("States.ItemReaderFailed", "no such key")


def test_the_members_of_an_object_are_items_with_keys() -> None:
    """ItemSelector may read the key, in both query languages."""
    selector = {"k.$": "$$.Map.Item.Key", "v.$": "$$.Map.Item.Value", "n.$": "$$.Map.Item.Index"}
    ended = run(distributed(ItemSelector=selector, **reading()), {}, failing(), {"k": '{"a": 1, "b": 2}'})

    assert output(ended) == [{"k": "a", "v": 1, "n": 0}, {"k": "b", "v": 2, "n": 1}]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"ItemsPath": "$.items"}, id="ItemsPath"),
        pytest.param({"InputPath": "$.items"}, id="the input itself"),
        pytest.param({"QueryLanguage": "JSONata", "Items": "{% $states.input.items %}"}, id="Items"),
    ],
)
def test_a_child_is_given_a_member_as_a_pair(fields: dict[str, Any]) -> None:
    """Without ItemSelector each pair of an object is the input, whichever field finds the object."""
    ended = run(distributed(states={"P": DONE}, **fields), {"items": {"a": 1, "b": None}}, failing())

    assert output(ended) == [{"Key": "a", "Value": 1}, {"Key": "b", "Value": None}]


def test_jsonata_gives_every_number_and_argument() -> None:
    """Items, arguments and limits may be expressions."""
    fields: dict[str, Any] = {
        "QueryLanguage": "JSONata",
        "Items": "{% $states.input.items %}",
        "ItemSelector": {"x": "{% $states.context.Map.Item.Value * 10 %}"},
        "MaxConcurrency": "{% 1 + 1 %}",
        "ToleratedFailurePercentage": "{% 50 %}",
        "ItemBatcher": {"MaxItemsPerBatch": "{% 2 %}", "BatchInput": {"of": "{% $count($states.input.items) %}"}},
    }
    ended = run(distributed(states={"P": DONE}, **fields), {"items": [1, 2, 3]}, failing())

    assert output(ended) == [
        {"BatchInput": {"of": 3}, "Items": [{"x": 10}, {"x": 20}]},
        {"BatchInput": {"of": 3}, "Items": [{"x": 30}]},
    ]


# ---------------------------------------------------------------------- batches


@given(
    st.lists(st.text(max_size=20) | st.integers(), max_size=30),
    st.none() | st.integers(1, 5),
    st.none() | st.integers(60, 200),
)
def test_batches_hold_every_item_once(items: list[Any], most: int | None, room: int | None) -> None:
    """In order, none empty, none too long; one larger than the room only where a single item is."""
    batches: list[Any] = [*Batches(most, room, {"a": 1}).deal(items)]

    assert [item for batch, _ in batches for item in batch["Items"]] == items
    for batch, number in batches:
        size = len(json.dumps(batch, ensure_ascii=False, separators=(",", ":")).encode())
        assert number == len(batch["Items"]) > 0
        assert most is None or number <= most
        assert room is None or number == 1 or size <= room


def test_a_failed_batch_counts_all_its_items() -> None:
    """The threshold is about items, not about children."""
    batched = distributed(ItemBatcher={"MaxItemsPerBatch": 2}, ToleratedFailureCount=1)
    ended = run(batched, ITEMS, lambda batch: ValueError("bad") if 1 in batch["Items"] else batch)

    assert ended.error == "States.ExceedToleratedFailureThreshold"


# ---------------------------------------------------------------------- results


def writing(**config: object) -> dict[str, Any]:
    writer = {"Resource": S3 + "putObject", "Parameters": {"Bucket": "b", "Prefix": "out"}}
    return {"ResultWriter": writer | ({"WriterConfig": config} if config else {})}


@pytest.mark.parametrize(
    ("config", "suffix", "content"),
    [
        pytest.param({"Transformation": "COMPACT"}, "json", "[[1],[2]]", id="compact"),
        pytest.param({"Transformation": "FLATTEN"}, "json", "[1,2]", id="flat"),
        pytest.param({"Transformation": "FLATTEN", "OutputType": "JSONL"}, "jsonl", "1\n2", id="lines"),
    ],
)
def test_results_are_written_to_s3(config: dict[str, Any], suffix: str, content: str) -> None:
    """One file for each way to end and a manifest, below the prefix and the run's id."""
    objects: dict[str, Any] = {}
    ended = run(distributed(**writing(**config)), [1, 2], lambda item: [item], objects)
    told = output(ended)

    folder = f"out/{map_run(ended).id}"
    assert told["ResultWriterDetails"] == {"Bucket": "b", "Key": f"{folder}/manifest.json"}
    assert objects[f"{folder}/SUCCEEDED_0.{suffix}"] == content
    manifest = json.loads(objects[f"{folder}/manifest.json"])
    assert manifest["MapRunArn"] == told["MapRunArn"] == map_run(ended).arn
    assert manifest["ResultFiles"]["FAILED"] == manifest["ResultFiles"]["PENDING"] == []


def test_a_run_that_fails_writes_its_results_first() -> None:
    """What failed and what never began stand in files of their own."""
    objects: dict[str, Any] = {}
    ended = run(distributed(MaxConcurrency=1, **writing()), [1, 2, 3], failing(2), objects)

    assert ended.error == "States.ExceedToleratedFailureThreshold"
    files = {key.rpartition("/")[2]: json.loads(body) for key, body in objects.items()}
    assert {name: len(files[name]) for name in ("SUCCEEDED_0.json", "FAILED_0.json", "PENDING_0.json")} == {
        "SUCCEEDED_0.json": 1,
        "FAILED_0.json": 1,
        "PENDING_0.json": 1,
    }
    assert files["FAILED_0.json"][0]["Status"] == "FAILED"


def test_results_that_cannot_be_written_fail_the_run() -> None:
    """With States.ResultWriterFailed and S3's own words."""

    class Full(dict[str, Any]):
        def setdefault(self, key: str, default: Any = None) -> Any:
            return PermissionError("denied")

    ended = run(distributed(**writing()), [1], failing(), Full())

    assert (ended.error, ended.cause) == ("States.ResultWriterFailed", "denied")


def test_read_items_names_what_it_refuses() -> None:
    """An InputType that nobody reads is an error of the reader."""
    assert read_items({"InputType": "JSON"}, "[1]") == [Item(1)]
    with pytest.raises(Failure, match="PARQUET"):
        read_items({"InputType": "PARQUET"}, "")
