"""Takes secrets out of texts: known values exactly, known shapes by pattern, of a foreign sentence all but words."""

import base64
import json
import re
from collections.abc import Iterable
from urllib.parse import quote

from handrail.mask import STARS, masked

# No pattern can be split in two ways, so none takes long on a hostile text.
WORD = re.compile(r"[A-Za-z][a-z]*(?:['’][a-z]+)?|[a-z]*(?:[A-Z]+[a-z]{2,}){1,6}|[A-Z]{1,12}|[A-Z]{1,5}\d{1,2}|\d{1,3}")
COMPOUND = re.compile(r"[A-Za-z][a-z]*(?:[-/][a-z]+)+")
LONGEST_WORD, MOST_WORDS = 40, 60
QUOTED = re.compile(r"\"[^\"]*\"|`[^`]*`|(?<!\w)'[^']*'(?!\w)|“[^”]*”")

# What quoting rewrites, and the rest; a letter after backslashes belongs to them, for they may be its own.
PIECE = re.compile(r"([^\\\x00-\x1f\x7f\"'`$%<>&/]+)|(\\*)([^\\]?)", re.DOTALL)
NAMED = {"\n": "n", "\r": "r", "\t": "t", "\b": "b", "\f": "f", "\v": "v", "\a": "a"}
# A backslash becomes as many in a literal that stands in a literal, four deep.
DEEPEST = 16
# A longer one is looked for as it is and quoted once, and line by line: a pattern has room for no more.
LONGEST_SPELLED = 4096

EDGES = "\"'`“”.,:;!?()[]"


class Mask:
    """What must not appear: `secrets` nowhere; `values` (plain variables) not where a sentence is told."""

    def __init__(self, secrets: Iterable[str] = (), values: Iterable[str] = ()) -> None:
        hidden = set(secrets)
        self._secrets = _either(hidden)
        self._all = _either(hidden | {value for value in values if len(value) > 5})

    def name(self, text: str) -> str:
        """An address or another name, without the secrets that it may hold as a key."""
        return _exactly(self._secrets, masked(text))

    def sentence(self, text: str) -> str:
        """A sentence, without any value that is known and without anything shaped like a secret."""
        return _exactly(self._all, masked(text))

    def words(self, text: str, *, foreign: bool, known: Iterable[str] = ()) -> str:
        """Only the plain words of a sentence's first line, and the `known` names.

        Whoever wrote it may have put anything into it. Of a `foreign` sentence (a provider's) quotations go as well.
        """
        line = self.sentence(text.strip()).partition("\n")[0]
        plain = QUOTED.sub(STARS, line) if foreign else line
        names = frozenset(known)
        kept = [_word(word, names, foreign=foreign) for word in plain.split()[:MOST_WORDS]]
        return " ".join(word for word, before in zip(kept, [None, *kept], strict=False) if not word == before == STARS)


def _word(word: str, names: frozenset[str], *, foreign: bool) -> str:
    bare = word.strip(EDGES)
    plain = not bare or bare in names or WORD.fullmatch(bare) or (not foreign and COMPOUND.fullmatch(bare))
    return word if plain and len(bare) <= LONGEST_WORD else STARS


def _exactly(pattern: re.Pattern[str] | None, text: str) -> str:
    return pattern.sub(STARS, text) if pattern else text


def _either(values: Iterable[str]) -> re.Pattern[str] | None:
    forms = {form for value in values for form in _forms(value) if form.strip()}
    # The longest first, so that a secret which holds another is masked whole.
    parts = [_bounded(form) for form in sorted(forms, key=lambda form: (-len(form), form))]
    return re.compile("|".join(parts)) if parts else None


def _forms(value: str) -> Iterable[str]:
    """A value as it is, and as it may be written: letters by their numbers, in a URL, in base64, line by line."""
    yield value
    yield value.strip()
    if not value.isascii():
        yield from ("".join(map(write, value)) for write in BEYOND_ASCII)
    if len(value) > LONGEST_SPELLED:
        yield json.dumps(value, ensure_ascii=False)[1:-1]
    if len(value) > 5:
        yield quote(value, safe="")
        yield base64.b64encode(value.encode()).decode()
        yield from (line.strip() for line in value.splitlines() if len(line.strip()) > 5)


def _bounded(form: str) -> str:
    """A short value is masked as a whole word only, or `1` would blacken every number."""
    spelled = PIECE.sub(_spelled, form) if len(form) <= LONGEST_SPELLED else re.escape(form)
    return spelled if len(form) > 3 else rf"(?<!\w){spelled}(?!\w)"


def _spelled(found: re.Match[str]) -> str:
    """A pattern for a piece of a form, as it is or quoted: each letter by itself, so that any quoting is matched.

    No text matches it in two ways, or a long secret that almost fits would take for ever.
    """
    plain, own, letter = found.groups()
    if plain or not letter:
        return re.escape(plain) if plain else _slashes(len(own), len(own))
    template = letter in "$%" and found.string.startswith("{", found.end())
    bare = re.escape(letter) + ("{1,4}" if template else "")
    escaped = "|".join((bare, *NAMED.get(letter, ""), f"(?i:x{ord(letter):02x}|u{ord(letter):04x})"))
    if own:
        return f"{_slashes(len(own), len(own) + 1)}(?:{escaped})"
    return f"(?:{bare}|{_slashes(1, 1)}(?:{escaped}))"


def _slashes(least: int, written: int) -> str:
    return rf"\\{{{least},{written * DEEPEST}}}" if written else ""


def _in_hcl(letter: str) -> str:
    code = ord(letter)
    if letter.isascii() or letter.isprintable():
        return letter
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _in_json(letter: str) -> str:
    return letter if letter.isascii() else json.dumps(letter)[1:-1]


def _in_python(letter: str) -> str:
    return letter if letter.isascii() else letter.encode("unicode_escape").decode()


# HCL and Go leave the letters that can be printed, JSON may not, Python writes the shortest number.
BEYOND_ASCII = (_in_hcl, _in_json, _in_python)
