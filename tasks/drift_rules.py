"""When each ignore rule last matched: so that one is told as useless when it is, and not on the first quiet day.

What a rule is for comes and goes: a group that scaled yesterday is as the code says today. A rule that never matched
anything, though, was probably written wrong, and is told at once.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta

from handrail.table import TTL_ATTRIBUTE, table
from schemas.drift_result import RuleSeen

RULES = "drift-rule"

QUIET = timedelta(days=7)
KEPT = timedelta(days=400)


def matched() -> Mapping[str, date]:
    """The last day on which each rule matched anything, by its id; of one that never did there is none."""
    days = {}
    for row in table().query(RULES):
        with suppress(ValueError, KeyError):
            days[str(row["sk"])] = date.fromisoformat(row["matched"])
    return days


def noted(rules: Sequence[RuleSeen], day: date) -> tuple[RuleSeen, ...]:
    """The rules as they are after a run of that day, whose matches are remembered; once more changes nothing."""
    if not rules:
        return ()
    before = matched()
    for rule in rules:
        if rule.matches and day >= before.get(rule.id, day):
            ends = datetime.combine(day, time(), UTC) + KEPT
            row = {"pk": RULES, "sk": rule.id, "matched": day.isoformat(), "resources": rule.matches}
            table().put({**row, TTL_ATTRIBUTE: int(ends.timestamp())})
    return tuple(
        rule.model_copy(update={"idle": rule.idle and (rule.id not in before or day - before[rule.id] >= QUIET)})
        for rule in rules
    )
