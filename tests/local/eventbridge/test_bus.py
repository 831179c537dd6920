"""Events reach the targets of the rules that people make, as they do on AWS."""

import json
import logging
from typing import Any

import pytest

from tests.local.eventbridge.conftest import World, apart, world

__all__ = ["apart", "world"]

ACCOUNT = "123456789012"


def test_an_execution_tells_that_it_begins_and_how_it_ends(world: World) -> None:
    """RUNNING and SUCCEEDED, with what the execution was given and gave, as Step Functions sends them."""
    world.rule("ends", {"source": ["aws.states"]}, {"Arn": world.queue("ends")})
    arn = world.laptop.start("knock", '{"how":"talk"}')
    assert world.laptop.wait(arn, 30)
    running, succeeded = world.events("ends")

    assert [each["detail"]["status"] for each in (running, succeeded)] == ["RUNNING", "SUCCEEDED"]
    assert {name: succeeded[name] for name in ("version", "detail-type", "source", "account", "region")} == {
        "version": "0",
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": ACCOUNT,
        "region": "us-east-1",
    }
    assert (succeeded["resources"], succeeded["detail"]["executionArn"]) == ([arn], arn)
    assert running["detail"]["stopDate"] is running["detail"]["output"] is running["detail"]["outputDetails"] is None
    detail = succeeded["detail"]
    assert detail["stateMachineArn"] == f"arn:aws:states:us-east-1:{ACCOUNT}:stateMachine:knock"
    assert detail["startDate"] <= detail["stopDate"]
    assert (detail["input"], detail["inputDetails"]) == ('{"how":"talk"}', {"included": True})
    assert detail["outputDetails"] == {"included": True}
    assert (detail["redriveCount"], detail["redriveStatus"]) == (0, "NOT_REDRIVABLE")
    assert detail["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven"
    world.client("events").remove_targets(Rule="ends", Ids=["0"])


def test_a_failure_says_why_and_that_it_can_be_redriven(world: World) -> None:
    """Error and cause are in the event; a pattern picks the failures."""
    world.rule("failures", {"detail": {"status": ["FAILED"]}}, {"Arn": world.queue("failures")})
    world.laptop.wait(world.laptop.start("knock", '{"how":"refuse"}'), 30)
    world.laptop.wait(world.laptop.start("knock", '{"how":"talk"}'), 30)
    [failed] = world.events("failures")

    assert (failed["detail"]["error"], failed["detail"]["redriveStatus"]) == ("Refused", "REDRIVABLE")
    assert failed["detail"]["redriveStatusReason"] is None
    assert failed["detail"]["output"] is None


def test_a_build_tells_its_status_and_its_phases(world: World) -> None:
    """IN_PROGRESS and SUCCEEDED, and each phase as it ends, as CodeBuild sends them."""
    world.rule("builds", {"source": ["aws.codebuild"]}, {"Arn": world.queue("builds")})
    arn = world.laptop.start("knock", '{"how":"dig"}')
    assert world.laptop.wait(arn, 30)
    told = world.events("builds")
    states = [each for each in told if each["detail-type"] == "CodeBuild Build State Change"]
    phases = [each["detail"]["completed-phase"] for each in told if each not in states]

    assert [each["detail"]["build-status"] for each in states] == ["IN_PROGRESS", "SUCCEEDED"]
    assert phases[:2] == ["SUBMITTED", "QUEUED"]
    assert "BUILD" in phases
    detail = states[-1]["detail"]
    assert (detail["project-name"], detail["version"]) == ("handrail-dig", "1")
    assert detail["build-id"] == states[-1]["resources"][0]
    assert detail["additional-information"]["build-complete"] is True
    assert detail["additional-information"]["phases"][0]["phase-type"] == "SUBMITTED"


def test_reaches_every_kind_of_target(world: World, caplog: pytest.LogCaptureFixture) -> None:
    """Queue, topic, function of this process, log group and another bus."""
    sns, logs, events = (world.client(service) for service in ("sns", "logs", "events"))
    heard = world.queue("heard")
    topic = sns.create_topic(Name="said")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=heard, Attributes={"RawMessageDelivery": "true"})
    logs.create_log_group(logGroupName="/aws/events/said")
    bus = events.create_event_bus(Name="other")["EventBusArn"]
    world.rule("from-other", {"source": ["test"]}, {"Arn": world.queue("other")}, bus="other")
    function = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:handrail-door-say"
    world.rule(
        "all",
        {"source": ["test"], "detail": {"kind": ["all"]}},
        {"Arn": world.queue("queue")},
        {"Arn": topic, "InputPath": "$.detail"},
        {"Arn": function, "Input": '{"how": "talk", "note": "from a rule"}'},
        {"Arn": f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/said:*"},
        {"Arn": bus},
    )
    with caplog.at_level(logging.WARNING):
        id = world.put({"kind": "all"}, Resources=["arn:one"])["EventId"]
        [plain], [passed], [topical] = world.events("queue"), world.events("other"), world.events("heard")
    lines = logs.filter_log_events(logGroupName="/aws/events/said")["events"]

    assert (plain["id"], plain["detail"], plain["resources"]) == (id, {"kind": "all"}, ["arn:one"])
    assert passed == plain
    assert topical == {"kind": "all"}
    assert [json.loads(line["message"]) for line in lines] == [plain]
    assert '"from a rule"' in world.laptop.messages.read_text(encoding="utf-8")
    assert not caplog.records


def test_starts_a_state_machine(world: World) -> None:
    """With what the target is given as its input, once for each event."""
    states, pass_on = world.client("stepfunctions"), {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}
    made = states.create_state_machine(
        name="target", definition=json.dumps(pass_on), roleArn=f"arn:aws:iam::{ACCOUNT}:role/target"
    )
    world.rule("start", {"source": ["start"]}, {"Arn": made["stateMachineArn"], "InputPath": "$.detail"})
    world.put({"n": 1}, source="start")
    world.laptop.events.drain()
    [begun] = states.list_executions(stateMachineArn=made["stateMachineArn"])["executions"]
    assert world.laptop.wait(begun["executionArn"], 20)

    assert states.describe_execution(executionArn=begun["executionArn"])["output"] == '{"n":1}'


def test_a_rule_that_is_switched_off_hears_nothing(world: World) -> None:
    world.rule("off", {"source": ["test"]}, {"Arn": world.queue("off")})
    world.client("events").disable_rule(Name="off")
    world.put({})

    assert world.texts("off") == []


def test_what_a_target_does_not_take_is_told_or_goes_to_its_dead_letters(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    """Nobody else's event is lost for it."""
    nowhere = f"arn:aws:sqs:us-east-1:{ACCOUNT}:nowhere"
    world.rule(
        "broken",
        {"source": ["broken"]},
        {"Arn": nowhere},
        {"Arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:none", "DeadLetterConfig": {"Arn": world.queue("dead")}},
        {"Arn": f"arn:aws:redshift:us-east-1:{ACCOUNT}:cluster:one"},
        {"Arn": world.queue("alive")},
    )
    with caplog.at_level(logging.WARNING):
        world.put({"a": 1}, source="broken")
        [dead], [alive] = world.events("dead"), world.events("alive")

    assert dead == alive
    told = " ".join(caplog.messages)
    assert f"rule/broken could not reach {nowhere}" in told
    assert "A target of redshift cannot be reached on a laptop." in told


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        pytest.param({"DetailType": ""}, "InvalidArgument", id="no type"),
        pytest.param({"Source": ""}, "InvalidArgument", id="no source"),
        pytest.param({"Detail": "{"}, "MalformedDetail", id="no JSON"),
        pytest.param({"Detail": "[]"}, "MalformedDetail", id="no object"),
        pytest.param({"Detail": "[" * 20_000}, "MalformedDetail", id="nested too deeply"),
        pytest.param({"Source": "aws.states"}, "NotAuthorizedForSourceException", id="AWS's own source"),
    ],
)
def test_refuses_an_entry_as_aws_does(world: World, entry: dict[str, Any], code: str) -> None:
    """Each entry has its own answer."""
    assert world.put({}, **entry)["ErrorCode"] == code


