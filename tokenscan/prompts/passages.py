"""Passages: runs of text that a few prompts have in common and all others lack.

Who passes prompts round and rewords them leaves pieces of sentences as they were. Fingerprints by winnowing (S.
Schleimer, D. Wilkerson, A. Aiken, SIGMOD 2003), as in ``winnow``, but of runs so long that ordinary language seldom
repeats them: any piece of `RUN` bytes that two prompts share gives both the same passage.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Corpus, Ints, Keys, mix, shingles
from tokenscan.prompts.winnow import minima

_BYTES: Final = 8  # of the shingles that a gram is made of
_SHINGLES: Final = 3
GRAM: Final = _BYTES * _SHINGLES  # four or five words of English
WINDOW: Final = 8
RUN: Final = GRAM + WINDOW - 1

# Longer prompts are documents, and people who work on the same ones share pages of them.
LONGEST: Final = 1500
# A passage of more prompts is an idiom or a template.
MOST: Final = 60

_FACTORS: Final = np.array([1, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)


def passages(texts: pl.Series) -> pl.Series:
    """Return for each text its passages (list[u64], null where it has none).

    Takes distinct normalised prompts, as a rule with numbers and names of files masked: what differs in these only is
    one template. A passage is the hash of a run of `GRAM` bytes in 2 to `MOST` of the texts. Texts of fewer than `RUN`
    or more than `LONGEST` bytes have none. Nothing depends on the order of the texts. Two different runs share a hash
    with a probability below 2^-38.
    """
    rows = texts.str.len_bytes().is_between(RUN, LONGEST).fill_null(value=False).arg_true()
    owner, prints = _prints(Corpus.of(texts.gather(rows)))
    text, shared = _shared(owner, prints, len(rows))
    found = pl.DataFrame(
        {"row": rows.to_numpy()[text], "passages": shared}, schema={"row": pl.UInt32, "passages": pl.UInt64}
    )
    lists = found.group_by("row").agg(pl.col("passages").sort())
    return (
        texts.to_frame("text")
        .with_row_index("row")
        .join(lists, on="row", how="left", maintain_order="left")["passages"]
    )


def _prints(corpus: Corpus) -> tuple[Ints, Keys]:
    """Return the smallest hash of each window of grams, and the text it is in."""
    owners, prints = [np.zeros(0, dtype=np.int64)], [np.zeros(0, dtype=np.uint64)]
    for owner, keys in shingles(corpus, np.arange(len(corpus)), _BYTES):
        count = max(0, len(keys) - GRAM + _BYTES)
        gram = np.zeros(count, dtype=np.uint64)
        for part, factor in enumerate(_FACTORS):
            gram += keys[part * _BYTES : part * _BYTES + count] * factor
        whole = owner[:count] == owner[len(owner) - count :]
        found, who = minima(mix(gram[whole]), owner[:count][whole], WINDOW)
        owners.append(who)
        prints.append(found)
    return np.concatenate(owners), np.concatenate(prints)


def _shared(owner: Ints, prints: Keys, n_texts: int) -> tuple[Ints, Keys]:
    """Keep the prints that 2 to `MOST` texts have, once for each of them: (text, print)."""
    bits = np.uint64(max(1, n_texts.bit_length()))
    # A print and its text in one number: one sort brings equal prints together.
    tagged = np.sort(prints >> bits << bits | owner.astype(np.uint64))
    tagged = tagged[_first(tagged)]
    begin = np.flatnonzero(_first(tagged >> bits))
    counts = np.diff(np.append(begin, len(tagged)))
    kept = tagged[np.repeat((counts >= 2) & (counts <= MOST), counts)]
    return (kept & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64), kept >> bits


def _first(ordered: Keys) -> NDArray[np.bool_]:
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first
