"""moto that forgets nothing: what one process made is there in the next one, also after a kill, as it was."""

import json
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from handrail.errors import HandrailError
from handrail.local.aws import Aws
from handrail.local.moto.journal import MANY, RUNS, Journal
from tests.local.cloud import client, cluster, role

BLUE = "222222222222"
KEY = {"pk": {"S": "lock"}, "sk": {"S": "orders"}}

# What the first process does before it kills itself; it says what it was told by AWS.
PROGRAM = """
import json, os, signal, sys
from pathlib import Path
from handrail.local.aws import Aws
from tests.local.cloud import client, cluster, role

aws = Aws.start(home=Path(sys.argv[1]))
assumed = client(aws, "sts").assume_role(
    RoleArn=role(aws, "222222222222", "blue-42"), RoleSessionName="me", ExternalId="blue-42"
)["Credentials"]
keys = {name: str(value) for name, value in assumed.items()}
client(aws, "dynamodb").put_item(TableName="handrail", Item={"pk": {"S": "lock"}, "sk": {"S": "orders"}})
aws.bucket.put("drift-check/one/result.json", b'{"drift": []}')
print(json.dumps({
    "keys": keys,
    "cluster": cluster(client(aws, "rds", keys), "orders"),
    "secret": client(aws, "secretsmanager").create_secret(Name="token", SecretString="hush")["ARN"],
    "instance": client(aws, "ec2").run_instances(
        ImageId="ami-12345678", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"],
    "drift": client(aws, "secretsmanager").get_secret_value(SecretId="handrail/drift-key")["SecretString"],
    "modified": str(client(aws, "s3").head_object(
        Bucket=aws.bucket.name, Key="drift-check/one/result.json")["LastModified"]),
    "created": str(client(aws, "secretsmanager").describe_secret(SecretId="token")["CreatedDate"]),
}), flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@contextmanager
def opened(home: Path | None) -> Iterator[Aws]:
    aws = Aws.start(home=home)
    try:
        yield aws
    finally:
        aws.close()


def rows(home: Path) -> list[tuple[str, str]]:
    """What is kept, without what every laptop has."""
    journal = Journal(home, "handrail-results")
    try:
        found = journal.file.read("SELECT service, action, refused FROM request ORDER BY place")
        return [(service, action) for service, action, refused in found if not refused][4:]
    finally:
        journal.close()


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, Any]]:
    """The folder that a killed process left, and what AWS had told it."""
    home = tmp_path_factory.mktemp("killed") / "home"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(home)], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    return home, json.loads(done.stdout)


def drift_key(aws: Aws) -> str:
    value: str = client(aws, "secretsmanager").get_secret_value(SecretId="handrail/drift-key")["SecretString"]
    return value


def test_a_killed_process_loses_nothing(killed: tuple[Path, Mapping[str, Any]]) -> None:
    """Items, secrets, objects and instances are there, by the same names, of the same time, for the same keys."""
    home, told = killed
    with opened(home) as aws:
        rds, secrets = client(aws, "rds", told["keys"]), client(aws, "secretsmanager")
        [reservation] = client(aws, "ec2").describe_instances(InstanceIds=[told["instance"]])["Reservations"]
        found = client(aws, "s3").get_object(Bucket=aws.bucket.name, Key="drift-check/one/result.json")

        assert client(aws, "dynamodb").get_item(TableName="handrail", Key=KEY)["Item"] == KEY
        assert secrets.get_secret_value(SecretId=told["secret"])["SecretString"] == "hush"
        assert str(secrets.describe_secret(SecretId="token")["CreatedDate"]) == told["created"]
        assert [one["DBClusterArn"] for one in rds.describe_db_clusters()["DBClusters"]] == [told["cluster"]]
        assert reservation["OwnerId"] == "123456789012"
        assert (found["Body"].read(), str(found["LastModified"])) == (b'{"drift": []}', told["modified"])
        assert drift_key(aws) == told["drift"]


def test_accounts_stay_apart(killed: tuple[Path, Mapping[str, Any]]) -> None:
    """The cluster is the other account's, and the old session's keys still lead there."""
    home, told = killed
    with opened(home) as aws:
        assert client(aws, "rds").describe_db_clusters()["DBClusters"] == []
        assert client(aws, "sts", told["keys"]).get_caller_identity()["Account"] == BLUE


def test_secrets_are_nowhere_else(killed: tuple[Path, Mapping[str, Any]]) -> None:
    """Values stand in the one private file, and not among CloudTrail's events."""
    home, _ = killed
    with opened(home) as aws:
        events = client(aws, "cloudtrail").lookup_events()["Events"]

    assert any(event["EventName"] == "CreateSecret" for event in events)
    assert "hush" not in json.dumps(events, default=str)
    assert "blue-42" not in json.dumps(events, default=str)


