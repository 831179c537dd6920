"""Variables, functions, and calls of them."""

from typing import Final

from handrail.engine.jsonata.errors import JsonataError
from handrail.engine.jsonata.functions import CALLED, FUNCTIONS, LIBRARY, PICTURED, Builtin
from handrail.engine.jsonata.nodes import Node
from handrail.engine.jsonata.scope import Run, Scope, UnsupportedError, Within
from handrail.engine.jsonata.sequence import MISSING, Function, Value, boolean, collapse, taints

# Functions whose result holds what a function gave, and with those that hold a value that was no array.
NESTING: Final = frozenset({"map", "each"})
_HOLDING: Final = NESTING | {"append"}
# Functions whose result holds what they were given, also a function that was no array.
_KEEPING: Final = frozenset({"zip", "shuffle", "reverse", "sort", "distinct"})
# Functions whose second argument may be a matcher, which only the fallback knows.
_MATCHING: Final = frozenset({"contains", "split", "replace", "match"})


def variable(node: Node, within: Within) -> Run:
    name = node.value
    if name == "":
        return lambda item, _scope: collapse(item)
    if name == "$":
        raise UnsupportedError
    if name in within.bound and name not in FUNCTIONS:
        return lambda _item, scope: scope.find(name)
    if name in within.bound:
        return lambda _item, scope: _or_builtin(scope.find(name), name, scope)
    if name == "states":
        return lambda _item, scope: scope.states
    if name in PICTURED or name in LIBRARY:
        raise UnsupportedError
    if name in FUNCTIONS:
        return lambda _item, scope: _or_builtin(scope.variables.get(name, MISSING), name, scope)
    return lambda _item, scope: scope.variables.get(name, MISSING)


def _or_builtin(value: Value, name: str, scope: Scope) -> Value:
    return _as_function(name, FUNCTIONS[name], scope) if value is MISSING else value


def _as_function(name: str, builtin: Builtin, scope: Scope) -> Function:
    """A built-in function as a value."""
    fit = builtin.fit()

    def invoke(arguments: list[Value], context: Value) -> Value:
        asked = (scope.env,) if builtin.asks else ()
        try:
            return builtin.function(*asked, *fit(arguments, context))
        except JsonataError as error:
            error.values.setdefault("token", name)
            raise

    return Function(invoke, builtin.arity)


def function(node: Node, within: Within) -> Run:
    """A lambda: it keeps the context value and the scope of the place where it stands."""
    parameters, signature = node.value
    if signature:
        raise UnsupportedError
    body = tail(node.parts[0], within._replace(in_lambda=True))
    first = parameters[0] if len(parameters) == 1 else None
    nothing: dict[str, Value] = dict.fromkeys(parameters, MISSING)

    def make(item: Value, scope: Scope) -> Value:
        def invoke(arguments: list[Value], context: Value) -> Value:
            if first is not None and arguments:
                names = {first: arguments[0]}
            else:
                names = nothing | dict(zip(parameters, arguments, strict=False))
            inner = scope.within(names)
            inner.caller = context
            return body(item, inner)

        return Function(invoke, len(parameters))

    return make


def tail(node: Node, within: Within) -> Run:
    """The last thing that a function does.

    JSONata makes a call that stands there only after it has left the function, so its result is not collapsed, its
    context value is that of the place that called the function, and what is written after the call is lost:
    `function($x){ $keys($x) }` may give an array of one key.
    """
    if node.kind == "call" and not node.predicates:
        return call(node, within, last=True)
    if node.kind not in ("condition", "block") or not any(map(_calls, node.parts)):
        return within.run(node)
    if node.predicates or node.group or node.keep:
        raise UnsupportedError
    *before, last = node.parts
    if node.kind == "block":
        return sequence([*map(within.run, before), tail(last, within)], node)
    test, *branches = node.parts
    return conditional(within.run(test), [tail(branch, within) for branch in branches])


def _calls(node: Node) -> bool:
    """Whether a call may be the last thing that this does."""
    return node.kind == "call" or (node.kind in ("condition", "block") and any(map(_calls, node.parts)))


def sequence(runs: list[Run], node: Node) -> Run:
    """One expression after the other, in a scope of their own if one of them binds a variable."""
    binds = any(below.kind == "bind" for below in node.walk())

    def block(item: Value, scope: Scope) -> Value:
        inner = scope.within({}) if binds else scope
        value: Value = MISSING
        for run in runs:
            value = run(item, inner)
        return value

    return runs[0] if len(runs) == 1 and not binds else block


