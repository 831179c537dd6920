"""Put clusters back to sleep that AWS has started after seven days, each morning; silent when there are none.

Find → Any? → Sleep → Tell
         │      └ for each cluster: Doze → Done? ─ not yet → Pause → Doze
         └ no → the end
"""

from datetime import timedelta

from handrail.machine import Choice, Machine, Map, Steps, Task, Wait, begun, execution, when
from handrail.schedule import Schedule
from schemas.cluster_sleep import ClusterSleep
from tasks import cluster_sleep


def asleep(cluster: str) -> Steps[cluster_sleep.Sleeper]:
    """One cluster until it sleeps, or until it is clear that it will not."""
    doze = Task("Doze", cluster_sleep.doze, cluster=cluster, started=execution.start_time, now=begun)
    pause = Wait("Pause", timedelta(seconds=30))
    done = Choice("Done?", when(doze.result.done == False, [pause], goto=doze))
    return Steps([doze, done], result=doze.result)


find = Task("Find", cluster_sleep.restarted, now=execution.start_time)
sleep = Map("Sleep", items=find.result.clusters, steps=asleep)
tell = Task("Tell", cluster_sleep.tell, sleepers=sleep.result, unread=find.result.unread)

MACHINE = Machine(
    "cluster-sleep",
    input=ClusterSleep,
    steps=[find, Choice("Any?", when(find.result.attention > 0, [sleep, tell]))],
    timeout=timedelta(hours=2),
    quiet=True,
    schedule=Schedule("cron(0 5 * * ? *)", timezone="Asia/Tokyo"),
)
