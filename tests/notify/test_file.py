"""Messages in a file: each is there once, whole, in order."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from handrail.errors import HandrailError
from handrail.notify import FileNotifier, Message, messages, notifier, posts, section


def _message(text: str) -> Message:
    return Message(text=text, blocks=(section(text),))


def test_what_was_posted_can_be_read(tmp_path: Path) -> None:
    """Messages come back in the order they were posted, from a file that had to be made."""
    path = tmp_path / "new" / "messages.jsonl"
    posted = (_message("one"), _message("二\u2028<!channel>"))

    for message in posted:
        FileNotifier(path).post(message)

    assert messages(path) == posted


def test_no_file_is_no_message(tmp_path: Path) -> None:
    """A channel that nobody spoke in is empty."""
    assert messages(tmp_path / "none.jsonl") == ()


def test_writers_do_not_mix_their_lines(tmp_path: Path) -> None:
    """Several writers at once leave every message whole."""
    path = tmp_path / "messages.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: FileNotifier(path).post(_message(f"{n} " + "x" * 2_900)), range(64)))

    assert sorted(int(message.text.split()[0]) for message in messages(path)) == list(range(64))


def test_the_environment_names_the_notifier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A path in HANDRAIL_MESSAGES is where messages go."""
    monkeypatch.setenv("HANDRAIL_MESSAGES", str(tmp_path / "told.jsonl"))

    notifier().post(_message("hello"))

    assert messages(tmp_path / "told.jsonl") == (_message("hello"),)


def test_a_message_that_nobody_would_read_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a notifier the task fails and says what to set."""
    monkeypatch.delenv("HANDRAIL_MESSAGES", raising=False)

    with pytest.raises(HandrailError, match="HANDRAIL_MESSAGES is not set"):
        notifier()


def test_each_post_has_an_id_of_its_own(tmp_path: Path) -> None:
    """Ids are unique and grow with the order of the posts, whoever writes, however many at once."""
    path = tmp_path / "messages.jsonl"
    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda n: FileNotifier(path).post(_message(str(n))), range(64)))

    kept = [posted.ts for posted in posts(path)]
    assert sorted(given) == kept == sorted(set(kept))


def test_a_reply_stands_in_its_thread(tmp_path: Path) -> None:
    """What is posted in a thread names the post that opened it, and is a message like any other."""
    notifier = FileNotifier(tmp_path / "messages.jsonl")

    first = notifier.post(_message("drift"))
    second = notifier.post(_message("it grew"), thread=first)

    assert [(posted.ts, posted.thread_ts) for posted in posts(tmp_path / "messages.jsonl")] == [
        (first, None),
        (second, first),
    ]
    assert messages(tmp_path / "messages.jsonl") == (_message("drift"), _message("it grew"))


@pytest.mark.parametrize(
    ("last", "next_is"),
    [
        pytest.param('"ts":"99999999999.999999"}\n', "100000000000.000000", id="a clock that was set back"),
        pytest.param('{"message":{"te', "now", id="a writer that was killed"),
        pytest.param("", "now", id="nothing yet"),
    ],
)
def test_an_id_comes_after_the_last_one(tmp_path: Path, last: str, next_is: str) -> None:
    """Whatever the file ends in, the next post is whole and its id is new."""
    path = tmp_path / "messages.jsonl"
    path.write_text(last)

    ts = FileNotifier(path).post(_message("hello"))

    assert messages(path) == (_message("hello"),)
    assert ts == next_is if next_is != "now" else float(ts) > 1_700_000_000


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """With its name, what is wrong and what to do."""
    with pytest.raises(HandrailError, match=r"messages, cannot be written: Is a directory\. Make it a file"):
        FileNotifier(tmp_path).post(Message(text="x", blocks=(section("x"),)))
