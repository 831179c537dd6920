"""What may be asked of the cluster-power runbook."""

from typing import Literal

from handrail.schema import Ask, Input

Power = Literal["start", "stop"]


class ClusterPower(Input):
    """Start or stop one Aurora cluster."""

    cluster: str = Ask("Which cluster?", ja="どのクラスターですか", options="clusters")
    power: Power = Ask("Start or stop?", ja="起動または停止")
