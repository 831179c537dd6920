"""What calls a function by itself is there again in the next process."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path

import pytest

from handrail.catalogue import Catalogue
from handrail.local.laptop import Laptop
from tests.local.lambdas.conftest import KEEPS, TRUST, connected, given, until, zipped

Home = Callable[[], AbstractContextManager[Laptop]]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Opens a laptop again and again, with the same folder."""
    return partial(Laptop.open, Catalogue(tmp_path, {}, {}, {}, {}, {}), tmp_path / "home")


def test_a_restart(home: Home, name: str) -> None:
    """What called a function before calls none again, and what is mapped or subscribed to is so in the next process."""
    with home() as laptop:
        s3 = connected(laptop, "s3")
        s3.create_bucket(Bucket="seen")
        s3.create_bucket(Bucket=name)
        connected(laptop, "iam").create_role(RoleName="runs", AssumeRolePolicyDocument=TRUST)
        function = connected(laptop, "lambda").create_function(
            FunctionName=name, Role="arn:aws:iam::123456789012:role/runs", Runtime="python3.11", Handler="app.handler",
            Code={"ZipFile": zipped(KEEPS)},
        )["FunctionArn"]  # fmt: skip
        wanted = {"LambdaFunctionConfigurations": [{"LambdaFunctionArn": function, "Events": ["s3:ObjectCreated:*"]}]}
        s3.put_bucket_notification_configuration(Bucket=name, NotificationConfiguration=wanted)
        s3.put_object(Bucket=name, Key="before", Body=b"x")
        connected(laptop, "sqs").create_queue(QueueName=name)
        connected(laptop, "lambda").create_event_source_mapping(
            FunctionName=name, EventSourceArn=f"arn:aws:sqs:us-east-1:123456789012:{name}"
        )
        until(lambda: given(s3, name))
    with home() as laptop:
        s3, sqs = connected(laptop, "s3"), connected(laptop, "sqs")
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName=name)["QueueUrl"], MessageBody="after")
        records = until(lambda: len(found := given(s3, name)) > 1 and found)

    assert sorted(record.get("body") or record["s3"]["object"]["key"] for record in records) == ["after", "before"]
