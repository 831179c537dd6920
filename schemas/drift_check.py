"""What may be asked of the drift-check runbook."""

from handrail.schema import Ask, Input

# An inline Map runs at most 40 iterations at a time:
# https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
MOST_BUILDS = 40

# Where the check's days begin: its schedule, the day a drift is on, and the week of the digest.
ZONE = "Asia/Tokyo"


class DriftCheck(Input):
    """Compare Terraform code with what exists, and tell the channel where they differ."""

    repository: str = Ask(
        "Which repository? All, if you leave it empty.",
        ja="どのリポジトリを確認しますか(空欄ならすべて)",
        options="repositories",
        default="",
    )
    builds: int = Ask(
        "How many builds at most may share the roots?",
        ja="最大いくつのビルドで分担しますか",
        default=4,
        ge=1,
        le=MOST_BUILDS,
    )
