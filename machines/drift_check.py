"""Plan every Terraform root, and tell the channel where code and reality differ.

Find → Split → Plan → Reduce → Anything to tell? → Tell
                │                     │ no
                │                     └→ the end
                └ a build for each range of roots
"""

from datetime import timedelta

from codebuild.drift_plan.project import PROJECT as DRIFT_PLAN
from codebuild.drift_roots.project import PROJECT as DRIFT_ROOTS
from handrail.machine import Build, Choice, Machine, Map, Task, execution, given, when
from schemas.drift_check import MOST_BUILDS, DriftCheck
from tasks import drift

# What CodeBuild answers while an account has as many builds in its queue as it may have.
QUEUE_FULL = "CodeBuild.AccountLimitExceededException"

asked = given(DriftCheck)

find = Build("Find", DRIFT_ROOTS, run=execution.name, repository=asked.repository)
split = Task("Split", drift.split, run=execution.name, builds=asked.builds)
# A root that cannot be planned is told, and fails no build. What fails a build fails the run; a redrive builds again.
plan = Map(
    "Plan",
    items=split.result.shards,
    steps=lambda shard: [
        Build(
            "Plan a range",
            DRIFT_PLAN,
            run=execution.name,
            shard=shard.shard,
            repositories=shard.repositories,
            first=shard.first,
            last=shard.last,
        ).retry(QUEUE_FULL, every=timedelta(minutes=1), times=30)
    ],
    concurrency=MOST_BUILDS,
)
reduce = Task("Reduce", drift.reduce, run=execution.name)
tell = Task("Tell", drift.tell, run=execution.name, started=execution.start_time)
anything = Choice("Anything to tell?", when(reduce.result.attention > 0, [tell]))

MACHINE = Machine(
    "drift-check",
    input=DriftCheck,
    steps=[find, split, plan, reduce, anything],
    timeout=timedelta(hours=10),
)
