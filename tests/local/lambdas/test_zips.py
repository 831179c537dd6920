"""Functions that run from their zips, under AWS's own runtime, in processes of their own."""

import json
import os
import select
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep
from typing import Any

import pytest

from handrail.catalogue import Catalogue
from handrail.local.lambdas import zips
from handrail.local.lambdas.functions import Functions
from handrail.local.lambdas.request import Request
from handrail.local.laptop import Laptop
from handrail.local.refusals import ServiceError
from tests.local.lambdas.conftest import TRUST, Create, connected, zipped

PROCESS = "import os\ndef handler(event, context):\n    return os.getpid()\n"


def process(functions: Functions, name: str) -> int:
    found = functions.invoke(name, None)
    assert isinstance(found, int)
    return found


# ---------------------------------------------------------------------- what a function finds


def test_the_environment(functions: Functions, create: Create, laptop: Laptop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A function has Lambda's variables, its own and the laptop's AWS, and nothing of the person's environment."""
    monkeypatch.setenv("MY_TOKEN", "secret")
    monkeypatch.setenv("AWS_PROFILE", "production")
    own = {"COLOUR": "blue", "_HANDLER": "other.handler", "AWS_LAMBDA_FUNCTION_NAME": "other"}
    create(
        "environment",
        "import os\ndef handler(event, context):\n    return dict(os.environ)\n",
        Environment={"Variables": own},
        MemorySize=256,
        Timeout=5,
    )
    found: Any = functions.invoke("environment", None)
    wanted = {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": laptop.aws.endpoint,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "256",
        "AWS_LAMBDA_FUNCTION_NAME": "environment",
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/environment",
        "AWS_REGION": "us-east-1",
        "AWS_SECRET_ACCESS_KEY": "handrail",
        "COLOUR": "blue",
        "TZ": ":UTC",
        "_HANDLER": "app.handler",
    }
    assert {name: found.get(name) for name in wanted} == wanted
    assert found["LAMBDA_TASK_ROOT"].endswith("/task")
    assert not {"MY_TOKEN", "AWS_PROFILE", "VIRTUAL_ENV"} & found.keys()
    assert "secret" not in json.dumps(found)


def test_the_context(functions: Functions, create: Create, api: Any) -> None:
    """The context tells of the invocation what it tells on AWS."""
    arn = create(
        "context",
        """
        def handler(event, context):
            return {
                "id": context.aws_request_id,
                "arn": context.invoked_function_arn,
                "left": 0 < context.get_remaining_time_in_millis() <= 7000,
                "name": context.function_name,
                "memory": context.memory_limit_in_mb,
                "client": context.client_context.custom if context.client_context else None,
            }
        """,
        Timeout=7,
    )
    sent = "eyJjdXN0b20iOiB7ImEiOiAxfX0="
    told = api.invoke(FunctionName="context", ClientContext=sent)
    found = json.loads(told["Payload"].read())
    request = told["ResponseMetadata"]["RequestId"]
    expected = {"id": request, "arn": arn, "left": True, "name": "context", "memory": "128", "client": {"a": 1}}
    assert found == expected


def test_boto3_reaches_the_laptop(functions: Functions, create: Create) -> None:
    """boto3 is there, as in Lambda, and leads to the laptop's AWS without being told."""
    create(
        "caller",
        """
        import boto3
        def handler(event, context):
            return boto3.client("sts").get_caller_identity()["Account"]
        """,
        Timeout=30,
    )
    assert functions.invoke("caller", None) == "123456789012"


def test_modules_and_layers(functions: Functions, create: Create, api: Any) -> None:
    """A function imports what its zip and its layers have."""
    layer = zipped("", **{"python/layered__py": ""})
    version = api.publish_layer_version(LayerName="more", Content={"ZipFile": layer})["LayerVersionArn"]
    code = zipped("import beside, layered\ndef handler(event, context):\n    return beside.X\n", beside__py="X = 5\n")
    create("modules", zip=code, Layers=[version])
    assert functions.invoke("modules", None) == 5


# ---------------------------------------------------------------------- how it fails


LEAVES = "import os, signal\ndef handler(event, context):\n    {}\n"


@pytest.mark.parametrize(
    ("code", "error", "message"),
    [
        pytest.param(
            "import nothing_like_it\n", "Runtime.ImportModuleError", "No module named 'nothing_like_it'", id="import"
        ),
        pytest.param(
            "x = 1\n", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'", id="no handler"
        ),
        pytest.param("def handler(:\n", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app'", id="syntax"),
        pytest.param("raise ValueError('early')\n", "ValueError", "early", id="raises at once"),
        pytest.param(LEAVES.format("raise OSError('late')"), "OSError", "late", id="raises"),
        pytest.param(LEAVES.format("return {1}"), "Runtime.MarshalError", "Unable to marshal response", id="no JSON"),
        pytest.param(
            LEAVES.format("os._exit(3)"),
            "Runtime.ExitError",
            "Error: Runtime exited with error: exit status 3",
            id="exits",
        ),
        pytest.param(
            LEAVES.format("os._exit(0)"), "Runtime.ExitError", "exited without providing a reason", id="exits well"
        ),
        pytest.param(
            LEAVES.format("os.kill(os.getpid(), signal.SIGKILL)"),
            "Runtime.ExitError",
            "Runtime exited with error: signal: killed",
            id="is killed",
        ),
        pytest.param(
            LEAVES.format("signal.pause()"), "Sandbox.Timedout", "Error: Task timed out after 1.00 seconds", id="hangs"
        ),
        pytest.param(
            LEAVES.format("return 'x' * 6_291_560"),
            "Function.ResponseSizeTooLarge",
            "exceeded maximum allowed payload size (6291556 bytes).",
            id="more than 6 MB",
        ),
    ],
)
def test_failures(functions: Functions, create: Create, request: Any, code: str, error: str, message: str) -> None:
    """However a function fails, Step Functions is told in Lambda's words, and the next invocation is as the first."""
    name = "fails-" + request.node.callspec.id.replace(" ", "-")
    create(name, code, Timeout=1)
    for _ in range(1 if error == "Sandbox.Timedout" else 2):
        with pytest.raises(ServiceError) as failed:
            functions.invoke(name, None)
        assert failed.value.error == error
        assert message in json.loads(failed.value.cause)["errorMessage"]


def test_nothing_outlives_a_timeout(functions: Functions, create: Create, tmp_path: Path) -> None:
    """What a function began ends with it when its time is over, also what has a session of its own."""
    create(
        "daemon",
        """
        import subprocess, time
        def handler(event, context):
            daemon = subprocess.Popen(["sleep", "600"], start_new_session=True)
            open(event, "w").write(str(daemon.pid))
            time.sleep(600)
        """,
        Timeout=2,
    )
    with pytest.raises(ServiceError):
        functions.invoke("daemon", str(tmp_path / "pid"))
    assert has_ended(int((tmp_path / "pid").read_text()))


def has_ended(process: int) -> bool:
    """Whether a process that was ended is gone; the kernel takes a moment for it."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(10_000))
    finally:
        os.close(descriptor)


# ---------------------------------------------------------------------- processes


def test_a_process_is_used_again(functions: Functions, create: Create) -> None:
    """One invocation after the other runs in the same process, as in a warm environment."""
    create("warm", PROCESS)
    assert process(functions, "warm") == process(functions, "warm")


def test_several_at_a_time(functions: Functions, create: Create) -> None:
    """Invocations that run at the same time have a process each: each waits for the others here."""
    create(
        "meets",
        """
        import os, socket
        def handler(event, context):
            with socket.create_connection(("127.0.0.1", event)) as other:
                other.recv(1)
            return os.getpid()
        """,
        Timeout=30,
    )
    with socket.create_server(("127.0.0.1", 0)) as meeting, ThreadPoolExecutor(3) as threads:
        port = meeting.getsockname()[1]
        asked = [threads.submit(functions.invoke, "meets", port) for _ in range(3)]
        met = [meeting.accept()[0] for _ in range(3)]
        for each in met:
            each.send(b"!")
            each.close()
    assert len({each.result() for each in asked}) == 3


@pytest.fixture
def single(laptop: Laptop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Functions]:
    """The same functions, with one process at a time for all of them."""
    monkeypatch.setattr(zips, "MOST", 1)
    alone = Functions({}, zips.Zips(lambda: laptop.aws.moto, tmp_path, lambda: laptop.aws.environment))
    yield alone
    alone.close()


def test_an_idle_process_ends_for_another_function(single: Functions, create: Create) -> None:
    """Where there are as many processes as there may be, an idle one makes room."""
    create("first", PROCESS)
    create("second", PROCESS)
    first = process(single, "first")
    assert process(single, "second") != first
    assert has_ended(first)


def test_who_finds_no_process_waits(single: Functions, create: Create) -> None:
    """Invocations that no process is left for run after those that have one."""
    create("in-turn", PROCESS)
    with ThreadPoolExecutor(4) as threads:
        found = [threads.submit(process, single, "in-turn") for _ in range(4)]
    assert len({each.result() for each in found}) == 1


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(
            lambda api: api.update_function_code(FunctionName="new", ZipFile=zipped(PROCESS, other__py="")), id="code"
        ),
        pytest.param(
            lambda api: api.update_function_configuration(FunctionName="new", Environment={"Variables": {"A": "2"}}),
            id="configuration",
        ),
    ],
)
def test_a_change_counts_at_once(functions: Functions, create: Create, api: Any, change: Any) -> None:
    """The next invocation after a change runs in a new process, with the new code and settings."""
    if functions.zips is not None and functions.zips.find(Request.of("new", None)) is None:
        create("new", PROCESS)
    before = process(functions, "new")
    change(api)
    after = process(functions, "new")
    assert after != before
    assert has_ended(before)


def test_versions_and_aliases(functions: Functions, create: Create, api: Any) -> None:
    """A version stays what it was when it was published, and an alias leads to it."""
    create("kept", "def handler(event, context):\n    return ['one', context.invoked_function_arn]\n")
    version = api.publish_version(FunctionName="kept")["Version"]
    api.create_alias(FunctionName="kept", Name="live", FunctionVersion=version)
    api.update_function_code(FunctionName="kept", ZipFile=zipped("def handler(event, context):\n    return 'two'\n"))
    arn = "arn:aws:lambda:us-east-1:123456789012:function:kept"
    assert functions.invoke("kept", None) == "two"
    assert functions.invoke(f"{arn}:1", None) == ["one", f"{arn}:1"]
    assert functions.invoke("kept:live", None) == ["one", f"{arn}:live"]
    told = api.invoke(FunctionName="kept", Qualifier="live")
    assert told["ExecutedVersion"] == "1"


def test_the_log(functions: Functions, create: Create, laptop: Laptop) -> None:
    """What a function prints stands in a file that only this person reads."""
    create("talks", "import logging\ndef handler(event, context):\n    print('said')\n    logging.error('wrong')\n")
    functions.invoke("talks", None)
    log = laptop.home / "lambdas/logs/123456789012-us-east-1/talks.log"
    lines = [line.split("\t")[0].split(" ")[0] for line in log.read_text().splitlines()]
    assert lines == ["INIT_START", "START", "said", "[ERROR]", "END", "REPORT"]
    assert log.stat().st_mode & 0o077 == 0


def test_images_are_told(functions: Functions, create: Create) -> None:
    """A function that is an image cannot run here, and what can be done is told."""
    create("image", Code={"ImageUri": "123456789012.dkr.ecr.example/it:1"}, PackageType="Image")
    with pytest.raises(ServiceError, match="image is a container image, and only zips run here") as refused:
        functions.invoke("image", None)
    assert refused.value.error == "Lambda.InvalidRuntimeException"
    assert "--lambda-endpoint" in refused.value.cause


def test_the_runtime_is_an_extra(functions: Functions, create: Create, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where AWS's runtime is not installed, it is told how to install it, and what else can be done."""
    create("lacks", PROCESS)
    monkeypatch.setitem(sys.modules, "awslambdaric", None)
    with pytest.raises(ServiceError, match=r"pip install 'handrail\[lambda\]'") as refused:
        functions.invoke("lacks", None)
    assert "--mock-config" in refused.value.cause


def test_what_no_process_can_be_given(functions: Functions, create: Create) -> None:
    """A setting that no process can have is told, and is no reason to hang."""
    create("nul", PROCESS, Environment={"Variables": {"A": "a\0b"}})
    with pytest.raises(ServiceError, match="No process of nul can be begun: embedded null byte"):
        functions.invoke("nul", None)


# ---------------------------------------------------------------------- a laptop's life


def test_functions_survive_a_restart_and_processes_do_not(tmp_path: Path) -> None:
    """What was created is there in the next process; what ran has ended with the laptop."""
    nobody = Catalogue(tmp_path, {}, {}, {}, {}, {})
    with Laptop.open(nobody, tmp_path / "home") as laptop:
        connected(laptop, "iam").create_role(RoleName="runs", AssumeRolePolicyDocument=TRUST)
        connected(laptop, "lambda").create_function(
            FunctionName="stays",
            Role="arn:aws:iam::123456789012:role/runs",
            Runtime="python3.12",
            Handler="app.handler",
            Code={"ZipFile": zipped(PROCESS)},
        )
        before = process(laptop.functions, "stays")
        assert before != os.getpid()
    assert has_ended(before)
    assert not (tmp_path / "home/lambdas/code").exists()
    with Laptop.open(nobody, tmp_path / "home") as laptop:
        assert process(laptop.functions, "stays") not in (before, os.getpid())


def test_who_waits_when_the_laptop_ends_is_told_to_come_again(tmp_path: Path) -> None:
    """The function has not failed: it was ended from here, and an SDK may ask the next server."""
    begun = tmp_path / "begun"
    code = f"""
    import pathlib, time

    def handler(event, context):
        pathlib.Path({str(begun)!r}).touch()
        time.sleep(600)
    """
    with (
        Laptop.open(Catalogue(tmp_path, {}, {}, {}, {}, {}), tmp_path / "home") as laptop,
        ThreadPoolExecutor(1) as pool,
    ):
        connected(laptop, "iam").create_role(RoleName="runs", AssumeRolePolicyDocument=TRUST)
        usual: Any = {"Runtime": "python3.12", "Handler": "app.handler", "Timeout": 900}
        role, api = "arn:aws:iam::123456789012:role/runs", connected(laptop, "lambda")
        api.create_function(FunctionName="sleeps", Role=role, Code={"ZipFile": zipped(code)}, **usual)
        asked = pool.submit(api.invoke, FunctionName="sleeps")
        while not begun.exists():
            sleep(0.01)
        laptop.close()
        error: Any = asked.exception(20)

    assert error.response["Error"]["Code"] == "ServiceUnavailable"
