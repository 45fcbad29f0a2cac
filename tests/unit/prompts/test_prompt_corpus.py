"""Texts in one buffer, and as a series."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscan.prompts import corpus as module
from tokenscan.prompts.corpus import Corpus

# Up to twelve bytes lie in the view of a text itself.
_texts = st.lists(st.text("aé日\U0001f642", max_size=8), max_size=12)


@given(_texts)
def test_a_series_is_what_the_corpus_was_made_from(texts: list[str]) -> None:
    column = pl.Series("text", texts, dtype=pl.String)
    corpus = Corpus.of(column)
    assert corpus.series().equals(column)
    rows = np.arange(len(texts))[::-2]
    assert corpus.take(rows).series().to_list() == [texts[row] for row in rows]


def test_texts_far_from_the_beginning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BUFFER_BITS", 5)  # a view's offset reaches 2^31; here every 32 bytes count as too far
    texts = [("é" * size)[: size + 3] for size in range(40)]
    assert Corpus.of(pl.Series(texts)).series().to_list() == texts