def test_has_the_table_the_bucket_and_the_key_from_the_first_request(tmp_path: Path) -> None:
    """Whoever is first finds them, under the names in the environment; the key is another one for each laptop."""
    keys = set()
    for home in (tmp_path / "a", tmp_path / "b", None):
        with opened(home) as aws:
            names = aws.environment
            table = client(aws, "dynamodb").describe_table(TableName=names["HANDRAIL_TABLE"])["Table"]
            lives = client(aws, "dynamodb").describe_time_to_live(TableName=names["HANDRAIL_TABLE"])
            client(aws, "s3").head_bucket(Bucket=names["HANDRAIL_RESULTS_BUCKET"])
            keys.add(drift_key(aws))
            assert names["HANDRAIL_DRIFT_KEY_SECRET"] == "handrail/drift-key"
            assert [key["AttributeName"] for key in table["KeySchema"]] == ["pk", "sk"]
            assert lives["TimeToLiveDescription"]["AttributeName"] == "expires"

    assert len(keys) == 3
    assert {len(bytes.fromhex(key)) for key in keys} == {32}


def test_without_a_folder_all_is_gone() -> None:
    """The next one begins empty, with a key of its own."""
    with opened(None) as aws:
        client(aws, "dynamodb").put_item(TableName="handrail", Item=KEY)
        before = drift_key(aws)
    with opened(None) as aws:
        assert "Item" not in client(aws, "dynamodb").get_item(TableName="handrail", Key=KEY)
        assert drift_key(aws) != before


def put(aws: Aws, **more: Any) -> Any:
    return client(aws, "dynamodb").put_item(TableName="handrail", Item=KEY, **more)


@pytest.mark.parametrize(
    ("do", "kept"),
    [
        pytest.param(put, [("dynamodb", "PutItem")], id="a change"),
        pytest.param(lambda aws: client(aws, "dynamodb").scan(TableName="handrail"), [], id="a look"),
        pytest.param(lambda aws: aws.bucket.put("k", b""), [("s3", "PutObject")], id="an object"),
        pytest.param(lambda aws: client(aws, "s3").list_objects_v2(Bucket=aws.bucket.name), [], id="a list"),
        pytest.param(
            lambda aws: client(aws, "sqs").create_queue(QueueName="q") and None, [("sqs", "CreateQueue")], id="a queue"
        ),
        pytest.param(
            lambda aws: cluster(client(aws, "rds"), "orders"), [("rds", "CreateDBCluster")], id="behind a door"
        ),
    ],
)
def test_keeps_what_changes_something(tmp_path: Path, do: Callable[[Aws], Any], kept: list[tuple[str, str]]) -> None:
    """One row a change; looks leave no trace."""
    with opened(tmp_path) as aws:
        do(aws)

    assert rows(tmp_path) == kept


@pytest.mark.parametrize(
    "do",
    [
        pytest.param(lambda aws: put(aws, ConditionExpression="attribute_exists(pk)"), id="a condition"),
        pytest.param(lambda aws: client(aws, "rds").delete_db_cluster(DBClusterIdentifier="none"), id="by a door"),
        pytest.param(lambda aws: client(aws, "s3").put_object(Bucket="none", Key="k"), id="no such bucket"),
        pytest.param(lambda aws: client(aws, "secretsmanager").put_secret_value(SecretId="x"), id="no such secret"),
    ],
)
def test_keeps_nothing_that_was_refused(tmp_path: Path, do: Callable[[Aws], Any]) -> None:
    """What AWS did not do is not done later either."""
    with opened(tmp_path) as aws, pytest.raises(ClientError):
        do(aws)

    assert rows(tmp_path) == []


