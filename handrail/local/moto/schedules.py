"""What moto leaves out when a schedule of EventBridge Scheduler is updated: what comes after its last firing.

It is put in where moto carries the request out, so that it is there as well when the request is done again.
"""

import sys
from typing import Any, Final

HEARD: Final = "_updates_whole_schedules"


def listen() -> None:
    """Change what is loaded of moto; to be called again when more of it is."""
    module: Any = sys.modules.get("moto.scheduler.responses")
    if module is None or hasattr(module, HEARD):
        return
    update = module.EventBridgeSchedulerResponse.update_schedule

    def update_schedule(response: Any) -> Any:
        told = update(response)
        group, name = response._get_param("GroupName"), response.uri.partition("?")[0].rpartition("/")[2]
        schedule = response.scheduler_backend.get_schedule(group, name)
        schedule.action_after_completion = response._get_param("ActionAfterCompletion")
        return told

    module.EventBridgeSchedulerResponse.update_schedule = update_schedule
    setattr(module, HEARD, True)
