"""The one table: locks, runs, audit, and what runbooks remember, as rows of a kind (`pk`) and a name (`sk`).

In production it is DynamoDB's; in tests and played runs it is in memory, and keeps the same promises.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from decimal import Decimal
from threading import Lock
from typing import Any, Protocol

from handrail.aws import client
from handrail.errors import HandrailError

Item = Mapping[str, Any]
"""A row: JSON values, with its key in `pk` and `sk`."""
Row = dict[str, Any]

DEFINITION: Mapping[str, Any] = {
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "AttributeDefinitions": [
        {"AttributeName": "pk", "AttributeType": "S"},
        {"AttributeName": "sk", "AttributeType": "S"},
    ],
    "BillingMode": "PAY_PER_REQUEST",
}
"""What CreateTable is given besides the name."""

BATCH = 25
"""Rows that BatchWriteItem takes at once."""

TTL_ATTRIBUTE = "expires"
"""Seconds since the epoch, after which DynamoDB drops a row in its own time: look at it before you trust a row."""


class Taken(Exception):
    """A row could not be claimed, because somebody has it; `item` is what is there."""

    def __init__(self, item: Row) -> None:
        super().__init__(f"{item.get('pk')} is taken")
        self.item = item


class Table(Protocol):
    """Rows by their key. Every read sees all writes that were answered before."""

    def get(self, pk: str, sk: str) -> Row | None:
        """One row."""
        ...

    def query(self, pk: str, *, prefix: str = "", newest_first: bool = False, most: int | None = None) -> list[Row]:
        """The rows of a kind whose name begins so, by name."""
        ...

    def put(self, item: Item) -> None:
        """Write a row, whatever was there."""
        ...

    def put_all(self, items: Iterable[Item]) -> None:
        """Write many rows, each whatever was there, in no order; of two with one key the later one."""
        ...

    def claim(self, item: Item, *, at: float | None = None) -> None:
        """Write a row unless somebody has it; raises Taken.

        Nobody has it where there is none, where its `owner` is the item's own, or where it expired by `at`.
        """
        ...

    def delete(self, pk: str, sk: str, **only: str) -> bool:
        """Remove a row, or only one that says so (`owner="x"`); whether there was one to remove."""
        ...


_chosen: ContextVar[Table | None] = ContextVar("table", default=None)


def table() -> Table:
    """The table that HANDRAIL_TABLE names, or the one that a test has put in its place."""
    chosen = _chosen.get()
    if chosen is not None:
        return chosen
    name = os.environ.get("HANDRAIL_TABLE")
    if not name:
        raise HandrailError(
            "HANDRAIL_TABLE is not set, so nothing can be remembered. Set it to the name of the DynamoDB table."
        )
    return DynamoTable(name)


@contextmanager
def using(chosen: Table) -> Iterator[None]:
    """Put another table in the place of DynamoDB's, for tests and played runs."""
    token = _chosen.set(chosen)
    try:
        yield
    finally:
        _chosen.reset(token)


