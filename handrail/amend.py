"""Adds to a YAML file that people write: one item at the end of a list, and every other character stays as it is.

A document that is read and written again keeps its comments, but hardly its spaces, quotes and line breaks. So only
the new lines are made, and put where the parser says that the list ends.
"""

import json
import re
from collections.abc import Mapping
from copy import deepcopy
from datetime import date
from io import StringIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, TypeAlias

from handrail.errors import HandrailError

__all__ = ["Item", "added", "replace"]

Place = tuple[str | int, ...]
Item = Mapping[str, Any]
"""Keys with texts, numbers, days, or lists of texts."""

# A node of ruamel's, as in handrail.config.
Node: TypeAlias = Any
Pair = tuple[Node, Node]

# From where to where a text is replaced, and by what.
Change = tuple[int, int, str]


def added(text: str, place: Place, item: Item) -> str:
    """The document with the item at the end of the list at `place`, which is made where the document lacks it.

    The document must be valid. Raises HandrailError where the item cannot be put there by adding text.
    """
    from ruamel.yaml import YAML

    bom = "\ufeff" if text.startswith("\ufeff") else ""
    body = text.removeprefix("\ufeff")
    *above, key = place
    holder = _at(YAML(typ="safe", pure=True).compose(body), above)
    pair = _pair(holder, key)
    start, stop, more = _into(body, pair, item) if pair else _key(body, holder, str(key), item)
    done = f"{body[:start]}{more}{body[stop:]}"
    if not _is(done, _with(_loaded(body), place, item)):
        raise HandrailError(f"{_words(place)} is written in a way to which nothing can be added. Do it by hand.")
    return bom + done


def replace(path: Path, text: str) -> None:
    """Put the text in the file's place in one step: whoever reads the file meets the old one or the new one."""
    real = path.resolve()
    with NamedTemporaryFile(dir=real.parent, prefix=f".{real.name}.", delete=False) as file:
        part = Path(file.name)
    try:
        part.write_bytes(text.encode())
        part.chmod(real.stat().st_mode & 0o7777)
        part.replace(real)
    finally:
        part.unlink(missing_ok=True)


def _into(text: str, pair: Pair, item: Item) -> Change:
    """What changes for a list that is there."""
    name, found = pair
    if found.id == "sequence" and found.flow_style and found.value:
        end = found.value[-1].end_mark.index
        return end, end, f", {_flow(item)}"
    if found.id == "sequence" and not found.flow_style:
        first = found.value[0].start_mark.index
        dash = text.rindex("-", 0, first)
        return _after(text, _end(text, found), _block(item, dash - text.rfind("\n", 0, dash) - 1))
    if _is_empty(found):
        return _after(text, name.end_mark.index, _block(item, name.start_mark.column + 2))
    return found.start_mark.index, found.end_mark.index, f"[{_flow(item)}]"


def _key(text: str, holder: Node, key: str, item: Item) -> Change:
    """What changes for a list that is not there yet."""
    end = _end_of_pair(text, holder.value[-1])
    first, _ = holder.value[0]
    if holder.flow_style:
        quote = '"' if text[first.start_mark.index] == '"' else ""
        return end, end, f", {quote}{key}{quote}: [{_flow(item)}]"
    column = first.start_mark.column
    return _after(text, end, f"{' ' * column}{key}:\n{_block(item, column + 2)}")


def _after(text: str, end: int, lines: str) -> Change:
    """The lines, after the one in which `end` is."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = lines.replace("\n", newline)
    at = text.find("\n", end) + 1
    return (at, at, lines) if at else (len(text), len(text), newline + lines)


def _end(text: str, node: Node) -> int:
    """Where a node ends; of a block the parser only says where the next thing begins."""
    if node.id == "scalar" or node.flow_style:
        index: int = node.end_mark.index
        return len(text[:index].rstrip()) if node.id == "scalar" and node.style in ("|", ">") else index
    last = node.value[-1]
    return _end(text, last) if node.id == "sequence" else _end_of_pair(text, last)


def _end_of_pair(text: str, pair: Pair) -> int:
    name, value = pair
    return int(name.end_mark.index) if _is_empty(value) else _end(text, value)


def _is_empty(node: Node) -> bool:
    """Whether nothing is written: such a null stands where the next thing begins."""
    return bool(node.id == "scalar" and node.start_mark.index == node.end_mark.index)


def _block(item: Item, column: int) -> str:
    """The item as lines of a list whose dashes stand in this column."""
    from ruamel.yaml import YAML
    from ruamel.yaml.comments import CommentedMap, CommentedSeq

    known = CommentedMap()
    for key, value in item.items():
        known[key] = CommentedSeq(value) if isinstance(value, list | tuple) else value
        if isinstance(known[key], CommentedSeq):
            known[key].fa.set_flow_style()
    yaml = YAML()
    yaml.width = 1 << 20
    written = StringIO()
    yaml.dump(known, written)
    first, *rest = written.getvalue().splitlines()
    return "".join(f"{' ' * column}{line}\n" for line in (f"- {first}", *(f"  {line}" for line in rest)))


def _flow(item: Item) -> str:
    """The item on one line, which is JSON and YAML alike."""
    return json.dumps(_plain(item), ensure_ascii=False)


def _at(node: Node, place: list[str | int]) -> Node:
    for step in place:
        node = (
            node.value[step] if isinstance(step, int) else next(value for key, value in node.value if key.value == step)
        )
    return node


def _pair(node: Node, name: str | int) -> Pair | None:
    return next((pair for pair in node.value if pair[0].value == name), None)


def _loaded(text: str) -> Any:
    from ruamel.yaml import YAML

    return _plain(YAML(typ="safe", pure=True).load(text))


def _is(text: str, wanted: Any) -> bool:
    from ruamel.yaml.error import YAMLError

    try:
        return bool(_loaded(text) == wanted)
    except YAMLError:
        return False


def _with(value: Any, place: Place, item: Item) -> Any:
    whole = deepcopy(value)
    *above, key = place
    holder = whole
    for step in above:
        holder = holder[step]
    holder[key] = [*(holder.get(key) or []), _plain(item)]
    return whole


def _plain(value: Any) -> Any:
    """Days as text, for a day in quotes is one, too."""
    if isinstance(value, Mapping):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, date) else value


def _words(place: Place) -> str:
    written = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place)
    return re.sub(r"^\.", "", written)
