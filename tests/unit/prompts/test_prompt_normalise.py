from __future__ import annotations

import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscan.hashing import stable_hash
from tokenscan.prompts.normalise import masked, normalised


def _normal(text: str | None) -> str | None:
    return pl.select(normalised(pl.lit(text, dtype=pl.String))).item()


def _mask(text: str) -> str:
    return pl.select(masked(normalised(pl.lit(text)))).item()


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("  Fix   the\tbug\r\n\r\nplease ", "fix the bug please"),
        ("Fix\u00a0the\u3000bug\u2028now", "fix the bug now"),
        ("fix\u200b the\u200d bu\u00adg\ufeff", "fix the bug"),
        ("fix \u202ethe\u202c \u2066bug\u2069", "fix the bug"),
        ("fix\x00 the\x1b[31m bug\x07", "fix the[31m bug"),
        ("fix the bug\U000e0041\U000e0042", "fix the bug"),
        ("done\u2714\ufe0f", "done\u2714"),
        ("\uff26\uff49\uff58\u3000\uff11\uff12", "fix 12"),  # full-width "Fix 12"
        ("\ufb01x", "fix"),  # the fi ligature
        ("cafe\u0301", "caf\u00e9"),  # e and a combining accent
        ("e\u200d\u0301", "\u00e9"),  # the same with a joiner in between
        (
            "\u0417\u0414\u0420\u0410\u0412\u0421\u0422\u0412\u0423\u0419",
            "\u0437\u0434\u0440\u0430\u0432\u0441\u0442\u0432\u0443\u0439",
        ),
        ("what is 1+1?", "what is 1+1?"),
        ("\u3164\u115f\u2800", ""),
        ("", ""),
        (" \n\t", ""),
        (None, None),
    ],
)
def test_what_counts_as_the_same_prompt(raw: str | None, expected: str | None) -> None:
    assert _normal(raw) == expected


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=60))
def test_normalised_text_is_tidy_for_any_input(raw: str) -> None:
    found = _normal(raw)
    assert found is not None
    assert "  " not in found
    assert found == found.strip(" ")
    assert not [c for c in found if unicodedata.category(c) in {"Cc", "Cf"} and not c.isspace()]


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
        ("a decade of facade work", "a decade of facade work"),
        ("see https://example.com/a?b=1 or www.example.org.", "see <url> or <url>"),
        ("mail Jo.Doe+x@mail.example.com now", "mail <email> now"),
        ("read /etc/hosts, ~/notes.txt and ./a/b", "read <path>, <path> and <path>"),
        (r"open C:\Users\jo\a.txt or \\host\share\b", "open <path> or <path>"),
        ("explain src/app/main.py to me", "explain <path> to me"),
        ("/review this and/or that", "/review this and/or that"),
        ("he said 请看第12行", "he said 请看第<n>行"),
        ("١٢ كلمة", "<n> كلمة"),  # Arabic digits
    ],
)
def test_fillings_of_a_template_are_masked(raw: str, expected: str) -> None:
    assert _mask(raw) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    # Published test vectors of XXH3-64 with seed 0.
    [
        ("", 0x2D06800538D394C2),
        ("a", 0xE6C632B61E964E1F),
        ("abc", 0x78AF5F94892F3950),
        (None, None),
    ],
)
def test_stable_hash_never_changes(text: str | None, expected: int | None) -> None:
    assert pl.select(stable_hash(pl.lit(text, dtype=pl.String))).item() == expected
