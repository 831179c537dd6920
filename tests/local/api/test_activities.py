"""Activities are made, described, listed and deleted; those that were made are there after a restart."""

from pathlib import Path
from uuid import uuid4

import pytest

from tests.local.api.serving import PREFIX, Site, asking, serving
from tests.local.driving import Taker


@pytest.fixture
def name() -> str:
    """One that no other test uses."""
    return f"a-{uuid4()}"


def test_an_activity_is_described_as_it_was_made(site: Site, name: str) -> None:
    """The same request again gives the same one."""
    made = [site.call("create_activity", name=name) for _ in range(2)]
    told = site.call("describe_activity", activityArn=made[0]["activityArn"])
    assert made[0] == made[1]
    assert (told["activityArn"], told["name"]) == (f"{PREFIX}:activity:{name}", name)
    assert told["encryptionConfiguration"] == {"type": "AWS_OWNED_KEY"}


def test_a_worker_does_what_a_machine_asks_an_activity_for(site: Site, name: str) -> None:
    """The driver knows the activities that the API made."""
    activity = site.call("create_activity", name=name)["activityArn"]
    machine = site.machines.add(name, {"A": {"Type": "Task", "Resource": activity, "End": True}})
    begun = site.start(machine, input='{"a":1}')
    task = site.call("get_activity_task", activityArn=activity)
    site.call("send_task_success", taskToken=task["taskToken"], output=task["input"])
    assert site.ended(begun) == "SUCCEEDED"
    assert site.call("describe_execution", executionArn=begun)["output"] == '{"a":1}'


def test_a_deleted_activity_is_gone(site: Site, name: str) -> None:
    """For those who describe it and for its workers; deleting it twice is no error."""
    activity = site.call("create_activity", name=name)["activityArn"]
    for _ in range(2):
        site.call("delete_activity", activityArn=activity)
    told = ("ActivityDoesNotExist", f"Activity Does Not Exist: '{activity}'")
    assert site.refused("describe_activity", activityArn=activity) == told
    assert site.refused("get_activity_task", activityArn=activity) == told


def test_the_list_comes_in_pages(site: Site) -> None:
    """A paginator finds every activity of the caller's account and region once."""
    client = asking(site.client.meta.endpoint_url, "eu-north-1")
    names = [f"listed-{number}" for number in range(5)]
    for each in names:
        client.create_activity(name=each)
    pages = list(client.get_paginator("list_activities").paginate(PaginationConfig={"PageSize": 2}))
    assert [len(page["activities"]) for page in pages] == [2, 2, 1]
    assert [each["name"] for page in pages for each in page["activities"]] == names


def test_activities_survive_a_restart(tmp_path: Path, name: str) -> None:
    """A worker that comes to the next server asks it for the same activity."""
    with serving(tmp_path, Taker()) as site:
        activity = site.call("create_activity", name=name, tags=[{"key": "k", "value": "v"}])["activityArn"]
        told = site.call("describe_activity", activityArn=activity)
    with serving(tmp_path, Taker()) as site:
        assert site.call("describe_activity", activityArn=activity) == told
        assert site.call("list_tags_for_resource", resourceArn=activity)["tags"] == [{"key": "k", "value": "v"}]
        machine = site.machines.add(name, {"A": {"Type": "Task", "Resource": activity, "End": True}})
        begun = site.start(machine)
        token = site.call("get_activity_task", activityArn=activity)["taskToken"]
        site.call("send_task_success", taskToken=token, output="1")
        assert site.ended(begun) == "SUCCEEDED"
