"""The table: what DynamoDB's and the one in memory both promise."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from handrail.aws import client
from handrail.errors import HandrailError
from handrail.table import DEFINITION, DynamoTable, MemoryTable, Table, Taken, table, using


@pytest.fixture(params=["DynamoDB", "memory"])
def rows(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Table]:
    """Each of the two, empty."""
    if request.param == "memory":
        yield MemoryTable()
        return
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        client.cache_clear()
        boto3.client("dynamodb").create_table(TableName="handrail", **DEFINITION)
        yield DynamoTable("handrail")
    client.cache_clear()


ROW = {
    "pk": "a",
    "sk": "1",
    "text": "日本 & <b>",
    "whole": 3,
    "part": 1.5,
    "no": None,
    "yes": True,
    "list": [1, {"deep": [0.1, "x"]}],
    "empty": "",
}


def test_a_row_comes_back_as_it_was_written(rows: Table) -> None:
    """Numbers keep their kind, nothing is lost inside."""
    rows.put(ROW)

    assert rows.get("a", "1") == ROW
    assert rows.get("a", "2") is None


def test_what_was_read_can_be_changed_without_changing_the_table(rows: Table) -> None:
    """A row is the reader's own."""
    rows.put(ROW)
    found: Any = rows.get("a", "1")
    found["list"].append("more")

    assert rows.get("a", "1") == ROW


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param({}, ["1", "10", "2", "x"], id="all, by name"),
        pytest.param({"prefix": "1"}, ["1", "10"], id="by prefix"),
        pytest.param({"newest_first": True}, ["x", "2", "10", "1"], id="the last first"),
        pytest.param({"newest_first": True, "most": 1}, ["x"], id="the last one"),
        pytest.param({"most": 10}, ["1", "10", "2", "x"], id="no more than there are"),
    ],
)
def test_rows_of_a_kind_are_found_by_name(rows: Table, asked: dict[str, Any], found: list[str]) -> None:
    """Those of another kind never are."""
    for name in ("2", "x", "10", "1"):
        rows.put({"pk": "a", "sk": name})
    rows.put({"pk": "ab", "sk": "1"})

    assert [row["sk"] for row in rows.query("a", **asked)] == found


def test_a_long_list_is_read_to_its_end(rows: Table) -> None:
    """DynamoDB answers with a megabyte at a time."""
    for number in range(30):
        rows.put({"pk": "a", "sk": f"{number:02d}", "text": "x" * 50_000})

    assert len(rows.query("a")) == 30


@pytest.mark.parametrize("number", [0, 1, 25, 26, 60])
def test_many_rows_are_written_together(rows: Table, number: int) -> None:
    """However many; of two with one key the later one counts."""
    rows.put_all({"pk": "a", "sk": f"{n:02d}", "n": n} for n in (*range(number), *range(number)))

    assert [row["n"] for row in rows.query("a")] == [*range(number)]


@pytest.mark.parametrize(
    ("there", "wanted", "at", "taken"),
    [
        pytest.param(None, {"owner": "b"}, 5.0, False, id="nobody has it"),
        pytest.param({"owner": "a"}, {"owner": "b"}, None, True, id="somebody has it"),
        pytest.param({"owner": "a"}, {"owner": "a"}, None, False, id="one's own"),
        pytest.param({"owner": "a", "expires": 9}, {"owner": "b"}, 8.5, True, id="not expired yet"),
        pytest.param({"owner": "a", "expires": 9}, {"owner": "b"}, 9.0, False, id="expired"),
        pytest.param({"owner": "a"}, {"owner": "b"}, 9.0, True, id="never expires"),
        pytest.param({"by": "a"}, {"by": "b"}, None, True, id="without owners"),
    ],
)
def test_a_claim_is_given_to_one(
    rows: Table, there: dict[str, Any] | None, wanted: dict[str, Any], at: float | None, taken: bool
) -> None:
    """Whoever comes too late is told what is there, and has changed nothing."""
    if there is not None:
        rows.put({"pk": "a", "sk": "1", **there})
    before = rows.get("a", "1")

    found = refused(rows, {"pk": "a", "sk": "1", **wanted}, at)

    assert found == (before if taken else None)
    assert rows.get("a", "1") == (before if taken else {"pk": "a", "sk": "1", **wanted})


def refused(rows: Table, item: dict[str, Any], at: float | None) -> dict[str, Any] | None:
    """What was there where the claim was refused."""
    try:
        rows.claim(item, at=at)
    except Taken as taken:
        return taken.item
    return None


@pytest.mark.parametrize(
    ("only", "gone"),
    [
        pytest.param({}, True, id="whatever it says"),
        pytest.param({"owner": "a"}, True, id="one's own"),
        pytest.param({"owner": "b"}, False, id="somebody else's"),
        pytest.param({"owner": "a", "since": "9"}, True, id="as it was read"),
        pytest.param({"owner": "a", "since": "8"}, False, id="as it was before"),
        pytest.param({"by": "a"}, False, id="not said at all"),
    ],
)
def test_a_row_is_removed_where_it_says_so(rows: Table, only: dict[str, str], gone: bool) -> None:
    """Any other stays."""
    rows.put({"pk": "a", "sk": "1", "owner": "a", "since": "9"})

    assert rows.delete("a", "1", **only) == gone
    assert (rows.get("a", "1") is None) == gone
    assert not rows.delete("a", "2", **only)


def test_without_a_name_there_is_no_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rather an error than a memory that nobody has; a test brings its own."""
    monkeypatch.delenv("HANDRAIL_TABLE", raising=False)
    with pytest.raises(HandrailError, match="HANDRAIL_TABLE is not set"):
        table()
    own = MemoryTable()
    with using(own):
        assert table() is own
