"""A client of an AWS in this process, in one line."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import glob, json, os, tempfile
from handrail.testing import client

states, sqs = client(), client("sqs")
queue = sqs.create_queue(QueueName="q")["QueueUrl"]
sqs.send_message(QueueUrl=queue, MessageBody="hello")
[message] = client("sqs").receive_message(QueueUrl=queue)["Messages"]
there = client("sts", account="222222222222").get_caller_identity()["Account"]
print(json.dumps({
    "said": message["Body"],
    "same": states.meta.endpoint_url == sqs.meta.endpoint_url == os.environ["AWS_ENDPOINT_URL"],
    "prefix": states.meta.config.inject_host_prefix,
    "there": there,
    "kept": len(glob.glob(tempfile.gettempdir() + "/handrail-*")),
}))
"""


def test_starts_a_server_on_first_use_and_leaves_nothing(tmp_path: Path) -> None:
    """All clients of a process are of one server; its folder is gone at the end, outside of any project too."""
    environment = {"PATH": "", "PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.stdout.strip() == (
        '{"said": "hello", "same": true, "prefix": false, "there": "222222222222", "kept": 1}'
    )
    assert [*tmp_path.iterdir()] == []
