"""Tell the channel."""

from handrail.task import task


@task
def finished(*, text: str) -> None:
    """Say how it ended."""
