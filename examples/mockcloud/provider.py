"""A Terraform provider whose cloud is one JSON file, so that anybody can make real drift with an editor.

The file is named by MOCKCLOUD_FILE and maps an object's name to what the cloud holds. Besides the attributes an entry
may tell the cloud to misbehave: `delay` (seconds before it answers), `error` (the text with which reading fails),
`stderr` (text that the provider writes to its own stderr). It can only be read: this project plans and never applies.

The drift check keeps only plain words of what a provider says, so a slip in the file is told without marks or quotes.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from tf import types
from tf.iface import CreateContext, DeleteContext, Provider, ReadContext, Resource, UpdateContext
from tf.runner import run_provider
from tf.schema import Attribute, Schema
from tf.utils import Diagnostics

ATTRIBUTES = ("size", "secret", "tags", "etag")
ANEW = "make demo writes it anew"

# The library `tf` has no types, so for a type checker its classes are anything.


class Object(Resource):  # type: ignore[misc]
    """One object of the cloud."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider

    @classmethod
    def get_name(cls) -> str:
        return "object"

    @classmethod
    def get_schema(cls) -> Schema:
        return Schema(
            version=1,
            attributes=[
                Attribute("name", types.String(), required=True, requires_replace=True),
                Attribute("size", types.Number(), optional=True),
                Attribute("secret", types.String(), optional=True, sensitive=True),
                Attribute("tags", types.Map(types.String()), optional=True),
                Attribute("etag", types.String(), computed=True),
            ],
        )

    def read(self, ctx: ReadContext, current: dict[str, Any]) -> dict[str, Any] | None:
        held = self.provider.cloud.get(current["name"])
        if held is None:
            return None
        time.sleep(held.get("delay", 0))
        if "stderr" in held:
            print(held["stderr"], file=sys.stderr, flush=True)
        if "error" in held:
            ctx.diagnostics.add_error(held["error"], f"The cloud said: {held['error']}")
        return {"name": current["name"]} | {name: held.get(name) for name in ATTRIBUTES}

    def create(self, ctx: CreateContext, planned: dict[str, Any]) -> None:
        refuse(ctx.diagnostics)

    def update(self, ctx: UpdateContext, current: dict[str, Any], planned: dict[str, Any]) -> None:
        refuse(ctx.diagnostics)

    def delete(self, ctx: DeleteContext, current: dict[str, Any]) -> None:
        refuse(ctx.diagnostics)


class Mockcloud(Provider):  # type: ignore[misc]
    """The provider `test.local/ops/mockcloud`."""

    def __init__(self) -> None:
        super().__init__()
        self.cloud: dict[str, dict[str, Any]] = {}

    def get_model_prefix(self) -> str:
        return "mockcloud_"

    def full_name(self) -> str:
        return "test.local/ops/mockcloud"

    def get_provider_schema(self, diags: Diagnostics) -> Schema:
        return Schema(attributes=[Attribute("token", types.String(), optional=True, sensitive=True)])

    def validate_config(self, diags: Diagnostics, config: dict[str, Any]) -> None:
        """Any configuration will do."""

    def configure_provider(self, diags: Diagnostics, config: dict[str, Any]) -> None:
        """Look at the cloud once; a slip in its file is told once a root, in plain words."""
        path = Path(os.environ["MOCKCLOUD_FILE"])
        try:
            self.cloud = cloud(path)
        except (OSError, ValueError) as error:
            diags.add_error(slip(path, error), f"{path}: {error}")

    def get_data_sources(self) -> list[Any]:
        return []

    def get_resources(self) -> list[type[Resource]]:
        return [Object]


def cloud(path: Path) -> dict[str, dict[str, Any]]:
    """What the file holds; ValueError where it is no JSON object of objects."""
    held = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(held, dict):
        raise ValueError("it is no JSON object")
    if wrong := [name for name, entry in held.items() if not isinstance(entry, dict)]:
        raise ValueError(f"{json.dumps(wrong[0])} is no JSON object")
    return held


def slip(path: Path, error: Exception) -> str:
    """What is wrong with the file and what to do, in words that every part of the drift check lets through."""
    file = f"The {path.suffix.removeprefix('.').upper()} file called {path.stem}"
    match error:
        case FileNotFoundError():
            return f"{file} is not there: {ANEW}"
        case json.JSONDecodeError():
            where = f"in line {error.lineno} or just before it"
            return f"{file} has a mistake {where}: mend that, or delete the file and {ANEW}"
        case _:
            return f"{file} cannot be read as objects by name: mend it, or delete it and {ANEW}"


def refuse(diagnostics: Diagnostics) -> None:
    diagnostics.add_error("This cloud is read-only", "Edit the file that MOCKCLOUD_FILE names instead.")


if __name__ == "__main__":
    run_provider(Mockcloud())