@pytest.mark.parametrize(
    ("action", "body", "status", "code"),
    [
        pytest.param("StopReplicationToReplica", {"SecretId": "x"}, 501, "NotImplemented", id="what moto cannot do"),
        pytest.param("CreateSecret", {"Name": None}, 500, "InternalFailure", id="what moto stumbles over"),
    ],
)
def test_keeps_nothing_that_moto_could_not_do(
    tmp_path: Path, action: str, body: Mapping[str, Any], status: int, code: str
) -> None:
    """It is answered, once where asking again is no use, and no later process speaks of a change that was lost."""
    with opened(tmp_path) as aws:
        scope = "AWS4-HMAC-SHA256 Credential=k/20260101/us-east-1/secretsmanager/aws4_request"
        headers = {"X-Amz-Target": f"secretsmanager.{action}", "Authorization": scope}
        with closing(HTTPConnection(aws.endpoint.removeprefix("http://"), timeout=20)) as connection:
            connection.request("POST", "/", json.dumps(body), {**headers, "Content-Type": "application/x-amz-json-1.1"})
            answer = connection.getresponse()
            told = json.loads(answer.read())

    assert (answer.status, told["__type"], rows(tmp_path)) == (status, code, [])


def test_conditions_that_held_are_not_asked_again(tmp_path: Path) -> None:
    """A lock that was taken, given back and taken by another is the other's, however often it is loaded."""
    with opened(tmp_path) as aws:
        for owner in ("a", "b"):
            item = {**KEY, "owner": {"S": owner}}
            table = client(aws, "dynamodb")
            table.put_item(TableName="handrail", Item=item, ConditionExpression="attribute_not_exists(pk)")
            if owner == "a":
                names, values = {"#o": "owner"}, {":o": {"S": owner}}
                table.delete_item(
                    TableName="handrail", Key=KEY, ConditionExpression="#o = :o",
                    ExpressionAttributeNames=names, ExpressionAttributeValues=values,
                )  # fmt: skip
    for _ in range(2):
        with opened(tmp_path) as aws:
            assert client(aws, "dynamodb").get_item(TableName="handrail", Key=KEY)["Item"]["owner"] == {"S": "b"}


def test_what_a_look_began_is_the_same_again(tmp_path: Path) -> None:
    """The default VPC that somebody looked at first, and what was made in it afterwards, keep their identifiers."""
    found = []
    with opened(tmp_path) as aws:
        ec2 = client(aws, "ec2")
        vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
        subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="172.31.96.0/20")["Subnet"]["SubnetId"]
        found.append((vpc, subnet))
    for _ in range(2):
        with opened(tmp_path) as aws:
            made = client(aws, "ec2").describe_subnets(Filters=[{"Name": "cidr-block", "Values": ["172.31.96.0/20"]}])
            found.append((made["Subnets"][0]["VpcId"], made["Subnets"][0]["SubnetId"]))

    assert len(set(found)) == 1


def test_what_was_encrypted_can_be_decrypted(tmp_path: Path) -> None:
    """A key of KMS is the same key in the next process."""
    with opened(tmp_path) as aws:
        key = client(aws, "kms").create_key()["KeyMetadata"]["KeyId"]
        written = client(aws, "kms").encrypt(KeyId=key, Plaintext=b"hush")["CiphertextBlob"]
    with opened(tmp_path) as aws:
        assert client(aws, "kms").decrypt(CiphertextBlob=written)["Plaintext"] == b"hush"


ODD = "a b/ü?#%2F+&=.txt"


def presigned(aws: Aws) -> None:
    """As a page or curl would put it, in pieces of no announced length."""
    s3 = client(aws, "s3")
    address = s3.generate_presigned_url("put_object", Params={"Bucket": aws.bucket.name, "Key": ODD})
    connection = HTTPConnection(aws.endpoint.removeprefix("http://"))
    connection.request("PUT", address.removeprefix(aws.endpoint), iter([b"<1>", b"<2>"]), encode_chunked=True)
    assert connection.getresponse().status == 200
    connection.close()


def in_parts(aws: Aws) -> None:
    at = {"Bucket": aws.bucket.name, "Key": ODD}
    s3 = client(aws, "s3")
    upload = s3.create_multipart_upload(**at)["UploadId"]
    part = s3.upload_part(**at, UploadId=upload, PartNumber=1, Body=b"<1><2>")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    s3.complete_multipart_upload(**at, UploadId=upload, MultipartUpload=parts)


