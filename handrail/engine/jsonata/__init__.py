"""The JSONata of AWS Step Functions: text → a Python callable, compiled once.

    evaluate = compile_jsonata("$merge([$states.input, {'n': $n + 1}])", "Output")
    output = evaluate({"input": …, "context": …}, env)

text → tokens → tree (parse) → closures (compile), or, for what the compiler does not take, jsonata-python (fallback).
"""

from handrail.engine.jsonata.errors import JsonataSyntaxError
from handrail.engine.jsonata.expression import compile_jsonata
from handrail.engine.jsonata.references import check_states
from handrail.engine.jsonata.values import compile_value, is_expression

__all__ = ["JsonataSyntaxError", "check_states", "compile_jsonata", "compile_value", "is_expression"]
