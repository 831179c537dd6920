"""Taking secrets out of texts: known values, known shapes, and foreign sentences."""

import base64
import json
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from codebuild.terraform.mask import Mask

KEY = "-----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY-----"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        pytest.param("key AKIAIOSFODNN7EXAMPLE.", "key ***.", id="AWS key"),
        pytest.param("ghp_0123456789abcdef0123 and github_pat_0123456789abcdef01", "*** and ***", id="GitHub"),
        pytest.param("xoxb-123456789-abc xapp-1-A0123456", "*** ***", id="Slack"),
        pytest.param("https://robot:pass@git.example.com/x", "https://***@git.example.com/x", id="in a URL"),
        pytest.param("eyJhbGciOi.eyJzdWIiOiI.SflKxwRJSM", "***", id="JWT"),
        pytest.param(f"before {KEY} after", "before *** after", id="PEM"),
        pytest.param("-----BEGIN PRIVATE KEY-----\nMIIE and no end", "***", id="PEM cut off"),
        pytest.param('password = "a b c" next', "password = *** next", id="quoted after its name"),
        pytest.param("db_password: x123, y", "db_password: *** y", id="after its name"),
        pytest.param("Authorization: Bearer abcdef012345", "Authorization: Bearer ***", id="bearer"),
        pytest.param("Error acquiring the state lock", "Error acquiring the state lock", id="nothing to hide"),
    ],
)
def test_hides_what_is_shaped_like_a_secret(text: str, masked: str) -> None:
    """Keys, tokens, credentials in URLs and whatever stands after a name such as password."""
    assert Mask().sentence(text) == masked
    assert Mask().name(text) == masked


@pytest.mark.parametrize(
    ("secret", "text", "masked"),
    [
        pytest.param("hunter2", "it is hunter2!", "it is ***!", id="as it is"),
        pytest.param("hunter2", "xhunter2x", "x***x", id="inside a word"),
        pytest.param('a"b\nc', r"said a\"b\nc", "said ***", id="in a string literal"),
        pytest.param('Ä"q', r'a["Ä\"q"]', 'a["***"]', id="in HCL, with a letter beyond ASCII"),
        pytest.param("y${x}%{z}", 'a["y$${x}%%{z}"]', 'a["***"]', id="in HCL, like a template"),
        pytest.param("Ä\\3y", r'a["Ä\\3y"]', 'a["***"]', id="in HCL, with a backslash"),
        pytest.param('Ä\xa0\u200b"', r'a["Ä\u00a0\u200b\""]', 'a["***"]', id="in HCL, with what cannot be printed"),
        pytest.param("Ä\U000e0001y", r'a["Ä\U000e0001y"]', 'a["***"]', id="in HCL, far beyond ASCII"),
        pytest.param('Ä"é\n', json.dumps('Ä"é\n'), '"***"', id="in JSON"),
        pytest.param("<a&b>", r'"\u003ca\u0026b\u003e"', '"***"', id="in JSON as Go writes it"),
        pytest.param('a"b', json.dumps(json.dumps('a"b')), r'"\"***\""', id="in JSON in JSON"),
        pytest.param("a\x1bb\\", repr("a\x1bb\\"), "'***'", id="in Python"),
        pytest.param("top/secret", quote("top/secret", safe=""), "***", id="in a URL"),
        pytest.param("hunter2", base64.b64encode(b"hunter2").decode(), "***", id="in base64"),
        pytest.param("line one\nline two", "only line two", "only ***", id="a line of it"),
        pytest.param("7", "7 of 17", "*** of 17", id="a short one is a whole word"),
        pytest.param("", "nothing", "nothing", id="an empty one is none"),
        pytest.param("ひみつの鍵", "鍵はひみつの鍵です", "鍵は***です", id="in Japanese"),
    ],
)
def test_hides_known_secrets_however_they_are_written(secret: str, text: str, masked: str) -> None:
    """A secret is found raw, escaped, encoded, and line by line."""
    assert Mask([secret]).sentence(text) == masked


def test_the_longest_secret_goes_first() -> None:
    """A secret that holds another one leaves nothing of itself."""
    assert Mask(["hunter", "hunter2000"]).sentence("hunter2000") == "***"


def test_plain_values_are_hidden_in_sentences_and_stay_in_names() -> None:
    """A variable's value may be part of an address: it would be of no use without it."""
    mask = Mask(["hunter2"], ["production"])

    assert mask.sentence("production hunter2") == "*** ***"
    assert mask.name('x.y["production"]') == 'x.y["production"]'
    assert mask.name('x.y["hunter2"]') == 'x.y["***"]'


@pytest.mark.parametrize(
    ("text", "foreign", "told"),
    [
        pytest.param("Error acquiring the state lock", False, "Error acquiring the state lock", id="Terraform's own"),
        pytest.param('Run "terraform init", then re-try', False, 'Run "terraform init", then re-try', id="quotations"),
        pytest.param('No object "blue moon" re-found', True, "No object ***", id="a provider's quotations"),
        pytest.param("reading EC2 Instance (i-0abc12): StatusCode: 403, UnauthorizedOperation: no", True,
                     "reading EC2 Instance *** StatusCode: 403, UnauthorizedOperation: no", id="AWS"),
        pytest.param("mockcloud_object isn't there", True, "mockcloud_object isn't there", id="names that are known"),
        pytest.param("token Zx9-abc 12345 aBcDeFgH canary-words", True, "token ***", id="anything else"),
        pytest.param("first line\nsecond line", False, "first line", id="one line"),
        pytest.param("word " * 400, True, " ".join(["word"] * 60), id="not endless"),
    ],
)  # fmt: skip
def test_of_a_sentence_only_plain_words_are_told(text: str, foreign: bool, told: str) -> None:
    """Whoever wrote a summary may have put a value into it: only words pass, and of a provider's no quotation."""
    assert Mask().words(text, foreign=foreign, known=["mockcloud_object"]) == told


@given(st.text(min_size=4, max_size=30), st.text(max_size=40), st.text(max_size=40))
def test_no_known_secret_survives(secret: str, before: str, after: str) -> None:
    """Whatever stands around a secret of four letters or more, it is gone."""
    if secret.strip() and secret not in "***":
        told = Mask([secret]).sentence(f"{before}{secret}{after}")
        assert secret not in told.replace("***", "\0")


@given(st.text(min_size=4, max_size=30), st.integers(1, 4))
def test_no_secret_survives_being_quoted(secret: str, depth: int) -> None:
    """However often a text is made a literal of a literal, nothing but stars and quotes is left."""
    if secret.strip():
        quoted = secret
        for _ in range(depth):
            quoted = json.dumps(quoted)
        assert set(Mask([secret]).sentence(quoted)) <= set('*"\\')


def test_no_secret_takes_long() -> None:
    """A text that almost fits a secret full of quotes is done within seconds."""
    began = time.process_time()

    Mask(['\\"${' * 50 + "x"]).sentence('\\\\\\"$${' * 20_000)

    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    "piece",
    ["a", "-", "a-", "aB", "https", "secret", 'password="', "eyJ-", "a://", "SG.", "'", "x=",
     '["token=', '["secret-', r'token=\"', "token=[", '["' + "token-" * 160],
)  # fmt: skip
def test_no_text_takes_long(piece: str) -> None:
    """The patterns are linear: a hostile text of 100 kB is done within seconds."""
    text = piece * (100_000 // len(piece))
    began = time.process_time()

    Mask(["hunter2"]).words(text, foreign=True)

    assert time.process_time() - began < 5
