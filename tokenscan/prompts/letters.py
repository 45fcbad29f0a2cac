"""Texts that differ in nothing but punctuation and white space."""

from __future__ import annotations

import numpy as np
import polars as pl

from tokenscan.prompts.corpus import Corpus, Ints, Keys, repeated
from tokenscan.prompts.engine import Engine
from tokenscan.prompts.link import Stars
from tokenscan.prompts.normalise import letters_key


def same_letters(texts: Corpus, keys: Keys, engine: Engine) -> Ints:
    """Return for each text the row of the one with its letters that has the smallest key; see `letters_key`.

    Only texts with the same ASCII letters and digits are looked at closely: few are, and a hash tells.
    """
    first = np.arange(len(texts))
    rows = repeated(engine.spelt(texts))
    close = texts.loaded(rows).series().to_frame("text").select(letters=letters_key(pl.col("text")))
    close = close.with_columns(row=rows, key=keys[rows])
    first[rows] = close.select(pl.col("row").sort_by("key").first().over("letters")).to_series().to_numpy()
    return first


def reunited(found: Stars, group: Ints, keys: Keys) -> Stars:
    """Let texts that are alone follow the one of their group (texts with the same letters) in the largest cluster.

    They take over its similarity to its representative, 1.0 where it is that itself.
    """
    leader, similarity = found.leader.copy(), found.similarity.copy()
    size = np.bincount(leader, minlength=len(leader))
    rows = np.flatnonzero(np.bincount(group, minlength=len(group))[group] > 1)
    rows = rows[np.lexsort((keys[rows], -size[leader[rows]], group[rows]))]
    best = rows[np.searchsorted(group[rows], group[rows])]
    alone = (size[rows] == 1) & (leader[rows] == rows) & (best != rows)
    leader[rows[alone]], similarity[rows[alone]] = leader[best[alone]], similarity[best[alone]]
    return Stars(leader=leader, similarity=similarity)