def copied(aws: Aws) -> None:
    at = {"Bucket": aws.bucket.name, "Key": ODD}
    s3 = client(aws, "s3")
    s3.put_object(Bucket=aws.bucket.name, Key="first", Body=b"<1><2>", Metadata={"my_key": "v"})
    s3.copy_object(**at, CopySource={"Bucket": aws.bucket.name, "Key": "first"})
    s3.delete_object(Bucket=aws.bucket.name, Key="first")


def in_its_place(aws: Aws) -> None:
    at = {"Bucket": aws.bucket.name, "Key": ODD}
    s3 = client(aws, "s3")
    first = s3.put_object(**at, Body=b"first", IfNoneMatch="*")
    s3.put_object(**at, Body=b"<1><2>", IfMatch=first["ETag"])


@pytest.mark.parametrize("write", [presigned, in_parts, copied, in_its_place])
def test_an_object_comes_back_however_it_was_written(tmp_path: Path, write: Callable[[Aws], None]) -> None:
    """With whatever characters its key has, twice."""
    with opened(tmp_path) as aws:
        write(aws)
    for _ in range(2):
        with opened(tmp_path) as aws:
            s3 = client(aws, "s3")
            assert s3.get_object(Bucket=aws.bucket.name, Key=ODD)["Body"].read() == b"<1><2>"
            assert s3.list_objects_v2(Bucket=aws.bucket.name)["KeyCount"] == 1


