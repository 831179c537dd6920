"""Everything a machine can be written with, in one that counts regions.

List → Any? → Each (Open? → Count deeply | Count, Skip) → Both (Look around, Wait a bit) → Report → Done
"""

from datetime import timedelta

from codebuild.census.project import PROJECT
from schemas.census_taking import CensusTaking

from handrail.machine import (
    Build,
    Call,
    Choice,
    Fail,
    Machine,
    Map,
    Parallel,
    Pass,
    Steps,
    Succeed,
    Task,
    Wait,
    all_of,
    any_of,
    count,
    execution,
    first,
    given,
    is_in,
    jsonata,
    not_,
    text,
    when,
    where,
)
from tasks import census, notify

asked = given(CensusTaking)

listing = Task("List", census.regions, prefix=asked.prefix)
regions = listing.result.regions
nothing = Choice(
    "Any?",
    when(count(regions) == 0, [Task("Say nothing", notify.finished, text="{% none %}"), Succeed("Nothing")]),
    when(any_of(count(regions) > 500, asked.limit > 10_000), [Fail("Too many", "TooMany", "more than 500 regions")]),
)


def count_region(region: census.Region) -> Steps[census.Tally]:
    """One region, by a build where that is asked for."""
    deeply = Build("Count deeply", PROJECT, run=execution.name, region=region.name, number=region.number)
    counted = Pass("Counted", deeply.result.exports.total)
    plainly = (
        Task("Count", census.tally, region=region.name, number=region.number, since=execution.start_time)
        .timeout(timedelta(minutes=2))
        .catch(
            census.RegionClosed,
            lambda error: [Task("Say closed", notify.finished, text=text("{}: {}", region.name, error.cause))],
            instead=census.Tally(region="closed", total=0, closed=True),
        )
    )
    total = Pass("Total", census.Tally(region=region.name, total=plainly.result.total))
    how = Choice(
        "Deeply?",
        when(
            all_of(asked.deep, region.open, not_(is_in(region.name, ["mars", "moon"]))),
            [deeply, counted, Task("Say deep", notify.finished, text=text("{}", counted.result))],
        ),
    )
    return Steps([how, plainly, total], result=total.result)


each = Map("Each", items=where(regions, lambda region: region.open), steps=count_region, concurrency=5)
around = Call("Look around", "rds:describeDBClusters", MaxRecords=20)
both = Parallel("Both", around, Steps([Wait("A bit", timedelta(seconds=5))], result=asked.limit)).retry(
    "States.Timeout", every=timedelta(seconds=3), times=2, backoff=1.5, jitter=True, longest=timedelta(minutes=1)
)
report = Task(
    "Report",
    census.report,
    run=execution.name,
    tallies=each.result,
    regions=jsonata(int, "$count($listed) + $more", listed=regions, more=both.result[1]),
    counted=first(each.result).total,
)

MACHINE = Machine(
    "census-taking",
    input=CensusTaking,
    steps=[
        listing,
        nothing,
        each,
        both,
        report,
        Succeed("Done", {"engine": both.result[0]["DBClusters"][0]["Engine"]}),
    ],
    timeout=timedelta(hours=2),
)
