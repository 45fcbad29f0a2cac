"""Every distinct prompt once: known by its hash, clustered when all have been seen."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.hashing import stable_hash
from tokenscan.prompts.cluster import cluster_distinct
from tokenscan.prompts.corpus import Corpus, Ints, Keys, chunks
from tokenscan.prompts.engine import Engine, default_engine
from tokenscan.prompts.texts import TextBuffer

_MEMORY: Final = 1 << 29  # bytes of distinct text kept in memory
_AT_ONCE: Final = 1 << 24  # bytes of text normalised at a time


class PromptIndex:
    """Prompts come in batches, such as the row groups of a file; near-duplicates are found at the end.

    Of each batch only hashes and the texts not seen before are kept, and beyond `memory` bytes those move
    to a temporary file.
    """

    def __init__(self, *, engine: Engine | None = None, memory: int = _MEMORY) -> None:
        self._engine = engine or default_engine()
        self._texts = TextBuffer(memory)
        self._seen = _Seen()
        self._keys: list[Keys] = []

    def add(self, prompts: pl.Series) -> pl.Series:
        """Take in prompts; return for each its `prompt_id` (u64, hash of the normalised text), null for null."""
        text = prompts.cast(pl.String).rename("text")
        rows = text.to_frame().select(raw=stable_hash(pl.col("text")))
        text = text.rechunk()  # which makes gathering quick
        first = rows.with_row_index("row").drop_nulls().group_by("raw").agg(pl.col("row").min()).sort("row")
        sizes = text.str.len_bytes().gather(first["row"]).to_numpy().astype(np.int64)
        self._texts.expect(int(sizes.sum()))
        keys = [self._take(text.gather(first["row"][cut])) for cut in chunks(sizes, _AT_ONCE)]
        known = first.select("raw", prompt_id=pl.concat(keys) if keys else pl.Series([], dtype=pl.UInt64))
        return rows.join(known, on="raw", how="left", validate="m:1", maintain_order="left")["prompt_id"]

    def clusters(self, threshold: float = 0.6) -> pl.DataFrame:
        """Find near-duplicates among all prompts seen; one row a distinct prompt, sorted by `prompt_id`.

        `prompt_id` (u64), `cluster_id` (u64, the `prompt_id` of the representative), `similarity` (f64, to
        the representative). See `cluster_prompts` for what they mean; ValueError as there.
        """
        keys = np.concatenate([np.zeros(0, dtype=np.uint64), *self._keys])
        found = cluster_distinct(self._texts.corpus(), keys, threshold, self._engine)
        columns = {"prompt_id": keys, "cluster_id": keys[found.leader], "similarity": found.similarity}
        return pl.DataFrame(columns).sort("prompt_id")

    def _take(self, texts: pl.Series) -> pl.Series:
        normal = self._engine.normalised(texts).to_frame("normal")
        key = normal.select(key=stable_hash(pl.col("normal"))).to_series()
        new = key.is_first_distinct() & pl.Series(self._seen.add(key.to_numpy()))
        self._texts.add(Corpus.of(normal.to_series().filter(new)))
        self._keys.append(key.filter(new).to_numpy())
        return key


class _Seen:
    """A growing set of keys, as sorted arrays of which each is at least twice as long as the next.

    P. O'Neil et al., "The log-structured merge-tree", Acta Informatica 1996: keys are merged a logarithmic
    number of times, without an object for each.
    """

    def __init__(self) -> None:
        self._levels: list[Keys] = []

    def add(self, keys: Keys) -> NDArray[np.bool_]:
        """Add keys and mark those that were new."""
        order = np.argsort(keys)
        ordered = keys[order]
        new = np.ones(len(keys), dtype=np.bool_)
        for level in self._levels:
            place = np.minimum(np.searchsorted(level, ordered), len(level) - 1)
            new &= level[place] != ordered
        self._insert(ordered[new])
        result = np.empty_like(new)
        result[order] = new
        return result

    def _insert(self, keys: Keys) -> None:
        while self._levels and len(self._levels[-1]) < 2 * len(keys):
            keys = np.sort(np.concatenate([self._levels.pop(), keys]))
        if len(keys):
            self._levels.append(keys)


def cluster_prompts(prompts: pl.Series, *, threshold: float = 0.6, engine: Engine | None = None) -> pl.DataFrame:
    """Find near-duplicate prompts; one row per prompt, in input order.

    Columns: `cluster_id` (u32, numbered by first appearance), `representative` (u32, the first row with
    the representative's text), `similarity` (f64, to the representative; 1.0 = the same after
    normalisation, or to the letter). Null prompts are null in all three. Which prompts go together does not depend on
    their order, nor on the engine. `threshold` is the least Jaccard similarity of byte 5-grams to the
    representative (8-grams from 20 kB on). Below 64 bytes letters are compared, see `short.least_share`;
    below 12 characters prompts go together, at 1.0, if they differ in nothing but punctuation around them.
    A prompt left alone joins one with the same letters (`letters_key`), at the similarity that one has.
    Raises ValueError for a threshold outside (0, 1].
    """
    index = PromptIndex(engine=engine)
    ids = index.add(prompts)
    found = index.clusters(threshold).with_row_index("prompt")
    keys, similarity = found["prompt_id"].to_numpy(), found["similarity"].to_numpy()
    leader = np.searchsorted(keys, found["cluster_id"].to_numpy())
    known = ids.to_frame().with_row_index("row").drop_nulls()
    known = known.join(found.select("prompt_id", "prompt"), on="prompt_id", validate="m:1", maintain_order="left")
    rows, prompt = (known[name].to_numpy().astype(np.int64) for name in ("row", "prompt"))
    first = np.empty(len(keys), dtype=np.int64)
    first[prompt[::-1]] = rows[::-1]  # backwards, so that the first of several is the one that stays
    labels = pl.DataFrame(
        {
            "row": rows,
            "cluster_id": _by_appearance(leader[prompt], len(keys)),
            "representative": first[leader[prompt]],
            "similarity": similarity[prompt],
        },
        schema={"row": pl.Int64, "cluster_id": pl.UInt32, "representative": pl.UInt32, "similarity": pl.Float64},
    )
    if len(rows) < len(ids):
        every = pl.DataFrame({"row": np.arange(len(ids))})
        labels = every.join(labels, on="row", how="left", validate="1:1", maintain_order="left")
    return labels.drop("row")


def _by_appearance(labels: Ints, count: int) -> Ints:
    """Renumber labels, which are below `count`, in the order in which they first appear."""
    first = np.full(count, len(labels))
    first[labels[::-1]] = np.arange(len(labels))[::-1]
    number = np.empty(count, dtype=np.int64)
    number[np.argsort(first, kind="stable")] = np.arange(count)
    return number[labels]
