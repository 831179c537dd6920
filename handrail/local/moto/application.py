"""moto as one application for all services, in this process; what it accepted before is done again when it is loaded.

Nothing of moto is imported before the first request, or `load`.
"""

import io
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from secrets import token_hex
from threading import RLock
from typing import Any

from handrail.errors import HandrailError
from handrail.local.doors import Answered, Asked, Wsgi, called
from handrail.local.environment import DRIFT_KEY, TABLE
from handrail.local.moto import schedules, triggers
from handrail.local.moto.chance import listen, scripted
from handrail.local.moto.changes import changes
from handrail.local.moto.items import items, restore
from handrail.local.moto.journal import SNAPSHOT, WSGI, Change, Journal
from handrail.local.moto.triggers import Receiver
from handrail.service_models import Files
from handrail.table import DEFINITION, TTL_ATTRIBUTE

log = logging.getLogger(__name__)

# Paths of moto's own, which are no requests to AWS.
OWN = ("/moto-api", "/favicon.ico", "/latest/")

SOME = 40_000
"""So many bytes of requests that wrote items are done again; more are replaced by what they led to."""


class Moto:
    """Answers any request. From the first load on it has the results bucket, the table and the key of drift.

    `used` is whether there was another one before: moto is one in a process, and what that one left is not ours. It is
    emptied then, and not at an end, after which there is nearly always nobody.
    """

    used = False

    def __init__(self, bucket: str, region: str, journal: Journal | None = None) -> None:
        self.bucket = bucket
        self.region = region
        self.journal = journal
        # Changes go one after the other: their order in the journal is the order in which moto saw them.
        self._lock = RLock()
        self._loaded: Wsgi | None = None
        self._failed: HandrailError | None = None
        self._functions: Receiver | None = None

    def ask(self, asked: Asked) -> Answered:
        """What moto answers; a change is kept if it is accepted. Raises HandrailError where it cannot be kept."""
        application = self.load()
        try:
            if not changes(asked.service, asked.action, asked.method) or _own(asked):
                return called(application, asked)
            with self._lock:
                return self._change(application, asked)
        except NotImplementedError as error:
            # No SDK asks again after this status.
            told = f"moto, which is AWS on this machine, cannot do {asked.service}:{asked.action}: {error}"
            return asked.refuse("NotImplemented", told, 501)

    @property
    def loaded(self) -> bool:
        return self._loaded is not None

    def kept(self, services: Sequence[str]) -> bool:
        """Whether something is to be done again in one of these services when it is loaded."""
        return self.journal is not None and self.journal.has(services)

    def load(self) -> Wsgi:
        """The application; imported and furnished by whoever comes first. Raises HandrailError where it cannot be."""
        # Nobody waits for a change of somebody else's.
        return self._loaded or self._load()

    def hand_over(self, functions: Receiver) -> None:
        """Have whoever runs functions called for topics, queues, buckets, tables, streams and logs."""
        with self._lock:
            self._functions = functions
            if self._loaded is not None:
                triggers.hand_over(functions)

    def reset(self) -> None:
        """Forget everything, the bucket too; a journal keeps what it has, in short."""
        with self._lock:
            triggers.hand_over(None)
            if self._loaded is not None:
                self._shorten(time.time())
            self._loaded = self._failed = None

    def _load(self) -> Wsgi:
        with self._lock:
            if self._failed is not None:
                raise self._failed
            if self._loaded is None:
                application = _application()
                if Moto.used:
                    self._empty(application)
                Moto.used = True
                try:
                    self._again(application)
                    self._furnish(application)
                except HandrailError as error:
                    self._failed = error
                    raise
                triggers.hand_over(self._functions)
                self._loaded = application
            return self._loaded

    def _empty(self, application: Wsgi) -> None:
        called(application, self._request("POST", "s3", path="/moto-api/reset"))

    # ------------------------------------------------------------------ changes, and the same again

    def _change(self, application: Wsgi, asked: Asked) -> Answered:
        if self.journal is None:
            return called(application, asked)
        now = time.time()
        place = self.journal.keep(asked, now)
        try:
            with scripted(self.journal.seed(place), now):
                answered = called(application, asked)
        except Exception:
            # What moto stumbled over is no change, and it would do so again after each restart.
            self.journal.strike(place)
            raise
        if not answered.accepted:
            self.journal.strike(place)
        elif self.journal.due:
            self.journal.tidy(now)
            self.journal.snapshot(items(now), now)
        return answered

    def _again(self, application: Wsgi) -> None:
        if self.journal is None:
            return
        self.journal.tidy(now := time.time())
        refused = [change for change in self.journal.changes() if not self._done(application, change)]
        for change in refused:
            self.journal.refuse(change.place)
        if refused:
            named = ", ".join(sorted({f"{change.service}:{change.action or '?'}" for change in refused}))
            log.warning("AWS on this machine did not take %d kept changes again; left out: %s", len(refused), named)
        self._shorten(now)

    def _shorten(self, now: float) -> None:
        if self.journal is not None and self.journal.written > SOME:
            self.journal.snapshot(items(now), now)

    def _done(self, application: Wsgi, change: Change) -> bool:
        """Do a change again; whether moto took it."""
        assert self.journal is not None
        with scripted(self.journal.seed(change.place), change.at):
            try:
                if change.action == SNAPSHOT:
                    restore(change)
                    return True
                return called(application, change.asked()).accepted
            # Whatever moto does not like about it: the rest is loaded all the same.
            except Exception:  # noqa: BLE001
                return False

    # ------------------------------------------------------------------ what is there from the beginning

    def _furnish(self, application: Wsgi) -> None:
        """Make the results bucket, the table and the key, each where it is missing."""

        def ask(asked: Asked) -> Answered:
            looks = not changes(asked.service, asked.action, asked.method)
            return called(application, asked) if looks else self._change(application, asked)

        if not ask(self._request("HEAD", "s3", path=f"/{self.bucket}")).accepted:
            _made(ask(self._request("PUT", "s3", path=f"/{self.bucket}", body=_location(self.region))))
        table = {"TableName": TABLE}
        if not ask(self._json("DescribeTable", table)).accepted:
            _made(ask(self._json("CreateTable", {**table, **DEFINITION})))
            lives = {"Enabled": True, "AttributeName": TTL_ATTRIBUTE}
            _made(ask(self._json("UpdateTimeToLive", {**table, "TimeToLiveSpecification": lives})))
        if not ask(self._json("DescribeSecret", {"SecretId": DRIFT_KEY})).accepted:
            secret = {"Name": DRIFT_KEY, "SecretString": token_hex(32), "ClientRequestToken": token_hex(16)}
            _made(ask(self._json("CreateSecret", secret)))

    def _json(self, action: str, parameters: Mapping[str, Any]) -> Asked:
        service, target = SECRETS if "Secret" in action else DYNAMODB
        headers = {"CONTENT_TYPE": "application/x-amz-json-1.1", "HTTP_X_AMZ_TARGET": f"{target}.{action}"}
        return self._request("POST", service, body=json.dumps(parameters), **headers)

    def _request(self, method: str, service: str, *, path: str = "/", body: str = "", **headers: str) -> Asked:
        """A request without a connection; moto does not look whether its signature is right."""
        environ = {
            **WSGI,
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "RAW_URI": path,
            "QUERY_STRING": "",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body.encode()),
            "HTTP_HOST": "127.0.0.1",
            "HTTP_AUTHORIZATION": f"AWS4-HMAC-SHA256 Credential=handrail/20000101/{self.region}/{service}/aws4_request",
            **headers,
        }
        return Asked(environ, self.ask)


