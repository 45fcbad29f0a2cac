"""The smallest hashes of runs of bytes in a sliding window, with numpy.

S. Schleimer, D. Wilkerson, A. Aiken, "Winnowing: local algorithms for document fingerprinting", SIGMOD 2003.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from tokenscan.prompts.corpus import KEY_BITS, Corpus, Ints, Keys, mix, shingles

PIECE: Final = 8  # bytes of the shingles that a gram is made of


def winnowed(corpus: Corpus, factors: Keys, window: int) -> Iterator[tuple[Ints, Keys]]:
    """Yield the smallest `KEY_BITS`-bit hash of the grams in each window, part by part, as (text, hash).

    A gram is `len(factors)` shingles of `PIECE` bytes in a row; its hash is that of the sum of their keys times
    `factors`, or the key itself where it is one shingle. `window`, a power of two above 1, is the number of
    grams. Equal minima that follow one another are one. A text shorter than a window of grams has none.
    """
    overlap = window - 1 + PIECE * (len(factors) - 1)
    before, left_over = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.uint64)
    for places, found in shingles(corpus, np.arange(len(corpus)), PIECE):
        owner, keys = np.concatenate([before, places]), np.concatenate([left_over, found])
        before, left_over = owner[-overlap:], keys[-overlap:]
        yield _minima(*_hashed(owner, keys, factors), window)


def _hashed(owner: Ints, keys: Keys, factors: Keys) -> tuple[Ints, Keys]:
    """Return the hashes of all grams inside one text, and its number."""
    if len(factors) == 1:
        return owner, keys
    count = max(0, len(keys) - PIECE * (len(factors) - 1))
    sums = np.zeros(count, dtype=np.uint64)
    for place, factor in enumerate(factors):
        sums += keys[PIECE * place : PIECE * place + count] * factor
    whole = owner[:count] == owner[len(owner) - count :]
    return owner[:count][whole], mix(sums[whole]) >> np.uint64(64 - KEY_BITS)


def _minima(owner: Ints, hashes: Keys, window: int) -> tuple[Ints, Keys]:
    low, span = hashes, 1
    while span < window:
        low = np.minimum(low[:-span], low[span:])
        span *= 2
    whole = owner[: len(low)] == owner[window - 1 :]
    values, who = low[whole], owner[: len(low)][whole]
    changed = np.ones(len(values), dtype=np.bool_)
    changed[1:] = (values[1:] != values[:-1]) | (who[1:] != who[:-1])
    return who[changed], values[changed]
