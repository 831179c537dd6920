"""What may be asked of the cluster-power runbook."""

from typing import Literal

from handrail.schema import Ask, Input
from schemas.config.clusters import IDENTIFIER, LONGEST

Power = Literal["start", "stop"]


class ClusterPower(Input):
    """Start or stop one Aurora cluster."""

    cluster: str = Ask(
        "Which cluster?",
        ja="どのクラスターですか",
        options="clusters",
        pattern=f"^{IDENTIFIER}$",
        allowed="small letters, digits and single hyphens, beginning with a letter",
        max_length=LONGEST,
    )
    power: Power = Ask("Start it or stop it?", ja="起動しますか、停止しますか")
