"""Doors in front of moto: whoever answers a request that moto answers badly or not at all.

A request is read as AWS reads it (service, action, parameters, account, region), and an answer is written as the
service writes it, so that boto3 raises the right error. Nothing of moto is imported before a request is looked into.
"""

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs
from uuid import uuid4
from xml.sax.saxutils import escape

from handrail.errors import HandrailError
from handrail.local.refusal import Unavailable
from handrail.service_models import service_model, service_names

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

ACCOUNT: Final = "123456789012"
"""moto's default, for every access key that is of no account."""

OWN: Final = re.compile(r"\d{12}", re.ASCII)
"""An access key of twelve digits is the number of an account and its owner's, as with other emulators."""

# Services whose name in a signature is not boto3's.
SIGNED_AS: Final[Mapping[str, str]] = {
    "airflow": "mwaa",
    "aps": "amp",
    "elasticloadbalancing": "elbv2",
    "email": "ses",
    "eventbridge": "events",
    "monitoring": "cloudwatch",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}

# Source: "Authenticating requests (AWS Signature Version 4)": key/date/region/service/aws4_request.
SCOPE: Final = re.compile(r"Credential=([^/,\s]+)/\d*/([^/,\s]*)/([^/,\s]+)/aws4_request")


# Source: "Error responses" of each protocol in the Smithy specification, and S3's "Error responses".
_QUERY: Final = (
    "<ErrorResponse><Error><Type>{fault}</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    "<RequestId>{request}</RequestId></ErrorResponse>"
)
ERRORS: Final[Mapping[str, str]] = {
    "query": _QUERY,
    "rest-xml": _QUERY,
    "ec2": "<Response><Errors><Error><Code>{code}</Code><Message>{message}</Message></Error></Errors>"
    "<RequestID>{request}</RequestID></Response>",
    "s3": "<Error><Code>{code}</Code><Message>{message}</Message><RequestId>{request}</RequestId></Error>",
}


