"""The table of built-in functions: what each takes, what it does, and how it is asked.

What is missing here (pictures of dates and words, transforms …) belongs to the fallback. AWS has no `$eval`.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from handrail.engine.jsonata import arrays, aws, moments, numeric, patterns, pictures, strings
from handrail.engine.jsonata.sequence import Value, append
from handrail.engine.jsonata.signature import Fit, read


class Builtin(NamedTuple):
    """A built-in function.

    `arity` is how many arguments it asks for when another function calls it, as JavaScript counts them; `asks` says
    that the environment is its first argument, before those in the signature.
    """

    signature: str
    function: Callable[..., Value]
    arity: int
    asks: bool = False

    def fit(self) -> Fit:
        """The check of its arguments, made when an expression first names such a function."""
        return read(self.signature)


FUNCTIONS: Final[dict[str, Builtin]] = {
    # numbers
    "sum": Builtin("<a<n>:n>", numeric.total, 1),
    "average": Builtin("<a<n>:n>", numeric.average, 1),
    "max": Builtin("<a<n>:n>", numeric.largest, 1),
    "min": Builtin("<a<n>:n>", numeric.smallest, 1),
    "number": Builtin("<(nsb)-:n>", numeric.number, 1),
    "abs": Builtin("<n-:n>", numeric.absolute, 1),
    "floor": Builtin("<n-:n>", numeric.floor, 1),
    "ceil": Builtin("<n-:n>", numeric.ceiling, 1),
    "round": Builtin("<n-n?:n>", numeric.rounded, 2),
    "sqrt": Builtin("<n-:n>", numeric.square_root, 1),
    "power": Builtin("<n-n:n>", numeric.power, 2),
    "formatBase": Builtin("<n-n?:s>", numeric.format_base, 2),
    "formatNumber": Builtin("<n-so?:s>", pictures.format_number, 3),
    # truth
    "boolean": Builtin("<x-:b>", numeric.truth, 1),
    "not": Builtin("<x-:b>", numeric.negated_truth, 1),
    "exists": Builtin("<x:b>", arrays.exists, 1),
    # strings
    "string": Builtin("<x-b?:s>", strings.string, 1),
    "substring": Builtin("<s-nn?:s>", strings.substring, 3),
    "substringBefore": Builtin("<s-s:s>", strings.substring_before, 2),
    "substringAfter": Builtin("<s-s:s>", strings.substring_after, 2),
    "lowercase": Builtin("<s-:s>", strings.lowercase, 1),
    "uppercase": Builtin("<s-:s>", strings.uppercase, 1),
    "length": Builtin("<s-:n>", strings.length, 1),
    "trim": Builtin("<s-:s>", strings.trim, 1),
    "pad": Builtin("<s-ns?:s>", strings.pad, 3),
    "contains": Builtin("<s-(sf):b>", strings.contains, 2),
    "split": Builtin("<s-(sf)n?:a<s>>", strings.split, 3),
    "join": Builtin("<a<s>s?:s>", strings.join, 2),
    "replace": Builtin("<s-(sf)(sf)n?:s>", strings.replace, 4),
    "match": Builtin("<s-fn?:a<o>>", patterns.match, 3),
    "encodeUrl": Builtin("<s-:s>", strings.encode_url, 1),
    "encodeUrlComponent": Builtin("<s-:s>", strings.encode_url_component, 1),
    "decodeUrl": Builtin("<s-:s>", strings.decode_url, 1),
    "decodeUrlComponent": Builtin("<s-:s>", strings.decode_url_component, 1),
    "base64encode": Builtin("<s-:s>", strings.base64encode, 1),
    "base64decode": Builtin("<s-:s>", strings.base64decode, 1),
    # arrays and objects
    "count": Builtin("<a:n>", arrays.count, 1),
    "append": Builtin("<xx:a>", append, 2),
    "reverse": Builtin("<a:a>", arrays.reverse, 1),
    "sort": Builtin("<af?:a>", arrays.sort, 2),
    "distinct": Builtin("<x:x>", arrays.distinct, 1),
    "zip": Builtin("<a+>", arrays.zipped, 0),
    "keys": Builtin("<x-:a<s>>", arrays.keys, 1),
    "lookup": Builtin("<x-s:x>", arrays.get, 2),
    "spread": Builtin("<x-:a<o>>", arrays.spread, 1),
    "merge": Builtin("<a<o>:o>", arrays.merge, 1),
    "type": Builtin("<x:s>", arrays.type_of, 1),
    "error": Builtin("<s?:x>", arrays.error, 1),
    "assert": Builtin("<bs?:x>", arrays.check, 2),
    # functions that call functions
    "map": Builtin("<af>", arrays.mapped, 2),
    "filter": Builtin("<af>", arrays.filtered, 2),
    "single": Builtin("<af?>", arrays.single, 2),
    "reduce": Builtin("<afj?:j>", arrays.reduced, 3),
    "sift": Builtin("<o-f?:o>", arrays.sifted, 2),
    "each": Builtin("<o-f:a>", arrays.each, 2),
    # time and chance
    "now": Builtin("<s?s?:s>", aws.now, 2, asks=True),
    "millis": Builtin("<:n>", aws.millis, 0, asks=True),
    "toMillis": Builtin("<s-s?:n>", moments.millis_of, 2),
    "fromMillis": Builtin("<n-s?s?:s>", moments.iso_time, 3),
    "random": Builtin("<n?:n>", aws.random, 0, asks=True),
    "shuffle": Builtin("<a:a>", aws.shuffle, 1, asks=True),
    # what AWS adds
    "partition": Builtin("<x?x?:a>", aws.partition, 2),
    "range": Builtin("<nnn?:a>", aws.span, 3),
    "hash": Builtin("<ss?:s>", aws.digest, 2),
    "parse": Builtin("<s?:x>", aws.parse, 1),
    "uuid": Builtin("<:s>", aws.uuid, 0, asks=True),
}

# Functions of JSONata that only the fallback has.
LIBRARY: Final = frozenset({"formatInteger", "parseInteger", "clone"})

# Calls with more arguments than here, and these functions as values, go to the fallback: what follows are pictures.
PICTURED: Final = {"now": 0, "toMillis": 1, "fromMillis": 1}

# The argument that is a function, of those functions that call one.
CALLED: Final = {"map": 1, "filter": 1, "single": 1, "reduce": 1, "sift": 1, "each": 1, "sort": 1}
