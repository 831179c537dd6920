"""What Step Functions says of the HTTP exchange in the answers of its optimized integrations.

Source: "Integrating services" in the Developer Guide; the names and their order are those of recordings from AWS.
"""

from collections.abc import Mapping
from email.utils import formatdate
from typing import Any
from uuid import uuid4

from handrail.asl.model import Json
from handrail.engine.values import text_of

AMAZON_JSON = "application/x-amz-json-1.0"


def with_metadata(answer: Mapping[str, Json], type: str = AMAZON_JSON, told: Mapping[str, Any] | None = None) -> Json:
    """An answer with SdkHttpMetadata and SdkResponseMetadata; `told` is what boto3 says of the exchange."""
    told = told or {}
    request = str(told.get("RequestId") or uuid4())
    sent: Mapping[str, str] = told.get("HTTPHeaders", {})
    headers: dict[str, Json] = {
        "connection": "keep-alive",
        "Content-Length": sent.get("content-length", str(len(text_of(dict(answer)).encode(errors="replace")))),
        "Content-Type": sent.get("content-type", type),
        "Date": sent.get("date", formatdate(usegmt=True)),
        "x-amzn-RequestId": request,
    }
    both: dict[str, Json] = {
        **answer,
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": told.get("HTTPStatusCode", 200),
        },
        "SdkResponseMetadata": {"RequestId": request},
    }
    return dict(sorted(both.items()))
