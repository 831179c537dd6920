"""A token leads to the next page of the same list, for a day."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest

from handrail.local.api.paging import LIFE, paged, token
from handrail.local.apierror import ApiError

NAMES = [{"name": str(each)} for each in range(250)]


@pytest.mark.parametrize(
    ("most", "sizes"),
    [
        pytest.param({}, [100, 100, 50], id="as many as usual"),
        pytest.param({"maxResults": 0}, [100, 100, 50], id="none, which is as many as usual"),
        pytest.param({"maxResults": 125}, [125, 125], id="two full pages"),
        pytest.param({"maxResults": 1000}, [250], id="all at once"),
    ],
)
def test_pages_have_everything_once(most: dict[str, Any], sizes: list[int]) -> None:
    """In the list's order; the last page has no token."""
    pages, given = [], {"about": "x", **most}
    while True:
        page = paged("names", NAMES, given, 5.0)
        pages.append(page["names"])
        if "nextToken" not in page:
            break
        given["nextToken"] = page["nextToken"]
    assert [len(page) for page in pages] == sizes
    assert [each for page in pages for each in page] == NAMES


REQUEST = ("names", ("about", "x"))


def changed(part: int, value: object) -> str:
    """A token in which somebody has written something else: 1 is its time, 2 the place that it stands for."""
    told = json.loads(urlsafe_b64decode(token(REQUEST, [1], 5.0)))
    told[part] = value
    return urlsafe_b64encode(json.dumps(told).encode()).decode()


def test_a_clock_that_is_put_right_breaks_no_list() -> None:
    """The next page is found also by a clock that was put back a little."""
    assert paged("names", NAMES, {"about": "x", "nextToken": token(REQUEST, [249], 5.0)}, 4.5) == {"names": NAMES[249:]}


@pytest.mark.parametrize(
    ("given", "now"),
    [
        pytest.param("x", 5.0, id="nonsense"),
        pytest.param("é", 5.0, id="no base64"),
        pytest.param(urlsafe_b64encode(b"[" * 50_000).decode(), 5.0, id="too deep"),
        pytest.param(urlsafe_b64encode(b"{}").decode(), 5.0, id="another thing"),
        pytest.param(token(("others", ("about", "x")), [1], 5.0), 5.0, id="of another list"),
        pytest.param(token(("names", ("about", "y")), [1], 5.0), 5.0, id="of another request"),
        pytest.param(token(REQUEST, [1], 5.0), 6.0 + LIFE, id="too old"),
        pytest.param(token(REQUEST, [1], 6.0 + LIFE), 5.0, id="of the future"),
        pytest.param(changed(2, [2]), 5.0, id="another place"),
        pytest.param(changed(2, ["1"]), 5.0, id="no place"),
        pytest.param(changed(2, []), 5.0, id="nowhere"),
        pytest.param(changed(1, 7.0), 5.0, id="another time"),
    ],
)
def test_any_other_token_is_refused(given: str, now: float) -> None:
    """In AWS's words."""
    with pytest.raises(ApiError, match=r"^Invalid Token: 'Invalid token'$") as refused:
        paged("names", NAMES, {"about": "x", "nextToken": given}, now)
    assert refused.value.code == "InvalidToken"
