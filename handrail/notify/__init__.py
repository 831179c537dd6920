"""What a channel is told, and how it gets there: the door of notices.

Whoever has something to say builds a `Message` and posts it to `notifier()`.
"""

import os
from pathlib import Path
from typing import Protocol

from handrail.errors import HandrailError
from handrail.notify.file import FileNotifier, Posted, messages, posts
from handrail.notify.message import (
    Actions,
    Align,
    Button,
    Message,
    Post,
    actions,
    button,
    context,
    header,
    section,
    table,
)
from handrail.notify.mrkdwn import batches, code, escape, listed, mention, plain, shorten

__all__ = [
    "Actions",
    "Align",
    "Button",
    "FileNotifier",
    "Message",
    "Notifier",
    "Post",
    "Posted",
    "actions",
    "batches",
    "button",
    "code",
    "context",
    "escape",
    "header",
    "listed",
    "mention",
    "messages",
    "notifier",
    "plain",
    "posts",
    "section",
    "shorten",
    "table",
]


class Notifier(Protocol):
    """Where messages go."""

    def post(self, message: Message, *, thread: str | None = None) -> str:
        """Show the message to the channel, or in the thread of the post `thread`; the new post's id, Slack's `ts`.

        The details go into the message's own thread, or into `thread`: a thread has none of its own.
        """
        ...


def notifier() -> Notifier:
    """The notifier that the environment names; where it names none, an error rather than a message nobody reads."""
    path = os.environ.get("HANDRAIL_MESSAGES")
    if not path:
        raise HandrailError(
            "HANDRAIL_MESSAGES is not set, so nobody would read this message. "
            "Set it to the path of a file; messages are appended to it as JSON lines."
        )
    return FileNotifier(Path(path))
