"""What may be asked of the census-taking runbook."""

from handrail.schema import Ask, Input


class CensusTaking(Input):
    """Count what stands in every region, and say where it is too much. Nothing is changed."""

    prefix: str | None = Ask("Only names that begin with?", ja="名前の先頭（任意）", default=None)
    limit: int = Ask("How many are too many?", ja="上限の数", default=100, ge=1)
    deep: bool = Ask("Count with a build?", ja="ビルドで数えますか", default=False)
