"""What a channel is told, and how it gets there: the door of notices.

Whoever has something to say builds a `Message` and posts it to `notifier()`.
"""

import os
from pathlib import Path
from typing import Protocol

from handrail.errors import HandrailError
from handrail.notify.file import FileNotifier, messages
from handrail.notify.message import Align, Message, Post, context, header, section, table
from handrail.notify.mrkdwn import batches, code, escape, listed, plain, shorten

__all__ = [
    "Align",
    "FileNotifier",
    "Message",
    "Notifier",
    "Post",
    "batches",
    "code",
    "context",
    "escape",
    "header",
    "listed",
    "messages",
    "notifier",
    "plain",
    "section",
    "shorten",
    "table",
]


class Notifier(Protocol):
    """Where messages go."""

    def post(self, message: Message) -> None:
        """Show the message to the channel, its details below it."""
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