@pytest.mark.parametrize(
    ("service", "operation", "asked"),
    [
        pytest.param("events", "put_rule", {"Name": "bad", "ScheduleExpression": "banana"}, id="a rule's time"),
        pytest.param(
            "scheduler",
            "create_schedule",
            {
                "Name": "bad",
                "ScheduleExpression": "cron(61 * * * ? *)",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"},
            },
            id="a schedule's time",
        ),
        pytest.param(
            "scheduler",
            "create_schedule",
            {
                "Name": "bad",
                "ScheduleExpression": "rate(1 day)",
                "ScheduleExpressionTimezone": "No/Where",
                "FlexibleTimeWindow": {"Mode": "OFF"},
                "Target": {"Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/r"},
            },
            id="a time zone",
        ),
    ],
)
def test_a_time_that_cannot_be_read_is_refused(
    world: World, service: str, operation: str, asked: dict[str, Any]
) -> None:
    """Nothing is made that could never fire."""
    client = world.client(service)
    with pytest.raises(client.exceptions.ClientError, match="ValidationException"):
        getattr(client, operation)(**asked)


def test_a_rule_with_a_pattern_may_have_an_empty_time(world: World) -> None:
    """AWS takes it for none, and boto3's users send it."""
    events = world.client("events")
    events.put_rule(Name="empty", EventPattern=json.dumps({"source": ["none"]}), ScheduleExpression="")

    assert events.describe_rule(Name="empty")["EventPattern"] == '{"source": ["none"]}'


def test_a_pattern_can_be_tried(world: World) -> None:
    """TestEventPattern says whether an event matches."""
    event = {"id": "1", "account": ACCOUNT, "source": "test", "time": "2026-11-20T12:00:00Z", "region": "us-east-1"}
    event |= {"resources": [], "detail-type": "Said", "detail": {"n": 3}}  # type: ignore[dict-item]
    pattern = json.dumps({"detail": {"n": [{"numeric": [">", 2]}]}})

    assert world.client("events").test_event_pattern(EventPattern=pattern, Event=json.dumps(event))["Result"] is True
