"""`handrail redrive EXECUTION`: let an execution that failed go on where it ended, and follow it like a run."""

from typing import TYPE_CHECKING, Annotated

import typer

from handrail.cli.listing import AsJson
from handrail.cli.places import anywhere, home
from handrail.cli.run import ran
from handrail.local.joined import Joined
from handrail.local.store import Store

if TYPE_CHECKING:
    from handrail.local.laptop import Laptop


def execution(
    name: Annotated[
        str, typer.Argument(metavar="EXECUTION", help="Its name, the beginning of it, its ARN, or `last`.")
    ],
    as_json: AsJson = False,
) -> None:
    """Run an execution that failed, was stopped or timed out again, from where it ended.

    What succeeded is not run again. The definition is the one that the execution began with.
    """
    folder = home()

    def begin(laptop: "Laptop") -> str:
        arn = laptop.find(name).arn
        laptop.redrive(arn)
        return arn

    def there(server: Joined) -> tuple[str, int]:
        with Store.reading(folder) as store:
            arn = store.find(name).arn
            before = store.length(arn)
        server.redrive(arn)
        return arn, before

    ran(anywhere(), folder, begin, there, as_json=as_json)
