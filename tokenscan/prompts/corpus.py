"""Texts as one byte buffer: no Python object per prompt or shingle in the inner loops."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Ints = NDArray[np.int64]
Keys = NDArray[np.uint64]
Shares = NDArray[np.float64]
Whole = TypeVar("Whole", Ints, Keys)

KEY_BITS: Final = 40
_CHUNK: Final = 1 << 18  # bytes worked on at a time; the arrays of one chunk stay in the processor's cache
_EVERYTHING: Final = 1 << 62
_BUFFER_BITS: Final = 30  # of offsets in a string series, which have at most 31
_WITHIN_VIEW: Final = 12  # bytes up to which a text lies in its view


def _nothing() -> None:
    """Let go of nothing: the bytes lie in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """UTF-8 bytes of many texts, with the begin and end of each.

    Where the bytes lie in a file, there is a `reader`: it copies texts, given by begin and end, into memory.
    To read all texts in order, go through `data` and call `release` after every `at_once` bytes or so: it
    lets go of the pages read so far. Single texts are better copied, as a page may bring a megabyte along.
    """

    data: Bytes
    begin: Ints
    end: Ints
    release: Callable[[], None] = _nothing
    at_once: int = _EVERYTHING
    reader: Callable[[Ints, Ints], Bytes] | None = None

    @classmethod
    def of(cls, texts: pl.Series) -> Corpus:
        """View a string series without nulls as one buffer."""
        import pyarrow as pa

        array = texts.cast(pl.String).to_arrow(compat_level=pl.CompatLevel.oldest()).cast(pa.large_string())
        _, offsets, data = array.buffers()
        ends = np.frombuffer(offsets, dtype=np.int64)[array.offset : array.offset + len(array) + 1]
        return cls(
            data=np.frombuffer(data, dtype=np.uint8) if data else np.zeros(0, dtype=np.uint8),
            begin=ends[:-1],
            end=ends[1:],
        )

    def take(self, rows: Ints) -> Corpus:
        """View some of the texts, in that order."""
        return replace(self, begin=self.begin[rows], end=self.end[rows])

    def loaded(self, rows: Ints) -> Corpus:
        """Like `take`, but in memory."""
        if self.reader is None:
            return self.take(rows)
        end = np.cumsum(self.sizes[rows])
        data = self.reader(self.begin[rows], self.end[rows])
        return Corpus(data=data, begin=end - self.sizes[rows], end=end)

    def series(self) -> pl.Series:
        """View the texts as a string series, without a copy: of each Arrow's view, as `views_of` gives them back."""
        import pyarrow as pa

        buffer = self.begin >> _BUFFER_BITS
        views = np.empty((len(self), 4), dtype=np.uint32)
        views[:, 0], views[:, 2], views[:, 3] = self.sizes, buffer, self.begin - (buffer << _BUFFER_BITS)
        plain = views.view(np.uint8)
        plain[:, 4:8] = self._heads(np.arange(len(self)), 4)
        small = np.flatnonzero(self.sizes <= _WITHIN_VIEW)
        plain[small, 4:] = self._heads(small, _WITHIN_VIEW)
        parts = [pa.py_buffer(self.data[start:]) for start in range(0, len(self.data), 1 << _BUFFER_BITS)]
        array = pa.Array.from_buffers(pa.string_view(), len(self), [None, pa.py_buffer(views), *parts])
        return pl.Series("text", array, dtype=pl.String)

    def _heads(self, rows: Ints, size: int) -> NDArray[np.uint8]:
        """Copy the first bytes of some texts; those that a text lacks are 0."""
        place = self.begin[rows, None] + np.arange(size)
        inside = place < self.end[rows, None]
        return np.where(inside, self.data[np.where(inside, place, 0)], 0) if len(self.data) else inside.view(np.uint8)

    def __len__(self) -> int:
        return len(self.begin)

    @property
    def sizes(self) -> Ints:
        """Length of each text in bytes."""
        return self.end - self.begin


