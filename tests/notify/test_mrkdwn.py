"""Foreign text in Slack's mrkdwn: shown, and without effect."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.notify.mrkdwn import batches, code, escape, listed, mention, plain, shorten


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("module.db", "module.db", id="nothing to do"),
        pytest.param("<!channel> look", "&lt;!channel&gt; look", id="a mention"),
        pytest.param("<https://x.test|Approve>", "&lt;https://x.test|Approve&gt;", id="a link"),
        pytest.param("a && b &lt;", "a &amp;&amp; b &amp;lt;", id="already escaped"),
        pytest.param("one\r\n  two\tthree", "one two three", id="lines become one"),
        pytest.param("a\x1b[31mb", "a\ufffd[31mb", id="a terminal's escape"),
        pytest.param("abc\u202edcba", "abc\ufffddcba", id="text that runs backwards"),
        pytest.param("half \ud83d", "half \ufffd", id="half a character"),
        pytest.param("本番の設定", "本番の設定", id="Japanese"),
    ],
)
def test_escape_shows_the_text(text: str, shown: str) -> None:
    """Whatever the text holds, the channel sees it and nothing happens."""
    assert escape(text) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param('aws_x.y["a*b_c"]', '`aws_x.y["a*b_c"]`', id="signs of markup stay"),
        pytest.param("a`b<c", "`aˋb&lt;c`", id="a backtick does not end it"),
        pytest.param("a\nb", "`a b`", id="a new line does not end it"),
        pytest.param("", "`-`", id="nothing"),
    ],
)
def test_code_holds_the_text(text: str, shown: str) -> None:
    """Text in fixed width stays in fixed width to its end."""
    assert code(text) == shown


@pytest.mark.parametrize(
    ("owner", "shown"),
    [
        pytest.param("U024BE7LH", "<@U024BE7LH>", id="a person"),
        pytest.param("W0123ABCD45", "<@W0123ABCD45>", id="a person of an organisation"),
        pytest.param("S0614TZR7", "<!subteam^S0614TZR7>", id="a group"),
        pytest.param("platform", "*platform*", id="a name"),
        pytest.param("STORAGETEAM", "*STORAGETEAM*", id="a name in capitals"),
        pytest.param("U024BE7LH>", "*U024BE7LH&gt;*", id="more than an id"),
        pytest.param("<!channel>", "*&lt;!channel&gt;*", id="a mention of all"),
        pytest.param("a*b", "*a∗b*", id="a sign of markup"),
        pytest.param("", "*-*", id="nothing"),
    ],
)
def test_a_mention_reaches_only_whom_an_id_names(owner: str, shown: str) -> None:
    """An id of a person or group becomes a mention, and nothing else does."""
    assert mention(owner) == shown


@given(st.text())
def test_foreign_text_has_no_effect(text: str) -> None:
    """No text at all gets an angle bracket, a line break or an unpaired surrogate through."""
    for shown in (escape(text), code(text)):
        assert not set(shown) & set("<>\n\r\x1b")
        assert shown.encode().decode() == shown
    assert "`" not in code(text)[1:-1]


@given(st.text(), st.integers(4, 40))
def test_cut_text_is_still_whole_mrkdwn(text: str, most: int) -> None:
    """What was cut keeps to its room as Slack counts it, and no entity is left open."""
    for shown in (escape(text, most), code(text, most)):
        assert len(shown) <= most
        assert re.fullmatch("(?:[^&]|&amp;|&lt;|&gt;)*", shown)


@given(st.text())
def test_plain_is_settled_after_once(text: str) -> None:
    """Cleaning a cleaned text changes nothing."""
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("text", "most", "cut"),
    [
        pytest.param("abcdef", 6, "abcdef", id="fits"),
        pytest.param("abcdefg", 6, "abcde…", id="cut"),
        pytest.param("abcd efg", 6, "abcd…", id="no space before the dots"),
    ],
)
def test_shorten(text: str, most: int, cut: str) -> None:
    """A cut text says that it is cut and keeps to its room."""
    assert shorten(text, most) == cut


@pytest.mark.parametrize(
    ("words", "text"),
    [
        pytest.param([], "", id="none"),
        pytest.param(["a", "b"], "a, b", id="all"),
        pytest.param(["a", "b", "c", "d"], "a, b and 2 more", id="two left out"),
        pytest.param(["a"] * 1202, "a, a and 1,200 more", id="many left out"),
    ],
)
def test_listed_says_how_many_it_left_out(words: list[str], text: str) -> None:
    """A long list shows its beginning and counts the rest."""
    assert listed(words, 2) == text


@given(st.lists(st.text(max_size=20)), st.sampled_from(["\n", "\n\n"]))
def test_batches_lose_nothing(texts: list[str], between: str) -> None:
    """Batches hold every text once, in order, each has room, and no two neighbours would go into one."""
    grouped = batches(texts, 20, between)
    joined = [between.join(batch) for batch in grouped]

    assert [text for batch in grouped for text in batch] == texts
    assert all(len(text) <= 20 for text in joined)
    assert all(len(one + between + two[0]) > 20 for one, two in zip(joined, grouped[1:], strict=False))
