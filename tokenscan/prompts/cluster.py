"""Near-duplicate prompts: one representative per cluster, every member compared with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.hashing import stable_hash
from tokenscan.prompts import short
from tokenscan.prompts.corpus import Corpus, Ints
from tokenscan.prompts.link import Candidates, Stars, Verify, stars
from tokenscan.prompts.normalise import normalised
from tokenscan.prompts.sketch import Engine, NumpyEngine

SHINGLE: Final = 5
BANDS: Final = 25

# Failed comparisons after which a text is taken to have no near duplicate.
MAX_COMPARISONS: Final = 8

# Above this many bytes unrelated English shares so many short shingles that longer ones are needed.
LONG_BYTES: Final = 20_000
LONG_SHINGLE: Final = 8

# Three standard deviations of the estimate: pairs further below the threshold are not compared.
_SLACK: Final = 0.13


def cluster_prompts(prompts: pl.Series, *, threshold: float = 0.6) -> pl.DataFrame:
    """Find near-duplicate prompts; one row per prompt, in input order.

    Columns: `cluster_id` (u32, numbered by first appearance), `representative` (u32, the first row with
    the representative's text), `similarity` (f64, to the representative; 1.0 = the same after
    normalisation). Null prompts are null in all three. Which prompts go together does not depend on
    their order. `threshold` is the least Jaccard similarity of byte 5-grams to the representative
    (8-grams from 20 kB on). Below 64 bytes letters are compared, see `letter_similarity`; below 12
    characters prompts go together, at 1.0, if they differ in nothing but punctuation around them.
    Raises ValueError for a threshold outside (0, 1].
    """
    if not 0 < threshold <= 1:
        msg = f"threshold must be above 0 and at most 1, not {threshold}"
        raise ValueError(msg)
    text = prompts.cast(pl.String).rename("text")
    rows = text.to_frame().select(raw=stable_hash(pl.col("text"))).with_row_index("row")
    raw = rows.drop_nulls().group_by("raw").agg(pl.col("row").min())
    raw = raw.with_columns(normal=text.gather(raw["row"])).with_columns(normalised(pl.col("normal")))
    raw = raw.with_columns(key=stable_hash(pl.col("normal")))
    # Sorted by a hash of the text: from here on nothing depends on the order of the input.
    distinct = raw.group_by("key").agg(pl.col("row").min(), pl.col("normal").first()).sort("key")
    found = cluster_distinct(distinct["normal"], threshold, NumpyEngine())
    labels = distinct.select(
        "key", representative=distinct["row"].gather(found.leader), similarity=pl.Series(found.similarity)
    )
    known = raw.select("raw", "key").join(labels, on="key", validate="m:1")
    labelled = rows.join(known, on="raw", how="left", validate="m:1", maintain_order="left")
    first_row = pl.when(pl.col("raw").is_not_null()).then(pl.col("row").min().over("representative"))
    return labelled.select(
        cluster_id=first_row.rank("dense").cast(pl.UInt32) - 1,
        representative=pl.col("representative").cast(pl.UInt32),
        similarity=pl.col("similarity").cast(pl.Float64),
    )


def cluster_distinct(texts: pl.Series, threshold: float, engine: Engine) -> Stars:
    """Cluster distinct normalised texts, given in an order that depends on nothing but the texts.

    Each length class is compared in the way that works for it, the longest first. Representatives just
    above a border take part in the class below it too, so that pairs across a border are found.
    """
    size = texts.str.len_bytes().to_numpy().astype(np.int64)
    tiny = (texts.str.len_chars() < short.TINY_CHARS).to_numpy()
    is_short = ~tiny & (size < short.SHORT_BYTES)
    is_long = size >= LONG_BYTES
    work = _Work(
        texts=texts,
        threshold=threshold,
        engine=engine,
        leader=np.arange(len(texts)),
        similarity=np.ones(len(texts)),
    )
    nobody = np.zeros_like(tiny)
    work.by_shingles(is_long, nobody, LONG_SHINGLE)
    near_long = is_long & (size < LONG_BYTES / threshold) & work.unclaimed()
    work.by_shingles(~(is_long | is_short | tiny), near_long, SHINGLE)
    near_short = ~tiny & (size >= short.SHORT_BYTES) & (size < short.PARTNER_BYTES) & work.unclaimed()
    work.by_letters(is_short, near_short)
    work.by_words(tiny)
    return Stars(leader=work.leader, similarity=work.similarity)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """The texts, and the arrays in which the classes leave their results one after the other."""

    texts: pl.Series
    threshold: float
    engine: Engine
    leader: Ints
    similarity: NDArray[np.float64]

    def unclaimed(self) -> NDArray[np.bool_]:
        """Mark the texts that are nobody's member."""
        return np.asarray(self.leader == np.arange(len(self.leader)))

    def by_shingles(self, members: NDArray[np.bool_], partners: NDArray[np.bool_], size: int) -> None:
        """Cluster by the shared share of byte n-grams."""
        rows = np.flatnonzero(members | partners)
        corpus = Corpus.of(self.texts.gather(rows))
        compare = self.engine.comparer(corpus, size)

        def verify(left: Ints, right: Ints) -> NDArray[np.float64]:
            found = compare(left, right)
            return np.where(found >= self.threshold, found, 0.0)

        candidates = Candidates(
            signatures=self.engine.signatures(corpus, size),
            bands=BANDS,
            least_match=self.threshold - _SLACK,
            max_comparisons=MAX_COMPARISONS,
        )
        self._link(rows, partners, candidates, verify)

    def by_letters(self, members: NDArray[np.bool_], partners: NDArray[np.bool_]) -> None:
        """Cluster short texts by their letters."""
        rows = np.flatnonzero(members | partners)
        texts = self.texts.gather(rows)

        def verify(left: Ints, right: Ints) -> NDArray[np.float64]:
            return short.letter_similarity(texts, left, right, self.threshold)

        candidates = Candidates(
            signatures=self.engine.signatures(Corpus.of(texts), short.SHINGLE),
            bands=short.BANDS,
            least_match=short.LEAST_MATCH,
            max_comparisons=short.MAX_COMPARISONS,
        )
        self._link(rows, partners, candidates, verify)

    def by_words(self, members: NDArray[np.bool_]) -> None:
        """Put tiny texts together that are the same but for punctuation around them."""
        rows = np.flatnonzero(members)
        frame = self.texts.gather(rows).to_frame("text").select(key=short.exact_key(pl.col("text")))
        first = frame.with_row_index("at").select(pl.col("at").min().over("key"))
        self.leader[rows] = rows[first.to_series().to_numpy()]

    def _link(self, rows: Ints, partners: NDArray[np.bool_], candidates: Candidates, verify: Verify) -> None:
        found = stars(candidates, verify, partners[rows])
        moved = found.leader != np.arange(len(rows))
        self.leader[rows[moved]] = rows[found.leader[moved]]
        self.similarity[rows[moved]] = found.similarity[moved]
