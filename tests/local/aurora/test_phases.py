"""An Aurora cluster's phases, on a clock that is passed in."""

from datetime import UTC, datetime, timedelta

import pytest

from handrail.errors import Problems
from handrail.local.aurora.phases import (
    DURATIONS,
    FAULTS,
    ORDERS,
    STATUSES,
    Cluster,
    Fault,
    at,
    counted,
    faulty,
    led,
    read_durations,
    read_fault,
    read_status,
    refusal,
    restarts,
)
from handrail.local.refusal import Refused

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
DENIED = "User: me is not authorized to perform: rds:StopDBCluster"


def clock(text: str) -> timedelta:
    """A time that a person reads: `3:00:06`, or `7d 0:00:06`."""
    days, _, rest = text.rpartition("d ")
    hours, minutes, seconds = (int(part) for part in rest.split(":"))
    return timedelta(days=int(days or 0), hours=hours, minutes=minutes, seconds=seconds)


def seen(status: str, fault: str | None, later: str) -> str:
    """What a cluster that was in a status at noon shows so much later."""
    cluster = Cluster(status, NOON, read_fault(fault) if fault else None)
    return at(cluster, NOON + clock(later)).status


@pytest.mark.parametrize(
    ("status", "fault", "later", "then"),
    [
        pytest.param("creating", None, "0:00:02", "creating", id="being made"),
        pytest.param("creating", None, "0:00:03", "available", id="made"),
        pytest.param("starting", None, "0:00:05", "starting", id="not started yet"),
        pytest.param("starting", None, "0:00:06", "available", id="started"),
        pytest.param("stopping", None, "0:00:05", "stopping", id="not stopped yet"),
        pytest.param("stopping", None, "0:00:06", "stopped", id="stopped"),
        pytest.param("modifying", None, "0:00:03", "available", id="modified"),
        pytest.param("backing-up", None, "0:00:03", "available", id="backed up"),
        pytest.param("failing-over", None, "0:00:03", "available", id="failed over"),
        pytest.param("available", None, "400d 0:00:00", "available", id="stays available"),
        pytest.param("stopped", None, "6d 23:59:59", "stopped", id="still the seventh day"),
        pytest.param("stopped", None, "7d 0:00:00", "starting", id="AWS starts it after seven days"),
        pytest.param("stopped", None, "7d 0:00:06", "available", id="and it comes up"),
        pytest.param("stopping", None, "7d 0:00:05", "stopped", id="the week begins when it has stopped"),
        pytest.param("stopping", None, "7d 0:00:06", "starting", id="and ends a week after that"),
        pytest.param("stopping", "stuck", "400d 0:00:00", "stopping", id="stuck"),
        pytest.param("starting", "stuck", "400d 0:00:00", "starting", id="stuck on the way up"),
        pytest.param("stopped", "stuck", "400d 0:00:00", "starting", id="rest is no phase to be stuck in"),
        pytest.param("available", "backup", "0:00:00", "backing-up", id="a backup begins"),
        pytest.param("available", "backup", "0:00:03", "available", id="and ends"),
        pytest.param("starting", "backup", "0:00:08", "backing-up", id="as soon as it is available"),
        pytest.param("stopped", "backup", "0:00:08", "stopped", id="not while it is stopped"),
        pytest.param("stopping", "invalid-state", "0:00:06", "stopped", id="a refusal stops no phase"),
    ],
)
def test_passes_through_its_phases_by_itself(status: str, fault: str | None, later: str, then: str) -> None:
    """Each phase takes its time, and the time alone decides."""
    assert seen(status, fault, later) == then


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("fault", [None, *FAULTS])
def test_it_does_not_matter_when_somebody_looks(status: str, fault: str | None) -> None:
    """Looking on the way changes nothing: a process that was away finds what one that stayed finds."""
    steps = [NOON + timedelta(hours=hours) for hours in (1, 24, 167, 168, 169, 400)]
    begun = Cluster(status, NOON, Fault(fault) if fault else None)
    looked = begun
    for step in steps:
        looked = at(looked, step)
        assert looked == at(begun, step)


