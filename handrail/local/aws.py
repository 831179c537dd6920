"""The rest of AWS on a laptop: moto in this process, behind a port of 127.0.0.1, asked for by the first request.

    boto3 ─► port ─► doors: Step Functions, events, builds, sessions, Aurora, CloudTrail ─► moto ─► journal
                     (what moto does badly or not at all)         (what changes something is done again next time)

Nothing of moto is imported before a request needs it: one of Step Functions never does. With a folder it keeps what is
changed there; without one all is gone at the end.
"""

import io
import os
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any, Self

from handrail.local.aurora.door import Aurora
from handrail.local.doors import Answered, Asked, Door, guarded, pages_at
from handrail.local.environment import BUCKET, HOST, REGION, environment
from handrail.local.listener import Listener, reached
from handrail.local.moto.application import Moto
from handrail.local.moto.journal import Journal
from handrail.local.seeds import Seed
from handrail.local.sts import SESSION, Sts
from handrail.local.trail import Trail

# By this header moto knows the account, whatever the access key.
OWNER = "x-moto-account-id"


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
    """A server of all of AWS. It has its port at once, and imports what it serves when somebody asks for it.

    `first` are doors of what needs nothing of moto, `doors` others; `listening` is a socket, else any port is taken.
    """

    def __init__(
        self,
        bucket: str = BUCKET,
        region: str = REGION,
        home: Path | None = None,
        first: Sequence[Door] = (),
        doors: Sequence[Door] = (),
        listening: socket.socket | None = None,
    ) -> None:
        self.journal = None if home is None else Journal(home, bucket)
        self.moto = Moto(bucket, region, self.journal)
        self.trail, self.aurora, self.sts = Trail(home), Aurora(home), Sts()
        listening = listening or socket.create_server((HOST, 0), backlog=128)
        host, port = listening.getsockname()[:2]
        # Asked in this order, before moto. What was kept is there before those after `_loaded` look for it in moto.
        known: list[Door] = [self._loaded, self.sts.known, self.sts.assume]
        self.doors: list[Door] = [pages_at(host), self._acting, *first, *known, *doors, self.aurora, self.trail]
        self.bucket = Bucket(bucket, lambda: self._s3)
        self.region = region
        self.endpoint = address(reached(host), port)
        self._listener = Listener(listening, guarded(self.moto.ask, self.doors, self._seen))

    @classmethod
    def start(
        cls,
        bucket: str = BUCKET,
        region: str = REGION,
        home: Path | None = None,
        seed: Seed | None = None,
        first: Sequence[Door] = (),
        doors: Sequence[Door] = (),
        listening: socket.socket | None = None,
    ) -> Self:
        """A server that answers from now on, until it is closed; what outlives it is kept in `home`.

        A folder in which nothing was kept yet is furnished by `seed`. Raises HandrailError where that fails.
        """
        aws = cls(bucket, region, home, first, doors, listening)
        try:
            aws.furnish(seed)
        except BaseException:
            aws.close()
            raise
        return aws

    def furnish(self, seed: Seed | None) -> None:
        """Let a project say what AWS has from the beginning, once; what is half made when it fails is forgotten."""
        if seed is None or (self.journal is not None and not self.journal.new):
            return
        with nullcontext() if self.journal is None else self.journal.furnishing():
            seed(self.client)

    @property
    def environment(self) -> dict[str, str]:
        """What a child process needs to reach this server and no other AWS; the credentials are valid nowhere else."""
        return environment(self.endpoint, self.region, self.bucket.name)

    def client(self, service: str, account: str | None = None, region: str | None = None, **settings: Any) -> Any:
        """A new boto3 client of this server, whatever the environment of this process says.

        In another account it acts as the owner does, without a role. `settings` are more of botocore's Config.
        """
        client = connect(service, self.environment, region, **settings)
        if account is not None:
            client.meta.events.register(
                "before-sign.*", lambda request, **_: request.headers.add_header(OWNER, account)
            )
        return client

    def close(self) -> None:
        """Stop answering; what no folder keeps is forgotten."""
        self._listener.close()
        self.moto.reset()
        for kept in (self.journal, self.trail, self.aurora):
            if kept is not None:
                kept.close()

    def _acting(self, asked: Asked) -> Answered | None:
        # Nothing is loaded for the keys of somebody's real login, who began no session here.
        if not asked.access_key.startswith(SESSION) or not (self.moto.loaded or self.moto.kept(["sts"])):
            return None
        self.moto.load()
        return self.sts.acting(asked)

    def _loaded(self, asked: Asked) -> Answered | None:
        self.moto.load()
        return None

    def _seen(self, asked: Asked, answered: Answered) -> None:
        # CloudTrail's record of a request costs more than Step Functions' whole answer, and needs moto to read it.
        if asked.service != "stepfunctions":
            self.trail.see(asked, answered)

    @cached_property
    def _s3(self) -> Any:
        return self.client("s3")


def address(host: str, port: int) -> str:
    """The address of a server; one of IPv6 stands in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def connect(service: str, environment: Mapping[str, str], region: str | None = None, **settings: Any) -> Any:
    """A boto3 client that knows what `environment` says, and nothing of this process's environment or home.

    `settings` are more of botocore's Config.
    """
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
    region = region or environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION")
    make: Any = boto3.Session(botocore_session=session, region_name=region).client
    config = Config(proxies={}, inject_host_prefix=False, **settings)
    return make(service, endpoint_url=environment["AWS_ENDPOINT_URL"], config=config)
