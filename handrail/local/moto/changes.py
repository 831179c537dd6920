"""Which requests change what is there: those are kept and done again after a restart, and CloudTrail tells of them.

The rule is the operation's first word; what it is wrong about stands in the tables.
"""

import re
from collections.abc import Mapping, Set
from typing import Final

READS: Final = re.compile(
    r"(?:BatchGet|Describe|Estimate|Filter|Get|Head|List|Lookup|Preview|Query|Scan|Search|Select|Simulate|Test"
    r"|TransactGet|Validate)(?![a-z])"
)
READING_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})

# Named like a look, and gives credentials.
CHANGES_TOO: Final[Mapping[str, Set[str]]] = {"sts": {"GetFederationToken", "GetSessionToken"}}

# Named like a change, and leaves everything as it was.
READS_TOO: Final[Mapping[str, Set[str]]] = {
    "kms": {
        *("Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext"),
        *(
            "GenerateDataKeyWithoutPlaintext",
            "GenerateMac",
            "GenerateRandom",
            "ReEncrypt",
            "Sign",
            "Verify",
            "VerifyMac",
        ),
    },
    "lambda": {"Invoke", "InvokeAsync", "InvokeWithResponseStream"},
    "s3": {"CreateSession"},
    "sts": {"DecodeAuthorizationMessage"},
}

# What passes through AWS and does not stay: messages, measurements, lines of logs. A restart ends it.
PASSES: Final[Mapping[str, Set[str]]] = {
    "cloudwatch": {"PutMetricData"},
    "events": {"PutEvents"},
    "firehose": {"PutRecord", "PutRecordBatch"},
    "kinesis": {"PutRecord", "PutRecords"},
    "logs": {"PutLogEvents"},
    "ses": {"SendEmail", "SendRawEmail", "SendTemplatedEmail"},
    "sns": {"Publish", "PublishBatch"},
    "sqs": {
        *("ChangeMessageVisibility", "ChangeMessageVisibilityBatch", "DeleteMessage", "DeleteMessageBatch"),
        *("PurgeQueue", "ReceiveMessage", "SendMessage", "SendMessageBatch"),
    },
    "xray": {"PutTelemetryRecords", "PutTraceSegments"},
}

ITEMS: Final = frozenset(
    {
        *("BatchExecuteStatement", "BatchWriteItem", "DeleteItem", "ExecuteStatement", "ExecuteTransaction"),
        *("PutItem", "TransactWriteItems", "UpdateItem"),
    }
)
"""What writes the items of DynamoDB's tables."""

# An object's own operations in S3, and the parts that it is uploaded in; an Object Lock is the bucket's.
OF_OBJECTS: Final = re.compile(r"(?!\w*ObjectLockConfiguration)\w*(?:Object|Multipart|UploadPart)")


def changes(service: str, action: str, method: str) -> bool:
    """Whether a request, if it is accepted, changes what later ones find; one of an unknown action by its method."""
    if action in PASSES.get(service, ()) or action in READS_TOO.get(service, ()):
        return False
    if not action:
        return method not in READING_METHODS
    return READS.match(action) is None or action in CHANGES_TOO.get(service, ())


def of_objects(service: str, action: str) -> bool:
    """Whether a request is about one object of a bucket, or several."""
    return service == "s3" and OF_OBJECTS.match(action) is not None


def told(service: str, action: str, method: str) -> bool:
    """Whether CloudTrail's event history has a change: one of resources, not of the data in them.

    Source: "Working with CloudTrail event history": management events, no data events.
    """
    data = of_objects(service, action) or (service == "dynamodb" and action in ITEMS)
    return bool(action) and changes(service, action, method) and not data
