"""JSONPath as Step Functions has it: paths compiled into closures, and reference paths."""

from handrail.engine.env import Evaluate
from handrail.engine.jsonpath.closures import rooted
from handrail.engine.jsonpath.misses import NoMatch, missing
from handrail.engine.jsonpath.reference import ReferencePath, compile_reference
from handrail.engine.jsonpath.steps import PathSyntaxError
from handrail.engine.jsonpath.text import read_path

__all__ = ["NoMatch", "PathSyntaxError", "ReferencePath", "compile_path", "compile_reference", "is_path", "missing"]


def compile_path(text: str, field: str = "") -> Evaluate:
    """A path from its text; raises PathSyntaxError, and when it finds nothing NoMatch, in the words of the field."""
    return rooted(read_path(text), field)


def is_path(text: str) -> bool:
    """Whether Step Functions takes this text for a path."""
    try:
        read_path(text)
    except PathSyntaxError:
        return False
    return True
