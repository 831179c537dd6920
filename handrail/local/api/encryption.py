"""With which key the data of a state machine or an activity is to be encrypted; nothing here encrypts anything.

Source: EncryptionConfiguration in the API Reference.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from handrail.local.apierror import ApiError
from handrail.local.registry import OWNED_KEY

if TYPE_CHECKING:
    from handrail.local.api import Parameters


def encryption_of(given: "Parameters") -> Mapping[str, Any]:
    """What a request asks for, AWS's own key by default; raises ApiError InvalidEncryptionConfiguration."""
    told = {**OWNED_KEY, **given.get("encryptionConfiguration", {})}
    own = told["type"] == "CUSTOMER_MANAGED_KMS_KEY"
    if own and "kmsKeyId" not in told:
        raise invalid("kmsKeyId is required with the type CUSTOMER_MANAGED_KMS_KEY")
    unused = [] if own else sorted(told.keys() - OWNED_KEY.keys())
    if unused:
        raise invalid(f"{' and '.join(unused)} can only be given with the type CUSTOMER_MANAGED_KMS_KEY")
    return told


def invalid(why: str) -> ApiError:
    return ApiError("InvalidEncryptionConfiguration", f"Invalid Encryption Configuration: {why}.")
