"""Make what the example roots need under var/demo: the provider's mirror, a CLI configuration, states, a cloud.

    python examples/prepare.py [--fresh] [FOLDER]

The cloud and the states are made once and then left alone, because they are there to be edited; `--fresh` makes them
anew.
"""

import argparse
import json
import platform
import shlex
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ADDRESS = "test.local/ops/mockcloud"
VERSION = "0.0.1"

# The same bytes on every machine, because the roots' lock files hold their hash: so what differs between machines
# (this Python, this folder) is in the launcher beside the mirror, which the way up from here finds.
PLUGIN = """#!/bin/sh
here=$(cd -P "$(dirname "$0")" && pwd)
exec "$here/../../../../../../provider"
"""
CONFIGURATION = """provider_installation {
  filesystem_mirror {
    path    = %s
    include = ["test.local/*/*"]
  }
  direct {
    exclude = ["test.local/*/*"]
  }
}
"""

# How Python and Terraform call the same processors.
MACHINES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def prepare(folder: Path, *, fresh: bool = False) -> None:
    """Fill `folder`; what a person may have edited there (cloud.json, states/) is kept unless `fresh`."""
    folder.mkdir(parents=True, exist_ok=True)
    mirror(folder)
    if fresh or not (folder / "cloud.json").exists():
        shutil.copyfile(HERE / "mockcloud" / "cloud.json", folder / "cloud.json")
    if fresh or not (folder / "states").exists():
        shutil.rmtree(folder / "states", ignore_errors=True)
        shutil.copytree(HERE / "states", folder / "states")


def mirror(folder: Path) -> None:
    """The filesystem mirror, unpacked (so that `init` only links to it), its launcher, and the CLI configuration."""
    target = f"{platform.system().lower()}_{MACHINES.get(platform.machine().lower(), 'amd64')}"
    plugin = folder / "mirror" / ADDRESS / VERSION / target / f"terraform-provider-mockcloud_v{VERSION}"
    plugin.parent.mkdir(parents=True, exist_ok=True)
    executable(plugin, PLUGIN)
    program = shlex.join([sys.executable, str(HERE / "mockcloud" / "provider.py")])
    # The library `tf` keeps its certificate under HOME; that, too, belongs in this folder.
    executable(folder / "provider", f"#!/bin/sh\nHOME={shlex.quote(str(folder))}\nexport HOME\nexec {program}\n")
    (folder / "terraform.rc").write_text(CONFIGURATION % json.dumps(str(folder / "mirror")), encoding="utf-8")


def executable(path: Path, text: str) -> None:
    # Replaced whole: a terraform that runs at this moment must not meet half a script.
    part = path.with_name(f"{path.name}.part")
    part.write_text(text, encoding="utf-8")
    part.chmod(0o755)
    part.replace(path)


def main() -> None:
    command = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    command.add_argument("folder", nargs="?", type=Path, default=HERE.parent / "var" / "demo")
    command.add_argument("--fresh", action="store_true", help="make the cloud and the states anew")
    given = command.parse_args()
    prepare(given.folder.resolve(), fresh=given.fresh)


if __name__ == "__main__":
    main()
