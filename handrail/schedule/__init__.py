"""When a runbook runs by itself: EventBridge Scheduler's expressions, in a time zone.

The parser is our own: croniter and its kind read Unix cron, which has no `?`, `L`, `W`, `#` or years as AWS means them.
"""

from handrail.schedule.schedule import Schedule

__all__ = ["Schedule"]
