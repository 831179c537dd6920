"""The environment of a function's process: what Lambda sets, how this machine's AWS is reached, and the function's own.

Nothing of the person's environment is in it.

Source: "Defined runtime environment variables" in the Lambda Developer Guide.
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from handrail.local.doors import ACCOUNT
from handrail.local.lambdas.deployed import Deployed


class Room(NamedTuple):
    """Where a process finds its code and its layers, and a folder for what it writes."""

    task: Path
    layers: Path
    own: Path


def environment(
    function: Deployed, room: Room, aws: Mapping[str, str], runtime_api: str, stream: str
) -> dict[str, str]:
    """All variables; the function's own give way to Lambda's, which Lambda keeps for itself."""
    return {
        **aws,
        **function.variables,
        **reached(function, aws),
        **machine(room),
        "_HANDLER": function.handler,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "LAMBDA_TASK_ROOT": str(room.task),
    }


def reached(function: Deployed, aws: Mapping[str, str]) -> dict[str, str]:
    """This machine's AWS, in the function's account and region."""
    keys = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    known = {name: aws[name] for name in keys if name in aws}
    # An access key that is an account's number acts in it.
    account = {} if function.account == ACCOUNT else {"AWS_ACCESS_KEY_ID": function.account}
    return {**known, **account, "AWS_REGION": function.region, "AWS_DEFAULT_REGION": function.region}


def machine(room: Room) -> dict[str, str]:
    """Python, and folders; a layer's modules lie in `python`, as Lambda wants them."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    layers = [room.layers / "python", room.layers / "python/lib" / version / "site-packages"]
    return {
        "HOME": str(room.own),
        "LANG": "C.UTF-8",
        "PATH": os.pathsep.join([str(room.layers / "bin"), str(Path(sys.executable).parent), "/usr/bin", "/bin"]),
        "PYTHONNOUSERSITE": "1",
        "PYTHONPATH": os.pathsep.join(map(str, layers)),
        "TMPDIR": str(room.own),
        "TZ": ":UTC",
    }