def test_a_change_that_moto_does_not_take_again_is_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The rest is loaded, the message says what it was and none of its values, and the next load is silent."""
    with opened(tmp_path) as aws:
        put(aws)
        client(aws, "secretsmanager").create_secret(Name="token", SecretString="hush-canary")
    journal = Journal(tmp_path, "handrail-results")
    journal.file.write("UPDATE request SET account='x', body='{' WHERE action='CreateSecret' AND place > 4")
    journal.close()
    told = []
    for _ in range(2):
        caplog.clear()
        with caplog.at_level(logging.WARNING, "handrail"), opened(tmp_path) as aws:
            assert client(aws, "dynamodb").get_item(TableName="handrail", Key=KEY)["Item"] == KEY
        told.append([record.getMessage() for record in caplog.records if record.name.startswith("handrail")])

    assert told == [
        ["AWS on this machine did not take 1 kept changes again; left out: secretsmanager:CreateSecret"],
        [],
    ]


def test_a_full_disk_refuses_the_change(tmp_path: Path) -> None:
    """What cannot be kept is not done: the next process would not have it. Reading goes on."""
    with opened(tmp_path) as aws:
        assert aws.journal is not None
        aws.moto.load()
        [[pages]] = aws.journal.file.read("PRAGMA page_count")
        aws.journal.file.write(f"PRAGMA max_page_count={pages}")
        with pytest.raises(ClientError, match=r"\(HandrailError\).*cloud\.sqlite3, .* is full"):
            aws.bucket.put("large", b"x" * 1_000_000)
        assert client(aws, "s3").list_objects_v2(Bucket=aws.bucket.name)["KeyCount"] == 0


def test_a_file_that_is_none_starts_nothing(tmp_path: Path) -> None:
    """It is told before anything has begun, and no thread is left."""
    (tmp_path / "cloud.sqlite3").write_text("no database" * 100)

    with pytest.raises(HandrailError, match="move it away"):
        Aws.start(home=tmp_path)


def test_a_damaged_file_is_told_to_whoever_asks(tmp_path: Path) -> None:
    """Not an empty AWS, in which everything seems to be gone."""
    with opened(tmp_path) as aws:
        for number in range(40):
            aws.bucket.put(f"{number}", b"x" * 10_000)
    path = tmp_path / "cloud.sqlite3"
    content = path.read_bytes()
    path.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))

    with pytest.raises((HandrailError, ClientError), match="cannot be used"), opened(tmp_path) as aws:
        client(aws, "s3").list_buckets()


# ---------------------------------------------------------------------- it does not grow for ever


def test_items_are_kept_as_they_are_not_as_they_came_to_be(tmp_path: Path) -> None:
    """Many writes of few items are few items after the next load, with everything in them."""
    rich = {
        "b": {"B": b"\xff\x00"},
        "m": {"M": {"l": {"L": [{"BS": [b"\xfe"]}, {"NULL": True}, {"N": "1.5"}]}, "base64": {"S": "x"}}},
        "ss": {"SS": ["a"]},
    }
    with opened(tmp_path) as aws:
        table = client(aws, "dynamodb")
        for number in range(60):
            table.put_item(TableName="handrail", Item={**KEY, **rich, "n": {"N": str(number)}})
        table.delete_item(TableName="handrail", Key={**KEY, "sk": {"S": "never was"}})
        table.put_item(TableName="handrail", Item={**KEY, "sk": {"S": "over"}, "expires": {"N": "1000"}})
        table.put_item(TableName="handrail", Item={**KEY, "sk": {"S": "lasts"}, "expires": {"N": "99999999999"}})
    with opened(tmp_path) as aws:
        client(aws, "dynamodb").put_item(TableName="handrail", Item={**KEY, "sk": {"S": "later"}})

    assert rows(tmp_path) == [("dynamodb", "handrail:Items"), ("dynamodb", "PutItem")]
    with opened(tmp_path) as aws:
        found = {item["sk"]["S"]: item for item in client(aws, "dynamodb").scan(TableName="handrail")["Items"]}
        assert set(found) == {"orders", "lasts", "later"}
        assert found["orders"] == {**KEY, **rich, "n": {"N": "59"}}


def test_items_of_a_table_with_backups_stay_as_they_came_to_be(tmp_path: Path) -> None:
    """A backup holds what was there at its time; made again from the last items it would hold others."""
    with opened(tmp_path) as aws:
        table = client(aws, "dynamodb")
        put(aws)
        backup = table.create_backup(TableName="handrail", BackupName="before")["BackupDetails"]["BackupArn"]
        for number in range(60):
            table.put_item(TableName="handrail", Item={**KEY, "sk": {"S": str(number)}})
    for _ in range(2):
        with opened(tmp_path) as aws:
            table = client(aws, "dynamodb")
            assert table.describe_backup(BackupArn=backup)["BackupDescription"]["SourceTableDetails"]["ItemCount"] == 1
            assert table.scan(TableName="handrail")["Count"] == 61


def test_a_long_process_tidies_up_too(tmp_path: Path) -> None:
    """After a thousand changes what was overwritten is gone, without a restart."""
    with opened(tmp_path) as aws:
        for number in range(MANY + 10):
            aws.moto.ask(aws.moto._request("PUT", "s3", path=f"/{aws.bucket.name}/k", body=str(number)))

    assert len(rows(tmp_path)) < 20
    with opened(tmp_path) as aws:
        assert client(aws, "s3").get_object(Bucket=aws.bucket.name, Key="k")["Body"].read() == str(MANY + 9).encode()


def test_old_runs_results_go(tmp_path: Path) -> None:
    """The bucket keeps those of the newest runs, and whatever belongs to no run."""
    with opened(tmp_path) as aws:
        aws.bucket.put("note.txt", b"")
        for run in range(RUNS + 2):
            aws.bucket.put(f"drift-check/run-{run:03}/result.json", b"{}")
    with opened(tmp_path) as aws:
        listed = client(aws, "s3").list_objects_v2(Bucket=aws.bucket.name)["Contents"]
        keys = [one["Key"] for one in listed]

    assert len(keys) == RUNS + 1
    assert (keys[0], keys[-1]) == ("drift-check/run-002/result.json", "note.txt")


def test_sessions_that_have_ended_are_forgotten(tmp_path: Path) -> None:
    """A role is assumed with every run; after the longest time that a session has, it is of no use."""
    with opened(tmp_path) as aws:
        arn = role(aws, BLUE, "blue-42")
        for _ in range(2):
            client(aws, "sts").assume_role(RoleArn=arn, RoleSessionName="me", ExternalId="blue-42")
    journal = Journal(tmp_path, "handrail-results")
    journal.file.write(
        "UPDATE request SET at = at - 200000 WHERE place = (SELECT min(place) FROM request WHERE service='sts')"
    )
    journal.close()
    with opened(tmp_path) as aws:
        aws.moto.load()

    assert rows(tmp_path) == [("iam", "CreateRole"), ("sts", "AssumeRole")]
