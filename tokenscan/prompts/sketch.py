"""Signatures and exact comparison of shingle sets, with numpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tokenscan.prompts.corpus import KEY_BITS, Corpus, Ints, Keys, Shares, chunks, distinct, mix, shingles, spread

Signatures = NDArray[np.uint16]

SLOTS: Final = 128  # a power of two
EMPTY: Final = np.uint32(0xFFFFFFFF)
SET_LIMIT: Final = 4096  # distinct shingles compared per text; beyond it a sample of that many (error below 0.01)

_KEEP_BYTES: Final = 4 * SET_LIMIT
_ROWS: Final = 1 << 16  # signatures filled in at a time
_PAIR_KEYS: Final = 1 << 20  # shingles of the pairs compared at a time
_KEY_MASK: Final = np.uint64((1 << KEY_BITS) - 1)

# Jaccard similarity of texts `left[i]` and `right[i]`; 0.0 where neither has a shingle.
Compare = Callable[[Ints, Ints], Shares]


def sketched(corpus: Corpus, size: int) -> Signatures:
    """Sketch each text's set of `size`-byte shingles: shape (texts, SLOTS).

    One-permutation MinHash: each shingle falls in one slot, each slot keeps its smallest value (P. Li,
    A. Owen, C.-H. Zhang, "One permutation hashing", NeurIPS 2012). One pass over the bytes however many
    slots there are, where the classic MinHash needs one pass a slot. Of the smallest values 16 bits are
    kept (P. Li, A. C. Koenig, "b-Bit minwise hashing", WWW 2010): two slots are equal by chance with a
    probability of 2^-16. The signature of a text without shingles means nothing.
    """
    signatures = np.empty((len(corpus), SLOTS), dtype=np.uint16)
    probes = probe_order()
    for start in range(0, len(corpus), _ROWS):
        rows = np.arange(start, min(start + _ROWS, len(corpus)))
        found = np.full((len(rows), SLOTS), EMPTY, dtype=np.uint32)
        flat = found.reshape(-1)
        for owner, keys in shingles(corpus, rows, size):
            slot = (keys & np.uint64(SLOTS - 1)).astype(np.int64)
            np.minimum.at(flat, owner * SLOTS + slot, (keys >> np.uint64(8)).astype(np.uint32))
        _densify(found, probes)
        signatures[rows] = found.astype(np.uint16)
        corpus.release()
    return signatures


def comparer(corpus: Corpus, size: int) -> Compare:
    """Prepare to compare the sets of `size`-byte shingles of pairs of texts, by one sort of many pairs' keys."""
    weights = np.minimum(corpus.sizes, SET_LIMIT) + 1
    # Texts this long take less room as sets, and would be slow to take apart for every comparison.
    keep = len(corpus) > 0 and int(corpus.sizes.min()) >= _KEEP_BYTES
    kept = _sets(corpus, np.arange(len(corpus)), size) if keep else None

    def jaccard(left: Ints, right: Ints) -> Shares:
        result = np.zeros(len(left))
        for cut in chunks(weights[left] + weights[right], _PAIR_KEYS):
            if kept:
                result[cut] = _overlap(kept, left[cut], right[cut])
                continue
            rows, places = np.unique(np.concatenate([left[cut], right[cut]]), return_inverse=True)
            half = len(places) // 2
            result[cut] = _overlap(_sets(corpus, rows, size), places[:half], places[half:])
        return result

    return jaccard


def matching(signatures: Signatures, left: Ints, right: Ints) -> Shares:
    """Estimate the Jaccard similarity of pairs: the share of equal slots."""
    shares = np.empty(len(left))
    for start in range(0, len(left), _ROWS):
        cut = slice(start, start + _ROWS)
        shares[cut] = (signatures[left[cut]] == signatures[right[cut]]).mean(axis=1)
    return shares


def probe_order() -> Ints:
    """Give each slot its own fixed order in which it looks for a filled slot: shape (probes, slots)."""
    grid = np.arange(SLOTS * SLOTS, dtype=np.uint64).reshape(SLOTS, SLOTS)
    return np.argsort(mix(grid + np.uint64(1)), axis=0)


def _densify(found: NDArray[np.uint32], probes: Ints) -> None:
    """Let empty slots borrow from filled ones, in place.

    A. Shrivastava, "Optimal densification for fast and accurate minwise hashing", ICML 2017. The number
    of the probe is mixed into the borrowed value, so that only equally borrowed values compare as equal.
    """
    row, slot = np.nonzero(found == EMPTY)
    filled = np.flatnonzero((found != EMPTY).any(axis=1))
    here = np.isin(row, filled)
    row, slot = row[here], slot[here]
    source = found.copy()
    for turn in range(SLOTS):
        if not len(row):
            return
        value = source[row, probes[turn, slot]]
        hit = value != EMPTY
        mark = np.uint32((turn + 1) * 0x85EBCA6B & 0xFFFFFFFF)
        found[row[hit], slot[hit]] = value[hit] * np.uint32(0x9E3779B1) + mark
        row, slot = row[~hit], slot[~hit]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sets:
    """Sorted distinct keys of many texts end to end, at most SET_LIMIT of each; `reach` = all keys up to here."""

    keys: Keys
    begin: Ints
    counts: Ints
    reach: Keys


def _sets(corpus: Corpus, rows: Ints, size: int) -> _Sets:
    parts = [_smallest(owner, keys) for owner, keys in shingles(corpus, rows, size)]
    merged = np.concatenate([np.zeros(0, dtype=np.uint64), *parts])
    if len(parts) > 1:
        merged = _smallest((merged >> np.uint64(KEY_BITS)).astype(np.int64), merged & _KEY_MASK)
    counts = np.bincount((merged >> np.uint64(KEY_BITS)).astype(np.int64), minlength=len(rows))
    keys, ends = merged & _KEY_MASK, np.cumsum(counts)
    reach = np.full(len(rows), _KEY_MASK)
    sampled = counts == SET_LIMIT
    reach[sampled] = keys[ends[sampled] - 1]
    return _Sets(keys=keys, begin=ends - counts, counts=counts, reach=reach)


def _smallest(owner: Ints, keys: Keys) -> Keys:
    tagged = distinct(owner.astype(np.uint64) << np.uint64(KEY_BITS) | keys)
    counts = np.bincount((tagged >> np.uint64(KEY_BITS)).astype(np.int64))
    return tagged[spread(np.zeros_like(counts), counts) < SET_LIMIT]


def _overlap(sets: _Sets, left: Ints, right: Ints) -> Shares:
    """Compute |A and B| / |A or B| for pairs of key sets.

    Where a set holds only its smallest keys, both are compared up to the last key that both hold
    completely: the bottom-k estimate of E. Cohen and H. Kaplan, PODC 2007.
    """
    reach = np.minimum(sets.reach[left], sets.reach[right])
    sides = []
    for rows in (left, right):
        sizes = sets.counts[rows]
        pair = np.repeat(np.arange(len(rows)), sizes)
        keys = sets.keys[spread(sets.begin[rows], sizes)]
        tagged = pair.astype(np.uint64) << np.uint64(KEY_BITS) | keys
        sides.append(tagged[keys <= reach[pair]])
    both = np.concatenate(sides)
    both.sort()
    pair = (both >> np.uint64(KEY_BITS)).astype(np.int64)
    total = np.bincount(pair, minlength=len(left))
    common = np.bincount(pair[1:][both[1:] == both[:-1]], minlength=len(left))
    return np.asarray(common / np.maximum(total - common, 1))
