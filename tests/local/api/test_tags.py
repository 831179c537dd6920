"""State machines and activities have tags."""

from typing import Any
from uuid import uuid4

import pytest

from tests.local.api.serving import ROLE, Site

DEFINITION = '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}'


@pytest.fixture(params=["machine", "activity"])
def resource(site: Site, request: pytest.FixtureRequest) -> str:
    """The ARN of something new that was made with a tag."""
    given: dict[str, Any] = {"name": f"t-{uuid4()}", "tags": [{"key": "team", "value": "blue"}]}
    if request.param == "activity":
        return str(site.call("create_activity", **given)["activityArn"])
    return str(site.call("create_state_machine", definition=DEFINITION, roleArn=ROLE, **given)["stateMachineArn"])


def tags(site: Site, arn: str) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in site.call("list_tags_for_resource", resourceArn=arn)["tags"]}


def test_tags_are_added_replaced_and_removed(site: Site, resource: str) -> None:
    """A key is there once; removing one that is not there is no error."""
    assert tags(site, resource) == {"team": "blue"}
    new = [{"key": "team", "value": "red"}, {"key": "tier", "value": ""}]
    site.call("tag_resource", resourceArn=resource, tags=new)
    assert tags(site, resource) == {"team": "red", "tier": ""}
    site.call("untag_resource", resourceArn=resource, tagKeys=["team", "none"])
    assert tags(site, resource) == {"tier": ""}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        pytest.param("aws:team", "red", id="a key of AWS's own"),
        pytest.param("AWS:team", "red", id="the same in capitals"),
        pytest.param("<team>", "red", id="a key with brackets"),
        pytest.param("team", "red & blue", id="a value with a sign"),
    ],
)
def test_what_is_no_tag_is_refused(site: Site, resource: str, key: str, value: str) -> None:
    """Whether it comes when the resource is made or later; the tags stay what they were."""
    given = [{"key": "チーム 1 _.:/=+-@", "value": "あか"}, {"key": key, "value": value}]
    assert site.refused("tag_resource", resourceArn=resource, tags=given)[0] == "ValidationException"
    assert site.refused("create_activity", name="tagged", tags=given)[0] == "ValidationException"
    assert tags(site, resource) == {"team": "blue"}
    site.call("tag_resource", resourceArn=resource, tags=given[:1])


def test_there_are_fifty_at_most(site: Site, resource: str) -> None:
    """One too many is refused with all that came with it."""
    site.call("tag_resource", resourceArn=resource, tags=[{"key": str(each), "value": ""} for each in range(49)])
    more = [{"key": "0", "value": "new"}, {"key": "49", "value": "new"}]
    code, told = site.refused("tag_resource", resourceArn=resource, tags=more)
    assert (code, "51" in told) == ("TooManyTags", True)
    assert tags(site, resource)["0"] == ""
