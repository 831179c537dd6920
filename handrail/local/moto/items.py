"""The items of DynamoDB's tables as moto has them, read and put back without a request for each."""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any

from handrail.local.moto.journal import Change, Items


def items(now: float) -> list[Items]:
    """The items of every table that has any; one whose time to live is over has gone."""
    from moto.dynamodb.models import dynamodb_backends

    return [
        Items(account, region, name, json.dumps(found, default=_binary).encode())
        for account, backends in list(dynamodb_backends.items())
        for region, backend in list(backends.items())
        for name, table in list(backend.tables.items())
        if (found := _lasting(table, now))
    ]


def restore(change: Change) -> None:
    """Put the items of a snapshot back into their table; raises what moto does where it has none."""
    from moto.dynamodb.models import dynamodb_backends

    region, name = json.loads(change.environ)
    table = dynamodb_backends[change.account][region].tables[name]
    for item in json.loads(change.body, object_hook=_bytes):
        table.put_item(item)


# moto holds binary values as bytes. No value of DynamoDB's is written as `{"base64": "text"}`.


def _binary(value: bytes) -> dict[str, str]:
    return {"base64": b64encode(value).decode()}


def _bytes(found: dict[str, Any]) -> Any:
    text = found.get("base64")
    return b64decode(text) if isinstance(text, str) else found


def _lasting(table: Any, now: float) -> list[Any]:
    found = [item.to_json()["Attributes"] for item in table.all_items()]
    lives = table.ttl.get("AttributeName") if table.ttl.get("TimeToLiveStatus") == "ENABLED" else None
    return [item for item in found if lives is None or not _over(item.get(lives), now)]


def _over(value: Mapping[str, str] | None, now: float) -> bool:
    """ "Using time to live (TTL) in DynamoDB": seconds since the epoch as a number; anything else stays."""
    try:
        return value is not None and float(value["N"]) < now
    except (KeyError, ValueError):
        return False
