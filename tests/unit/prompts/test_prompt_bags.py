from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from prompt_reference import each_engine
from rapidfuzz import fuzz

from tokenscan.prompts.bags import LETTERS, alike
from tokenscan.prompts.corpus import Corpus
from tokenscan.prompts.engine import Engine

_texts = st.lists(st.text("ab cdé日😀A1", max_size=70) | st.text(max_size=40), min_size=1, max_size=8)


@each_engine
@settings(deadline=None)
@given(_texts)
def test_letters_are_counted_by_the_last_bits_of_their_first_byte(engine: Engine, texts: list[str]) -> None:
    expected = [Counter(letter.encode()[0] % LETTERS for letter in text) for text in texts]
    found = engine.bags(Corpus.of(pl.Series(texts)))
    assert found.tolist() == [[count[kind] for kind in range(LETTERS)] for count in expected]


@each_engine
def test_a_full_bag_counts_no_further(engine: Engine) -> None:
    found = engine.bags(Corpus.of(pl.Series(["a" * 255, "a" * 256, "b" * 1000 + "a", ""])))
    assert found[:, 1:3].tolist() == [[255, 0], [255, 0], [1, 255], [0, 0]]
    assert engine.bags(Corpus.of(pl.Series([], dtype=pl.String))).shape == (0, LETTERS)


@each_engine
@settings(deadline=None)
@given(_texts, st.sampled_from([0.5, 0.75, 0.8, 0.9]))
def test_no_pair_with_enough_letters_in_common_is_left_out(engine: Engine, texts: list[str], least: float) -> None:
    """The last text is longer than a bag counts."""
    texts = [*texts, texts[0] * 40]
    left, right = (place.ravel() for place in np.mgrid[: len(texts), : len(texts)])
    found = alike(engine.bags(Corpus.of(pl.Series(texts))), left, right, least)
    for one, other, kept in zip(left.tolist(), right.tolist(), found.tolist(), strict=True):
        assert kept or fuzz.ratio(texts[one], texts[other]) / 100 < least


def test_pairs_with_other_letters_are_left_out() -> None:
    texts = ["fix the failing test please", "fix the failing tests please", "translate this to french"]
    bags = np.array([[Counter(map(ord, text))[96 + kind] for kind in range(LETTERS)] for text in texts], dtype=np.uint8)
    assert alike(bags, np.array([0, 0, 1]), np.array([1, 2, 2]), 0.8).tolist() == [True, False, False]
