"""Bags of letters: in whatever order, they tell at next to no cost that two texts have too few in common."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Bytes, Corpus, Ints, spread

LETTERS: Final = 32  # kinds of characters told apart
_FULL: Final = 255
_AT_ONCE: Final = 1 << 16  # texts or pairs


def bagged(corpus: Corpus) -> Bytes:
    """Count the characters of each text by their last five bits, beyond ASCII those of the first byte.

    Shape (texts, LETTERS); 255 stands for more.
    """
    found = np.empty((len(corpus), LETTERS), dtype=np.uint8)
    for start in range(0, len(corpus), _AT_ONCE):
        texts = corpus.take(np.arange(start, min(start + _AT_ONCE, len(corpus))))
        data, owner = texts.data[spread(texts.begin, texts.sizes)], np.repeat(np.arange(len(texts)), texts.sizes)
        begins = (data & 0xC0) != 0x80
        place = owner[begins] * LETTERS + (data[begins] & (LETTERS - 1))
        count = np.bincount(place, minlength=len(texts) * LETTERS).reshape(-1, LETTERS)
        found[start : start + len(texts)] = np.minimum(count, _FULL)
    return found


def alike(bags: Bytes, left: Ints, right: Ints, least: float) -> NDArray[np.bool_]:
    """Tell which pairs may have `least` of their letters in common, 2 common / (m + n); the others surely have less."""
    found = np.empty(len(left), dtype=np.bool_)
    for start in range(0, len(left), _AT_ONCE):
        cut = slice(start, start + _AT_ONCE)
        one, two = bags[left[cut]], bags[right[cut]]
        letters = one.sum(axis=1, dtype=np.int64) + two.sum(axis=1, dtype=np.int64)
        found[cut] = 2.0 * np.minimum(one, two).sum(axis=1, dtype=np.int64) >= least * letters
    return found
