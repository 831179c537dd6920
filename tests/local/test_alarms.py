"""Timers ring in their order, and those that were cancelled take no room for long."""

import pytest

from handrail.local import alarms
from handrail.local.alarms import Alarms

YEAR = 365 * 86_400.0


class Stopped:
    """A clock that somebody else moves."""

    at = 0.0

    def now(self) -> float:
        return self.at


def test_what_was_cancelled_takes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """A task's time limit may be a year away: a thousand finished tasks do not wait for it."""
    monkeypatch.setattr(alarms, "FEW", 10)
    clock = Stopped()
    found = Alarms(clock)
    found.set(2.0, "late", 0)
    found.set(1.0, "early", 0)
    for timer in range(1_000):
        found.set(YEAR, "run", timer)
        found.cancel("run", timer)
        assert len(found.alarms) <= 2 + 2 * 10
        assert len(found.cancelled) <= 2 * 10
    clock.at = YEAR
    assert [alarm.arn for alarm in found.due()] == ["early", "late"]
    assert not found.alarms


def test_one_that_is_cancelled_does_not_ring() -> None:
    """Whether it was swept away before or not."""
    clock = Stopped()
    found = Alarms(clock)
    for timer in (1, 2, 3):
        found.set(float(timer), "run", timer)
    found.cancel("run", 2)
    assert found.pause() == 1.0
    clock.at = 5.0
    assert [alarm.timer for alarm in found.due()] == [1, 3]
    assert not found.cancelled
