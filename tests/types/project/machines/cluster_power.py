"""Start or stop one Aurora cluster, wait until it settles, then tell the channel.

Order → Pause → Look → Settled? → Tell
          ↑                │ not yet
          └────────────────┘
"""

from datetime import timedelta

from handrail.machine import Choice, Machine, Task, Wait, given, text, when
from schemas.cluster_power import ClusterPower
from tasks import notify, rds

asked = given(ClusterPower)

# Aurora takes no order while a backup runs; those last a few minutes.
order = Task("Order", rds.set_power, cluster=asked.cluster, power=asked.power).retry(
    rds.ClusterBusy, every=timedelta(minutes=1), times=10
)
pause = Wait("Pause", timedelta(seconds=30))
look = Task("Look", rds.look, cluster=asked.cluster, power=asked.power)
settled = Choice("Settled?", when(look.result.settled == False, goto=pause))  # noqa: E712
tell = Task("Tell", notify.finished, text=text("{} is {}", asked.cluster, look.result.status))

MACHINE = Machine(
    "cluster-power",
    input=ClusterPower,
    steps=[order, pause, look, settled, tell],
    timeout=timedelta(hours=1),
)
