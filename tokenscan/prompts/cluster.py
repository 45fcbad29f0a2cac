"""Near-duplicate prompts: one representative per cluster, every member compared with it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, ParamSpec, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.prompts import short
from tokenscan.prompts.corpus import Corpus, Ints, Keys, Shares, chunks
from tokenscan.prompts.engine import Engine
from tokenscan.prompts.letters import reunited, same_letters
from tokenscan.prompts.link import Candidates, Stars, Verify
from tokenscan.prompts.sketch import Compare
from tokenscan.prompts.sketches import Sketches

P = ParamSpec("P")
Result = TypeVar("Result")

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


def is_medium(sizes: Ints) -> NDArray[np.bool_]:
    """Mark the texts, by their bytes, that are compared by `SHINGLE`-byte shingles."""
    return np.asarray((sizes >= short.SHORT_BYTES) & (sizes < LONG_BYTES))


def cluster_distinct(
    texts: Corpus, keys: Keys, threshold: float, engine: Engine, sketches: Sketches | None = None
) -> Stars:
    """Cluster distinct normalised texts, whose hashes are `keys`.

    Each length class is compared in the way that works for it. Texts just above a border take part in the class
    below it too, as representatives, so that pairs across a border are found. The result depends on the texts
    alone, not on their order. A text left alone goes where texts with its letters have gone. `sketches` are those
    of the medium texts (`is_medium`), in order, where they have been made. Raises ValueError for a threshold outside
    (0, 1].
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
    near_short = (size >= short.SHORT_BYTES) & (size < short.PARTNER_BYTES)
    with ThreadPoolExecutor(2) as pool:
        # Linking leaves a processor idle now and then. Only one thread can read a file.
        aside = _at_once if texts.reader else pool.submit
        by_letters = aside(work.by_letters, is_short, near_short)
        group = aside(same_letters, texts, keys, engine.alone())
        work.enter(work.by_shingles(is_long, np.zeros_like(is_long), LONG_SHINGLE))
        near_long = is_long & (size < LONG_BYTES / threshold) & work.unclaimed()
        work.enter(work.by_shingles(is_medium(size), near_long, SHINGLE, sketches))
        work.by_words(is_tiny)
        work.follow(by_letters.result())
        return reunited(Stars(leader=work.leader, similarity=work.similarity), group.result(), keys)


def _at_once(work: Callable[P, Result], *arguments: P.args, **options: P.kwargs) -> Future[Result]:
    """Do what a pool would do."""
    done: Future[Result] = Future()
    done.set_result(work(*arguments, **options))
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class _Class:
    """Texts that were compared in one way: their rows, and the representative of each among them."""

    rows: Ints
    found: Stars


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

    def by_shingles(
        self, members: NDArray[np.bool_], partners: NDArray[np.bool_], size: int, sketches: Sketches | None = None
    ) -> _Class:
        """Cluster by the shared share of byte n-grams; of the members there may be `sketches`."""
        rows, extra = np.flatnonzero(members), np.flatnonzero(partners)
        n_members, rows = len(rows), np.concatenate([rows, extra])
        texts, others = self.texts.take(rows), self.texts.loaded(extra)
        compare = _in_memory(texts, size, self.engine) if texts.reader else self.engine.jaccard(texts, size)

        def verify(left: Ints, right: Ints) -> Shares:
            found = compare(left, right)
            return np.where(found >= self.threshold, found, 0.0)

        signatures = sketches.signatures(others) if sketches else self.engine.signatures(texts, size)
        candidates = Candidates(
            keys=self.keys[rows],
            signatures=signatures,
            filled=texts.sizes >= size,
            bands=BANDS,
            least_match=self.threshold - _SLACK,
            max_comparisons=MAX_COMPARISONS,
        )
        return _Class(rows=rows, found=self.engine.stars(candidates, verify, np.arange(len(rows)) >= n_members))

    def by_letters(self, members: NDArray[np.bool_], partners: NDArray[np.bool_]) -> _Class:
        """Cluster short texts by their letters."""
        rows = np.flatnonzero(members | partners)
        texts = self.texts.loaded(rows)
        candidates = Candidates(
            keys=self.keys[rows],
            signatures=self.engine.signatures(texts, short.SHINGLE),
            filled=texts.sizes >= short.SHINGLE,
            bands=short.BANDS,
            least_match=short.least_of_all(self.threshold),
            max_comparisons=short.MAX_COMPARISONS,
            bags=self.engine.bags(texts),
        )
        return _Class(rows=rows, found=self.engine.stars(candidates, self._alike(texts), partners[rows]))

    def _alike(self, texts: Corpus) -> Verify:
        compare = self.engine.letters(texts)
        cut = short.least_share(self.engine.chars(texts), self.threshold)

        def verify(left: Ints, right: Ints) -> Shares:
            least = cut(left, right)
            found = compare(left, right, least)
            return np.where(found >= least, found, 0.0)

        return verify

    def by_words(self, members: NDArray[np.bool_]) -> None:
        """Put tiny texts together that are the same but for punctuation around them."""
        rows = np.flatnonzero(members)
        found = self.texts.loaded(rows).series().to_frame("text").select(same=short.exact_key(pl.col("text")))
        found = found.with_columns(key=pl.Series(self.keys[rows])).with_row_index("at")
        first = found.select(pl.col("at").sort_by("key").first().over("same"))
        self.leader[rows] = rows[first.to_series().to_numpy()]

    def enter(self, texts: _Class) -> Ints:
        """Give each text of a class its representative; return the rows of members."""
        moved = np.flatnonzero(texts.found.leader != np.arange(len(texts.rows)))
        rows = texts.rows[moved]
        self.leader[rows] = texts.rows[texts.found.leader[moved]]
        self.similarity[rows] = texts.found.similarity[moved]
        return rows

    def follow(self, texts: _Class) -> None:
        """Enter short texts; those with a partner that has become a member go to its representative, if near enough."""
        rows = self.enter(texts)
        rows = rows[self.leader[self.leader[rows]] != self.leader[rows]]
        target, pair = self.leader[self.leader[rows]], np.arange(len(rows))
        found = self._alike(self.texts.loaded(np.concatenate([rows, target])))(pair, len(rows) + pair)
        self.leader[rows] = np.where(found > 0, target, rows)
        self.similarity[rows] = np.where(found > 0, found, 1.0)


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
