"""The same job done with other libraries: byte 5-grams of the normalised text, 128 hashes, 20 bands of 6.

Candidates are verified by their signatures, as the documentation of datasketch advises, but only where they are
not in one cluster already, which costs next to nothing. Without it, prompts that begin alike run together.
"""

from __future__ import annotations

import importlib.util
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from bench.near_duplicates.data import distinct_normalised, read_prompts
from tokenscan.prompts.normalise import normal_forms

Ints = NDArray[np.int64]
Run = Callable[[Path, "int | None"], NDArray[np.generic]]

SHINGLE: Final = 5
HASHES: Final = 128
BANDS: Final = 20
BAND_HASHES: Final = 6
THRESHOLD: Final = 0.7  # of datasketch's index; given the bands, it has no effect
VERIFIED: Final = 0.6  # least share of equal hashes in a pair, the same as tokenscan's own default
_ROWS: Final = 20_000


def datasketch_rows() -> Run:
    """Do as the tutorial does: a MinHash for every row, asked for and then put into the index.

    Asking before inserting finds the same clusters as inserting all first, with half the candidates.
    """
    from datasketch import MinHash, MinHashLSH

    def run(path: Path, rows: int | None) -> Ints:
        texts = normal_forms(read_prompts(path, rows))
        index = MinHashLSH(threshold=THRESHOLD, num_perm=HASHES, params=(BANDS, BAND_HASHES))
        roots = list(range(len(texts)))
        sketches: list[MinHash] = []
        for row, text in enumerate(texts.to_list()):
            sketch = MinHash(num_perm=HASHES)
            sketch.update_batch(_shingles(text))
            sketches.append(sketch)
            _unite(roots, sketches, row, index.query(sketch))
            index.insert(row, sketch)
        return _labels(roots)

    return run


def datasketch_bulk() -> Run:
    """Sketch each distinct prompt once, with a faster hash than the library's SHA-1, and index them in a session."""
    from datasketch import MinHash, MinHashLSH

    hashed: Callable[[bytes], int] = zlib.crc32
    if importlib.util.find_spec("xxhash"):
        from xxhash import xxh32_intdigest

        hashed = xxh32_intdigest

    def run(path: Path, rows: int | None) -> Ints:
        texts, place = distinct_normalised(read_prompts(path, rows))
        sketches = MinHash.bulk(map(_shingles, texts.to_list()), num_perm=HASHES, hashfunc=hashed)
        index = MinHashLSH(threshold=THRESHOLD, num_perm=HASHES, params=(BANDS, BAND_HASHES))
        with index.insertion_session() as session:
            for row, sketch in enumerate(sketches):
                session.insert(row, sketch, check_duplication=False)
        roots = list(range(len(texts)))
        for row, sketch in enumerate(sketches):
            _unite(roots, sketches, row, index.query(sketch))
        return _labels(roots)[place]

    return run


def rensa_flat() -> Run:
    """Give rensa the hashes of all shingles of distinct prompts as one array; bands by Polars, pairs verified."""
    from rensa import RMinHash

    def run(path: Path, rows: int | None) -> Ints:
        texts, place = distinct_normalised(read_prompts(path, rows))
        signatures = np.empty((len(texts), HASHES), dtype=np.uint32)
        for start in range(0, len(texts), _ROWS):
            hashes, ends = _flat_shingles(texts[start : start + _ROWS])
            matrix = RMinHash.digest_matrix_from_flat_token_hashes(hashes, ends, num_perm=HASHES, seed=1)
            signatures[start : start + _ROWS] = matrix.to_rows()
        return _linked(signatures)[place]

    return run


def _shingles(text: str) -> set[bytes]:
    data = text.encode()
    return {data[at : at + SHINGLE] for at in range(max(1, len(data) - SHINGLE + 1))}


def _unite(roots: list[int], sketches: list[Any], row: int, candidates: list[int]) -> None:
    mine = _root(roots, row)
    for candidate in candidates:
        other = _root(roots, candidate)
        if other != mine and sketches[row].jaccard(sketches[candidate]) >= VERIFIED:
            roots[max(mine, other)] = mine = min(mine, other)


def _root(roots: list[int], row: int) -> int:
    while roots[row] != row:
        roots[row] = roots[roots[row]]
        row = roots[row]
    return row


def _labels(roots: list[int]) -> Ints:
    return np.array([_root(roots, row) for row in range(len(roots))])


def _flat_shingles(texts: pl.Series) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return 64-bit hashes of all shingles end to end, and where each text's begin, with the total as last."""
    sizes = texts.str.len_bytes().to_numpy().astype(np.int64)
    data = np.frombuffer("".join(texts.to_list()).encode(), dtype=np.uint8)
    packed = np.zeros(max(len(data) - SHINGLE + 1, 0), dtype=np.uint64)
    for shift in range(SHINGLE):
        packed = packed << np.uint64(8) | data[shift : shift + len(packed)]
    # A shingle is whole if it ends in the text in which it begins.
    left = np.repeat(np.cumsum(sizes), sizes) - np.arange(len(data))
    hashes = packed[left[: len(packed)] >= SHINGLE] * np.uint64(0x9E3779B97F4A7C15)
    ends = np.cumsum(np.maximum(sizes - SHINGLE + 1, 0))
    return hashes, np.concatenate([[0], ends]).astype(np.uint64)


def _linked(signatures: NDArray[np.uint32]) -> Ints:
    """Pair the first text of each bucket with the others, keep pairs with enough equal hashes, join them up."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = []
    for band in range(BANDS):
        slots = signatures[:, band * BAND_HASHES : (band + 1) * BAND_HASHES]
        frame = pl.DataFrame({"key": pl.from_numpy(slots).hash_rows()}).with_row_index("row")
        frame = frame.with_columns(first=pl.col("row").min().over("key"))
        pairs.append(frame.filter(pl.col("first") != pl.col("row")).select("first", "row"))
    found = pl.concat(pairs).unique(maintain_order=True)
    size, left, right = len(signatures), found["first"].to_numpy(), found["row"].to_numpy()
    near = np.empty(len(left), dtype=np.bool_)
    for start in range(0, len(left), _ROWS):
        cut = slice(start, start + _ROWS)
        near[cut] = (signatures[left[cut]] == signatures[right[cut]]).mean(axis=1) >= VERIFIED
    edges = coo_array((np.ones(int(near.sum()), dtype=np.int8), (left[near], right[near])), shape=(size, size))
    _, labels = connected_components(edges, directed=False)
    return np.asarray(labels.astype(np.int64))
