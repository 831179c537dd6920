"""Which events a pattern matches: the table of "Comparison operators" in the EventBridge User Guide, row by row."""

from typing import Any

import pytest

from handrail.local.eventbridge.patterns import matches

EVENT = {
    "source": "aws.states",
    "detail-type": "Step Functions Execution Status Change",
    "resources": ["arn:one", "arn:two"],
    "detail": {
        "status": "FAILED",
        "count": 3,
        "price": 1.5,
        "ready": True,
        "none": None,
        "address": "10.0.0.24",
        "path": "dir/a*b/file.png",
        "items": [{"id": "a", "left": 1}, {"id": "b", "left": 0}],
    },
}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        pytest.param({"source": ["aws.states"]}, True, id="one value"),
        pytest.param({"source": ["aws.s3", "aws.states"]}, True, id="one of several"),
        pytest.param({"source": ["aws.s3"]}, False, id="another value"),
        pytest.param({"source": ["aws.states"], "detail": {"status": ["ABORTED"]}}, False, id="all members count"),
        pytest.param({"detail": {"status": ["FAILED", "TIMED_OUT"]}}, True, id="nested"),
        pytest.param({"resources": ["arn:two"]}, True, id="in an array"),
        pytest.param({"detail": {"items": {"id": ["b"]}}}, True, id="objects in an array"),
        pytest.param({"detail": {"missing": ["x"]}}, False, id="no such member"),
        pytest.param({"detail": {"none": [None]}}, True, id="null"),
        pytest.param({"detail": {"ready": [1]}}, False, id="true is no 1"),
        pytest.param({"detail": {"count": [3.0]}}, True, id="numbers are numbers"),
        pytest.param({"detail": {"status": [{"prefix": "FA"}]}}, True, id="prefix"),
        pytest.param({"detail": {"status": [{"prefix": {"equals-ignore-case": "fa"}}]}}, True, id="prefix, any case"),
        pytest.param({"detail": {"path": [{"suffix": ".png"}]}}, True, id="suffix"),
        pytest.param({"detail": {"path": [{"suffix": {"equals-ignore-case": ".PNG"}}]}}, True, id="suffix, any case"),
        pytest.param({"detail": {"status": [{"equals-ignore-case": "failed"}]}}, True, id="any case"),
        pytest.param({"detail": {"status": [{"anything-but": "FAILED"}]}}, False, id="anything but it"),
        pytest.param(
            {"detail": {"status": [{"anything-but": ["ABORTED", "RUNNING"]}]}}, True, id="anything but others"
        ),
        pytest.param({"detail": {"status": [{"anything-but": {"prefix": "FA"}}]}}, False, id="anything but a prefix"),
        pytest.param(
            {"detail": {"path": [{"anything-but": {"wildcard": ["*.txt", "*.jpg"]}}]}},
            True,
            id="anything but wildcards",
        ),
        pytest.param({"detail": {"missing": [{"anything-but": "x"}]}}, False, id="anything but, and nothing there"),
        pytest.param({"detail": {"count": [{"numeric": [">", 0, "<=", 3]}]}}, True, id="within"),
        pytest.param({"detail": {"price": [{"numeric": ["=", 1.5]}]}}, True, id="number equals"),
        pytest.param({"detail": {"count": [{"numeric": [">", 3]}]}}, False, id="not greater"),
        pytest.param({"detail": {"status": [{"numeric": [">", 3]}]}}, False, id="no number"),
        pytest.param({"detail": {"address": [{"cidr": "10.0.0.0/24"}]}}, True, id="in a network"),
        pytest.param({"detail": {"address": [{"cidr": "10.1.0.0/24"}]}}, False, id="outside a network"),
        pytest.param({"detail": {"status": [{"cidr": "10.1.0.0/24"}]}}, False, id="no address"),
        pytest.param({"detail": {"status": [{"exists": True}]}}, True, id="exists"),
        pytest.param({"detail": {"status": [{"exists": False}]}}, False, id="exists, and must not"),
        pytest.param({"detail": {"missing": [{"exists": False}]}}, True, id="does not exist"),
        pytest.param({"gone": {"missing": [{"exists": False}]}}, True, id="nor what it would be in"),
        pytest.param({"detail": {"path": [{"wildcard": "dir/*/file.*"}]}}, True, id="wildcards"),
        pytest.param({"detail": {"path": [{"wildcard": "dir/a\\*b/*"}]}}, True, id="a star itself"),
        pytest.param({"detail": {"path": [{"wildcard": "file.*"}]}}, False, id="the whole text"),
        pytest.param({"$or": [{"source": ["aws.s3"]}, {"detail": {"count": [3]}}]}, True, id="or"),
        pytest.param({"detail": {"$or": [{"count": [4]}, {"status": ["RUNNING"]}]}}, False, id="or, neither"),
        pytest.param({"detail": {"status": [{"unheard-of": 1}]}}, False, id="an unknown operator"),
        pytest.param({"detail": "FAILED"}, False, id="no list"),
    ],
)
def test_matches_as_eventbridge_does(pattern: dict[str, Any], expected: bool) -> None:
    """An event matches where each place that is named has one of the values that are listed there."""
    assert matches(pattern, EVENT) is expected
