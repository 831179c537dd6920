"""Plan every Terraform root each morning, and tell the channel what is new about where code and reality differ.

Find → Split → Plan → Reduce → Remember → Anything to tell? → Tell → Done
                │                                │ no                ↑
                │                                └───────────────────┘
                └ a build for each range of roots
"""

from datetime import UTC, datetime, timedelta

from codebuild.drift_plan.project import PROJECT as DRIFT_PLAN
from codebuild.drift_roots.project import PROJECT as DRIFT_ROOTS
from handrail.machine import Build, Choice, Machine, Map, Succeed, Task, begun, execution, given, when
from handrail.schedule import Schedule
from schemas.drift_check import MOST_BUILDS, ZONE, DriftCheck
from schemas.drift_key import NAME
from tasks import drift

# What CodeBuild answers while an account has as many builds in its queue as it may have.
QUEUE_FULL = "CodeBuild.AccountLimitExceededException"

SCHEDULE = Schedule("cron(0 7 * * ? *)", ZONE)
# A check that takes longer than this meets the next one, which then finds it at work and ends.
INTERVAL = SCHEDULE.interval(datetime(2026, 1, 1, tzinfo=UTC)) or timedelta(days=1)
BETWEEN = int(INTERVAL.total_seconds())

asked = given(DriftCheck)

find = Build("Find", DRIFT_ROOTS, run=execution.name, started=execution.start_time, repository=asked.repository)
split = Task("Split", drift.split, run=execution.name, builds=asked.builds, key=NAME)
# A root that cannot be planned is told, and fails no build. What fails a build fails the run; a redrive builds again.
plan = Map(
    "Plan",
    items=split.result.shards,
    steps=lambda shard: [
        Build(
            "Plan a range",
            DRIFT_PLAN,
            run=execution.name,
            started=execution.start_time,
            shard=shard.shard,
            repositories=shard.repositories,
            first=shard.first,
            last=shard.last,
        ).retry(QUEUE_FULL, every=timedelta(minutes=1), times=30)
    ],
    concurrency=MOST_BUILDS,
)
reduce = Task("Reduce", drift.reduce, run=execution.name)
remember = Task(
    "Remember",
    drift.remember,
    run=execution.name,
    started=execution.start_time,
    now=begun,
    repository=asked.repository,
    interval=BETWEEN,
)
tell = Task("Tell", drift.tell, run=execution.name, now=begun, interval=BETWEEN)
anything = Choice("Anything to tell?", when(remember.result.tell == True, [tell]))
done = Succeed("Done", remember.result)

MACHINE = Machine(
    "drift-check",
    input=DriftCheck,
    steps=[find, split, plan, reduce, remember, anything, done],
    timeout=timedelta(hours=10),
    # One at a time, whatever it looks at: two could plan the same root and tell the same news.
    lock="drift-check",
    quiet=True,
    schedule=SCHEDULE,
)
