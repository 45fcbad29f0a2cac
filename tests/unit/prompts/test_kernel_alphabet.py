"""Normalising foreign characters one by one in the kernel, against Unicode's rules for whole texts."""

from __future__ import annotations

import random
import unicodedata

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_reference import engines

from tokenscan.prompts.alphabet import LIMIT, SPACE, Alphabet

pytest.importorskip("tokenscan.prompts._kernel")

ALPHABET = Alphabet.empty().learn(np.arange(128, LIMIT))
KNOWN = [chr(point) for point in np.flatnonzero(ALPHABET.kinds)]
BLANK = [chr(point) for point in np.flatnonzero(ALPHABET.kinds >= SPACE)]


def _same(texts: list[str]) -> int:
    """Compare both engines, and count the texts that the kernel did not hand back."""
    from tokenscan.prompts.compiled_engine import CompiledEngine

    compiled = CompiledEngine()
    compiled._alphabet = ALPHABET
    column = pl.Series(texts, dtype=pl.String)
    found, expected = compiled.normalised(column), engines()[0].normalised(column)
    differ = np.flatnonzero((found != expected).to_numpy()).tolist()
    assert [(texts[row], found[row], expected[row]) for row in differ[:3]] == []
    return len(texts) - int(compiled._whole(column)[1].sum())


def test_living_scripts_are_known() -> None:
    for text in ("Москва, «да»", "Ελλάδα", "שלום", "مرحبا", "日本語の文", "한국어", "Ça va? “oui”…", "\u200b🙂 €"):
        assert _same([text]) == 1
    # Neighbours decide about these: a mark, the jamo of a syllable, a sigma at the end of a word.
    for text in ("e\u0301", "\u1112\u1161\u11ab", "ΟΔΟΣ", "हिन्दी", "\u200d\u0301", "\uff76\uff9e"):
        assert _same([text]) == 0


def test_every_character_is_normalised_as_by_polars() -> None:
    points = [*range(0xD800), *range(0xE000, 0x20100), *range(0xE0000, 0xE0200)]
    assert _same([f"{char}A{char}{char}b {char} " for char in map(chr, points)]) > 70_000


def test_neighbours_do_not_matter() -> None:
    rng = random.Random(1)
    for length in (2, 7):
        chars = [*KNOWN, *KNOWN]
        rng.shuffle(chars)
        texts = ["".join(chars[i : i + length]) for i in range(0, len(chars), length)]
        assert _same(texts) == len(texts)
    mixtures = [[*BLANK, *" \t\x00aZ"], [*BLANK, *KNOWN[:1000], *"    \n\x00aZ"]]
    texts = ["".join(rng.choices(chars, k=rng.randint(1, 30))) for chars in mixtures for _ in range(20_000)]
    assert _same(texts) == len(texts)


def test_characters_that_join_are_left_to_unicode() -> None:
    parts = (unicodedata.decomposition(chr(point)).split() for point in range(0x110000))
    pairs = ["".join(chr(int(part, 16)) for part in found) for found in parts if len(found) == 2 and found[0][0] != "<"]
    assert len(pairs) > 1000
    assert _same(pairs) == 0
    assert _same([f"a{pair}b" for pair in pairs]) == 0


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=10))
def test_any_text_is_normalised_alike(texts: list[str]) -> None:
    _same(texts)


def test_characters_are_learned_as_they_come() -> None:
    rng = random.Random(2)
    words = ["Москва", "ДЕНЬ", "ночь\u200b", "日本", "e\u0301", "\u3000", "Q"]
    texts = pl.Series([" ".join(rng.choices(words, k=2000)) for _ in range(50)] * 15)
    numpy, compiled = engines()
    few, many = pl.Series(["Ünd 日", None, "Ω"]), pl.Series(["Ünd 日", None, "Ω", "ж\u0301"] * 40)
    for part in (texts[:3], texts[3:], texts, few, many, few):
        assert compiled.normalised(part).equals(numpy.normalised(part), null_equal=True)
