"""moto's Step Functions, in process through boto3, which is its only door."""

import json
import os
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import boto3
from moto import mock_aws
from protocol import Ran, serve

ROLE = "arn:aws:iam::123456789012:role/bench"


def prepare(workload: Any) -> Callable[[], Ran]:
    client: Any = boto3.client("stepfunctions", region_name="us-east-1")
    definition = json.dumps(workload["definition"])
    machine = client.create_state_machine(name=f"m-{uuid4()}", definition=definition, roleArn=ROLE)["stateMachineArn"]
    text = json.dumps(workload["input"])

    def run() -> Ran:
        started = [
            client.start_execution(stateMachineArn=machine, name=str(uuid4()), input=text)["executionArn"]
            for _ in range(workload["times"])
        ]
        for arn in started:
            while (found := client.describe_execution(executionArn=arn))["status"] == "RUNNING":
                time.sleep(0.001)
        if found["status"] != "SUCCEEDED":
            raise RuntimeError(f"{found['status']} {found.get('error')} {found.get('cause')}")
        return Ran(json.loads(found["output"]), lambda: events(client, started[-1]))

    return run


def events(client: Any, arn: str) -> int:
    pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
    return sum(len(page["events"]) for page in pages)


os.environ.update(AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench")  # noqa: S106  # nobody checks them
with mock_aws(config={"stepfunctions": {"execute_state_machine": True}}):
    serve(prepare)
