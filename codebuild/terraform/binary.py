"""The calls of the terraform (or tofu) binary: which subcommands there are, in which environment, by which deadline."""

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, get_args

from codebuild.terraform import spawn

# All that this project ever asks of the binary (S003-06). None of them changes a resource or a state.
Subcommand = Literal["init", "plan", "show"]
SUBCOMMANDS = get_args(Subcommand)

FIXED = {"CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}

# Go's collector runs half as often as by default: a fifth less CPU time a call, and a call is short. The cost is memory
# for large states, at most half as much again; whoever sets the variable decides.
DEFAULTS = {"GOGC": "200"}

# Inherited variables that would change the commands, write what they say into files, or share one folder among roots.
DROPPED = ("TF_CLI_ARGS", "TF_LOG", "TF_DATA_DIR", "TF_PLUGIN_CACHE", "TF_REATTACH_PROVIDERS")

CLI_CONFIGURATION = "TF_CLI_CONFIG_FILE"
PLUGIN_CACHE = "TF_PLUGIN_CACHE_DIR"


class NoBinary(Exception):
    """The binary cannot be started; the text says why."""


class Terraform:
    """The binary in one folder, whose calls share `seconds` from the first of them on.

    What it writes may hold secrets and is given to the caller alone.
    """

    def __init__(self, name: str, folder: Path, given: Mapping[str, str], seconds: float) -> None:
        self.name = name
        self.environment = environment(given)
        self._folder = folder
        self._seconds = seconds
        self._began: float | None = None

    @property
    def spent(self) -> float:
        """Seconds since the first call; 0 before it. Who waits for others before it waits at nobody's expense."""
        return 0.0 if self._began is None else time.monotonic() - self._began

    def call(self, subcommand: Subcommand, *arguments: str, plugins: Path | None = None) -> spawn.Done:
        """How one call ended; `plugins` is the plugin cache that it may use.

        Raises NoBinary, and spawn.TimedOut at the deadline that all calls share.
        """
        if subcommand not in SUBCOMMANDS:
            raise ValueError(f"{subcommand} is not one of {', '.join(SUBCOMMANDS)}: this project only plans")
        if self._began is None:
            self._began = time.monotonic()
        left = self._seconds - self.spent
        environment = {**self.environment, PLUGIN_CACHE: str(plugins)} if plugins else self.environment
        try:
            argv = [self.name, subcommand, *arguments]
            return spawn.run(argv, folder=self._folder, environment=environment, seconds=left)
        except FileNotFoundError:
            raise NoBinary(f"{self.name} is not there. Install it, or name another one under binary") from None
        except OSError as error:
            raise NoBinary(f"{self.name} cannot be run: {error.strerror}") from None


def environment(given: Mapping[str, str]) -> Mapping[str, str]:
    """This build's environment without what would disturb, then `given`, then what every call needs."""
    inherited = DEFAULTS | {name: value for name, value in os.environ.items() if not name.startswith(DROPPED)}
    # A file that is not there would make every call begin with a warning.
    if not Path(inherited.get(CLI_CONFIGURATION, "")).is_file():
        inherited.pop(CLI_CONFIGURATION, None)
    return {**inherited, **given, **FIXED}
