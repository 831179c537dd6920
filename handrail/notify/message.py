"""A message to a channel: the part of Slack's Block Kit that we use, as values that hold Slack's limits.

The JSON of a `Post` is what `chat.postMessage` takes. Source: https://docs.slack.dev/reference/block-kit/blocks. What
Slack refuses is refused here, where the text is made, not in the channel.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from handrail.notify.mrkdwn import plain

HEADER = 150
MRKDWN = 3_000
TEXT = 4_000  # Slack truncates at 40,000, but an edit above 4,000 is refused
BLOCKS = 50
ROWS = 100  # the row of column names is one of them
COLUMNS = 20
CELLS = 10_000  # characters in all cells together
BUTTONS = 25
LABEL = 75
ACTION = 255
VALUE = 2_000
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
        if (held := letters([self])) > CELLS:
            raise ValueError(f"the cells hold {held:,} characters; Slack takes {CELLS:,} in one message")
        return self


class Label(_Value):
    """What stands on a button."""

    type: Literal["plain_text"] = "plain_text"
    text: str = Field(min_length=1, max_length=LABEL)


class Button(_Value):
    """Something to press. The chat hands `action_id` and `value` back; anybody may read and forge both.

    Source: https://docs.slack.dev/reference/block-kit/elements/button-element.
    """

    type: Literal["button"] = "button"
    text: Label
    action_id: str = Field(min_length=1, max_length=ACTION)
    value: str = Field(min_length=1, max_length=VALUE)
    style: Literal["primary", "danger"] | None = None

    @model_serializer(mode="wrap")
    def _as_slack_takes_it(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Slack takes no null: a button without a style has no such key."""
        return {key: value for key, value in dump(self).items() if value is not None}


class Actions(_Value):
    """A row of buttons."""

    type: Literal["actions"] = "actions"
    elements: tuple[Button, ...] = Field(min_length=1, max_length=BUTTONS)

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if len({button.action_id for button in self.elements}) < len(self.elements):
            raise ValueError("two buttons beside each other have one action_id; nobody could tell which was pressed")
        return self


Block = Annotated[Header | Section | Table | Context | Actions, Field(discriminator="type")]


class Post(_Value):
    """One post in a channel or thread. `text` is what a notification shows; the blocks are what the channel shows."""

    text: str = Field(min_length=1, max_length=TEXT)
    blocks: tuple[Block, ...] = Field(min_length=1, max_length=BLOCKS)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if sum(isinstance(block, Table) for block in self.blocks) > 1:
            raise ValueError("Slack takes one table in a message")
        if (held := letters(self.blocks)) > POST:
            raise ValueError(f"the blocks hold {held:,} characters; Slack takes about {POST:,} in one message")
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


def button(text: str, action_id: str, value: str, style: Literal["primary", "danger"] | None = None) -> Button:
    """A button with at most 75 characters on it; `value` is an id that means something to us alone (facts A3)."""
    return Button(text=Label(text=text), action_id=action_id, value=value, style=style)


def actions(*buttons: Button) -> Actions:
    """At most 25 buttons beside each other, each with an `action_id` of its own."""
    return Actions(elements=buttons)


def letters(blocks: Iterable[Block]) -> int:
    """How many characters the blocks hold, as Slack counts them."""
    return sum(len(text) for block in blocks for text in _texts(block))


def _texts(block: Block) -> list[str]:
    match block:
        case Header() | Section():
            return [block.text.text]
        case Context():
            return [element.text for element in block.elements]
        case Table():
            return [cell.text for row in block.rows for cell in row]
        case Actions():
            return [button.text.text for button in block.elements]
