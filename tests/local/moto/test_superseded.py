"""Which requests to S3 need not be done again."""

import pytest

from handrail.local.moto.superseded import Kept, expired, superseded


def kept(*lines: str) -> list[Kept]:
    """`PutObject b/k`: places are counted from 0; a bucket's own request names no key."""
    split = [line.split() for line in lines]
    return [Kept(place, action, subject.replace("/", "\n", 1)) for place, (action, subject) in enumerate(split)]


@pytest.mark.parametrize(
    ("lines", "gone"),
    [
        pytest.param(["PutObject b/k", "PutObject b/k"], {0}, id="overwritten"),
        pytest.param(["PutObject b/k", "PutObject b/l", "PutObject c/k"], set(), id="others"),
        pytest.param(["PutObject b/k", "DeleteObject b/k"], {0, 1}, id="deleted"),
        pytest.param(["DeleteObject b/k"], {0}, id="deleted without having been"),
        pytest.param(["PutObject b/k", "DeleteObject b/k", "PutObject b/k"], {0, 1}, id="deleted and new"),
        pytest.param(["PutObject b/k", "PutObjectTagging b/k", "PutObject b/k"], {0, 1}, id="tags go with the object"),
        pytest.param(["PutObject b/k", "PutObjectTagging b/k"], set(), id="tags of the object that is"),
        pytest.param(
            ["PutBucketVersioning b", "PutObject b/k", "PutObject b/k", "PutObject c/k", "PutObject c/k"],
            {3},
            id="a bucket with versions keeps them",
        ),
        pytest.param(
            ["PutObject b/k", "CopyObject b/l", "PutObject b/k"], set(), id="somebody may have copied what it was"
        ),
        pytest.param(
            ["PutObject b/k", "CopyObject b/l", "DeleteObject b/k"], set(), id="copied, then deleted: both are done"
        ),
        pytest.param(["CopyObject b/l", "PutObject b/k", "PutObject b/k"], {1}, id="copied before"),
        pytest.param(
            ["PutObject b/k", "DeleteObjects b", "PutObject b/k", "PutObject b/k"], {2}, id="several deleted at once"
        ),
        pytest.param(
            ["CreateMultipartUpload b/k", "UploadPart b/k", "CompleteMultipartUpload b/k", "PutObject b/k"],
            {0, 1, 2},
            id="uploaded in parts, then overwritten",
        ),
        pytest.param(
            ["CreateMultipartUpload b/k", "PutObject b/k", "UploadPart b/k", "CompleteMultipartUpload b/k"],
            set(),
            id="overwritten during the upload",
        ),
        pytest.param(
            ["CreateMultipartUpload b/k", "AbortMultipartUpload b/k", "DeleteObject b/k"], {0, 1, 2}, id="given up"
        ),
        pytest.param(["CreateBucket b", "PutBucketTagging b", "PutBucketTagging b"], set(), id="a bucket's own"),
    ],
)
def test_what_was_overwritten_or_deleted_may_go(lines: list[str], gone: set[int]) -> None:
    """Doing the rest again leads to the same objects; where that is not certain everything stays."""
    assert superseded(kept(*lines)) == gone


@pytest.mark.parametrize(
    ("lines", "most", "gone"),
    [
        pytest.param(["PutObject r/d/1/x", "PutObject r/d/2/x", "PutObject r/d/3/x"], 2, {0}, id="the oldest"),
        pytest.param(["PutObject r/d/1/x", "PutObject r/d/2/x", "PutObject r/d/1/y"], 1, {1}, id="by its last word"),
        pytest.param(["PutObject r/d/1/x", "PutObject r/e/1/x"], 1, set(), id="each runbook has its own"),
        pytest.param(["PutObject r/d/1", "PutObject r/d/2"], 0, set(), id="what belongs to no run stays"),
        pytest.param(["PutObject b/d/1/x", "PutObject b/d/2/x"], 0, set(), id="another bucket"),
    ],
)
def test_old_runs_results_go(lines: list[str], most: int, gone: set[int]) -> None:
    """The newest runs of each runbook keep theirs."""
    assert expired(kept(*lines), "r", most) == gone
