"""Parameters and secrets: how a reference is read, and what is said where there is nothing behind it."""

import json
from collections.abc import Iterator

import pytest

from handrail.local.aws import Aws
from handrail.local.builds.failure import PhaseError
from handrail.local.builds.secrets import AwsVault, SecretReference, read_reference

ARN = "arn:aws:secretsmanager:us-east-1:123456789012:secret:db-AbCdEf"


@pytest.mark.parametrize(
    ("text", "read"),
    [
        pytest.param("db", SecretReference("db"), id="a name"),
        pytest.param("db:password", SecretReference("db", "password"), id="a member"),
        pytest.param("db:password:AWSPREVIOUS", SecretReference("db", "password", "AWSPREVIOUS"), id="a stage"),
        pytest.param("db:::v1", SecretReference("db", "", "", "v1"), id="a version"),
        pytest.param(ARN, SecretReference(ARN), id="an ARN"),
        pytest.param(f"{ARN}:password", SecretReference(ARN, "password"), id="a member behind an ARN"),
    ],
)
def test_reads_references(text: str, read: SecretReference) -> None:
    """The parts of a reference are those of env/secrets-manager."""
    assert read_reference(text) == read


@pytest.mark.parametrize("text", ["", ":password", "a:b:c:d:e"])
def test_refuses_what_is_no_reference(text: str) -> None:
    """A reference that cannot be one says how one is written."""
    with pytest.raises(PhaseError, match="secret-id:json-key:version-stage:version-id"):
        read_reference(text)


@pytest.fixture(scope="module")
def aws() -> Iterator[Aws]:
    """A parameter, a plain secret and one with members, in moto."""
    aws = Aws.start()
    aws.client("ssm").put_parameter(Name="/drift/token", Value="t0ken", Type="SecureString")
    secrets = aws.client("secretsmanager")
    secrets.create_secret(Name="plain", SecretString="s3cret")
    secrets.create_secret(Name="db", SecretString=json.dumps({"password": "old", "port": 5432}))
    secrets.put_secret_value(SecretId="db", SecretString=json.dumps({"password": "new", "port": 5432}))
    yield aws
    aws.close()


@pytest.fixture
def vault(aws: Aws) -> AwsVault:
    return AwsVault(aws.environment)


def test_reads_parameters_and_secrets(vault: AwsVault) -> None:
    """The value comes from Systems Manager and Secrets Manager, at the version that is named."""
    assert vault.parameter("/drift/token") == "t0ken"
    assert vault.secret("plain") == "s3cret"
    assert vault.secret("db:password") == "new"
    assert vault.secret("db:password:AWSPREVIOUS") == "old"
    assert vault.secret("db:port") == "5432"


def test_tells_what_is_missing_without_telling_values(vault: AwsVault) -> None:
    """What cannot be read fails with CodeBuild's status code; no value is in the message."""
    with pytest.raises(PhaseError, match="Decrypted Variables Error: parameter does not exist: /nowhere"):
        vault.parameter("/nowhere")
    with pytest.raises(PhaseError, match="Secrets Manager Error: ResourceNotFoundException"):
        vault.secret("nothing")
    with pytest.raises(PhaseError, match='has no member "user"') as raised:
        vault.secret("db:user")
    assert "new" not in raised.value.message
    with pytest.raises(PhaseError, match='has no member "a"'):
        vault.secret("plain:a")


def test_never_asks_the_real_aws() -> None:
    """Without an endpoint nothing is asked at all."""
    with pytest.raises(PhaseError, match="AWS_ENDPOINT_URL is not set"):
        AwsVault({"AWS_REGION": "us-east-1"}).secret("plain")
