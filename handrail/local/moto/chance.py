"""What moto makes up, identifiers, tokens and times, made up the same way again.

moto draws nearly all its randomness from one object of its own, the rest from Python's modules, and asks one function
for the time. In moto's modules, and nowhere else, they are given a second mind: inside `scripted` they follow a seed
and a moment, in this thread only; otherwise they are what they were. What moto gets from `cryptography`, the private
keys of ACM, EC2 and KMS, is another after a restart.
"""

import datetime
import os
import random
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import SimpleNamespace
from typing import Any, Final

_script: ContextVar[tuple[random.Random, float] | None] = ContextVar("script", default=None)


@contextmanager
def scripted(seed: str, at: float) -> Iterator[None]:
    """What moto makes up inside comes from `seed`, and its time is `at`, in seconds since the epoch."""
    token = _script.set((random.Random(seed), at))  # noqa: S311  # identifiers on a laptop
    try:
        yield
    finally:
        _script.reset(token)


def listen() -> None:
    """Make what is loaded of moto follow `scripted`; to be called again when more of it is."""
    import moto.core.utils
    from moto.core.base_backend import AccountSpecificBackend
    from moto.moto_api._internal import mock_random

    regions: Any = AccountSpecificBackend
    if not hasattr(regions, HEARD):
        regions.__getitem__ = _begun(regions.__getitem__)
        setattr(regions, HEARD, True)
    # The one object: whoever imported it has this very one, so it gets another class.
    mock_random.__class__ = _chance(type(mock_random))
    # `utcnow`, which every service calls, asks here.
    utils: Any = moto.core.utils
    utils.datetime = SimpleNamespace(**{**vars(datetime), "datetime": _Moment})
    for name, module in list(sys.modules.items()):
        # What holds moto together tells its own parts from each other by chance; that is to stay so.
        if name.startswith("moto.") and not name.startswith("moto.core.") and not hasattr(module, HEARD):
            for key, value in list(vars(module).items()):
                if id(value) in STAND_INS:
                    setattr(module, key, STAND_INS[id(value)])
            setattr(module, HEARD, True)


HEARD: Final = "_follows_script"


def _begun(get: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    """A service has its own script for what it holds from the beginning in a region, like EC2's default VPC.

    It begins with the first request there, which may as well be one that only looks and is not kept.
    """

    def begun(self: Any, region: str) -> Any:
        if dict.__contains__(self, region):
            return dict.__getitem__(self, region)
        with scripted(f"{self.service_name}:{self.account_id}:{region}", _now()):
            return get(self, region)

    return begun


def _chance(kind: Any) -> Any:
    """A class of random numbers that follows the script."""
    if kind.__name__ == "Scripted":
        return kind

    class Scripted(kind):  # type: ignore[misc]  # moto's is untyped
        def random(self) -> float:
            script = _script.get()
            return script[0].random() if script else float(super().random())

        def getrandbits(self, k: int) -> int:
            script = _script.get()
            return script[0].getrandbits(k) if script else int(super().getrandbits(k))

    return Scripted


class _Moment(datetime.datetime):
    @classmethod
    def now(cls, tz: datetime.tzinfo | None = None) -> Any:
        script = _script.get()
        return datetime.datetime.fromtimestamp(script[1], tz) if script else datetime.datetime.now(tz)


def _now() -> float:
    script = _script.get()
    return script[1] if script else time.time()


def _urandom(size: int) -> bytes:
    script = _script.get()
    return script[0].randbytes(size) if script else os.urandom(size)


def _uuid1() -> uuid.UUID:
    return uuid.UUID(bytes=_urandom(16), version=1) if _script.get() else uuid.uuid1()


def _uuid4() -> uuid.UUID:
    return uuid.UUID(bytes=_urandom(16), version=4)


def _stand_ins() -> Mapping[int, Any]:
    """What stands in for each module and function of Python's, by the identity of what it stands in for."""
    dice = _chance(random.Random)()
    rolled = {name: getattr(dice, name) for name in dir(random) if callable(getattr(dice, name, None))}
    instead = {
        os: {"urandom": _urandom},
        random: {name: roll for name, roll in rolled.items() if not name.startswith("_")},
        time: {"time": _now},
        uuid: {"uuid1": _uuid1, "uuid4": _uuid4},
    }
    modules = {id(module): SimpleNamespace(**{**vars(module), **own}) for module, own in instead.items()}
    functions = {id(getattr(module, name)): each for module, own in instead.items() for name, each in own.items()}
    return {**modules, **functions}


STAND_INS: Final = _stand_ins()
