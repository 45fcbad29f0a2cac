from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tokenscan.report.text import clean, clean_id, escape_json, listing, to_ascii

VISIBLE_FORMAT_SIGNS = set("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd")
HIEROGLYPH_JOINERS = {chr(code) for code in range(0x13430, 0x13440)}
ANY_TEXT = st.text(st.characters(exclude_categories=[]), max_size=200)
SEQUENCES = st.lists(
    st.sampled_from(
        ["\x1b", "\x1b]8;;", "\x9b", "\x9d", "\x07", "\x1b\\", "31m", "[", "a", "\u202e", "\u200b", "\n", " "]
    )
).map("".join)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x9b31mred", "red"),
        ("\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("\x1b]0;title\x07bob", "bob"),
        ("\x1b]52;c;c2VjcmV0\x07bob", "bob"),
        ("\x1bP payload \x1b\\bob", "bob"),
        ("\x1b]alice", "alice"),
        ("\x1bcbob", "bob"),
        ("a\r\nb\tc\u2028d\x85e", "a b c d e"),
        ("user\u202egpj.exe", "usergpj.exe"),
        ("\u2066a\u2069\u200bb\ufeffc\u00ad", "abc"),
        ("[/red][bold]x[/bold]", "[/red][bold]x[/bold]"),
        ("a\x00\x08\x7fb", "ab"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
        ("e" + "\u0301" * 50, "e\u0301\u0301\u0301"),
        ("", ""),
        ("\u200b\u200b", "(unprintable)"),
        ("  padded  ", "padded"),
        ("日本 ユーザー", "日本 ユーザー"),
    ],
)
def test_clean_shows_what_a_person_should_see(raw: str, shown: str) -> None:
    assert clean(raw) == shown


def test_clean_marks_what_it_cuts() -> None:
    assert clean("x" * 301) == "x" * 299 + "…"
    assert clean("x" * 300) == "x" * 300
    assert len(clean_id("u" * 10_000)) == 512
    assert clean("ab", limit=1) == "…"


@pytest.mark.parametrize("raw", ["\x9d" * 65_536, "\x1b]" * 40_000, " " * 65_536, "\u0301" * 65_536, "\x9b0" * 40_000])
def test_clean_does_not_hang_on_long_repetitive_text(raw: str) -> None:
    assert len(clean(raw)) <= 300


@given(ANY_TEXT | SEQUENCES)
def test_clean_leaves_nothing_that_a_terminal_obeys(raw: str) -> None:
    shown = clean(raw)
    assert len(shown) <= 300
    for character in shown:
        assert unicodedata.category(character) not in {"Cc", "Cs", "Zl", "Zp"}
        if unicodedata.category(character) == "Cf":
            assert character in VISIBLE_FORMAT_SIGNS | HIEROGLYPH_JOINERS
    assert clean(shown) == shown


@given(ANY_TEXT | SEQUENCES)
def test_json_escapes_lose_nothing(raw: str) -> None:
    document = escape_json(json.dumps({raw: raw}, ensure_ascii=False, indent=2))
    assert json.loads(document) == {raw: raw}
    document.encode()  # a lone surrogate would fail here
    assert not any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} for c in document.replace("\n", ""))
    assert not any(c in document for c in "\u202e\u2066\u200b\x1b\x9b")


def test_json_escapes_characters_beyond_the_basic_plane_as_pairs() -> None:
    assert escape_json('"\U000e0041"') == '"\\udb40\\udc41"'


@given(st.text(max_size=50))
def test_ascii_keeps_the_width(raw: str) -> None:
    shown = to_ascii(clean(raw))
    assert shown.isascii()
    assert len(shown) == sum(cell_len(character) for character in clean(raw))


def test_ascii_keeps_the_meaning_of_rules_and_bars() -> None:
    assert to_ascii("── ██▓▒░ 0\u2013100 … 3\u00d7 ≥ 日") == "-- ##=+. 0-100 . 3x > ??"


def test_listing_says_how_many_it_leaves_out() -> None:
    assert listing(["a", "b\x1b[1m", "c"], limit=2) == "a, b and 1 more"
    assert listing(["a", "b"], limit=2) == "a, b"
    assert listing([]) == ""
