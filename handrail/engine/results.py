"""What a Distributed Map makes of its children's results: the array it gives, or the files that it writes to S3.

Source: "ResultWriter (Map)" in the Developer Guide.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from typing import Any, Protocol

from handrail.asl.model import Json
from handrail.engine.execution import Execution
from handrail.engine.timestamps import written
from handrail.engine.values import parsed_input, text_of


class Ran(Protocol):
    """A child execution and what it was given."""

    execution: Execution
    given: Json


class Ended(Protocol):
    """A Map Run at its end; `exported` are the successes that an earlier end has written, into the files `listed`."""

    arn: str
    id: str
    redrives: int
    listed: list[Json]

    @property
    def children(self) -> Sequence[Ran]: ...

    @property
    def exported(self) -> Container[Ran]: ...

    @property
    def pending(self) -> Iterable[tuple[Json, int]]:
        """The inputs of the children that were never started."""
        ...


def transformed(children: Sequence[Ran], config: Mapping[str, Json], default: str) -> list[Json]:
    """The children's results in the order of the items; of a child that failed always everything is said."""
    how = str(config.get("Transformation", default))
    results: list[Json] = []
    for child in children:
        text = child.execution.output
        if how == "NONE" or text is None:
            results.append(described(child))
            continue
        output = parsed_input(text)
        if how == "FLATTEN" and isinstance(output, list):
            results += output
        else:
            results.append(output)
    return results


def described(child: Ran) -> dict[str, Json]:
    """A child as an exported result tells of it."""
    execution = child.execution
    input: Json = text_of(child.given)
    told: dict[str, Json] = {
        "ExecutionArn": execution.arn,
        "Input": input,
        "InputDetails": {"Included": True},
        "Name": execution.name,
        "RedriveCount": execution.redrives,
        "StartDate": written(execution.started_at),
        "StateMachineArn": execution.machine_arn,
        "Status": execution.status,
    }
    if execution.stopped_at is not None:
        told["StopDate"] = written(execution.stopped_at)
    if execution.output is not None:
        told |= {"Output": execution.output, "OutputDetails": {"Included": True}}
    said: dict[str, Json] = {"Error": execution.error, "Cause": execution.cause}
    return told | {name: text for name, text in said.items() if text is not None}


def manifest(run: Ended, place: Mapping[str, Any], config: Mapping[str, Json]) -> tuple[dict[str, str], list[Json]]:
    """The files of a run by their keys, the manifest last; and the list of all files that hold successes.

    A redrive writes into a folder of its own, and its manifest also names the successes that were written before.
    """
    redrive = f"Redrive-{run.redrives}" if run.redrives else ""
    folder = "/".join(part for part in (str(place.get("Prefix") or "").strip("/"), run.id, redrive) if part)
    lines = config.get("OutputType") == "JSONL"
    files: dict[str, str] = {}
    listed: dict[str, list[Json]] = {}
    for status, results in by_status(run, config).items():
        key = f"{folder}/{status}_0.{'jsonl' if lines else 'json'}"
        earlier = run.listed if status == "SUCCEEDED" else []
        if results or earlier:
            files[key] = "\n".join(map(text_of, results)) if lines else text_of(results)
        size: list[Json] = (
            [{"Key": key, "Size": len(files[key].encode(errors="surrogatepass"))}] if key in files else []
        )
        listed[status] = [*earlier, *size]
    told: Json = {"DestinationBucket": place.get("Bucket"), "MapRunArn": run.arn, "ResultFiles": {**listed}}
    return {**files, f"{folder}/manifest.json": text_of(told)}, listed["SUCCEEDED"]


def by_status(run: Ended, config: Mapping[str, Json]) -> dict[str, list[Json]]:
    """The results by the files they go to; what was never started is pending."""
    succeeded = [child for child in run.children if child.execution.status == "SUCCEEDED" and child not in run.exported]
    failed = [child for child in run.children if child.execution.status != "SUCCEEDED"]
    return {
        "FAILED": transformed(failed, config, "NONE"),
        "PENDING": [{"Input": text_of(given)} for given, _ in run.pending],
        "SUCCEEDED": transformed(succeeded, config, "NONE"),
    }
