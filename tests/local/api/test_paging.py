"""A token leads to the next page of the same list, for a day."""

from base64 import urlsafe_b64encode
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
        pytest.param(token(REQUEST, [1], 5.0), 4.0, id="of the future"),
    ],
)
def test_any_other_token_is_refused(given: str, now: float) -> None:
    """In AWS's words."""
    with pytest.raises(ApiError, match=r"^Invalid Token: 'Invalid token'$") as refused:
        paged("names", NAMES, {"about": "x", "nextToken": given}, now)
    assert refused.value.code == "InvalidToken"
