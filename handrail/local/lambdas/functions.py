"""Who answers for a function: another endpoint, a handler of the project, or a zip."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Thread

from handrail.asl.model import Json
from handrail.errors import did_you_mean
from handrail.local.lambdas import own
from handrail.local.lambdas.endpoint import Endpoint
from handrail.local.lambdas.request import HERE, Handler, Outcome, Place, Refusal, Request
from handrail.local.lambdas.zips import Zips
from handrail.local.refusal import Unavailable
from handrail.local.refusals import ServiceError


class Functions:
    """All functions of a laptop. `endpoint`, where there is one, answers for all of them."""

    def __init__(self, handlers: Mapping[str, Handler], zips: Zips | None = None) -> None:
        self.handlers = handlers
        self.zips = zips
        self.endpoint: Endpoint | None = None

    def invoke(self, name: str, event: Json, place: Place = HERE) -> Json:
        """What a function answers to an event. Raises ServiceError, named as Step Functions names it."""
        return self.tried(Request.of(name, event, place)).result()

    def tried(self, request: Request) -> Outcome:
        """What came of an invocation. Raises ServiceError where there was none."""
        with named():
            return self.run(request)

    def run(self, request: Request) -> Outcome:
        """What came of an invocation; raises Refusal, as Invoke does, where there was none."""
        if self.endpoint is not None:
            return self.endpoint.invoke(request)
        if request.name in self.handlers:
            return own.call(self.handlers[request.name], request)
        found = self.zips.find(request) if self.zips is not None else None
        if found is None or self.zips is None:
            raise self.unknown(request)
        return self.zips.invoke(found, request)

    def begin(self, request: Request) -> None:
        """Have a function run that nobody waits for; what becomes of it stands in its log. Raises Refusal.

        It is tried once; Lambda would try what fails twice more, minutes later.
        """
        self.known(request)
        Thread(target=self.in_vain, args=(request,), name="handrail-lambda-event", daemon=True).start()

    def in_vain(self, request: Request) -> None:
        with suppress(Refusal, Unavailable):
            self.run(request)

    def known(self, request: Request) -> None:
        """See that there is such a function; raises Refusal. Of another endpoint nobody knows before it is asked."""
        if self.endpoint is None and request.name not in self.handlers:
            found = self.zips.find(request) if self.zips is not None else None
            if found is None:
                raise self.unknown(request)

    def close(self) -> None:
        """End the processes of zips."""
        if self.zips is not None:
            self.zips.close()

    def unknown(self, request: Request) -> Refusal:
        near = did_you_mean(request.name, self.handlers)
        return Refusal("ResourceNotFoundException", f"Function not found: {request.arn}.{near}", 404)


@contextmanager
def named() -> Iterator[None]:
    """A refusal of Lambda's under the name that Step Functions gives it."""
    try:
        yield
    except Refusal as refusal:
        raise ServiceError(f"Lambda.{refusal.code}", refusal.message) from None