@dataclass(frozen=True)
class Answered:
    """A whole HTTP answer."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes

    @property
    def accepted(self) -> bool:
        return 200 <= self.status < 300


class Asked:
    """One request to AWS. What is not looked at is not worked out.

    `environ` is the request as WSGI has it; its body is read here and can be read again.
    """

    def __init__(self, environ: Environ, moto: "Ask") -> None:
        self.environ = environ
        self.body = _body(environ)
        self._moto = moto
        self.access_key, self.region, self.signed_as = _scope(environ)
        if OWN.fullmatch(self.access_key):
            environ.setdefault(ACCOUNT_HEADER, self.access_key)

    def __repr__(self) -> str:
        return f"<{self.service} {self.action or self.method} of {self.account} in {self.region}>"

    def moto(self) -> Answered:
        """What moto answers; a change that it accepts is kept."""
        return self._moto(self)

    def answer(self, result: Mapping[str, Any]) -> Answered:
        """The operation's result, by the names of botocore's model, as the service writes it."""
        from moto.core.serialize import SerializationContext, XFormedAttributePicker, get_serializer_class

        request = str(uuid4())
        operation = self.model.operation_model(self.action)
        kind = get_serializer_class(self.service, self.protocol)
        # An object of moto's may stand in a result: the picker finds its attributes by the model's names.
        writer = kind(operation, SerializationContext(request), value_picker=XFormedAttributePicker())
        written = writer.serialize(result)
        body = written["body"]
        headers = [*written["headers"].items(), ("x-amzn-RequestId", request)]
        return Answered(written["status_code"], headers, body.encode() if isinstance(body, str) else body)

    def refuse(self, code: str, message: str, http: int = 400) -> Answered:
        """A refusal as the service writes it, so that boto3 raises ClientError with this code, message and status."""
        request, fault = str(uuid4()), "Sender" if http < 500 else "Receiver"
        # Who names a target writes JSON; nothing has to be looked up, or loaded, for that.
        targeted = "HTTP_X_AMZ_TARGET" in self.environ
        protocol = "s3" if self.service == "s3" else "json" if targeted else self.protocol
        if protocol in ERRORS:
            kind, texts = "text/xml", {"code": escape(code), "message": escape(message)}
            body = ERRORS[protocol].format(**texts, fault=fault, request=request)
        else:
            kind = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.0"
            body = json.dumps({"__type": code, "message": message, "Message": message})
        headers = [("Content-Type", kind), ("x-amzn-ErrorType", code), ("x-amzn-RequestId", request)]
        return Answered(http, headers, body.encode())

    @property
    def method(self) -> str:
        return str(self.environ["REQUEST_METHOD"])

    @property
    def service(self) -> str:
        """The name that boto3 has for it."""
        return SIGNED_AS.get(self.signed_as, self.signed_as)

    @cached_property
    def action(self) -> str:
        """The operation's name in botocore's model, like `DescribeDBClusters`; empty where it is none."""
        target = str(self.environ.get("HTTP_X_AMZ_TARGET", ""))
        return target.rpartition(".")[2] or self._form.get("Action", "") or self._routed[0]

    @cached_property
    def account(self) -> str:
        """The account of the access key: the one it names, that of the role that was assumed, or moto's default."""
        from moto.iam.models import get_account_id_from

        return str(self.environ.get(ACCOUNT_HEADER) or get_account_id_from(self.access_key))

    @cached_property
    def parameters(self) -> Mapping[str, Any]:
        """What is asked for, by the names and types of botocore's model; nothing where it cannot be read."""
        from botocore.exceptions import BotoCoreError
        from botocore.model import OperationNotFoundError
        from moto.core.parse import PROTOCOL_PARSERS

        try:
            operation = self.model.operation_model(self.action)
            return PROTOCOL_PARSERS[self.protocol](operation).parse(self._parts()) or {}
        # moto, too, has to say what is wrong with it, and its parsers raise whatever the text leads them to.
        except (BotoCoreError, OperationNotFoundError, NotImplementedError):
            return {}
        except (ValueError, TypeError, AttributeError, LookupError):
            return {}

    @cached_property
    def model(self) -> Any:
        """botocore's model of the service, in the form that moto reads and writes with."""
        from moto.core.utils import get_service_model

        return get_service_model(self.service)

    @property
    def known(self) -> bool:
        """Whether botocore's model has this operation."""
        from botocore.exceptions import UnknownServiceError

        try:
            return self.action in self.model.operation_names
        except UnknownServiceError:
            return False

    @cached_property
    def protocol(self) -> str:
        """How this request is written: query, json, rest-xml …; json where it is in none that the service has."""
        from botocore.exceptions import UnknownServiceError

        try:
            from moto.core.request import determine_request_protocol

            return determine_request_protocol(self.model, self.environ.get("CONTENT_TYPE"))
        except ModuleNotFoundError:
            # That it is not installed is told in the service's own shape, too.
            return protocol_of(self.service)
        except (NotImplementedError, UnknownServiceError):
            return "json"

    @cached_property
    def _form(self) -> Mapping[str, str]:
        """The names in a query protocol's body or address."""
        form = str(self.environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded")
        text = self.body.decode(errors="replace") if form else str(self.environ.get("QUERY_STRING", ""))
        return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}

    @cached_property
    def _routed(self) -> tuple[str, Mapping[str, Any]]:
        """The operation of a REST path, and what the path names."""
        from botocore.exceptions import BotoCoreError
        from moto.core.routing import get_service_router
        from werkzeug.exceptions import HTTPException

        try:
            operation, named = get_service_router(self.service).match(self._request())
        except (BotoCoreError, HTTPException, NotImplementedError):
            return "", {}
        return str(operation.name), named

    def _request(self) -> Any:
        from moto.core.request import Request

        return Request({**self.environ, "wsgi.input": io.BytesIO(self.body)})

    def _parts(self) -> Any:
        request = self._request()
        data = request.get_data(parse_form_data=True) or self.body
        return {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": data,
            "url_path": request.path,
            "url_params": self._routed[1] if self.protocol.startswith("rest") else {},
        }


GONE: Final = "handrail.gone"
"""The name in an environ of what tells whether the client has gone, and hears no answer any more."""


def protocol_of(service: str) -> str:
    """The protocol that a service was made with, by botocore's name of it; json where it is none."""
    return str(service_model(service).protocol) if service in service_names() else "json"


Ask = Callable[[Asked], Answered]

Door = Callable[[Asked], Answered | None]
"""Answers a request, or gives None: it is not this door's, and the next one is asked, moto at last."""

ACCOUNT_HEADER: Final = "HTTP_X_MOTO_ACCOUNT_ID"
"""moto takes this header's account before the access key's."""


