from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prompt_reference import engines

from tokenscan.prompts.corpus import Corpus, Keys
from tokenscan.prompts.engine import Engine

ONE = np.ones(1, dtype=np.uint64)
THREE = np.array([1, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
TEXT = st.text(alphabet="ab \u00e9", max_size=80)


def mixed(value: int) -> int:
    """Return the upper 40 bits of MurmurHash3's finaliser, as the field knows it."""
    for shift, factor in ((33, 0xFF51AFD7ED558CCD), (33, 0xC4CEB9FE1A85EC53)):
        value = ((value ^ value >> shift) * factor) % 2**64
    return (value ^ value >> 33) >> 24


def plain(text: bytes, factors: list[int], window: int) -> list[int]:
    """Winnow one text as the paper says, window by window."""
    keys = [mixed(int.from_bytes(text[p : p + 8], "big")) for p in range(len(text) - 7)]
    grams = range(len(keys) - 8 * (len(factors) - 1))
    hashes = [
        keys[g] if len(factors) == 1 else mixed(sum(keys[g + 8 * k] * f for k, f in enumerate(factors)) % 2**64)
        for g in grams
    ]
    smallest = [min(hashes[g : g + window]) for g in range(len(hashes) - window + 1)]
    return [low for place, low in enumerate(smallest) if place == 0 or low != smallest[place - 1]]


def found(texts: list[str], factors: Keys, window: int, engine: Engine) -> list[list[int]]:
    result: list[list[int]] = [[] for _ in texts]
    for owner, hashes in engine.winnowed(Corpus.of(pl.Series(texts, dtype=pl.String)), factors, window):
        for text, one in zip(owner.tolist(), hashes.tolist(), strict=True):
            result[text].append(one)
    return result


@pytest.mark.parametrize("engine", engines(), ids=lambda engine: engine.name)
@pytest.mark.parametrize(("factors", "window"), [(ONE, 16), (ONE, 2), (THREE, 8)])
@given(texts=st.lists(TEXT, max_size=6))
def test_every_engine_winnows_as_the_paper_says(engine: Engine, factors: Keys, window: int, texts: list[str]) -> None:
    expected = [plain(text.encode(), factors.tolist(), window) for text in texts]
    assert found(texts, factors, window, engine) == expected


@pytest.mark.parametrize("engine", engines(), ids=lambda engine: engine.name)
@pytest.mark.parametrize(("factors", "window"), [(ONE, 16), (THREE, 8)])
def test_long_texts_and_many_texts_are_winnowed_as_one(engine: Engine, factors: Keys, window: int) -> None:
    rng = np.random.default_rng(7)
    texts = ["".join(map(chr, rng.integers(97, 105, size))) for size in (600_000, 5, 0, 30_000)]
    texts += ["".join(map(chr, rng.integers(97, 105, 40))) for _ in range(3000)]
    expected = [plain(text.encode(), factors.tolist(), window) for text in texts[1:]]
    # A part of a long text may begin with what the part before it ended with.
    whole = found(texts, factors, window, engine)
    assert whole[1:] == expected
    once = [low for place, low in enumerate(whole[0]) if place == 0 or low != whole[0][place - 1]]
    assert once == plain(texts[0].encode(), factors.tolist(), window)
