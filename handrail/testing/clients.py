"""boto3 clients of an AWS that lives in this process: Step Functions is our engine, everything else is moto.

states = client()
made = states.create_state_machine(name="hello", definition=text, roleArn=ROLE)
begun = states.start_execution(stateMachineArn=made["stateMachineArn"])
"""

import atexit
import os
from contextlib import ExitStack
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from handrail.local.laptop import Laptop


def client(service: str = "stepfunctions", *, region: str | None = None, account: str | None = None) -> Any:
    """A new boto3 client of the server in this process, which is started on a free port by the first call.

    It has the functions and runbooks of the project around the working directory, where there is one, and forgets
    everything when the process ends. From then on os.environ leads to it as well, since functions that run here read
    it. Raises Problems where that project cannot be read.
    """
    return _laptop(os.getpid()).aws.client(service, account, region)


@cache
def _laptop(process: int) -> "Laptop":
    """One for each process: a child that was forked has none of its parent's threads."""
    from handrail.catalogue import Catalogue, load
    from handrail.local.laptop import Laptop
    from handrail.local.serve import Server
    from handrail.root import find_root

    here = Path.cwd()
    catalogue = Catalogue(here, {}, {}, {}, {}, {}) if find_root(here) is None else load()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="handrail-")))
        laptop = stack.enter_context(Laptop.open(catalogue, folder))
        Server(laptop, port=0)
        laptop.resume()
        open_until_the_end = stack.pop_all()
    # Only the process that has it may close it.
    atexit.register(lambda: open_until_the_end.close() if os.getpid() == process else None)
    return laptop
