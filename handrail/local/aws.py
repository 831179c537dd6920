"""The rest of AWS on a laptop: moto in this process, behind a port of 127.0.0.1, asked for by the first request.

Nothing of moto is imported before. It is in memory: what is written to it is gone when the process ends.
"""

import io
import os
import select
import socket
from collections.abc import Callable, Iterable, Mapping, MutableMapping
from functools import cached_property
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from werkzeug.serving import BaseWSGIServer

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

REGION = "us-east-1"
BUCKET = "handrail-results"

HOST = "127.0.0.1"

# A proxy of the person's network is not asked for what is on this machine. Some programs read one name, some the other.
DIRECT = f"{HOST},localhost"
NO_PROXY = ("no_proxy", "NO_PROXY")


class Moto:
    """moto as one WSGI application for all services. The first request imports it and makes the bucket."""

    def __init__(self, bucket: str = BUCKET, region: str = REGION) -> None:
        self.bucket = bucket
        self.region = region
        self._lock = Lock()
        self._loaded: Wsgi | None = None

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        return self.load()(environ, start_response)

    def reset(self) -> None:
        """Forget everything, the bucket too."""
        with self._lock:
            if self._loaded is not None:
                _ask(self._loaded, "POST", "/moto-api/reset")
                self._loaded = None

    def load(self) -> Wsgi:
        """What answers; imported and given its bucket by whoever comes first."""
        with self._lock:
            if self._loaded is None:
                loaded = _moto()
                _ask(loaded, "PUT", f"/{self.bucket}", _location(self.region))
                self._loaded = loaded
            return self._loaded


def _moto() -> Wsgi:
    from moto.core.config import default_user_config
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

    # Functions and batch jobs are not moto's to run, and nobody expects a container to be started.
    default_user_config["lambda"] = {"use_docker": False}
    default_user_config["batch"] = {"use_docker": False}
    application: Wsgi = DomainDispatcherApplication(create_backend_app)
    return application


def _location(region: str) -> str:
    """The body of a CreateBucket request; S3 wants none for its first region."""
    return "" if region == "us-east-1" else f"{LOCATION[0]}{region}{LOCATION[1]}"


LOCATION = (
    '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>',
    "</LocationConstraint></CreateBucketConfiguration>",
)


def _ask(application: Wsgi, method: str, path: str, body: str = "") -> None:
    """A request to S3 or to moto itself, without a connection."""
    from werkzeug.test import Client

    answer = Client(application).open(path, method=method, base_url=f"http://{HOST}", data=body, headers=SIGNED)
    if answer.status_code >= 400:
        raise RuntimeError(f"moto refuses {method} {path}: {answer.get_data(as_text=True)}")


# moto reads from the signature which service is meant, and does not look whether it is right.
SIGNED = {
    "Authorization": "AWS4-HMAC-SHA256 Credential=handrail/20000101/us-east-1/s3/aws4_request, "
    "SignedHeaders=host, Signature=0"
}


class Bucket:
    """The results bucket, for whoever writes to it in this process."""

    def __init__(self, name: str, client: Callable[[], Any]) -> None:
        self.name = name
        self._client = client

    def put(self, key: str, content: bytes | Path) -> None:
        """Write one object; a path means the content of that file."""
        with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as body:
            self._client().put_object(Bucket=self.name, Key=key, Body=body)


class Aws:
    """A server for moto. It has its port at once, and imports what it serves when somebody connects."""

    def __init__(self, bucket: str = BUCKET, region: str = REGION) -> None:
        self.moto = Moto(bucket, region)
        self.bucket = Bucket(bucket, lambda: self._s3)
        self.region = region
        self._lock = Lock()
        self._closed = False
        self._server: BaseWSGIServer | None = None
        self._socket = socket.create_server((HOST, 0), backlog=128)
        self.endpoint = f"http://{HOST}:{self._socket.getsockname()[1]}"
        self._thread = Thread(target=self._serve, name="handrail-aws", daemon=True)
        self._thread.start()

    @classmethod
    def start(cls, bucket: str = BUCKET, region: str = REGION) -> Self:
        """A server that answers from now on, until it is closed."""
        return cls(bucket, region)

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs to reach this server and no other AWS; the credentials are valid nowhere else."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "handrail",
            "AWS_SECRET_ACCESS_KEY": "handrail",
            "AWS_SESSION_TOKEN": "handrail",
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "HANDRAIL_RESULTS_BUCKET": self.bucket.name,
            **dict.fromkeys(NO_PROXY, DIRECT),
        }

    def take_over(self, environ: MutableMapping[str, str]) -> Callable[[], None]:
        """Turn an environment (os.environ) to this server; gives back what undoes it.

        Every AWS_ variable goes, as an endpoint for one service or a profile would lead to the real AWS.
        """
        before = dict(environ)
        for name in [name for name in environ if name.startswith("AWS_")]:
            del environ[name]
        environ.update(self.environment, **dict.fromkeys(NO_PROXY, direct(before)))

        def undo() -> None:
            for name in {*self.environment, *(name for name in before if name.startswith("AWS_"))}:
                if name in before:
                    environ[name] = before[name]
                else:
                    environ.pop(name, None)

        return undo

    def client(self, service: str) -> Any:
        """A new boto3 client of this server, whatever the environment of this process says."""
        return connect(service, self.environment)

    def close(self) -> None:
        """Stop answering, and forget everything that was written."""
        with self._lock:
            self._closed = True
            server = self._server
        if server is not None:
            server.shutdown()
        elif self._thread.is_alive():
            socket.create_connection(self._socket.getsockname(), timeout=5).close()
        self._thread.join()
        self._socket.close()
        self.moto.reset()

    @cached_property
    def _s3(self) -> Any:
        return self.client("s3")

    def _serve(self) -> None:
        select.select([self._socket], [], [])
        with self._lock:
            if self._closed:
                return
            self._server = _server(self._socket, self.moto)
        self._server.serve_forever(poll_interval=0.02)


def direct(environ: Mapping[str, str]) -> str:
    """What is reached without a proxy: this machine, and whatever this environment says already."""
    said = next((environ[name] for name in NO_PROXY if environ.get(name)), "")
    return said if said.strip() == "*" else f"{said},{DIRECT}".strip(",")


def _server(listening: socket.socket, application: Wsgi) -> "BaseWSGIServer":
    from moto.moto_server.werkzeug_app import MotoRequestHandler
    from werkzeug.serving import make_server

    class QuietHandler(MotoRequestHandler):  # type: ignore[misc, unused-ignore]
        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """A terminal that shows a run has no place for each request."""

    return make_server(HOST, 0, application, threaded=True, request_handler=QuietHandler, fd=listening.fileno())


def connect(service: str, environment: Mapping[str, str]) -> Any:
    """A boto3 client that knows what `environment` says, and nothing of this process's environment or home."""
    import boto3
    from botocore.config import Config
    from botocore.session import Session

    nowhere = (None, None, os.devnull, None)
    session = Session(
        session_vars={
            "profile": (None, None, None, None),
            "config_file": nowhere,
            "credentials_file": nowhere,
        }
    )
    session.set_credentials(
        environment.get("AWS_ACCESS_KEY_ID", "handrail"),
        environment.get("AWS_SECRET_ACCESS_KEY", "handrail"),
        environment.get("AWS_SESSION_TOKEN"),
    )
    region = environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    make: Any = boto3.Session(botocore_session=session, region_name=region).client
    return make(service, endpoint_url=environment["AWS_ENDPOINT_URL"], config=Config(proxies={}))
