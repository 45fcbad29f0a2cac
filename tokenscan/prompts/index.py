"""Every distinct prompt once: known by its hash, clustered when all have been seen."""

from __future__ import annotations

from functools import partial
from itertools import cycle
from typing import Final

import numpy as np
import polars as pl

from tokenscan.ahead import ahead
from tokenscan.hashing import hashed
from tokenscan.prompts.cluster import SHINGLE, cluster_distinct, is_medium
from tokenscan.prompts.corpus import Bytes, Corpus, Ints, Keys, chunks
from tokenscan.prompts.engine import Engine, default_engine
from tokenscan.prompts.link import Stars
from tokenscan.prompts.normalise import normal_forms
from tokenscan.prompts.numbering import first_places
from tokenscan.prompts.sketches import Sketches
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
        self._seen = self._engine.numbers()
        self._sketches = Sketches(self._engine, SHINGLE)
        self._rooms: list[Bytes] = []  # two, where parts are normalised by turns

    def add(self, prompts: pl.Series) -> pl.Series:
        """Take in prompts; return for each its `prompt_id` (u64, hash of the normalised text), null for null."""
        numbers, _ = self.number(prompts)
        return pl.Series("prompt_id", self._seen.keys).gather(numbers)

    def number(self, prompts: pl.Series) -> tuple[pl.Series, Ints]:
        """Take in prompts; return for each the number of its normalised text, null for null.

        Then the row at which each text that had not been seen before comes first, by number.
        """
        known = prompts.is_not_null()
        text = prompts.cast(pl.String).rename("text").drop_nulls()
        # Prompts are hashed chunk by chunk, on all processors; gathering is quick in one chunk.
        spelling, first = self._engine.numbers().add(hashed(text))
        numbers, new = self._numbered(text.rechunk().gather(first))
        found = pl.Series(np.take(numbers.astype(np.uint32), spelling))
        if known.all():
            return found, first[new]
        return found.gather((known.cum_sum() - 1).set(~known, None)), known.arg_true().to_numpy()[first[new]]

    def clusters(self, threshold: float = 0.6) -> pl.DataFrame:
        """Find near-duplicates among all prompts seen; one row a distinct prompt, sorted by `prompt_id`.

        `prompt_id` (u64), `cluster_id` (u64, the `prompt_id` of the representative), `similarity` (f64, to
        the representative). See `cluster_prompts` for what they mean; ValueError as there.
        """
        found, keys = self.stars(threshold), self._seen.keys
        columns = {"prompt_id": keys, "cluster_id": keys[found.leader], "similarity": found.similarity}
        return pl.DataFrame(columns).sort("prompt_id")

    def stars(self, threshold: float) -> Stars:
        """Find near-duplicates among all prompts seen, by number."""
        self._rooms = []
        return cluster_distinct(self._texts.corpus(), self._seen.keys, threshold, self._engine, self._sketches)

    def _numbered(self, texts: pl.Series) -> tuple[Ints, Ints]:
        """Normalise and number part by part, in two rooms by turns; then the texts that the engine left to Polars.

        Return also where each text that is new comes first, by number.
        """
        before = len(self._seen.keys)
        sizes = texts.str.len_bytes().to_numpy().astype(np.int64)
        self._texts.expect(int(sizes.sum()))
        numbers, new = np.full(len(sizes), -1), [np.zeros(0, dtype=np.int64)]
        self._rooms = self._rooms or [np.empty(_AT_ONCE + _AT_ONCE // 8, dtype=np.uint8) for _ in range(2)]
        cuts = list(chunks(sizes, _AT_ONCE))
        steps = (partial(self._engine.prepared, texts[cut], room) for cut, room in zip(cuts, cycle(self._rooms)))
        for cut, (corpus, keys, done) in zip(cuts, ahead(steps), strict=True):
            numbers[cut.start + done], first = self._take(corpus.take(done), keys[done])
            new.append(cut.start + done[first])
        left_over = np.flatnonzero(numbers < 0)
        for cut in chunks(sizes[left_over], _AT_ONCE):
            rows = left_over[cut]
            normal = normal_forms(texts.gather(rows))
            numbers[rows], first = self._take(Corpus.of(normal), hashed(normal))
            new.append(rows[first])
        places, late = np.concatenate(new), left_over[numbers[left_over] >= before]
        np.minimum.at(places, numbers[late] - before, late)  # their normal form may have come from another text since
        return numbers, places

    def _take(self, texts: Corpus, keys: Keys) -> tuple[Ints, Ints]:
        numbers, new = self._seen.add(keys)
        added = self._texts.add(texts.take(new), self._engine.pack)
        self._sketches.add(added.take(np.flatnonzero(is_medium(added.sizes))))
        return numbers, new


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
    numbers, first = index.number(prompts)
    found = index.stars(threshold)
    of_number = pl.DataFrame(
        {
            "cluster_id": _by_appearance(found.leader, first),
            "representative": first[found.leader],
            "similarity": found.similarity,
        },
        schema={"cluster_id": pl.UInt32, "representative": pl.UInt32, "similarity": pl.Float64},
    )
    return of_number.select(pl.all().gather(numbers))


def _by_appearance(leader: Ints, first: Ints) -> Ints:
    """Renumber clusters in the order in which the first row of any of their texts comes."""
    order = np.argsort(first, kind="stable")  # nearly sorted, which this sort makes use of
    ordered = leader[order]
    is_first = first_places(ordered, len(leader))[ordered] == np.arange(len(leader))
    number = np.zeros(len(leader), dtype=np.int64)
    number[ordered[is_first]] = np.arange(is_first.sum())
    return number[leader]
