"""The key that data is to be encrypted with is AWS's own, or one that is named."""

from collections.abc import Mapping
from typing import Any

import pytest

from handrail.local.api.encryption import encryption_of
from handrail.local.apierror import ApiError

OWN = "CUSTOMER_MANAGED_KMS_KEY"


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({}, {"type": "AWS_OWNED_KEY"}, id="nothing"),
        pytest.param(
            {"encryptionConfiguration": {"type": "AWS_OWNED_KEY"}}, {"type": "AWS_OWNED_KEY"}, id="the key of AWS"
        ),
        pytest.param(
            {"encryptionConfiguration": {"type": OWN, "kmsKeyId": "alias/a"}},
            {"type": OWN, "kmsKeyId": "alias/a"},
            id="an own key",
        ),
    ],
)
def test_a_configuration_is_taken_as_it_is(given: Mapping[str, Any], told: Mapping[str, Any]) -> None:
    """AWS's own key is the default."""
    assert encryption_of(given) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        pytest.param({"type": OWN}, "kmsKeyId is required", id="no key"),
        pytest.param({"type": "AWS_OWNED_KEY", "kmsKeyId": "a"}, "kmsKeyId can only", id="a key too many"),
        pytest.param(
            {"type": "AWS_OWNED_KEY", "kmsKeyId": "a", "kmsDataKeyReusePeriodSeconds": 60},
            "kmsDataKeyReusePeriodSeconds and kmsKeyId can only",
            id="a key and a period too many",
        ),
    ],
)
def test_a_configuration_has_what_its_type_needs(given: Mapping[str, Any], told: str) -> None:
    """And no more; the refusal names the member."""
    with pytest.raises(ApiError, match=f"^Invalid Encryption Configuration: {told}") as refused:
        encryption_of({"encryptionConfiguration": given})
    assert refused.value.code == "InvalidEncryptionConfiguration"
