"""Tokens → syntax tree, by Pratt's method: each token knows what it does first and what it does after an operand.

Every construct of JSONata 2.0.6 is read here, so that a mistake gets the same error as on AWS; what the compiler does
not take goes to the fallback as text.
"""

from collections.abc import Callable
from typing import Any, Final

from handrail.engine.jsonata.errors import JsonataSyntaxError
from handrail.engine.jsonata.nodes import Node
from handrail.engine.jsonata.shape import Raw, shape
from handrail.engine.jsonata.tokens import Token, Tokens
from handrail.engine.jsonata.wording import syntax_error

# How strongly an operator binds to the operand before it. `(` and `[` after an operand are a call and a filter.
_BINDS: Final = {
    "[": 80, "(": 80, "@": 80, "#": 80, ".": 75, "{": 70,
    "*": 60, "/": 60, "%": 60, "+": 50, "-": 50, "&": 50,
    "=": 40, "!=": 40, "<": 40, ">": 40, "<=": 40, ">=": 40, "~>": 40, "^": 40, "in": 40,
    "and": 30, "or": 25, "?": 20, ":=": 10,
}  # fmt: skip
_KNOWN: Final = frozenset([*_BINDS, ")", "]", "}", ",", ";", ":", "..", "|", "**"])


def parse(text: str) -> Node:
    """The syntax tree of an expression; raises JsonataSyntaxError in AWS's words."""
    try:
        return shape(_Parser(text).whole())
    except RecursionError:
        raise JsonataSyntaxError("The expression is nested too deeply") from None


