"""Whatever botocore can ask of Step Functions is answered."""

from handrail.local.api import OPERATIONS
from handrail.local.api.wire import model


def test_every_operation_of_the_model_is_there() -> None:
    """Those of botocore's service model, and no other."""
    assert set(OPERATIONS) == set(model().operation_names)
