"""The cluster-sleep runbook is asked nothing: config/clusters.yaml and what people ordered say all."""

from handrail.schema import Input


class ClusterSleep(Input):
    """Put clusters back to sleep that AWS has started after seven days."""
