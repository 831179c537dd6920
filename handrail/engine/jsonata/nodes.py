"""The syntax tree of an expression: what the parser makes and the compiler reads.

kind         value                       parts
literal      the JSON value
name         the field's name                                      (only as a step of a path)
variable     the name; "" is `$`, "$" is `$$`
wildcard, descendants, parent, placeholder
regex        the text between the slashes, and the flags
path         True for `path[]`           the steps
sort         for each term: descending?  the terms                 (only as a step of a path)
binary       the operator                left, right
negation                                 the operand
array                                    the items
object                                   key, value, key, value …
block                                    the expressions
bind         the variable's name         the value
condition                                test, then, and else if there is one
call                                     procedure, arguments …    (a placeholder among them: partial application)
apply                                    left, right
lambda       parameters, signature       the body
transform                                pattern, update, and delete if there is one
"""

from collections.abc import Iterator
from typing import Any, NamedTuple


class Node(NamedTuple):
    """One part of an expression; what `kind`, `value` and `parts` say stands above.

    `predicates` filter the part's own value, `stages` filter it as a step of a path; `keep` marks `part[]`;
    `whole` marks an array constructor that stands first or last in a path; `group` is the object of `part{…}`;
    `focus` and `at` are the variables of `part@$v` and `part#$i`.
    """

    kind: str
    position: int = 0
    value: Any = None
    parts: tuple["Node", ...] = ()
    predicates: tuple["Node", ...] = ()
    stages: tuple["Node", ...] = ()
    keep: bool = False
    whole: bool = False
    group: "Node | None" = None
    focus: str = ""
    at: str = ""

    def children(self) -> Iterator["Node"]:
        """Every node right below this one."""
        yield from self.parts
        yield from self.predicates
        yield from self.stages
        if self.group is not None:
            yield self.group

    def walk(self) -> Iterator["Node"]:
        """This node and every node below it."""
        below: list[Node] = [self]
        while below:
            node = below.pop()
            yield node
            below.extend(node.children())