DYNAMODB = ("dynamodb", "DynamoDB_20120810")
SECRETS = ("secretsmanager", "secretsmanager")


def _own(asked: Asked) -> bool:
    return str(asked.environ["PATH_INFO"]).startswith(OWN)


def _made(answered: Answered) -> None:
    if not answered.accepted:
        raise HandrailError(f"AWS on this machine cannot be furnished: {answered.body.decode(errors='replace')}")


NOT_INSTALLED = (
    "What is not Step Functions is answered by moto, which is not installed here: pip install 'handrail[local]', then "
    "begin again."
)


def _application() -> Wsgi:
    """The application; raises HandrailError where it is not installed."""
    try:
        import moto.backends
        import moto.core.utils
        from moto.core.config import default_user_config
        from moto.moto_server import werkzeug_app
    except ModuleNotFoundError as error:
        raise HandrailError(f"{NOT_INSTALLED} ({error})") from error

    # moto adds to botocore's models, and would read each of them anew.
    models: Any = moto.core.utils
    models.create_loader = cache(partial(_loader, models.create_loader))
    # For every request moto looks through its own folder: a third of what the request takes.
    named = frozenset(moto.backends.list_of_moto_modules())
    backends: Any = moto.backends
    backends.list_of_moto_modules = lambda: named
    # No page in a browser is to read what is kept here.
    server: Any = werkzeug_app
    server.DISABLE_GLOBAL_CORS = True
    # Functions and batch jobs are not moto's to run, and nobody expects a container to be started.
    default_user_config["lambda"] = {"use_docker": False}
    default_user_config["batch"] = {"use_docker": False}

    def service(name: str) -> Any:
        loaded = create(name)
        listen()
        triggers.listen()
        schedules.listen()
        return loaded

    create: Any = werkzeug_app.create_backend_app
    application: Wsgi = werkzeug_app.DomainDispatcherApplication(service)
    return application


def _loader(create: Callable[[], Any]) -> Any:
    made = create()
    made.file_loader = Files()
    return made


def _location(region: str) -> str:
    """The body of a CreateBucket request; S3 wants none for its first region."""
    return "" if region == "us-east-1" else f"{LOCATION[0]}{region}{LOCATION[1]}"


LOCATION = (
    '<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>',
    "</LocationConstraint></CreateBucketConfiguration>",
)