def shingles(corpus: Corpus, rows: Ints, size: int) -> Iterator[tuple[Ints, Keys]]:
    """Yield the byte n-grams of some texts, chunk by chunk, as (position in `rows`, 40-bit key).

    A text longer than a chunk comes in several pieces, so memory is bounded whatever the input. Texts
    shorter than `size` have no shingles. A key is the upper part of a bijective mix of the bytes: two
    different shingles share one with a probability of 2^-40.
    """
    pieces = np.maximum(-(-(corpus.sizes[rows] - size + 1) // _CHUNK), 0)
    owner = np.repeat(np.arange(len(rows)), pieces)
    begin = corpus.begin[rows][owner] + _CHUNK * spread(np.zeros_like(pieces), pieces)
    end = np.minimum(begin + _CHUNK + size - 1, corpus.end[rows][owner])
    for cut in chunks(end - begin, _CHUNK):
        lengths = (end - begin)[cut]
        data = corpus.data[spread(begin[cut], lengths)]
        piece = np.repeat(np.arange(len(lengths)), lengths)
        packed = np.zeros(len(data) - size + 1, dtype=np.uint64)
        for shift in range(size):
            packed <<= np.uint64(8)
            packed |= data[shift : shift + len(packed)]
        whole = piece[: len(packed)] == piece[size - 1 :]
        yield owner[cut][piece[: len(packed)][whole]], mix(packed[whole]) >> np.uint64(64 - KEY_BITS)


def views_of(texts: pl.Series) -> tuple[Bytes, list[Bytes]]:
    """See a string series without nulls as it lies in memory: Arrow's view of each text, and the buffers they point to.

    Unlike `Corpus.of` this copies nothing.
    """
    array = texts.cast(pl.String).to_arrow(compat_level=pl.CompatLevel.newest())
    _, views, *buffers = array.buffers()
    found = np.frombuffer(views or b"", dtype=np.uint8)
    found = found[16 * array.offset : 16 * (array.offset + len(array))].reshape(-1, 16)
    return found, [np.frombuffer(buffer, dtype=np.uint8) for buffer in buffers]


def joined(data: Bytes, start: int, end: Ints) -> pl.Series:
    """View texts that follow one another in a buffer, the first from `start` on, as a string series."""
    import pyarrow as pa

    ends = np.concatenate([np.zeros(1, dtype=np.int64), end - start])
    part = data[start : start + int(ends[-1])]
    return pl.Series("text", pa.LargeStringArray.from_buffers(len(end), pa.py_buffer(ends), pa.py_buffer(part)))


def mix(values: Keys) -> Keys:
    """Scramble 64-bit integers one to one (finaliser of MurmurHash3, A. Appleby, public domain)."""
    values = values ^ (values >> np.uint64(33))
    values *= np.uint64(0xFF51AFD7ED558CCD)
    values ^= values >> np.uint64(33)
    values *= np.uint64(0xC4CEB9FE1A85EC53)
    values ^= values >> np.uint64(33)
    return values


def distinct(values: Whole) -> Whole:
    """Sort and drop repeats. NumPy's own `unique` goes by a hash table and is far slower on keys like these."""
    values = np.sort(values)
    return values[run_starts(values)]


def run_starts(ordered: Ints | Keys) -> NDArray[np.bool_]:
    """Mark the first of equal values that follow one another."""
    first = np.ones(len(ordered), dtype=np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return first


def repeated(values: Keys) -> Ints:
    """Return the places of the values that are there more than once, in order."""
    order = np.argsort(values)
    again = values[order[1:]] == values[order[:-1]]
    found = np.zeros(len(values), dtype=np.bool_)
    found[order[1:][again]] = found[order[:-1][again]] = True
    return np.flatnonzero(found)


def spread(begin: Ints, lengths: Ints) -> Ints:
    """Concatenate the ranges [begin, begin + length)."""
    offsets = np.cumsum(lengths) - lengths
    return np.repeat(begin - offsets, lengths) + np.arange(int(lengths.sum()))


def chunks(weights: Ints, limit: int) -> Iterator[slice]:
    """Cut a list into runs of about `limit` total weight; a heavier single item is a run of its own."""
    total = np.cumsum(weights)
    at = 0
    while at < len(weights):
        before = int(total[at - 1]) if at else 0
        stop = max(at + 1, int(np.searchsorted(total, before + limit, side="right")))
        yield slice(at, stop)
        at = stop
