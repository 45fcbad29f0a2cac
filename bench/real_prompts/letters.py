"""The reference for short texts: Indel ratio from `rapidfuzz`, character by character."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from bench.real_prompts.exact import Floats, Ints

# The least share by length in characters, as `tokenscan.prompts.short` states it.
_LENGTHS: Final = (16, 64)
_LEAST: Final = (0.90, 0.80)

# Texts of more characters cannot reach the least share of letters with one below 64 bytes: 2 * 63 / (63 + n) < 0.80.
PARTNER_CHARS: Final = 95


def ratio(texts: pl.Series, left: Ints, right: Ints) -> Floats:
    """Give the share of letters in common order, pair by pair."""
    every = texts.to_list()
    found = process.cpdist([every[at] for at in left], [every[at] for at in right], scorer=fuzz.ratio, dtype=np.float64)
    return np.asarray(found / 100)


def least_ratio(texts: pl.Series, left: Ints, right: Ints, threshold: float) -> Floats:
    """Give the share of letters that pairs need to go together at a threshold."""
    chars = texts.str.len_chars().to_numpy()
    length = (chars[left].astype(np.float64) + chars[right]) / 2
    return np.asarray(np.maximum(np.interp(length, _LENGTHS, _LEAST), 2 * threshold / (1 + threshold)))


def near(texts: pl.Series, left: Ints, right: Ints, threshold: float) -> NDArray[np.bool_]:
    """Mark the pairs that go together."""
    return np.asarray(ratio(texts, left, right) >= least_ratio(texts, left, right, threshold))
