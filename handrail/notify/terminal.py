"""A message in a terminal, as Slack would show it: markup shown, mentions and links visible as such."""

import re
import unicodedata

from rich.box import ROUNDED
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.style import Style
from rich.table import Table as Grid
from rich.text import Text

from handrail.notify.message import Actions, Block, Button, Context, Header, Message, Post, Section, Table

# What Slack's markup does, in the order in which it is looked for. Bold, italic and strike stand at the edge of a word.
_MARKUP = re.compile(
    r"```(?P<block>.+?)```"
    r"|`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|(?<![\w*])\*(?P<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])"
    r"|(?<![\w_])_(?P<italic>[^\s_](?:[^_\n]*[^\s_])?)_(?![\w_])"
    r"|(?<![\w~])~(?P<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])",
    re.DOTALL,
)
_CODE = Style(color="dark_orange3")
_MENTION = Style(color="black", bgcolor="yellow")
_LEAF = {"block": _CODE, "code": _CODE}
_NESTED = {"bold": Style(bold=True), "italic": Style(italic=True), "strike": Style(strike=True)}
_STYLES = {
    None: Style(bold=True),
    "primary": Style(bold=True, color="green"),
    "danger": Style(bold=True, color="red"),
}


def rendered(message: Message, *, thread: str | None = None) -> RenderableType:
    """The message and its thread, ready for a rich console; what is itself in a thread stands indented."""
    if thread is not None:
        answered = Text("in the thread of an earlier message", Style(color="blue", bold=True))
        posts = [Padding(_post(post), (1, 0, 0, 4)) for post in (message, *message.details)]
        return Group(Padding(answered, (1, 0, 0, 2)), *posts)
    replies = [Padding(_post(reply), (1, 0, 0, 4)) for reply in message.details]
    count = f"{len(replies)} {'reply' if len(replies) == 1 else 'replies'}"
    below = [Padding(Text(count, Style(color="blue", bold=True)), (1, 0, 0, 2)), *replies] if replies else []
    return Group(Padding(_post(message), (1, 0, 0, 0)), *below)


def mrkdwn(text: str, style: Style | None = None) -> Text:
    """Slack's markup as styled text; characters that steer a terminal are left out."""
    shown, at = Text(), 0
    style = style or Style()
    for match in _MARKUP.finditer(text):
        shown.append(_letters(text[at : match.start()]), style)
        kind = match.lastgroup or ""
        shown.append_text(_marked(kind, match[kind], style))
        at = match.end()
    shown.append(_letters(text[at:]), style)
    return shown


def _marked(kind: str, inner: str, style: Style) -> Text:
    if kind in _LEAF:
        return Text(_letters(inner), style + _LEAF[kind])
    if kind in _NESTED:
        return mrkdwn(inner, style + _NESTED[kind])
    target, _, label = inner.partition("|")
    if target[0] in "@#!":
        return Text("@" + _letters(label or target.lstrip("@#!").removeprefix("subteam^")), style + _MENTION)
    return Text(_letters(label or target), style + Style(color="blue", underline=True, link=_letters(target)))


def _letters(mrkdwn: str) -> str:
    return _safe(mrkdwn.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def _safe(text: str) -> str:
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs"))


def _post(post: Post) -> RenderableType:
    return Group(*(_block(block) for block in post.blocks))


def _block(block: Block) -> RenderableType:
    match block:
        case Header():
            return Text(_safe(block.text.text), Style(bold=True))
        case Section():
            return mrkdwn(block.text.text)
        case Context():
            return Text("  ").join(mrkdwn(element.text, Style(dim=True)) for element in block.elements)
        case Table():
            return _table(block)
        case Actions():
            return Text(" ").join(map(_button, block.elements))


def _button(button: Button) -> Text:
    return Text(f"[ {_safe(button.text.text)} ]", _STYLES[button.style])


def _table(block: Table) -> Grid:
    names, *rows = [[Text(_safe(cell.text)) for cell in row] for row in block.rows]
    grid = Grid(box=ROUNDED, header_style=Style(bold=True), border_style=Style(dim=True))
    for name, column in zip(names, block.column_settings, strict=True):
        grid.add_column(name, justify=column.align, overflow="fold")
    for row in rows:
        grid.add_row(*row)
    return grid