def _body(environ: Environ) -> bytes:
    """The body, of whatever length; afterwards the environ has it as one of a known length."""
    length, stream = environ.get("CONTENT_LENGTH"), environ["wsgi.input"]
    chunked = environ.get("wsgi.input_terminated") or environ.pop("HTTP_TRANSFER_ENCODING", None)
    body: bytes = stream.read(int(length)) if length else stream.read() if chunked else b""
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ.update({"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))})
    return body


def _scope(environ: Environ) -> tuple[str, str, str]:
    """Access key, region and service of a signature, in the header or in a presigned address; else moto's defaults."""
    found = SCOPE.search(str(environ.get("HTTP_AUTHORIZATION", "")))
    if found is None:
        asked = parse_qs(str(environ.get("QUERY_STRING", ""))).get("X-Amz-Credential", [""])
        found = SCOPE.search(f"Credential={asked[0]}")
    return (found[1], found[2], found[3].lower()) if found else ("", "us-east-1", "s3")


def pages_at(host: str) -> Door:
    """The door of web pages: none of them may ask, whatever somebody opens in a browser on this machine.

    A browser says where a page's request comes from (of an image or a link in Sec-Fetch-Site alone), and names another
    host if a page has given this machine its name.
    Who listens at more than this machine (`host`) is asked by that name as well, or by an address, which no page gives.
    """

    def pages(asked: Asked) -> Answered | None:
        named = host_of(str(asked.environ.get("HTTP_HOST", "")))
        known = named in OURS or named.endswith(".localhost")
        if from_page(asked.environ) or not (known or (host not in OURS and reaches(host, named))):
            told = "AWS on this machine is for its programs, not for pages in a browser."
            return asked.refuse("AccessDenied", told, 403)
        return None

    return pages


def from_page(environ: Environ) -> bool:
    """Whether a browser says that a page of another origin asks, be it for an image only."""
    return "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE") in OTHER_SITES


OURS: Final = frozenset({"", "127.0.0.1", "localhost", "::1"})

OTHER_SITES: Final = frozenset({"cross-site", "same-site"})
"""A page of another origin asks; an address that a person has typed is "none". Source: W3C, "Fetch Metadata"."""


def host_of(header: str) -> str:
    """The host of a Host header; the prefix that botocore puts before some operations' hosts is none of it."""
    host = header.rpartition("@")[2].lower().removeprefix("sync-")
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]


def reaches(listening: str, named: str) -> bool:
    """Whether a request by this name may be meant for who listens there, beyond this machine."""
    return named == listening.lower() or ADDRESS.fullmatch(named) is not None


ADDRESS: Final = re.compile(r"\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]*:[0-9a-f:.]*")

pages = pages_at("127.0.0.1")


def guarded(ask: Ask, doors: Sequence[Door], seen: Callable[[Asked, Answered], None]) -> Wsgi:
    """The application with doors in front of it, asked in their order; `seen` is told what became of each request."""

    def answer(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        asked = Asked(environ, ask)
        try:
            answered = _behind(doors, asked)
            seen(asked, answered)
        except Unavailable as error:
            answered = asked.refuse("ServiceUnavailable", str(error), 503)
        except HandrailError as error:
            # Asking again does not help: no status that boto3 takes for a passing trouble.
            answered = asked.refuse("HandrailError", str(error))
        return said(answered, start_response)

    return answer


def _behind(doors: Sequence[Door], asked: Asked) -> Answered:
    for door in doors:
        answered = door(asked)
        if answered is not None:
            return answered
    return asked.moto()


def called(application: Wsgi, asked: Asked) -> Answered:
    """What a WSGI application answers, whole."""
    from werkzeug.test import run_wsgi_app

    asked.environ["wsgi.input"] = io.BytesIO(asked.body)
    chunks, status, headers = run_wsgi_app(application, asked.environ, buffered=True)
    return Answered(int(status.split()[0]), list(headers), b"".join(chunks))


def said(answered: Answered, start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Give an answer as WSGI wants it."""
    headers = list(answered.headers)
    if not any(name.lower() == "content-length" for name, _ in headers):
        headers.append(("Content-Length", str(len(answered.body))))
    start_response(f"{answered.status} {_phrase(answered.status)}", headers)
    return [answered.body]


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"
