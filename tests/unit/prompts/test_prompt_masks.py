from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscan.prompts import masks
from tokenscan.prompts.masks import masked
from tokenscan.prompts.normalise import normalised

# The definition: one replacement after the other, in every text.
_SEQUENCE = (
    (masks._URL, "<url>"),
    (masks._WWW, "<url>"),
    (masks._EMAIL, "<email>"),
    (masks._DRIVE_PATH, "<path>"),
    (masks._SHARE_PATH, "<path>"),
    (masks._NEAR_PATH, "${1}<path>"),
    (masks._FULL_PATH, "${1}<path>"),
    (masks._FILE_PATH, "<path>"),
    (masks._UUIDS, "<n>"),
    (masks._IDS, "${1}\x01${2}\x02${3}"),
    (masks._MARKED_IDS, "<n>"),
    (masks._LEFT_OVER, ""),
    (masks._DATE, "<n>"),
    (masks._DATE_IN_WORDS, "<n>"),
    (masks._FOREIGN_NUMBER, "<n>"),
)

_PUNCTUATION = list(" \"'`([{<=:,;._-/\\@~|+")
_WORDS = [
    "word",
    "http",
    "www.",
    "py",
    "jan",
    "march ",
    " of ",
    "3rd",
    "k8s",
    "v1alpha1",
    "\u00e9",
    "\u4e2d",
    "<n>",
    "\U0001f64f",
]
_OTHERS = ["\u00e9", "\u4e2d", "<n>", "\U0001f64f"]
_PLACES = ["://", "a.b", "/etc", "./", "~/", "c:\\", "\\\\"]
_NUMBERS = ["x", "0", "7", "12", "2024", "-01-31", "t12:30", ":00.5z", "0xff", "b2", "\u0663", "\u0661\u0662"]
_IDS = ["deadbeef", "facade", "00f3ab", "3fa2c1b4", "deadbeefdeadbeef", "x7gh2klp", "9f3kq0zt"]
_UUID = "123e4567-e89b-12d3-a456-426614174000"
_PIECES = st.sampled_from([*_PUNCTUATION, *_WORDS, *_OTHERS, *_PLACES, *_NUMBERS, *_IDS, _UUID])
_TEXTS = st.one_of(
    st.lists(_PIECES, max_size=14).map("".join), st.text(alphabet="ab019fxz_-. /", max_size=40), st.text(max_size=20)
)


def _mask(text: str) -> str:
    return pl.select(masked(normalised(pl.lit(text)))).item()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("translate line 17 of 2,048", "translate line <n> of <n>"),
        ("raise it by 3.5% until 2024-01-31", "raise it by <n>% until <n>"),
        ("at 2024-01-31T12:30:00Z and 12:45", "at <n> and <n>"),
        ("on 3rd of March 2024, on March 3, 2024", "on <n>, on <n>"),
        ("you may march on", "you may march on"),
        ("order 123e4567-e89b-12d3-a456-426614174000 late", "order <n> late"),
        ("[req-3fa2c1b4] hi (id: 00f3ab)", "[req-<n>] hi (id: <n>)"),
        ("run_3fa2c1b4", "run<n>"),
        ("commit deadbeefdeadbeef at 0xFF", "commit <n> at <n>"),
        ("commit deadbeefdeadbeef late", "commit <n> late"),
        ("a decade of facade work", "a decade of facade work"),
        ("see https://example.com/a?b=1 or www.example.org.", "see <url> or <url>"),
        ("mail Jo.Doe+x@mail.example.com now", "mail <email> now"),
        ("read /etc/hosts, ~/notes.txt and ./a/b", "read <path>, <path> and <path>"),
        ("/etc/hosts", "<path>"),
        (r"open C:\Users\jo\a.txt or \\host\share\b", "open <path> or <path>"),
        ("explain src/app/main.py to me", "explain <path> to me"),
        ("/review this and/or that", "/review this and/or that"),
        ("he said \u8bf7\u770b\u7b2c12\u884c", "he said \u8bf7\u770b\u7b2c<n>\u884c"),
        ("\u0661\u0662 \u0643\u0644\u0645\u0629", "<n> \u0643\u0644\u0645\u0629"),  # Arabic digits
    ],
)
def test_fillings_of_a_template_are_masked(raw: str, expected: str) -> None:
    assert _mask(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("fix the bug x7gh2klp", "fix the bug <n>"),
        ("9F3kQ0zT fix the bug", "<n> fix the bug"),
        ("[x7gh2klp] fix (id: 9f3kq0zt) it #a1b2c3d4e", "[<n>] fix (id: <n>) it #<n>"),
        ("[req-8f3a2b1c] hi req-x7gh2klp", "[req-<n>] hi req-<n>"),
        ("run_x7gh2klp_9f3kq0zt now", "run<n> now"),
        ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "<n>"),  # ULID
        ("V1StGXR8_Z5jdHi6B", "<n>"),  # nanoid
        ("toolu_01wut4kWLN2r7oprmngbswbmg", "toolu<n>"),
        ("dGhpcyBp0cyBh1IHRl2c3Q", "<n>"),
        ("\u8bf7x7gh2klp\u7ffb", "\u8bf7<n>\u7ffb"),
    ],
)
def test_random_looking_ids_are_masked(raw: str, expected: str) -> None:
    assert _mask(raw) == expected


@pytest.mark.parametrize(
    "name",
    [
        *["k8s", "utf8", "sha256", "log4j2", "i18n", "v1beta1", "v1alpha1", "v2alpha10", "gpt4o", "h264", "python3"],
        *["x86_64", "covid19", "mp3", "b2b", "ec2", "iso8601", "windows11", "word2vec", "mp3tomp4", "html2pdf"],
        *["base64", "b64encode", "uint8array", "e2etest", "utf8string", "s3bucket"],
    ],
)
def test_names_with_digits_keep_their_letters(name: str) -> None:
    for text in (name, f"use {name}.", f"({name})", f"3d printing with {name}, in 2b"):
        found = _mask(text)
        assert "".join(c for c in found.replace("<n>", "") if c.isalpha()) == "".join(c for c in text if c.isalpha())


@given(st.lists(_TEXTS, max_size=5))
def test_shortcuts_give_what_one_replacement_after_the_other_gives(raw: list[str]) -> None:
    frame = pl.DataFrame({"text": raw}, schema={"text": pl.String}).select(normalised(pl.col("text")))
    expected = pl.col("text")
    for pattern, placeholder in _SEQUENCE:
        expected = expected.str.replace_all(pattern, placeholder)
    found = frame.select(found=masked(pl.col("text")), expected=expected)
    assert found["found"].to_list() == found["expected"].to_list()


def test_masking_keeps_nulls_names_and_order() -> None:
    frame = pl.DataFrame({"prompt": ["b 1", None, "a", "/etc/x"]})
    assert frame.select(masked(pl.col("prompt"))).to_dict(as_series=False) == {"prompt": ["b <n>", None, "a", "<path>"]}
    assert frame.clear().select(masked(pl.col("prompt"))).height == 0
