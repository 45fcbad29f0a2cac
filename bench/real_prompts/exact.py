"""The reference: exact Jaccard similarity of byte n-gram sets, from one sparse matrix and no sketch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

SHINGLE: Final = 5
LONG_SHINGLE: Final = 8
LONG_BYTES: Final = 20_000  # two texts at least this long are compared by the longer shingles

_CELLS: Final = 1 << 22  # entries of a product, or of the rows compared, held at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairs:
    """Pairs of row numbers, `left` < `right`, sorted, each pair once, with their similarity."""

    left: Ints
    right: Ints
    similarity: Floats

    def at_least(self, threshold: float) -> Pairs:
        """Keep the pairs at or above a threshold."""
        return self.only(self.similarity >= threshold)

    def only(self, keep: NDArray[np.bool_]) -> Pairs:
        """Keep the marked pairs."""
        return Pairs(left=self.left[keep], right=self.right[keep], similarity=self.similarity[keep])


@dataclass(frozen=True, slots=True, kw_only=True)
class ShingleSets:
    """Which text holds which shingle: a matrix of ones (texts x shingles), and how many each text holds."""

    matrix: csr_array[np.int32, tuple[int, int]]
    sizes: Ints

    @classmethod
    def of(cls, texts: Sequence[bytes], size: int) -> ShingleSets:
        """Take the set of `size`-byte shingles of each text, 8 bytes at most; shorter texts have none."""
        sets = [_shingles(text, size) for text in texts]
        sizes = np.array([len(one) for one in sets], dtype=np.int64)
        known, columns = np.unique(np.concatenate([np.zeros(0, np.uint64), *sets]), return_inverse=True)
        matrix = csr_array(
            (np.ones(len(columns), np.int32), columns, np.concatenate([[0], np.cumsum(sizes)])),
            shape=(len(texts), len(known)),
        )
        return cls(matrix=matrix, sizes=sizes)

    def jaccard(self, left: Ints, right: Ints) -> Floats:
        """Compare pair by pair; 0.0 where neither text has a shingle."""
        found = np.zeros(len(left))
        block = np.cumsum(self.sizes[left] + self.sizes[right]) // _CELLS
        for cut in np.split(np.arange(len(left)), np.flatnonzero(np.diff(block)) + 1):
            common = np.asarray(self.matrix[left[cut]].multiply(self.matrix[right[cut]]).sum(axis=1), dtype=np.int64)
            found[cut] = self._share(left[cut], right[cut], common)
        return found

    def pairs(self, threshold: float) -> Pairs:
        """Find every pair of texts with a similarity of at least `threshold`, which is above 0."""
        parts = [np.zeros((2, 0), np.int64), *self._blocks(threshold)]
        left, right = np.sort(np.concatenate(parts, axis=1), axis=0)
        order = np.lexsort((right, left))
        left, right = left[order], right[order]
        return Pairs(left=left, right=right, similarity=self.jaccard(left, right))

    def _blocks(self, threshold: float) -> Iterator[Ints]:
        """Multiply the matrix by its transpose, some rows at a time, and prune each product at the threshold.

        Rows are taken by size of set: a text can reach the threshold only with texts up to size / threshold,
        so larger ones are left out of the product.
        """
        order = np.argsort(self.sizes, kind="stable")
        order = order[self.sizes[order] > 0]
        sizes, matrix = self.sizes[order], self.matrix[order]
        reach = np.searchsorted(sizes, sizes / threshold + 1, side="right")
        start = 0
        while start < len(order):
            stop = min(start + max(1, _CELLS // (len(order) - start)), len(order))
            common = (matrix[start:stop] @ matrix[start : reach[stop - 1]].T).tocoo()
            row, column = (np.asarray(at, dtype=np.int64) + start for at in common.coords)
            keep = column > row
            row, column = row[keep], column[keep]
            near = self._share(order[row], order[column], common.data[keep]) >= threshold
            yield np.stack([order[row[near]], order[column[near]]])
            start = stop

    def _share(self, left: Ints, right: Ints, common: NDArray[np.integer]) -> Floats:
        return np.asarray(common / np.maximum(self.sizes[left] + self.sizes[right] - common, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """Exact similarity as `cluster_prompts` defines it: longer shingles where both texts are long."""

    usual: ShingleSets
    longer: ShingleSets
    is_long: NDArray[np.bool_]

    @classmethod
    def of(cls, texts: Sequence[str]) -> Reference:
        """Prepare normalised texts."""
        data = [text.encode() for text in texts]
        is_long = np.array([len(text) >= LONG_BYTES for text in data], dtype=np.bool_)
        # Texts of the other class stay in as empty rows, so row numbers are the same in both.
        only_long = [text if long else b"" for text, long in zip(data, is_long, strict=True)]
        return cls(usual=ShingleSets.of(data, SHINGLE), longer=ShingleSets.of(only_long, LONG_SHINGLE), is_long=is_long)

    def jaccard(self, left: Ints, right: Ints) -> Floats:
        """Compare pair by pair."""
        both = self.is_long[left] & self.is_long[right]
        found = np.zeros(len(left))
        found[both] = self.longer.jaccard(left[both], right[both])
        found[~both] = self.usual.jaccard(left[~both], right[~both])
        return found

    def pairs(self, threshold: float) -> Pairs:
        """Find every pair of texts with a similarity of at least `threshold`."""
        usual, longer = self.usual.pairs(threshold), self.longer.pairs(threshold)
        usual = usual.only(~(self.is_long[usual.left] & self.is_long[usual.right]))
        left = np.concatenate([usual.left, longer.left])
        right = np.concatenate([usual.right, longer.right])
        order = np.lexsort((right, left))
        similarity = np.concatenate([usual.similarity, longer.similarity])[order]
        return Pairs(left=left[order], right=right[order], similarity=similarity)


def _shingles(text: bytes, size: int) -> NDArray[np.uint64]:
    """List the distinct shingles of one text, each packed into one integer without loss."""
    if len(text) < size:
        return np.zeros(0, np.uint64)
    windows = np.lib.stride_tricks.sliding_window_view(np.frombuffer(text, np.uint8), size)
    place = np.uint64(256) ** np.arange(size, dtype=np.uint64)
    return np.unique(windows.astype(np.uint64) @ place)
