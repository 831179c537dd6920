"""What a request to CodeBuild asks for, checked against botocore's own model, and who asks.

CodeBuild calls everything that its model does not allow an InvalidInputException.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from handrail.local.api.wire import constraints, no_number, typed
from handrail.local.apierror import ApiError
from handrail.local.builds import CodeBuildError
from handrail.local.doors import Asked
from handrail.local.limits import counted
from handrail.local.sts import caller
from handrail.service_models import service_model

Parameters = Mapping[str, Any]
"""By botocore's names of the members, validated against its model."""

EMPTY: Final = "The input build ID list cannot be empty."


def parameters(asked: Asked) -> Parameters:
    """What is asked for; members that the model lacks are left out, as AWS does. Raises CodeBuildError, ApiError."""
    shape: Any = service_model("codebuild").operation_model(asked.action).input_shape
    given = read(asked, shape)
    if given.get("ids") == []:
        raise CodeBuildError("InvalidInputException", EMPTY, asked.action)
    if told := [*constraints(shape, given, "")]:
        raise CodeBuildError("InvalidInputException", counted(told), asked.action)
    return given


def read(asked: Asked, shape: Any) -> dict[str, Any]:
    """The parameters by the types of the model; raises ApiError SerializationException for what is no such request."""
    try:
        given = json.loads(asked.body or b"{}", parse_constant=no_number)
    except (ValueError, RecursionError):
        raise ApiError("SerializationException", "The body is no JSON, or is nested too deeply.") from None
    return dict(typed(shape, given, asked.action))


def initiator(asked: Asked) -> str:
    """Who starts a build, as CodeBuild names him: a user by his name, a session of a role as `role/session`."""
    arn = caller(asked).arn
    # moto's name for whoever has an access key that it did not make; CloudTrail, too, takes the key for the name.
    if arn.endswith(":user/moto") and asked.access_key:
        return asked.access_key
    return arn.rpartition(":")[2].partition("/")[2] or arn
