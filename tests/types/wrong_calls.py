"""Tasks, builds and machines that are given what they do not take: every line marked wrong is one mistake."""

from datetime import timedelta

from codebuild.census.project import PROJECT
from pydantic import BaseModel

from handrail.machine import Build, Choice, Machine, Task, execution, given, when
from schemas.cluster_power import ClusterPower
from tasks import census, notify, rds


class Plain(BaseModel):
    """No Input."""

    cluster: str


asked = given(ClusterPower)

# A task's arguments.
Task("A", rds.look, cluster=asked.cluster, powr=asked.power)  # wrong
Task("B", rds.look, cluster=asked.cluster)  # wrong
Task("C", rds.look, cluster=5, power=asked.power)  # wrong
Task("D", rds.look, cluster=asked.power, power=asked.cluster)  # wrong
Task("E", rds.look, cluster=asked.cluster, power="strat")  # wrong
Task("F", rds.look, cluster=asked.cluster, power=asked.power, force=True)  # wrong
Task("G", rds.look, asked.cluster, asked.power)  # wrong
Task("H", rds.judge, status="x", power=asked.power)  # wrong
Task("I", census.report, run="x", tallies=["x"], regions=1, counted=1)  # wrong
rds.look("orders", "start")  # wrong

# A build's variables.
Build("J", PROJECT, run=execution.name, regoin="x", number=1)  # wrong
Build("K", PROJECT, run=execution.name, region="x")  # wrong
Build("L", PROJECT, run=execution.name, region="x", number="one")  # wrong
Build("M", PROJECT, run=execution.start_time, region="x", number=1)  # wrong
Build("N", rds.look, cluster="x", power="start")  # wrong

# What a step is told besides.
look = Task("Look", rds.look, cluster=asked.cluster, power=asked.power)
look.retry(rds.ClusterBusy, every=30)  # wrong
look.retry(rds.ClusterBusy())  # wrong
look.retry(rds.ClusterBusy, tries=3)  # wrong
look.catch(rds.ClusterBusy, goto=5)  # wrong
Choice("O", when(asked.power == "stop", look))  # wrong
Choice("P", asked.power == "stop")  # wrong

# The machine.
Machine("q", input=Plain, steps=[look], timeout=timedelta(hours=1))  # wrong
Machine("r", input=ClusterPower, steps=look, timeout=timedelta(hours=1))  # wrong
Machine("s", input=ClusterPower, steps=[look])  # wrong
Machine("t", input=ClusterPower, steps=[rds.look], timeout=timedelta(hours=1))  # wrong
given(Plain)  # wrong
ClusterPower(cluster="orders", powr="stop")  # wrong
ClusterPower(cluster=5, power="stop")  # wrong
Task("Tell", notify.finished, text=None)  # wrong
