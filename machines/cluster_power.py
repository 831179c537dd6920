"""Start or stop one Aurora cluster, wait until it has settled, then tell the channel.

Order → Look → Settled? → Tell
          ↑       │ not yet
          └─ Pause ┘
"""

from datetime import timedelta

from handrail.machine import Choice, Machine, Task, Wait, execution, given, when
from schemas.cluster_power import ClusterPower
from tasks import rds

asked = given(ClusterPower)

# Aurora takes no order while it is changing: a backup lasts minutes, a stop up to a quarter of an hour.
order = (
    Task("Order", rds.set_power, cluster=asked.cluster, power=asked.power, asked=execution.start_time)
    .retry(
        rds.ClusterBusy, rds.Throttled, every=timedelta(seconds=5), backoff=2, longest=timedelta(minutes=1), times=30
    )
    .dangerous()
)
look = Task("Look", rds.look, cluster=asked.cluster, power=asked.power).retry(
    rds.Throttled, every=timedelta(seconds=5), times=10
)
pause = Wait("Pause", timedelta(seconds=15))
settled = Choice("Settled?", when(look.result.settled == False, [pause], goto=look))
tell = Task("Tell", rds.tell, run=execution.id, cluster=asked.cluster, status=look.result.status)

MACHINE = Machine(
    "cluster-power",
    input=ClusterPower,
    steps=[order, look, settled, tell],
    lock=asked.cluster,
    timeout=timedelta(hours=1),
)
