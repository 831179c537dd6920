"""Which requests change something: judged for every operation that botocore knows of some services, and by hand."""

import pytest

from handrail.local.moto.changes import changes, of_objects, told


@pytest.mark.parametrize(
    ("request_", "kept", "in_trail"),
    [
        pytest.param("rds CreateDBCluster", True, True, id="makes something"),
        pytest.param("rds DescribeDBClusters", False, False, id="looks"),
        pytest.param("rds AddTagsToResource", True, True, id="tags"),
        pytest.param("dynamodb CreateTable", True, True, id="a table"),
        pytest.param("dynamodb PutItem", True, False, id="an item is data"),
        pytest.param("dynamodb TransactWriteItems", True, False, id="several items are data"),
        pytest.param("dynamodb TransactGetItems", False, False, id="reads items"),
        pytest.param("dynamodb Query", False, False, id="one word"),
        pytest.param("dynamodb BatchGetItem", False, False, id="reads many"),
        pytest.param("s3 CreateBucket", True, True, id="a bucket"),
        pytest.param("s3 PutObject", True, False, id="an object is data"),
        pytest.param("s3 DeleteObjects", True, False, id="objects are data"),
        pytest.param("s3 CompleteMultipartUpload", True, False, id="an upload is data"),
        pytest.param("s3 PutObjectLockConfiguration", True, True, id="a lock is the bucket's"),
        pytest.param("s3 SelectObjectContent", False, False, id="reads an object"),
        pytest.param("s3 HeadObject", False, False, id="looks at an object"),
        pytest.param("sts AssumeRole", True, True, id="begins a session"),
        pytest.param("sts GetSessionToken", True, True, id="begins a session by another name"),
        pytest.param("sts GetCallerIdentity", False, False, id="asks who it is"),
        pytest.param("secretsmanager GetSecretValue", False, False, id="reads a secret"),
        pytest.param("secretsmanager PutSecretValue", True, True, id="sets a secret"),
        pytest.param("kms Decrypt", False, False, id="uses a key"),
        pytest.param("kms CreateKey", True, True, id="makes a key"),
        pytest.param("lambda Invoke", False, False, id="calls a function"),
        pytest.param("sqs SendMessage", False, False, id="a message passes"),
        pytest.param("sqs ReceiveMessage", False, False, id="a message is taken"),
        pytest.param("sqs CreateQueue", True, True, id="a queue stays"),
        pytest.param("events PutEvents", False, False, id="an event passes"),
        pytest.param("events PutRule", True, True, id="a rule stays"),
        pytest.param("logs PutLogEvents", False, False, id="a line of a log passes"),
        pytest.param("events TestEventPattern", False, False, id="tries something out"),
        pytest.param("autoscaling TerminateInstanceInAutoScalingGroup", True, True, id="begins like Te(st)"),
        pytest.param("iam Listen", True, True, id="begins like List"),
    ],
)
def test_the_name_of_an_operation_says_what_it_does(request_: str, kept: bool, in_trail: bool) -> None:
    """What is kept and what CloudTrail tells of: resources in both, data in one, what passes in none."""
    service, action = request_.split()

    assert (changes(service, action, "POST"), told(service, action, "POST")) == (kept, in_trail)


@pytest.mark.parametrize(("method", "kept"), [("GET", False), ("HEAD", False), ("OPTIONS", False), ("PUT", True)])
def test_an_unknown_operation_is_judged_by_its_method(method: str, kept: bool) -> None:
    """It is rather kept than lost, and CloudTrail would not know its name."""
    assert changes("s3", "", method) == kept
    assert not told("s3", "", method)


@pytest.mark.parametrize("service", ["dynamodb", "iam", "rds", "s3", "scheduler", "secretsmanager"])
def test_what_only_reads_over_http_only_reads(service: str) -> None:
    """Wherever the protocol says GET or HEAD, the name's rule says so too."""
    from botocore.session import Session

    model = Session().get_service_model(service)
    wrong = [
        name
        for name in model.operation_names
        if model.operation_model(name).http["method"] in ("GET", "HEAD") and changes(service, name, "POST")
    ]

    assert wrong == []


def test_objects_are_s3s() -> None:
    """Another service's objects are resources like others."""
    assert not of_objects("clouddirectory", "CreateObject")
