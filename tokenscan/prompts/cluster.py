"""Near-duplicate prompts: one representative per cluster, every member compared with it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.prompts import short
from tokenscan.prompts.corpus import Corpus, Ints, Keys, Shares, chunks
from tokenscan.prompts.engine import Engine
from tokenscan.prompts.letters import reunited, same_letters
from tokenscan.prompts.link import Candidates, Stars, Verify
from tokenscan.prompts.sketch import Compare

SHINGLE: Final = 5
BANDS: Final = 25

# Failed comparisons after which a text is taken to have no near duplicate.
MAX_COMPARISONS: Final = 8

# Above this many bytes unrelated English shares so many short shingles that longer ones are needed.
LONG_BYTES: Final = 20_000
LONG_SHINGLE: Final = 8

_LOADED: Final = 1 << 28  # bytes of text copied from a file at a time

# Three standard deviations of the estimate: pairs further below the threshold are not compared.
_SLACK: Final = 0.13


def cluster_distinct(texts: Corpus, keys: Keys, threshold: float, engine: Engine) -> Stars:
    """Cluster distinct normalised texts, whose hashes are `keys`.

    Each length class is compared in the way that works for it, the longest first. Representatives just
    above a border take part in the class below it too, so that pairs across a border are found. The result
    depends on the texts alone, not on their order. A text left alone goes where texts with its letters have
    gone. Raises ValueError for a threshold outside (0, 1].
    """
    if not 0 < threshold <= 1:
        msg = f"threshold must be above 0 and at most 1, not {threshold}"
        raise ValueError(msg)
    work = _Work(
        texts=texts,
        keys=keys,
        threshold=threshold,
        engine=engine,
        leader=np.arange(len(texts)),
        similarity=np.ones(len(texts)),
    )
    size, is_tiny = texts.sizes, short.tiny(texts, engine)
    is_short, is_long = ~is_tiny & (size < short.SHORT_BYTES), size >= LONG_BYTES
    work.link(work.by_shingles(is_long, np.zeros_like(is_long), LONG_SHINGLE))
    near_long = is_long & (size < LONG_BYTES / threshold) & work.unclaimed()
    work.link(work.by_shingles(~(is_long | is_short | is_tiny), near_long, SHINGLE))
    near_short = ~is_tiny & (size >= short.SHORT_BYTES) & (size < short.PARTNER_BYTES) & work.unclaimed()
    by_letters = work.by_letters(is_short, near_short)
    with ThreadPoolExecutor(1) as pool:
        # Short texts are linked in many small rounds, which leave a processor idle. Only one thread can read a file.
        alike = None if texts.reader else pool.submit(same_letters, texts, keys, engine.alone())
        work.link(by_letters)
        work.by_words(is_tiny)
        group = alike.result() if alike else same_letters(texts, keys, engine)
    return reunited(Stars(leader=work.leader, similarity=work.similarity), group, keys)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Class:
    """Texts that are compared in one way: their rows, which of them are partners alone, and how pairs are found."""

    rows: Ints
    partners: NDArray[np.bool_]
    candidates: Candidates
    verify: Verify


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """The texts, and the arrays in which the classes leave their results one after the other."""

    texts: Corpus
    keys: Keys
    threshold: float
    engine: Engine
    leader: Ints
    similarity: Shares

    def unclaimed(self) -> NDArray[np.bool_]:
        """Mark the texts that are nobody's member."""
        return np.asarray(self.leader == np.arange(len(self.leader)))

    def by_shingles(self, members: NDArray[np.bool_], partners: NDArray[np.bool_], size: int) -> _Class:
        """Prepare to cluster by the shared share of byte n-grams."""
        rows = np.flatnonzero(members | partners)
        texts = self.texts.take(rows)
        compare = _in_memory(texts, size, self.engine) if texts.reader else self.engine.jaccard(texts, size)

        def verify(left: Ints, right: Ints) -> Shares:
            found = compare(left, right)
            return np.where(found >= self.threshold, found, 0.0)

        candidates = Candidates(
            keys=self.keys[rows],
            signatures=self.engine.signatures(texts, size),
            filled=texts.sizes >= size,
            bands=BANDS,
            least_match=self.threshold - _SLACK,
            max_comparisons=MAX_COMPARISONS,
        )
        return _Class(rows=rows, partners=partners[rows], candidates=candidates, verify=verify)

    def by_letters(self, members: NDArray[np.bool_], partners: NDArray[np.bool_]) -> _Class:
        """Prepare to cluster short texts by their letters."""
        rows = np.flatnonzero(members | partners)
        texts = self.texts.loaded(rows)
        compare = self.engine.letters(texts)
        cut = short.least_share(self.engine.chars(texts), self.threshold)

        def verify(left: Ints, right: Ints) -> Shares:
            least = cut(left, right)
            found = compare(left, right, least)
            return np.where(found >= least, found, 0.0)

        candidates = Candidates(
            keys=self.keys[rows],
            signatures=self.engine.signatures(texts, short.SHINGLE),
            filled=texts.sizes >= short.SHINGLE,
            bands=short.BANDS,
            least_match=short.LEAST_MATCH,
            max_comparisons=short.MAX_COMPARISONS,
        )
        return _Class(rows=rows, partners=partners[rows], candidates=candidates, verify=verify)

    def by_words(self, members: NDArray[np.bool_]) -> None:
        """Put tiny texts together that are the same but for punctuation around them."""
        rows = np.flatnonzero(members)
        found = self.texts.loaded(rows).series().to_frame("text").select(same=short.exact_key(pl.col("text")))
        found = found.with_columns(key=pl.Series(self.keys[rows])).with_row_index("at")
        first = found.select(pl.col("at").sort_by("key").first().over("same"))
        self.leader[rows] = rows[first.to_series().to_numpy()]

    def link(self, texts: _Class) -> None:
        """Cluster the texts of a class."""
        found = self.engine.stars(texts.candidates, texts.verify, texts.partners)
        moved = found.leader != np.arange(len(texts.rows))
        self.leader[texts.rows[moved]] = texts.rows[found.leader[moved]]
        self.similarity[texts.rows[moved]] = found.similarity[moved]


def _in_memory(texts: Corpus, size: int, engine: Engine) -> Compare:
    """Compare texts that lie in a file: those of some pairs are copied, compared, and forgotten."""

    def compare(left: Ints, right: Ints) -> Shares:
        found = np.empty(len(left))
        for cut in chunks(texts.sizes[left] + texts.sizes[right], _LOADED):
            rows, place = np.unique(np.concatenate([left[cut], right[cut]]), return_inverse=True)
            half = len(place) // 2
            found[cut] = engine.jaccard(texts.loaded(rows), size)(place[:half], place[half:])
        return found

    return compare
