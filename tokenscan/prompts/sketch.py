"""Signatures and exact comparison of shingle sets; the part that a compiled engine can take over."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from tokenscan.prompts.corpus import KEY_BITS, Corpus, Ints, Keys, chunks, distinct, mix, shingles, spread

Signatures = NDArray[np.uint32]

SLOTS: Final = 128  # a power of two
EMPTY: Final = np.uint32(0xFFFFFFFF)
SET_LIMIT: Final = 4096  # distinct shingles compared per text; beyond it a sample of that many (error below 0.01)

_KEEP_BYTES: Final = 4 * SET_LIMIT
_ROWS: Final = 1 << 16  # signatures filled in at a time
_PAIR_KEYS: Final = 1 << 20  # shingles of the pairs compared at a time
_KEY_MASK: Final = np.uint64((1 << KEY_BITS) - 1)

# Jaccard similarity of texts `left[i]` and `right[i]`; 0.0 where neither has a shingle.
Compare = Callable[[Ints, Ints], NDArray[np.float64]]


class Engine(Protocol):
    """The two steps that read every byte. Every engine has to give the same numbers."""

    def signatures(self, corpus: Corpus, size: int) -> Signatures:
        """Sketch each text's set of `size`-byte shingles: shape (texts, SLOTS); all EMPTY = no shingles."""
        ...

    def comparer(self, corpus: Corpus, size: int) -> Compare:
        """Prepare to compare the sets of `size`-byte shingles of pairs of these texts."""
        ...


class NumpyEngine:
    """The engine that needs no compiler."""

    def signatures(self, corpus: Corpus, size: int) -> Signatures:
        """One-permutation MinHash: each shingle falls in one slot, each slot keeps its smallest value.

        P. Li, A. Owen, C.-H. Zhang, "One permutation hashing", NeurIPS 2012. One pass over the bytes
        however many slots there are, where the classic MinHash needs one pass a slot.
        """
        found = np.full((len(corpus), SLOTS), EMPTY, dtype=np.uint32)
        flat = found.reshape(-1)
        for owner, keys in shingles(corpus, np.arange(len(corpus)), size):
            slot = (keys & np.uint64(SLOTS - 1)).astype(np.int64)
            np.minimum.at(flat, owner * SLOTS + slot, (keys >> np.uint64(8)).astype(np.uint32))
        probes = _probes()
        for start in range(0, len(found), _ROWS):
            _densify(found[start : start + _ROWS], probes)
        return found

    def comparer(self, corpus: Corpus, size: int) -> Compare:
        """Count common shingles by one sort of the keys of many pairs."""
        weights = np.minimum(corpus.sizes, SET_LIMIT) + 1
        # Texts this long take less room as sets, and would be slow to take apart for every comparison.
        keep = len(corpus) > 0 and int(corpus.sizes.min()) >= _KEEP_BYTES
        kept = _sets(corpus, np.arange(len(corpus)), size) if keep else None

        def jaccard(left: Ints, right: Ints) -> NDArray[np.float64]:
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


def matching(signatures: Signatures, left: Ints, right: Ints) -> NDArray[np.float64]:
    """Estimate the Jaccard similarity of pairs: the share of equal slots."""
    shares = np.empty(len(left))
    for start in range(0, len(left), _ROWS):
        cut = slice(start, start + _ROWS)
        shares[cut] = (signatures[left[cut]] == signatures[right[cut]]).mean(axis=1)
    return shares


def _probes() -> Ints:
    """Give each slot its own fixed order in which it looks for a filled slot: shape (probes, slots)."""
    grid = np.arange(SLOTS * SLOTS, dtype=np.uint64).reshape(SLOTS, SLOTS)
    return np.argsort(mix(grid + np.uint64(1)), axis=0)


def _densify(found: Signatures, probes: Ints) -> None:
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


def _overlap(sets: _Sets, left: Ints, right: Ints) -> NDArray[np.float64]:
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
