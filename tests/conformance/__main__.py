"""The table of conformance: `python -m tests.conformance`, or `make conformance`.

full: nothing differs; result: status, output and error agree, and something else does not; fail: the rest.
"""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.conformance import own, recordings, services_adapter
from tests.conformance.matching import Verdict

Case = dict[str, Any]
Row = tuple[str, Counter[str]]
COLUMNS: Sequence[Verdict] = ("full", "result", "fail")


def main() -> int:
    """Print both tables; 1 where something differs without a reason."""
    print("Our own cases, from AWS's documentation")
    bad = table(own.GROUPS, own.cases, own.outcome)
    if recordings.HERE:
        print("\nRecordings of AWS")
        bad += table(recordings.GROUPS, recordings.cases, recordings.outcome)
        print("\nThose that call services: through boto3, with functions in processes of their own, and moto")
        with TemporaryDirectory() as folder:
            every = [case for group in recordings.CALLING for case in recordings.calling(group)]
            found = services_adapter.outcomes(every, Path(folder))
        bad += table(recordings.CALLING, recordings.calling, lambda case: found[case["id"]])
    else:
        print("\nThe recordings of AWS are not here (HANDRAIL_CONFORMANCE names their folder).")
    for id in bad:
        print(f"differs without a reason: {id}")
    return 1 if bad else 0


def table(groups: Iterable[str], cases: Callable[[str], list[Case]], outcome: Callable[[Case], Verdict]) -> list[str]:
    """Judge every case, print a row for each group, the sum and the exceptions, and give the ids without a reason."""
    different: dict[str, Verdict] = {}
    rows: list[Row] = []
    for group in groups:
        outcomes = {case["id"]: outcome(case) for case in cases(group)}
        rows.append((group, Counter(outcomes.values())))
        different |= {id: how for id, how in outcomes.items() if how != "full"}
    show([*rows, ("all", sum((counts for _, counts in rows), Counter()))])
    tell(different)
    return [id for id, how in different.items() if how != recordings.tolerated(id)]


def show(rows: Sequence[Row]) -> None:
    """The groups with how many of their cases agree how far."""
    print(f"{'group':18}{'cases':>7}{''.join(f'{column:>8}' for column in COLUMNS)}")
    for group, counts in rows:
        print(f"{group:18}{counts.total():7}{''.join(f'{counts[column]:8}' for column in COLUMNS)}")


def tell(different: Iterable[str]) -> None:
    """The exceptions, each with its reason and how many cases it covers."""
    exceptions = Counter(found for id in different if (found := recordings.exempt(id)) is not None)
    for found, count in exceptions.items():
        print(f"{count} {found.how}: {found.why}")


if __name__ == "__main__":
    sys.exit(main())
