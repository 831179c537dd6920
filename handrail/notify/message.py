"""A message to a channel: the part of Slack's Block Kit that we use, as values that hold Slack's limits.

The JSON of a `Post` is what `chat.postMessage` takes. Source: https://docs.slack.dev/reference/block-kit/blocks. What
Slack refuses is refused here, where the text is made, not in the channel.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from handrail.notify.mrkdwn import plain

HEADER = 150
MRKDWN = 3_000
TEXT = 4_000  # Slack truncates at 40,000, but an edit above 4,000 is refused
BLOCKS = 50
ROWS = 100  # the row of column names is one of them
COLUMNS = 20
CELLS = 10_000  # characters in all cells together
POST = 12_000  # characters in all blocks together; Slack documents no limit, and refuses from about 13,200

Align = Literal["left", "center", "right"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class PlainText(_Value):
    """Text without any markup."""

    type: Literal["plain_text"] = "plain_text"
    text: str = Field(min_length=1, max_length=HEADER)


class Mrkdwn(_Value):
    """Slack's own markup. `verbatim` keeps Slack from linking bare URLs and names in it by itself."""

    type: Literal["mrkdwn"] = "mrkdwn"
    text: str = Field(min_length=1, max_length=MRKDWN)
    verbatim: bool = True


class Cell(_Value):
    """One cell of a table: shown letter by letter, so nothing in it is escaped."""

    type: Literal["raw_text"] = "raw_text"
    text: str = Field(min_length=1)


class Column(_Value):
    """How one column of a table is set."""

    align: Align = "left"
    is_wrapped: bool = True


class Header(_Value):
    """A line in large letters."""

    type: Literal["header"] = "header"
    text: PlainText


class Section(_Value):
    """A paragraph."""

    type: Literal["section"] = "section"
    text: Mrkdwn


class Context(_Value):
    """Small grey text."""

    type: Literal["context"] = "context"
    elements: tuple[Mrkdwn, ...] = Field(min_length=1, max_length=10)


class Table(_Value):
    """Rows of cells; the first row holds the names of the columns."""

    type: Literal["table"] = "table"
    rows: tuple[tuple[Cell, ...], ...] = Field(min_length=1, max_length=ROWS)
    column_settings: tuple[Column, ...] = Field(min_length=1, max_length=COLUMNS)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        wanted = len(self.column_settings)
        for number, row in enumerate(self.rows):
            if len(row) != wanted:
                raise ValueError(f"row {number} has {len(row)} cells, and there are {wanted} columns")
        if (letters := sum(map(len, _texts(self)))) > CELLS:
            raise ValueError(f"the cells hold {letters:,} characters; Slack takes {CELLS:,} in one message")
        return self


Block = Annotated[Header | Section | Table | Context, Field(discriminator="type")]


class Post(_Value):
    """One post in a channel or thread. `text` is what a notification shows; the blocks are what the channel shows."""

    text: str = Field(min_length=1, max_length=TEXT)
    blocks: tuple[Block, ...] = Field(min_length=1, max_length=BLOCKS)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if sum(isinstance(block, Table) for block in self.blocks) > 1:
            raise ValueError("Slack takes one table in a message")
        if (letters := sum(len(text) for block in self.blocks for text in _texts(block))) > POST:
            raise ValueError(f"the blocks hold {letters:,} characters; Slack takes about {POST:,} in one message")
        return self


class Message(Post):
    """A post and what goes into its thread."""

    details: tuple[Post, ...] = ()


def header(text: str) -> Header:
    """A heading of at most 150 characters."""
    return Header(text=PlainText(text=text))


def section(mrkdwn: str) -> Section:
    """A paragraph of at most 3,000 characters; foreign text in it comes from `escape` or `code`."""
    return Section(text=Mrkdwn(text=mrkdwn))


def context(*mrkdwn: str) -> Context:
    """At most ten small texts beside each other; foreign text in them comes from `escape` or `code`."""
    return Context(elements=tuple(Mrkdwn(text=text) for text in mrkdwn))


def table(columns: Mapping[str, Align], rows: Iterable[Iterable[str]]) -> Table:
    """A table of plain texts: column names with their alignment, then at most 99 rows; an empty cell shows `-`."""
    return Table(
        rows=tuple(tuple(Cell(text=plain(text) or "-") for text in row) for row in (columns, *rows)),
        column_settings=tuple(Column(align=align) for align in columns.values()),
    )


def _texts(block: Block) -> list[str]:
    match block:
        case Header() | Section():
            return [block.text.text]
        case Context():
            return [element.text for element in block.elements]
        case Table():
            return [cell.text for row in block.rows for cell in row]
