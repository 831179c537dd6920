"""Parameters and secrets that a build names, read from where AWS keeps them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from handrail.local.aws import connect
from handrail.local.builds.failure import PhaseError

# The status codes that CodeBuild gives to a phase which cannot get a parameter or a secret.
PARAMETER_ERROR = "Decrypted Variables Error"
SECRET_ERROR = "Secrets Manager Error"  # noqa: S105 - no password


class Vault(Protocol):
    """Where parameters and secrets are. Both raise PhaseError for one that cannot be read."""

    def parameter(self, name: str) -> str: ...

    def secret(self, reference: str) -> str: ...


@dataclass(frozen=True, slots=True)
class SecretReference:
    """`secret-id:json-key:version-stage:version-id`, the last three optional."""

    id: str
    json_key: str = ""
    version_stage: str = ""
    version_id: str = ""


def read_reference(text: str) -> SecretReference:
    """Read a reference; an ARN has colons of its own (env/secrets-manager in the buildspec reference)."""
    parts = text.split(":")
    own = 7 if text.startswith("arn:") else 1
    name, rest = ":".join(parts[:own]), parts[own:]
    if not name or len(rest) > 3:
        raise PhaseError(
            SECRET_ERROR, f'"{text}" is no reference to a secret: write secret-id:json-key:version-stage:version-id'
        )
    return SecretReference(name, *rest)


class AwsVault:
    """Systems Manager and Secrets Manager at the endpoint that the environment names, never anywhere else."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment

    def parameter(self, name: str) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            answer = self._client("ssm").get_parameters(Names=[name], WithDecryption=True)
        except (BotoCoreError, ClientError) as error:
            raise PhaseError(PARAMETER_ERROR, str(error)) from error
        if not answer["Parameters"]:
            raise PhaseError(PARAMETER_ERROR, f"parameter does not exist: {name}")
        return str(answer["Parameters"][0]["Value"])

    def secret(self, reference: str) -> str:
        from botocore.exceptions import BotoCoreError, ClientError

        wanted = read_reference(reference)
        versions = {"VersionStage": wanted.version_stage, "VersionId": wanted.version_id}
        try:
            answer = self._client("secretsmanager").get_secret_value(
                SecretId=wanted.id, **{name: value for name, value in versions.items() if value}
            )
        except ClientError as error:
            told = error.response.get("Error", {})
            message = f"{told.get('Code')}: {told.get('Message')} ({wanted.id})"
            raise PhaseError(SECRET_ERROR, message) from error
        except BotoCoreError as error:
            raise PhaseError(SECRET_ERROR, str(error)) from error
        return _member(answer["SecretString"], wanted)

    def _client(self, service: str) -> Any:
        if not self._environment.get("AWS_ENDPOINT_URL"):
            raise PhaseError("CLIENT_ERROR", f"AWS_ENDPOINT_URL is not set: only the real AWS could answer {service}")
        return connect(service, self._environment)


def _member(secret: str, wanted: SecretReference) -> str:
    """The whole text, or the member of it that the reference names."""
    if not wanted.json_key:
        return secret
    try:
        members = json.loads(secret)
    except ValueError:
        members = None
    if not isinstance(members, dict) or wanted.json_key not in members:
        raise PhaseError(SECRET_ERROR, f'the secret {wanted.id} has no member "{wanted.json_key}"')
    member = members[wanted.json_key]
    return member if isinstance(member, str) else json.dumps(member)
