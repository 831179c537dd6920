"""The items of a Distributed Map: read from what S3 gave, cut to MaxItems, put into batches.

Sources: "ItemReader (Map)", "ItemsPath (Map)", "ItemBatcher (Map)" and "Items (JSONata)" in the Developer Guide; what a
child is given of an object's member was seen on AWS (github.com/floci-io/floci, pull request 1588).
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from handrail.asl.model import Json
from handrail.engine.failure import Failure
from handrail.engine.values import MOST_BYTES, parsed_input, text_of

MOST_ITEMS = 100_000_000
"""Items that a Distributed Map takes at most, whatever MaxItems says."""

READER_FAILED = "States.ItemReaderFailed"

DELIMITERS = {"COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "SPACE": " ", "TAB": "\t"}


class Item(NamedTuple):
    """One item; `key` is its name where the items are the members of an object."""

    value: Json
    key: str | None = None


def read_items(config: Mapping[str, Json], content: Json) -> list[Item]:
    """The items in what a reader's action answered: the text of an object, or the entries of a listing.

    Raises Failure (States.ItemReaderFailed) for content that is not of its InputType.
    """
    if isinstance(content, list):
        return [Item(entry) for entry in content]
    text = content if isinstance(content, str) else text_of(content)
    kind = str(config.get("InputType", "JSON"))
    if kind == "CSV":
        return [Item(row) for row in rows(text, config)]
    if kind == "JSONL":
        return [
            Item(parsed(line, f"line {number}")) for number, line in enumerate(text.splitlines(), 1) if line.strip()
        ]
    if kind == "JSON":
        return members(pointed(parsed(text, "the file"), config.get("ItemsPointer")))
    raise Failure(READER_FAILED, f"InputType {kind} cannot be read here.")


def parsed(text: str, place: str) -> Json:
    try:
        return parsed_input(text)
    except ValueError as error:
        raise Failure(READER_FAILED, f"The content of {place} is not JSON: {error}.") from None


def pointed(value: Json, pointer: Json) -> Json:
    """The part of a document that ItemsPointer (a JSON Pointer, RFC 6901) names."""
    for part in str(pointer or "").split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, dict) and name in value:
            value = value[name]
        elif isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        else:
            raise Failure(READER_FAILED, f"ItemsPointer {pointer} points to nothing in the file.")
    return value


def members(value: Json) -> list[Item]:
    """The elements of an array, or the members of an object."""
    if isinstance(value, list):
        return [Item(each) for each in value]
    if isinstance(value, dict):
        return [Item(each, name) for name, each in value.items()]
    raise Failure(READER_FAILED, "Attempting to map over non-iterable node.")


def rows(text: str, config: Mapping[str, Json]) -> Iterator[Json]:
    """Each row of a CSV file as an object by its headers: what it lacks is empty, what it has too much is dropped."""
    import csv  # few machines read a file

    lines = csv.reader(text.splitlines(), delimiter=DELIMITERS[str(config.get("CSVDelimiter", "COMMA"))])
    given = config.get("CSVHeaders")
    headers: Sequence[str] = [str(name) for name in given] if isinstance(given, list) else next(lines, [])
    if len(set(headers)) < len(headers):
        raise Failure(READER_FAILED, "CSV headers cannot contain duplicates.")
    for row in lines:
        if row:
            filled = [*row, *[""] * (len(headers) - len(row))]
            yield dict(zip(headers, filled, strict=False))


def at_most(items: Sequence[Item], most: int | None) -> Sequence[Item]:
    """The first items; 0 and None mean all of them."""
    return items[:most] if most else items


class Batches(NamedTuple):
    """ItemBatcher, evaluated: how many items, how many bytes, and what each batch is given besides."""

    most: int | None
    room: int | None
    given: Json = None

    def deal(self, inputs: Sequence[Json]) -> Iterator[tuple[Json, int]]:
        """The input of each child execution, with the number of its items."""
        batch: list[Json] = []
        size = empty = len(self.written([]))
        for value in inputs:
            more = len(text_of(value).encode(errors="surrogatepass")) + 1
            if batch and (len(batch) == self.most or size + more > (self.room or MOST_BYTES)):
                yield self.input(batch), len(batch)
                batch, size = [], empty
            batch.append(value)
            size += more
        if batch:
            yield self.input(batch), len(batch)

    def input(self, batch: list[Json]) -> Json:
        return {"Items": batch} if self.given is None else {"BatchInput": self.given, "Items": batch}

    def written(self, batch: list[Json]) -> bytes:
        return json.dumps(self.input(batch), ensure_ascii=False, separators=(",", ":")).encode(errors="surrogatepass")
