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


def test_there_are_fifty_at_most(site: Site, resource: str) -> None:
    """One too many is refused with all that came with it."""
    site.call("tag_resource", resourceArn=resource, tags=[{"key": str(each), "value": ""} for each in range(49)])
    more = [{"key": "0", "value": "new"}, {"key": "49", "value": "new"}]
    code, told = site.refused("tag_resource", resourceArn=resource, tags=more)
    assert (code, "51" in told) == ("TooManyTags", True)
    assert tags(site, resource)["0"] == ""
