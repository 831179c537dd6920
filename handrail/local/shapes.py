"""Between the member names of Step Functions (`BuildStatus`) and those of a service's own API (`buildStatus`).

Step Functions writes every member of a structure with a capital letter, whatever the service does; keys of maps are
data and stay. Which is which, botocore's model of the service says.
"""

import json
from typing import Any

from handrail.asl.model import Json
from handrail.engine.values import text_of


def to_service(value: Any, shape: Any, *, texts: bool = False) -> Any:
    """A parameter as the service's API names it; members unknown to it keep their name, so that it refuses them.

    With `texts`, what is no text where the API wants one becomes JSON text, as the body of a message does.
    """
    if shape is None or value is None:
        return value
    if shape.type_name == "structure" and isinstance(value, dict):
        own = {name.lower(): name for name in shape.members}
        named = {own.get(name.lower(), name): member for name, member in value.items()}
        return {name: to_service(member, shape.members.get(name), texts=texts) for name, member in named.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [to_service(member, shape.member, texts=texts) for member in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {name: to_service(member, shape.value, texts=texts) for name, member in value.items()}
    if shape.type_name == "blob" and not isinstance(value, str):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    if texts and shape.type_name == "string" and not isinstance(value, str):
        return text_of(value)
    return value


def from_service(value: Any, shape: Any) -> Json:
    """An answer of the service as JSON, named as Step Functions shows it."""
    match value:
        case dict() if shape.type_name == "structure":
            return {
                f"{name[:1].upper()}{name[1:]}": from_service(member, shape.members[name])
                for name, member in value.items()
                if name in shape.members
            }
        case dict():
            return {name: from_service(member, shape.value) for name, member in value.items()}
        case list() | tuple():
            return [from_service(member, shape.member) for member in value]
        case None | bool() | int() | float() | str():
            return value
        case bytes():
            return value.decode(errors="replace")
        case _ if hasattr(value, "isoformat"):
            return str(value.isoformat()).replace("+00:00", "Z")
        case _ if hasattr(value, "read"):
            return from_service(value.read(), shape)
        case _:
            return str(value)
