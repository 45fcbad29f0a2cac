"""Passages: runs of text that a few prompts have in common and all others lack.

Who passes prompts round and rewords them leaves pieces of sentences as they were. Fingerprints by winnowing (S.
Schleimer, D. Wilkerson, A. Aiken, SIGMOD 2003), as in ``winnow``, but of runs so long that ordinary language seldom
repeats them: any piece of `RUN` bytes that two prompts share gives both the same passage.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from tokenscan.prompts.corpus import Corpus, Ints, Keys, run_starts
from tokenscan.prompts.engine import Engine, default_engine
from tokenscan.prompts.grams import PIECE

_FACTORS: Final = np.array([1, 0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
GRAM: Final = PIECE * len(_FACTORS)  # four or five words of English
WINDOW: Final = 8
RUN: Final = GRAM + WINDOW - 1

# Longer prompts are documents, and people who work on the same ones share pages of them.
LONGEST: Final = 1500
# A passage of more prompts is an idiom or a template.
MOST: Final = 60


def passages(texts: pl.Series, engine: Engine | None = None) -> pl.Series:
    """Return for each text its passages (list[u64], null where it has none).

    Takes distinct normalised prompts, as a rule with numbers and names of files masked: what differs in these only is
    one template. A passage is the hash of a run of `GRAM` bytes in 2 to `MOST` of the texts. Texts of fewer than `RUN`
    or more than `LONGEST` bytes have none. Nothing depends on the order of the texts. Two different runs share a hash
    with a probability below 2^-38.
    """
    rows = texts.str.len_bytes().is_between(RUN, LONGEST).fill_null(value=False).arg_true()
    text, shared = _shared(Corpus.of(texts.gather(rows)), engine or default_engine())
    found = pl.DataFrame(
        {"row": rows.to_numpy()[text], "passages": shared}, schema={"row": pl.UInt32, "passages": pl.UInt64}
    )
    lists = found.group_by("row").agg(pl.col("passages").sort())
    every = texts.to_frame("text").with_row_index("row")
    return every.join(lists, on="row", how="left", maintain_order="left")["passages"]


def _shared(corpus: Corpus, engine: Engine) -> tuple[Ints, Keys]:
    """Return the fingerprints that 2 to `MOST` texts have, once for each of them: (text, print)."""
    bits = np.uint64(max(1, len(corpus).bit_length()))
    # A print and its text in one number: one sort brings equal prints together.
    parts = [prints << bits | owner.astype(np.uint64) for owner, prints in engine.winnowed(corpus, _FACTORS, WINDOW)]
    tagged = np.concatenate([np.zeros(0, dtype=np.uint64), *parts])
    parts.clear()
    tagged.sort()
    tagged = tagged[run_starts(tagged)]
    begin = np.flatnonzero(run_starts(tagged >> bits))
    counts = np.diff(np.append(begin, len(tagged)))
    kept = tagged[np.repeat((counts >= 2) & (counts <= MOST), counts)]
    return (kept & ((np.uint64(1) << bits) - np.uint64(1))).astype(np.int64), kept >> bits
