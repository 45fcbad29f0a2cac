"""Short prompts: too few shingles for a set comparison, so letters are compared instead."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Ints

TINY_CHARS: Final = 12  # below this many characters only the same words are the same prompt
SHORT_BYTES: Final = 64  # below this many bytes letters are compared

PARTNER_BYTES: Final = 80  # representatives up to this long are partners for short prompts

SHINGLE: Final = 4
BANDS: Final = 42
LEAST_MATCH: Final = 0.15  # share of equal slots below which letters are not compared
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


def letter_similarity(texts: pl.Series, left: Ints, right: Ints, threshold: float) -> NDArray[np.float64]:
    """Compare pairs of short texts: share of letters in common order (Indel ratio), 0.0 below the cut.

    The cut falls from 0.90 at 16 characters to 0.80 at 64, and is never below 2t/(1+t), the share that
    corresponds to a Jaccard similarity of t.
    """
    from rapidfuzz import fuzz, process

    share = process.cpdist(
        texts.gather(left).to_list(), texts.gather(right).to_list(), scorer=fuzz.ratio, dtype=np.float64
    )
    share = share / 100
    chars = texts.str.len_chars().to_numpy().astype(np.float64)
    length = (chars[left] + chars[right]) / 2
    cut = np.interp(length, [_STRICT_CHARS, SHORT_BYTES], [_STRICT_SHARE, _SHARE])
    cut = np.maximum(cut, 2 * threshold / (1 + threshold))
    return np.where(share >= cut, share, 0.0)
