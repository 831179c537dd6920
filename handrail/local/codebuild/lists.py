"""ListBuilds, ListBuildsForProject and ListProjects: one page after the other, in the order that is asked for.

A token stands for the entry that a page ended with, so a build that begins in between shifts nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from handrail.local.api.paging import place, token
from handrail.local.apierror import ApiError
from handrail.local.builds import CodeBuildError
from handrail.local.codebuild.request import Parameters

PAGE: Final = 100
"""How many entries a page has."""

Entry = tuple[float | str, str]
"""What an entry is sorted by, and the entry."""


def page(member: str, entries: Iterable[Entry], given: Parameters, usual: str, now: float) -> Mapping[str, Any]:
    """A page of a list, as the member of this name; raises CodeBuildError for a token that is none of this list's."""
    order = given.get("sortOrder", usual)
    request = (member, order, given.get("sortBy"), given.get("projectName"))
    try:
        after = place(request, given.get("nextToken"), now)
        rest = [entry for entry in entries if after is None or follows(entry, (after[0], after[1]), order)]
    except (ApiError, LookupError, TypeError):
        raise CodeBuildError("InvalidInputException", "Invalid nextToken: it is of no list like this one") from None
    shown = sorted(rest, reverse=order == "DESCENDING")[:PAGE]
    more = {"nextToken": token(request, [*shown[-1]], now)} if len(shown) < len(rest) else {}
    return {member: [entry for _, entry in shown], **more}


def follows(entry: Entry, other: Any, order: str) -> bool:
    return bool(entry < other if order == "DESCENDING" else entry > other)
