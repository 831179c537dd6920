"""Composes: catalogue → checked artefacts → dist/.

python build.py            writes dist/
python build.py --check    writes nothing, tells what differs; exit status 1 where anything does
python build.py --golden   the same for the golden files under tests/golden/
"""

import argparse
import sys
from pathlib import Path

from handrail.artefacts.compose import artefacts, golden
from handrail.artefacts.folder import Artefacts, differences, write
from handrail.catalogue import load
from handrail.errors import HandrailError


def main(arguments: list[str]) -> int:
    """0 done or the same, 1 different, 2 when the sources are wrong."""
    parser = argparse.ArgumentParser(description="Writes what the runbooks become to dist/.")
    parser.add_argument("--check", action="store_true", help="write nothing, tell what differs")
    parser.add_argument("--golden", action="store_true", help="the golden files under tests/golden/ instead of dist/")
    asked = parser.parse_args(arguments)
    try:
        catalogue = load()
        made = golden(catalogue) if asked.golden else artefacts(catalogue)
    except HandrailError as error:
        print(error, file=sys.stderr)
        return 2
    folder = Path("tests/golden" if asked.golden else "dist")
    return compare(made, catalogue.root, folder) if asked.check else put(made, catalogue.root, folder)


def put(made: Artefacts, root: Path, folder: Path) -> int:
    write(made, root / folder)
    print(f"{folder}: {len(made)} files")
    return 0


def compare(made: Artefacts, root: Path, folder: Path) -> int:
    found = list(differences(made, root / folder))
    for difference in found:
        print(difference.removeprefix(f"{root}/"), file=sys.stderr)
    print(f"{folder}: {len(found)} of {len(made)} files differ" if found else f"{folder}: as its sources say")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