TAKEN = {
    "StartDBCluster": {"stopped"},
    "StopDBCluster": {"available"},
    "ModifyDBCluster": {"available"},
    "FailoverDBCluster": {"available"},
    "CreateDBClusterSnapshot": {"available"},
    "DeleteDBCluster": {"available", "creating", "modifying", "backing-up"},
}


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", ORDERS)
def test_takes_an_order_only_in_its_status(name: str, status: str) -> None:
    """Every order in every status is either carried out or refused with InvalidDBClusterStateFault."""
    order = ORDERS[name]
    answer = refusal(Cluster(status, NOON), "orders", order, DENIED)

    assert (answer is None) is (status in TAKEN[name])
    if answer is None:
        assert led(Cluster(status, NOON), order.leads, NOON) == Cluster(order.leads or status, NOON)
    else:
        assert (answer.code, answer.http) == ("InvalidDBClusterStateFault", 400)


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        (
            "StopDBCluster",
            "stopping",
            "DbCluster orders is in stopping state but expected it to be one of available.",
        ),
        (
            "StartDBCluster",
            "available",
            "DbCluster orders is in available state but expected it to be one of"
            " stopped,inaccessible-encryption-credentials-recoverable.",
        ),
        (
            "CreateDBClusterSnapshot",
            "stopped",
            "Can't create a snapshot because the database cluster orders isn't currently in the available state.",
        ),
        ("DeleteDBCluster", "stopped", "Db cluster orders is in stopped state"),
    ],
)
def test_refuses_in_the_words_of_aws(name: str, status: str, words: str) -> None:
    """Programs and people search for these."""
    answer = refusal(Cluster(status, NOON), "orders", ORDERS[name], DENIED)

    assert answer is not None
    assert answer.message == words


@pytest.mark.parametrize(
    ("fault", "order", "codes"),
    [
        pytest.param("invalid-state", "StopDBCluster", ["InvalidDBClusterStateFault"] * 4, id="every order"),
        pytest.param("invalid-state:2", "StopDBCluster", ["InvalidDBClusterStateFault"] * 2 + [None] * 2, id="two"),
        pytest.param("invalid-state", None, [None] * 4, id="a look is no order"),
        pytest.param("throttling:3", "StopDBCluster", ["Throttling"] * 3 + [None], id="throttled orders"),
        pytest.param("throttling:1", None, ["Throttling", None, None, None], id="throttled looks"),
        pytest.param("access-denied", "StopDBCluster", ["AccessDenied"] * 4, id="never allowed"),
        pytest.param("access-denied:1", "StopDBCluster", ["AccessDenied", None, None, None], id="denied once"),
        pytest.param("access-denied", None, [None] * 4, id="looking is allowed"),
        pytest.param("stuck", "StopDBCluster", [None] * 4, id="takes orders"),
    ],
)
def test_fails_as_often_as_it_was_told(fault: str, order: str | None, codes: list[str | None]) -> None:
    """A fault with a number refuses so many times, one without refuses always."""
    cluster = Cluster("available", NOON, read_fault(fault))
    answers = []
    for _ in codes:
        answer = refusal(cluster, "orders", ORDERS[order] if order else None, DENIED)
        cluster = counted(cluster) if answer else cluster
        answers.append(answer.code if answer else None)

    assert answers == codes


def test_says_another_state_when_it_refuses_out_of_turn() -> None:
    """The status that is told is one that Aurora has; otherwise the words would contradict themselves."""
    answer = refusal(Cluster("available", NOON, Fault("invalid-state")), "orders", ORDERS["StopDBCluster"], DENIED)

    assert answer is not None
    assert answer.message == "DbCluster orders is in maintenance state but expected it to be one of available."


