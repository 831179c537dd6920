"""EventBridge on a laptop: rules and schedules are kept by moto; here events reach targets, and time does.

executions, builds, PutEvents ─► bus ─► rules that match ─► deliveries, written down ─► targets
clock ─► schedules and scheduled rules that are due ────────┘   ▲ tried again └──────────┴─► dead letters
"""

from handrail.local.eventbridge.bus import EventBridge
from handrail.local.eventbridge.door import Door
from handrail.local.eventbridge.timed import Timetable

__all__ = ["Door", "EventBridge", "Timetable"]