class DynamoTable:
    """The table in DynamoDB."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get(self, pk: str, sk: str) -> Row | None:
        answer = self._client.get_item(TableName=self.name, Key=_key(pk, sk), ConsistentRead=True)
        return _row(answer["Item"]) if "Item" in answer else None

    def query(self, pk: str, *, prefix: str = "", newest_first: bool = False, most: int | None = None) -> list[Row]:
        asked: dict[str, Any] = {
            "TableName": self.name,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)" if prefix else "pk = :pk",
            "ExpressionAttributeValues": {":pk": {"S": pk}} | ({":prefix": {"S": prefix}} if prefix else {}),
            "ConsistentRead": True,
            "ScanIndexForward": not newest_first,
        }
        pages = self._client.get_paginator("query").paginate(**asked, PaginationConfig={"MaxItems": most})
        return [_row(item) for page in pages for item in page["Items"]]

    def put(self, item: Item) -> None:
        self._client.put_item(TableName=self.name, Item=_item(item))

    def put_all(self, items: Iterable[Item]) -> None:
        latest = {(item["pk"], item["sk"]): {"PutRequest": {"Item": _item(item)}} for item in items}
        left = [*latest.values()]
        while left:
            some, left = left[:BATCH], left[BATCH:]
            answer = self._client.batch_write_item(RequestItems={self.name: some})
            # What DynamoDB had no room for just now.
            left += answer.get("UnprocessedItems", {}).get(self.name, [])

    def claim(self, item: Item, *, at: float | None = None) -> None:
        free, values = ["attribute_not_exists(pk)"], {}
        if "owner" in item:
            free.append("#owner = :owner")
            values[":owner"] = item["owner"]
        if at is not None:
            free.append("#expires <= :at")
            values[":at"] = at
        names = {name: name.replace("#", "") for name in ("#owner", "#expires") if any(name in part for part in free)}
        asked: dict[str, Any] = {"TableName": self.name, "Item": _item(item), "ConditionExpression": " OR ".join(free)}
        if names:
            asked |= {"ExpressionAttributeNames": names, "ExpressionAttributeValues": _item(values)}
        try:
            self._client.put_item(**asked, ReturnValuesOnConditionCheckFailure="ALL_OLD")
        except self._client.exceptions.ConditionalCheckFailedException as failed:
            found = failed.response.get("Item")
            raise Taken(_row(found) if found else self.get(item["pk"], item["sk"]) or {}) from None

    def delete(self, pk: str, sk: str, **only: str) -> bool:
        asked: dict[str, Any] = {"TableName": self.name, "Key": _key(pk, sk), "ReturnValues": "ALL_OLD"}
        if only:
            asked |= {
                "ConditionExpression": " AND ".join(f"#{name} = :{name}" for name in only),
                "ExpressionAttributeNames": {f"#{name}": name for name in only},
                "ExpressionAttributeValues": {f":{name}": {"S": value} for name, value in only.items()},
            }
        try:
            return "Attributes" in self._client.delete_item(**asked)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False

    @property
    def _client(self) -> Any:
        return client("dynamodb")


class MemoryTable:
    """The same promises in memory; any thread may use it."""

    def __init__(self) -> None:
        self._rows: dict[tuple[str, str], Row] = {}
        self._lock = Lock()

    def get(self, pk: str, sk: str) -> Row | None:
        with self._lock:
            return deepcopy(self._rows.get((pk, sk)))

    def query(self, pk: str, *, prefix: str = "", newest_first: bool = False, most: int | None = None) -> list[Row]:
        with self._lock:
            keys = sorted(key for key in self._rows if key[0] == pk and key[1].startswith(prefix))
            ordered = keys[::-1] if newest_first else keys
            return [deepcopy(self._rows[key]) for key in ordered[:most]]

    def put(self, item: Item) -> None:
        with self._lock:
            self._rows[item["pk"], item["sk"]] = deepcopy(dict(item))

    def put_all(self, items: Iterable[Item]) -> None:
        for item in items:
            self.put(item)

    def claim(self, item: Item, *, at: float | None = None) -> None:
        with self._lock:
            found = self._rows.get((item["pk"], item["sk"]))
            if found is not None and not _free(found, item, at):
                raise Taken(deepcopy(found))
            self._rows[item["pk"], item["sk"]] = deepcopy(dict(item))

    def delete(self, pk: str, sk: str, **only: str) -> bool:
        with self._lock:
            found = self._rows.get((pk, sk))
            if found is None or any(found.get(name) != value for name, value in only.items()):
                return False
            del self._rows[pk, sk]
            return True


def _free(found: Row, item: Item, at: float | None) -> bool:
    own = "owner" in item and found.get("owner") == item["owner"]
    return own or (at is not None and TTL_ATTRIBUTE in found and found[TTL_ATTRIBUTE] <= at)


def _key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def _item(values: Item) -> dict[str, Any]:
    """A row as DynamoDB takes it, which has no floats."""
    from boto3.dynamodb.types import TypeSerializer

    write = TypeSerializer().serialize
    return {name: write(_decimal(value)) for name, value in values.items()}


def _row(item: Mapping[str, Any]) -> Row:
    from boto3.dynamodb.types import TypeDeserializer

    read = TypeDeserializer().deserialize
    return {name: _number(read(value)) for name, value in item.items()}


def _decimal(value: Any) -> Any:
    match value:
        case float():
            return Decimal(repr(value))
        case list() | tuple():
            return [_decimal(each) for each in value]
        case Mapping():
            return {name: _decimal(each) for name, each in value.items()}
        case _:
            return value


def _number(value: Any) -> Any:
    match value:
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case list():
            return [_number(each) for each in value]
        case dict():
            return {name: _number(each) for name, each in value.items()}
        case _:
            return value
