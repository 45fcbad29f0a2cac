"""Exact containment of shingle sets, with numpy."""

from __future__ import annotations

from typing import Final

import numpy as np

from tokenscan.prompts.corpus import KEY_BITS, Corpus, Ints, Keys, Shares, chunks, distinct, shingles, spread

_PAIR_BYTES: Final = 1 << 21


def containment(corpus: Corpus, core: Ints, text: Ints, size: int) -> Shares:
    """Compute the share of the distinct `size`-byte shingles of `core[i]` that `text[i]` has too.

    Exact but for the 2^-40 chance that two shingles share a key; 0.0 where the core has no shingle.
    """
    result = np.zeros(len(core))
    order = np.lexsort((core, text))
    weights = (corpus.sizes[core] + corpus.sizes[text])[order] + 1
    for cut in chunks(weights, _PAIR_BYTES):
        pairs = order[cut]
        result[pairs] = _shares(corpus, core[pairs], text[pairs], size)
    return result


def _shares(corpus: Corpus, core: Ints, text: Ints, size: int) -> Shares:
    texts, holder = np.unique(text, return_inverse=True)
    cores, place = np.unique(core, return_inverse=True)
    there, keys = _tagged(corpus, texts, size), _tagged(corpus, cores, size)
    if not len(there):
        return np.zeros(len(core))
    counts = np.bincount((keys >> np.uint64(KEY_BITS)).astype(np.int64), minlength=len(cores))
    wanted = counts[place]
    begin = (np.cumsum(counts) - counts)[place]
    key = keys[spread(begin, wanted)] & np.uint64((1 << KEY_BITS) - 1)
    key |= np.repeat(holder, wanted).astype(np.uint64) << np.uint64(KEY_BITS)
    at = np.minimum(np.searchsorted(there, key), len(there) - 1)
    hits = np.bincount(np.repeat(np.arange(len(core)), wanted)[there[at] == key], minlength=len(core))
    return np.asarray(hits / np.maximum(wanted, 1))


def _tagged(corpus: Corpus, rows: Ints, size: int) -> Keys:
    """Return the distinct shingles of some texts, sorted, each below the number of its text."""
    parts = [
        distinct(owner.astype(np.uint64) << np.uint64(KEY_BITS) | keys) for owner, keys in shingles(corpus, rows, size)
    ]
    return distinct(np.concatenate([np.zeros(0, dtype=np.uint64), *parts]))
