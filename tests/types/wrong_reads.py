"""Reads of values that a run does not have: every line marked wrong is one mistake."""

from datetime import datetime, timedelta

from codebuild.census.project import PROJECT
from schemas.census_taking import CensusTaking

from handrail.machine import (
    Build,
    Call,
    Choice,
    Map,
    Parallel,
    Steps,
    Task,
    Wait,
    count,
    execution,
    first,
    given,
    is_in,
    jsonata,
    text,
    when,
    where,
)
from schemas.cluster_power import ClusterPower
from tasks import census, notify, rds

asked = given(ClusterPower)
wanted = given(CensusTaking)
look = Task("Look", rds.look, cluster=asked.cluster, power=asked.power)
listing = Task("List", census.regions, prefix=wanted.prefix)
build = Build("Build", PROJECT, run=execution.name, region="x", number=1)
around = Call("Around", "rds:describeDBClusters")

# An input field, a result field, a field of the run, an export, an answer of AWS.
Task("Tell", notify.finished, text=asked.clutser)  # wrong
Task("Tell", notify.finished, text=look.result.stauts)  # wrong
Task("Tell", notify.finished, text=execution.nmae)  # wrong
Task("Tell", notify.finished, text=build.result.exports.digset)  # wrong
Task("Tell", notify.finished, text=build.result.satus)  # wrong
Task("Tell", notify.finished, text=around.result.DBClusters)  # wrong
Task("Tell", notify.finished, text=around.result["DBClusters"][0]["Engine"])  # wrong
Task("Tell", notify.finished, text=listing.result.regions[0].nmae)  # wrong
Task("Tell", notify.finished, text=text("{} stands", asked.clutser))  # wrong

# Conditions.
Choice("A?", when(look.result.setled == False, goto="Look"))  # noqa: E712  # wrong
Choice("B?", when(asked.power == "strat", goto="Look"))  # wrong
Choice("C?", when(wanted.limit == "5", goto="Look"))  # wrong
Choice("D?", when(wanted.limit < "5", goto="Look"))  # wrong
Choice("E?", when(asked.cluster, goto="Look"))  # wrong
Choice("F?", when(count(listing.result.regions), goto="Look"))  # wrong
Choice("G?", when(count(wanted.limit) > 1, goto="Look"))  # wrong
Choice("H?", when(is_in(asked.cluster, 5), goto="Look"))  # wrong

# Items of a Map, of where() and first(); results of what is inside.
Map("I", items=listing.result.regions, steps=lambda region: Task("T", notify.finished, text=region.nmae))  # wrong
Map("J", items=listing.result.regions, steps=lambda region: [Task("T", notify.finished, text=region.number)])  # wrong
Map("K", items=wanted.limit, steps=lambda region: [look])  # wrong
counts = Map(
    "L",
    items=where(listing.result.regions, lambda region: region.open),
    steps=lambda region: Task("Count", census.tally, region=region.name, number=region.number),
)
Task("Tell", notify.finished, text=first(counts.result).regoin)  # wrong
Task("Tell", notify.finished, text=counts.result)  # wrong
Task("Tell", notify.finished, text=first(where(counts.result, lambda tally: tally.totl > 1)).region)  # wrong


def body(region: str) -> Steps[census.Tally]:
    """A body of the wrong item."""
    count_it = Task("Count", census.tally, region=region, number=1)
    return Steps([count_it], result=count_it.result)


Map("M", items=listing.result.regions, steps=body)  # wrong
both = Parallel("Both", look, listing)
Task("Tell", notify.finished, text=both.result[0].stauts)  # wrong
Task("Tell", notify.finished, text=both.result[1].status)  # wrong

# Values of another kind than they are used as.
Wait("N", seconds=asked.cluster)  # wrong
Wait("O", until=asked.cluster)  # wrong
Wait("P", 30)  # wrong
Task("Tell", notify.finished, text=jsonata(int, "$a + 1", a=wanted.limit))  # wrong
Task("Count", census.tally, region="x", number=text("{}", wanted.limit))  # wrong
look.catch(rds.ClusterBusy, lambda error: [Task("Tell", notify.finished, text=error.mesage)])  # wrong
look.catch(rds.ClusterBusy, instead=census.Tally(region="x", total=1))  # wrong
look.timeout(30)  # wrong
Wait("Q", until=datetime(2027, 1, 1), seconds=timedelta(1))  # wrong
