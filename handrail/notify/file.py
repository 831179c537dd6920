"""Messages in a file, one JSON line each: what a laptop and a test have instead of a channel."""

from pathlib import Path

from handrail.notify.message import Message


class FileNotifier:
    """Appends each message to a file, which it makes where there is none."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def post(self, message: Message) -> None:
        """Append the message in one write, so that two writers at once do not mix their lines."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab", buffering=0) as file:
            file.write(message.model_dump_json().encode() + b"\n")


def messages(path: Path) -> tuple[Message, ...]:
    """What was posted to a file, oldest first; nothing where there is no file yet."""
    if not path.exists():
        return ()
    return tuple(Message.model_validate_json(line) for line in path.read_bytes().splitlines())