@pytest.mark.parametrize(
    ("status", "before", "after", "later", "then"),
    [
        pytest.param("stopping", "stuck", None, "0:00:05", "stopping", id="freed, the phase begins anew"),
        pytest.param("stopping", "stuck", None, "0:00:06", "stopped", id="and ends"),
        pytest.param("available", None, "backup", "0:00:02", "backing-up", id="a backup of a cluster long there"),
        pytest.param("available", None, "backup", "0:00:03", "available", id="takes its time from now"),
        pytest.param("stopping", None, "invalid-state", "0:00:04", "stopped", id="a phase goes on"),
        pytest.param("stopped", None, "invalid-state", "6d 23:59:58", "starting", id="so does the week"),
    ],
)
def test_takes_another_fault(status: str, before: str | None, after: str | None, later: str, then: str) -> None:
    """A fault counts from the moment at which it was given or taken away: here two seconds after noon."""
    cluster = Cluster(status, NOON, Fault(before) if before else None)
    told = NOON + clock("0:00:02")
    changed = faulty(at(cluster, told), Fault(after) if after else None, told)

    assert at(changed, told + clock(later)).status == then


@pytest.mark.parametrize(
    "text",
    ["", "stick", "stuck:2", "backup:1", "throttling:", "throttling:0", "throttling:-1", "throttling:x", "Stuck"],
)
def test_an_unknown_fault_is_refused_with_a_list(text: str) -> None:
    """Whoever misspells a fault sees which there are."""
    with pytest.raises(Refused) as told:
        read_fault(text)

    assert told.value.refusal.code == "InvalidParameterValue"
    assert all(kind in told.value.refusal.message for kind in FAULTS)


def test_a_near_fault_is_named() -> None:
    """The commonest mistake is a letter."""
    with pytest.raises(Refused, match=r'"throtling:3" is no fault\. Did you mean "throttling"\?'):
        read_fault("throtling:3")


def test_an_unknown_status_is_refused_with_a_list() -> None:
    """The same for the status that a cluster is made in."""
    with pytest.raises(Refused, match=r'"stoped" is no status\. Did you mean "stopped"\?') as told:
        read_status("stoped")

    assert all(status in told.value.refusal.message for status in STATUSES)


@pytest.mark.parametrize("status", STATUSES)
def test_says_when_aws_starts_it(status: str) -> None:
    """Only a stopped cluster has a time of restart: seven days after it stopped."""
    assert restarts(Cluster(status, NOON)) == (NOON + timedelta(days=7) if status == "stopped" else None)


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        pytest.param("", {}, id="nothing set"),
        pytest.param("stopping=20", {"stopping": timedelta(seconds=20)}, id="one"),
        pytest.param(
            " stopped=60  starting=0.5 ",
            {"stopped": timedelta(minutes=1), "starting": timedelta(milliseconds=500)},
            id="two",
        ),
    ],
)
def test_durations_can_be_set(text: str, changed: dict[str, timedelta]) -> None:
    """What is not said stays as it is."""
    assert read_durations(text) == {**DURATIONS, **changed}


def test_tells_all_that_is_wrong_with_durations() -> None:
    """Every mistake at once, each with what to do."""
    with pytest.raises(Problems) as told:
        read_durations("stoping=3 stopped starting=soon modifying=-1 creating=inf available=3")

    assert str(told.value).splitlines() == [
        "HANDRAIL_AURORA sets how long phases take, in seconds, as in `stopping=20 stopped=60`:",
        '  "stoping" is no phase. Did you mean "stopping"?'
        " There are: creating, starting, stopping, stopped, modifying, backing-up, failing-over.",
        '  "stopped" names no number of seconds.',
        '  "starting=soon" names no number of seconds.',
        '  "modifying=-1" is not between 0 and 365 days.',
        '  "creating=inf" names no number of seconds.',
        '  "available" is no phase.'
        " There are: creating, starting, stopping, stopped, modifying, backing-up, failing-over.",
    ]
