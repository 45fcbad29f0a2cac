"""How far the clusters of one set of prompts agree with an exact comparison of all pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.real_prompts import letters
from bench.real_prompts.clusters import Clusters
from bench.real_prompts.exact import Ints, Pairs, Reference
from bench.real_prompts.tables import share, table
from tokenscan.prompts.short import SHORT_BYTES, TINY_CHARS

LEVELS: Final = (0.6, 0.7, 0.8)

SHINGLE_HEADER: Final = (
    "set",
    "threshold",
    "texts of 64 bytes and more",
    "clusters",
    "links with J >= threshold",
    "pairs within clusters with J >= threshold",
    *(f"pairs J >= {level} in one cluster" for level in LEVELS),
    "representatives missed",
    "largest error of a link",
)
LETTER_HEADER: Final = (
    "set",
    "threshold",
    "texts below 64 bytes",
    "below 12 characters",
    "links at the cut",
    "pairs within clusters at the cut",
    "exact pairs in one cluster",
    "representatives missed",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exact:
    """The distinct texts of a set, and all their pairs from the lowest level on, by shingles."""

    reference: Reference
    pairs: Pairs
    size: Ints
    chars: Ints

    @classmethod
    def of(cls, texts: pl.Series) -> _Exact:
        reference = Reference.of(texts.to_list())
        size = texts.str.len_bytes().to_numpy().astype(np.int64)
        pairs = reference.pairs(min(LEVELS))
        both = (size[pairs.left] >= SHORT_BYTES) & (size[pairs.right] >= SHORT_BYTES)
        chars = texts.str.len_chars().to_numpy().astype(np.int64)
        return cls(reference=reference, pairs=pairs.only(both), size=size, chars=chars)

    def by_shingles(self, left: Ints, right: Ints) -> NDArray[np.bool_]:
        """Mark the pairs that are compared by shingles: both of 64 bytes or more."""
        return np.minimum(self.size[left], self.size[right]) >= SHORT_BYTES

    def by_letters(self, left: Ints, right: Ints) -> NDArray[np.bool_]:
        """Mark the pairs that are compared by letters: one below 64 bytes, none below 12 characters."""
        return ~self.by_shingles(left, right) & (np.minimum(self.chars[left], self.chars[right]) >= TINY_CHARS)


def compare(sets: dict[str, pl.Series]) -> tuple[str, str]:
    """Give two Markdown tables: texts compared by shingles, and short texts, compared by letters."""
    shingle_rows, letter_rows = [], []
    for name, prompts in sets.items():
        exact = None
        for threshold in LEVELS:
            clusters = Clusters.of(prompts, threshold)
            exact = exact or _Exact.of(clusters.texts)
            shingle_rows.append([name, threshold, *_shingle_row(clusters, exact, threshold)])
            letter_rows.append([name, threshold, *_letter_row(clusters, exact, threshold)])
    return table(SHINGLE_HEADER, shingle_rows), table(LETTER_HEADER, letter_rows)


def _shingle_row(clusters: Clusters, exact: _Exact, threshold: float) -> list[object]:
    usual = exact.size >= SHORT_BYTES
    members = np.flatnonzero(~clusters.leads)
    members = members[exact.by_shingles(members, clusters.leader[members])]
    links = exact.reference.jaccard(members, clusters.leader[members])
    left, right = clusters.pairs()
    both = exact.by_shingles(left, right)
    within = exact.reference.jaccard(left[both], right[both])
    recall = []
    for level in LEVELS:
        pairs = exact.pairs.at_least(level)
        found = int((clusters.cluster[pairs.left] == clusters.cluster[pairs.right]).sum())
        recall.append(share(found, len(pairs.left)) if level >= threshold else "")
    pairs = exact.pairs.at_least(threshold)
    error = np.abs(links - clusters.similarity[members]).max(initial=0.0)
    return [
        int(usual.sum()),
        int((np.bincount(clusters.cluster[usual]) > 1).sum()),
        share(int((links >= threshold).sum()), len(links)),
        share(int((within >= threshold).sum()), len(within)),
        *recall,
        _missed(clusters, pairs.left, pairs.right),
        f"{error:.4f}",
    ]


def _letter_row(clusters: Clusters, exact: _Exact, threshold: float) -> list[object]:
    texts = clusters.texts
    members = np.flatnonzero(~clusters.leads)
    members = members[exact.by_letters(members, clusters.leader[members])]
    links = letters.near(texts, members, clusters.leader[members], threshold)
    left, right = clusters.pairs()
    both = exact.by_letters(left, right)
    within = letters.near(texts, left[both], right[both], threshold)
    left, right = np.triu_indices(len(texts), 1)
    worth = exact.by_letters(left, right) & (np.maximum(exact.chars[left], exact.chars[right]) < letters.PARTNER_CHARS)
    left, right = left[worth], right[worth]
    near = letters.near(texts, left, right, threshold)
    left, right = left[near], right[near]
    return [
        int((exact.size < SHORT_BYTES).sum()),
        int((exact.chars < TINY_CHARS).sum()),
        share(int(links.sum()), len(links)),
        share(int(within.sum()), len(within)),
        share(int((clusters.cluster[left] == clusters.cluster[right]).sum()), len(left)),
        _missed(clusters, left, right),
    ]


def _missed(clusters: Clusters, left: Ints, right: Ints) -> int:
    """Count pairs that belong together of which each is a representative: what the engine did not find."""
    return int((clusters.leads[left] & clusters.leads[right]).sum())