class _Parser:
    def __init__(self, text: str) -> None:
        self._tokens = Tokens(text)
        self._token = Token("end", "(end)", 0)
        self._advance()

    def whole(self) -> Raw:
        tree = self._expression(0)
        if self._token.kind != "end":
            raise syntax_error("S0201", self._token.position, token=self._token.value)
        return tree

    def _is(self, operator: str) -> bool:
        return self._token.kind == "operator" and self._token.value == operator

    def _advance(self, expected: str = "", *, after_operand: bool = False) -> None:
        token = self._token
        if expected and not self._is(expected):
            code = "S0203" if token.kind == "end" else "S0202"
            raise syntax_error(code, token.position, value=expected, token=token.value)
        self._token = self._tokens.next(after_operand=after_operand)
        if self._token.kind == "operator" and self._token.value not in _KNOWN:
            raise syntax_error("S0204", self._token.position, token=self._token.value)

    def _expression(self, binding: int) -> Raw:
        token = self._token
        self._advance(after_operand=True)
        tree = self._first(token)
        while self._token.kind == "operator" and binding < _BINDS.get(self._token.value, 0):
            token = self._token
            self._advance()
            tree = _AFTER.get(token.value, _Parser._infix)(self, token, tree)
        return tree

    def _first(self, token: Token) -> Raw:
        if token.kind != "operator":
            return Raw(token.kind, token.position, token.value)
        if token.value in _FIRST:
            return _FIRST[token.value](self, token)
        raise syntax_error("S0211", token.position, token=token.value)

    def _infix(self, token: Token, left: Raw) -> Raw:
        return Raw("binary", token.position, token.value, [left, self._expression(_BINDS[token.value])])

    def _listed(self, closing: str, item: Callable[[], Any]) -> list[Any]:
        """Items up to the closing token, which is left to be read."""
        items: list[Any] = []
        while not self._is(closing) or items:
            items.append(item())
            if not self._is(","):
                break
            self._advance(",")
        return items

    # What a token does where an operand is expected.

    def _negation(self, token: Token) -> Raw:
        return Raw("negation", token.position, "-", [self._expression(70)])

    def _leaf(self, token: Token) -> Raw:
        return Raw(_LEAVES[token.value], token.position, token.value)

    def _block(self, token: Token) -> Raw:
        parts = []
        while not self._is(")"):
            parts.append(self._expression(0))
            if not self._is(";"):
                break
            self._advance(";")
        self._advance(")", after_operand=True)
        return Raw("block", token.position, parts=parts)

    def _array(self, token: Token) -> Raw:
        parts = self._listed("]", self._array_item)
        self._advance("]", after_operand=True)
        return Raw("array", token.position, parts=parts)

    def _array_item(self) -> Raw:
        item = self._expression(0)
        if not self._is(".."):
            return item
        position = self._token.position
        self._advance("..")
        return Raw("binary", position, "..", [item, self._expression(0)])

    def _object(self, token: Token) -> Raw:
        return Raw("object", token.position, parts=self._pairs())

    def _transform(self, token: Token) -> Raw:
        parts = [self._expression(0)]
        self._advance("|")
        parts.append(self._expression(0))
        if self._is(","):
            self._advance(",")
            parts.append(self._expression(0))
        self._advance("|")
        return Raw("transform", token.position, parts=parts)

    def _pairs(self) -> list[Raw]:
        pairs = self._listed("}", self._pair)
        self._advance("}", after_operand=True)
        return [part for pair in pairs for part in pair]

    def _pair(self) -> tuple[Raw, Raw]:
        key = self._expression(0)
        self._advance(":")
        return key, self._expression(0)

    # What a token does after an operand.

    def _call(self, token: Token, left: Raw) -> Raw:
        arguments = self._listed(")", self._argument)
        self._advance(")", after_operand=True)
        if left.kind == "name" and left.value in ("function", "λ"):
            return self._lambda(token, arguments)
        return Raw("call", token.position, parts=[left, *arguments])

    def _argument(self) -> Raw:
        if not self._is("?"):
            return self._expression(0)
        position = self._token.position
        self._advance("?")
        return Raw("placeholder", position, "?")

    def _lambda(self, token: Token, parameters: list[Raw]) -> Raw:
        for number, parameter in enumerate(parameters, 1):
            if parameter.kind != "variable":
                raise syntax_error("S0208", parameter.position, value=number)
        signature = self._signature() if self._is("<") else ""
        self._advance("{")
        body = self._expression(0)
        self._advance("}")
        return Raw("lambda", token.position, (tuple(each.value for each in parameters), signature), [body])

    def _signature(self) -> str:
        depth, text = 1, "<"
        while depth and self._token.kind != "end" and not self._is("{"):
            self._advance()
            depth += self._is("<") - self._is(">")
            text += str(self._token.value)
        self._advance(">")
        return text

    def _filter(self, token: Token, left: Raw) -> Raw:
        if self._is("]"):
            step = left
            while step.kind == "filter":
                step = step.parts[0]
            step.keep = True
            self._advance("]")
            return left
        predicate = self._expression(0)
        self._advance("]", after_operand=True)
        return Raw("filter", token.position, "[", [left, predicate])

    def _sort(self, token: Token, left: Raw) -> Raw:
        self._advance("(")
        descending: list[bool] = []
        terms = []
        while True:
            descending.append(self._is(">"))
            if self._is("<") or self._is(">"):
                self._advance()
            terms.append(self._expression(0))
            if not self._is(","):
                break
            self._advance(",")
        self._advance(")")
        return Raw("sort", token.position, tuple(descending), [left, *terms])

    def _group(self, token: Token, left: Raw) -> Raw:
        return Raw("group", token.position, "{", [left, *self._pairs()])

    def _bind(self, token: Token, left: Raw) -> Raw:
        if left.kind != "variable":
            raise syntax_error("S0212", left.position)
        return Raw("bind", token.position, left.value, [self._expression(_BINDS[":="] - 1)])

    def _focus(self, token: Token, left: Raw) -> Raw:
        variable = self._expression(_BINDS[token.value])
        if variable.kind != "variable":
            raise syntax_error("S0214", variable.position, token=token.value)
        return Raw("focus" if token.value == "@" else "index", token.position, variable.value, [left])

    def _condition(self, token: Token, left: Raw) -> Raw:
        parts = [left, self._expression(0)]
        if self._is(":"):
            self._advance(":")
            parts.append(self._expression(0))
        return Raw("condition", token.position, parts=parts)


_LEAVES: Final = {"*": "wildcard", "**": "descendants", "%": "parent", "and": "name", "or": "name", "in": "name"}
_FIRST: Final[dict[str, Callable[[_Parser, Token], Raw]]] = {
    **dict.fromkeys(_LEAVES, _Parser._leaf),
    "-": _Parser._negation,
    "(": _Parser._block,
    "[": _Parser._array,
    "{": _Parser._object,
    "|": _Parser._transform,
}
_AFTER: Final[dict[str, Callable[[_Parser, Token, Raw], Raw]]] = {
    "(": _Parser._call,
    "[": _Parser._filter,
    "^": _Parser._sort,
    "{": _Parser._group,
    ":=": _Parser._bind,
    "@": _Parser._focus,
    "#": _Parser._focus,
    "?": _Parser._condition,
}