def conditional(test: Run, branches: list[Run]) -> Run:
    """`test ? then : else`, of which the last may be missing."""
    then, *rest = branches

    def condition(item: Value, scope: Scope) -> Value:
        if boolean(test(item, scope)):
            return then(item, scope)
        return rest[0](item, scope) if rest else MISSING

    return condition


def call(node: Node, within: Within, first: tuple[Run, ...] = (), *, last: bool = False) -> Run:
    """A call; `first` is what stands before `~>`, the first argument of the call after it; `last` says tail()."""
    procedure, *arguments = node.parts
    name = procedure.value if procedure.kind == "variable" and not procedure.predicates else ""
    if name in FUNCTIONS and name not in within.bound:
        _check(name, [None] * len(first) + list(arguments), within)
        return _builtin_call(name, [*first, *map(within.run, arguments)], last)
    if within.in_lambda and procedure.kind != "lambda":
        raise UnsupportedError
    return _dynamic_call(_procedure_name(procedure), within.run(procedure), [*first, *map(within.run, arguments)])


def _check(name: str, arguments: list[Node | None], within: Within) -> None:
    """Leave to the fallback what a function gets that it does not know here."""
    if name in PICTURED and (len(arguments) > PICTURED[name] or any(map(_is_picture, arguments))):
        raise UnsupportedError
    if name in _MATCHING and any(node is not None and node.kind == "lambda" for node in arguments):
        raise UnsupportedError
    called = arguments[CALLED[name]] if name in CALLED and len(arguments) > CALLED[name] else None
    if called is not None and within.in_lambda and not _is_known_function(called, within):
        raise UnsupportedError


def _is_picture(node: Node | None) -> bool:
    return node is not None and node.kind == "literal" and isinstance(node.value, str) and "[" in node.value


def _is_known_function(node: Node, within: Within) -> bool:
    """Whether this is a function that cannot be the one in which it stands."""
    return node.kind == "lambda" or (
        node.kind == "variable" and node.value in FUNCTIONS and node.value not in within.bound
    )


def _builtin_call(name: str, arguments: list[Run], last: bool) -> Run:
    builtin = FUNCTIONS[name]
    run, fit, asks = builtin.function, builtin.fit(), builtin.asks
    holds, keeps = name in _HOLDING, name in _KEEPING

    def builtin_call(item: Value, scope: Scope) -> Value:
        given = [argument(item, scope) for argument in arguments]
        if name in scope.variables:
            raise JsonataError("T1006", token=name)
        try:
            fitted = fit(given, scope.caller if last else item)
            result = run(scope.env, *fitted) if asks else run(*fitted)
        except JsonataError as error:
            error.values.setdefault("token", name)
            raise
        if type(result) is float:
            if result - result != 0:
                scope.taint()
        elif (holds and isinstance(result, list) and any(map(taints, result))) or (keeps and any(map(taints, given))):
            scope.taint()
        return result

    return builtin_call


def _dynamic_call(name: str, procedure: Run, arguments: list[Run]) -> Run:
    def dynamic_call(item: Value, scope: Scope) -> Value:
        called = procedure(item, scope)
        if called is MISSING and name in FUNCTIONS:
            raise JsonataError("T1005", token=name)
        given = [argument(item, scope) for argument in arguments]
        if not isinstance(called, Function):
            raise JsonataError("T1006", token=name)
        return called.call(given, item)

    return dynamic_call


def _procedure_name(procedure: Node) -> str:
    """The field name that was written where a function's name should be."""
    first = procedure.parts[0] if procedure.kind == "path" else procedure
    return first.value if first.kind == "name" else ""


def apply(node: Node, within: Within) -> Run:
    """`left ~> right`: call the right side with the left; of two functions, make one."""
    left, right = node.parts
    if right.kind == "call":
        return call(right, within, (within.run(left),))
    if within.in_lambda and not _is_known_function(right, within):
        raise UnsupportedError
    value_run, function_run = within.run(left), within.run(right)

    def applied(item: Value, scope: Scope) -> Value:
        value, called = value_run(item, scope), function_run(item, scope)
        if not isinstance(called, Function):
            raise JsonataError("T2006", value=called)
        return _chain(value, called) if isinstance(value, Function) else called.call([value], None)

    return applied


def _chain(first: Function, second: Function) -> Function:
    """`function($x){ $second($first($x)) }` as JSONata writes it: without a context value where it stands."""

    def chained(given: list[Value], context: Value) -> Value:
        passed = [collapse(given[0]) if given else MISSING]
        return second.call([collapse(first.call(passed, None))], context)

    return Function(chained, 1)
