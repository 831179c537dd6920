"""The environment in which a program reaches the laptop's AWS, and no other AWS."""

import os
from collections.abc import Callable, Mapping, MutableMapping
from typing import Final

REGION: Final = "us-east-1"
BUCKET: Final = "handrail-results"
TABLE: Final = "handrail"
DRIFT_KEY: Final = "handrail/drift-key"

HOST: Final = "127.0.0.1"

# A proxy of the person's network is not asked for what is on this machine. Some programs read one name, some the other.
DIRECT: Final = f"{HOST},localhost"
NO_PROXY: Final = ("no_proxy", "NO_PROXY")

CLEARED: Final = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_SFN")
"""Variables of a shell that would lead to another AWS, or to none."""


def reaching(endpoint: str, region: str) -> dict[str, str]:
    """What any program needs to reach the AWS at an endpoint here; the credentials are valid nowhere else."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "handrail",
        "AWS_SECRET_ACCESS_KEY": "handrail",
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Else botocore asks `sync-127.0.0.1`, which is no host, for StartSyncExecution and TestState.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }


def environment(endpoint: str, region: str = REGION, bucket: str = BUCKET) -> dict[str, str]:
    """What the project's own functions and builds need besides: nothing of the person's settings, and our names."""
    return {
        **reaching(endpoint, region),
        "AWS_SESSION_TOKEN": "handrail",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "HANDRAIL_RESULTS_BUCKET": bucket,
        "HANDRAIL_TABLE": TABLE,
        "HANDRAIL_DRIFT_KEY_SECRET": DRIFT_KEY,
        **dict.fromkeys(NO_PROXY, DIRECT),
    }


def turn(environ: MutableMapping[str, str], wanted: Mapping[str, str]) -> Callable[[], None]:
    """Turn an environment to the laptop's AWS; gives back what undoes it.

    Every AWS_ variable goes, as an endpoint for one service or a profile would lead to the real AWS.
    """
    before = dict(environ)
    for name in [name for name in environ if name.startswith("AWS_")]:
        del environ[name]
    environ.update(wanted, **dict.fromkeys(NO_PROXY, direct(before)))

    def undo() -> None:
        for name in {*wanted, *(name for name in before if name.startswith("AWS_"))}:
            if name in before:
                environ[name] = before[name]
            else:
                environ.pop(name, None)

    return undo


def direct(environ: Mapping[str, str]) -> str:
    """What is reached without a proxy: this machine, and whatever this environment says already."""
    said = next((environ[name] for name in NO_PROXY if environ.get(name)), "")
    return said if said.strip() == "*" else f"{said},{DIRECT}".strip(",")
