"""Short prompts: too few shingles for a set comparison, so letters are compared instead."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Corpus, Ints, Shares
from tokenscan.prompts.engine import Engine

TINY_CHARS: Final = 12  # below this many characters only the same words are the same prompt
SHORT_BYTES: Final = 64  # below this many bytes letters are compared

PARTNER_BYTES: Final = 80  # texts up to this long are partners for short prompts

SHINGLE: Final = 4
BANDS: Final = 42
MAX_COMPARISONS: Final = 64

# Least share of equal letters by length in characters: one other word in a short sentence asks something else.
_STRICT_CHARS: Final = 16
_STRICT_SHARE: Final = 0.90
_SHARE: Final = 0.80

_PUNCTUATION: Final = " .,!?;:…'\"`\u00b4\u2018\u2019“”„«»、。¡¿؟،؛।"


def exact_key(normal: pl.Expr) -> pl.Expr:
    """Strip surrounding punctuation; text without a letter or digit stays as it is."""
    has_words = normal.str.contains(r"[\p{L}\p{N}]")
    return pl.when(has_words).then(normal.str.strip_chars(_PUNCTUATION)).otherwise(normal)


def tiny(texts: Corpus, engine: Engine) -> NDArray[np.bool_]:
    """Mark the texts of fewer than TINY_CHARS characters."""
    found = np.zeros(len(texts), dtype=np.bool_)
    # A character has at most four bytes.
    rows = np.flatnonzero(texts.sizes < 4 * TINY_CHARS)
    found[rows] = engine.chars(texts.loaded(rows)) < TINY_CHARS
    return found


def least_share(chars: Ints, threshold: float) -> Callable[[Ints, Ints], Shares]:
    """Prepare the share of letters in common order (Indel ratio) that pairs of short texts, by their characters, need.

    It falls from 0.90 at 16 characters to 0.80 at 64, and is never below 2t/(1+t), the share that
    corresponds to a Jaccard similarity of t.
    """
    length, least = chars.astype(np.float64), _by_jaccard(threshold)

    def cut(left: Ints, right: Ints) -> Shares:
        mean = (length[left] + length[right]) / 2
        share = np.interp(mean, [_STRICT_CHARS, SHORT_BYTES], [_STRICT_SHARE, _SHARE])
        return np.maximum(share, least)

    return cut


def least_of_all(threshold: float) -> float:
    """Return the share that pairs of any length need."""
    return max(_SHARE, _by_jaccard(threshold))


def _by_jaccard(threshold: float) -> float:
    return 2 * threshold / (1 + threshold)
