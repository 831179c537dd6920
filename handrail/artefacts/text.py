"""How artefacts are written: the same value, the same bytes."""

import json

from handrail.asl.model import Json


def json_text(value: Json) -> bytes:
    """JSON with the keys in the order that the value has them, readable by people, a newline at the end."""
    return (json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()
