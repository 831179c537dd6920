"""Globs over resource addresses (`module.*.aws_instance.web`) and over paths inside a resource (`tags.Name`).

`*` is any text within one name, `**` any number of names or none. An index may be left out: `aws_instance.web` means
all its instances and `ingress.cidr_blocks` those of every ingress, as an address without an index does in Terraform's
-target: https://developer.hashicorp.com/terraform/cli/state/resource-addressing. `[*]` is any index.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

NAME = r"[^\s.\[\]\"]+"
INDEX = r'\[(?:\d+|\*|"(?:[^"\\]|\\.)*")\]'
WHOLE = re.compile(rf"{NAME}(?:{INDEX})*(?:\.{NAME}(?:{INDEX})*)*")
PIECE = re.compile(rf"(?P<index>{INDEX})|(?P<name>{NAME})")

# No address of a real resource is nearly as long.
LONGEST = 1_000

ANY = "**"
# What stands before a module's name in an address.
MODULE = "module"
# Beside a wildcard, fewer letters than these mean too much to name anything.
LETTERS = re.compile(r"[^\W_]{3}")
# What ends a name, and what an index begins with: no name and no key of a map has them.
END, AT = "\0", "\1"
NAMES = rf"(?:[^{AT}{END}]*{END}(?:{AT}[^{END}]*{END})*)*"


@dataclass(frozen=True)
class Index:
    """A place in a list, or a key of `for_each` with its quotes; a key of a map is a name like any other."""

    text: str


Step = str | Index


def address_steps(address: str) -> Iterator[Step]:
    """The names and indexes of a resource's address, as Terraform writes it."""
    for piece in PIECE.finditer(address):
        yield Index(piece["index"][1:-1]) if piece["index"] else piece["name"]


def path_steps(path: str) -> Iterator[Step]:
    """The names and indexes of a path inside a resource: `tags["a.b"]` is the name a.b below tags."""
    for step in address_steps(path):
        quoted = isinstance(step, Index) and step.text.startswith('"')
        yield re.sub(r"\\(.)", r"\1", step.text[1:-1]) if isinstance(step, Index) and quoted else step


class Glob:
    """What a glob of steps matches; `Glob.address` and `Glob.path` read one."""

    def __init__(self, steps: Iterable[Step]) -> None:
        known = tuple(steps)
        parts = [_pattern(step, after) for step, after in zip(known, [*known[1:], None], strict=True)]
        self._pattern = re.compile("".join(parts), re.DOTALL)

    @staticmethod
    @cache
    def address(text: str) -> "Glob":
        """Of resource addresses."""
        return Glob(address_steps(text))

    @staticmethod
    @cache
    def path(text: str) -> "Glob":
        """Of paths inside a resource."""
        return Glob(path_steps(text))

    def matches(self, steps: Iterable[Step]) -> bool:
        """Whether all these steps, from the first to the last, are what the glob says."""
        written = "".join(f"{AT}{step.text}{END}" if isinstance(step, Index) else f"{step}{END}" for step in steps)
        return self._pattern.fullmatch(written) is not None


def below(path: Iterable[Step], globs: Iterable[Glob]) -> bool:
    """Whether a path, or one that it lies below, is what one of the globs says."""
    steps = tuple(path)
    return any(glob.matches(steps[:length]) for glob in globs for length in range(1, len(steps) + 1))


def is_glob(text: str) -> bool:
    """Whether the text can be read as a glob at all."""
    return WHOLE.fullmatch(text) is not None


def is_address(text: str) -> bool:
    """Whether the glob can be the address of a resource: a type and a name, behind pairs of `module` and its name."""
    names = [step for step in address_steps(text) if isinstance(step, str)]
    if ANY in names:
        return True
    *modules, kind, _ = names if len(names) > 1 else ["", *names, ""]
    return len(names) % 2 == 0 and kind != MODULE and all(map(_may_be_module, modules[::2]))


def names_resources(text: str) -> bool:
    """Whether an address says which resources: by a type, a name or a module, not by wildcards or a letter or two."""
    return any(isinstance(step, str) and _says(step) and not _may_be_module(step) for step in address_steps(text))


def names_attribute(text: str) -> bool:
    """Whether a path says which attribute, as an address says which resources."""
    return any(isinstance(step, str) and _says(step) for step in path_steps(text))


def _says(name: str) -> bool:
    return "*" not in name or LETTERS.search(name) is not None


def _may_be_module(name: str) -> bool:
    return Glob.address(name).matches((MODULE,))


def _pattern(step: Step, after: Step | None) -> str:
    if isinstance(step, Index):
        return f"{AT}{_text(step.text)}{END}"
    if step == ANY:
        return NAMES
    skipped = "" if isinstance(after, Index) else f"(?:{AT}[^{END}]*{END})*"
    return f"{_text(step)}{END}{skipped}"


def _text(glob: str) -> str:
    return f"[^{AT}{END}]*".join(map(re.escape, glob.split("*")))
