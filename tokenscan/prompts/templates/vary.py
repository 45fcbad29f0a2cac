"""Which candidate templates have a slot that really varies, rather than being one prompt with edits."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Ints, distinct, spread
from tokenscan.prompts.templates.find import MIN_FILLINGS
from tokenscan.prompts.templates.fit import Fits
from tokenscan.prompts.templates.words import RESERVED, Words

# Part of a slot's prompts that may hold the commonest filling.
USUAL: Final = 0.5
# Part of the words that two fillings share from which they are the same text with edits.
ALIKE: Final = 0.5

_COMPARED: Final = 64  # prompts of a template whose fillings are compared


def varied(pairs: Fits, chosen: Ints, words: Words, count: int) -> NDArray[np.bool_]:
    """Tell which templates have a slot with many fillings, none of them usual, and not alike, in these pairs."""
    among = np.zeros(len(pairs.template), dtype=np.bool_)
    among[chosen] = True
    row = np.flatnonzero(among[pairs.pair])
    template = pairs.template[pairs.pair[row]]
    order = np.lexsort((pairs.pair[row], pairs.slot[row], template))
    row, template = row[order], template[order]
    fillings = pl.DataFrame({"template": template, "slot": pairs.slot[row], "value": pairs.value[row]})
    fillings = fillings.with_columns(alike=_alike_next(template, row, pairs, words))
    slots = fillings.group_by("template", "slot").agg(
        distinct=pl.col("value").n_unique(),
        usual=pl.col("value").unique_counts().max() / pl.len(),
        alike=pl.col("alike").mean().fill_null(0.0),
    )
    enough = (pl.col("distinct") >= MIN_FILLINGS) & (pl.col("usual") < USUAL) & (pl.col("alike") < USUAL)
    found = np.zeros(count, dtype=np.bool_)
    found[slots.filter(enough)["template"].to_numpy()] = True
    return found


def _alike_next(template: Ints, row: Ints, pairs: Fits, words: Words) -> pl.Series:
    """Tell whether each filling shares most of its words with the next of its slot; null where that is not asked."""
    result = np.full(len(row), np.nan)
    same_slot = (template[1:] == template[:-1]) & (pairs.slot[row[1:]] == pairs.slot[row[:-1]])
    begins = np.flatnonzero(np.r_[True, ~same_slot])[: len(row)]
    nth = np.arange(len(row)) - np.repeat(begins, np.diff(np.r_[begins, len(row)]))
    other = same_slot & (pairs.value[row[1:]] != pairs.value[row[:-1]])
    asked = np.flatnonzero(other & (nth[:-1] < _COMPARED))
    both = np.sort(np.concatenate([_bag(row[asked + shift], pairs, words) for shift in (0, 1)]))
    shared = _count(both[1:][both[1:] == both[:-1]], len(asked))
    total = _count(both, len(asked)) - shared
    # Where no word is seen, but some were left out, nothing says that the fillings differ.
    unseen = (total == 0) & (pairs.size[row[asked]] > 0)
    result[asked] = (shared >= ALIKE * np.maximum(total, 1)) | unseen
    return pl.Series(result).fill_nan(None)


def _count(bag: NDArray[np.uint64], owners: int) -> Ints:
    return np.bincount((bag >> np.uint64(32)).astype(np.int64), minlength=owners)


def _bag(row: Ints, pairs: Fits, words: Words) -> NDArray[np.uint64]:
    """Return the distinct words of fillings: number of the filling (32 bits), word."""
    owner = np.repeat(np.arange(len(row)), pairs.size[row])
    token = words.tokens[spread(pairs.place[row], pairs.size[row])]
    word = (token & 1).astype(np.bool_) & (token >= RESERVED)
    return distinct(owner[word].astype(np.uint64) << np.uint64(32) | token[word])
