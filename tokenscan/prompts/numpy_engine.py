"""The engine that needs no compiler: numpy, Polars and rapidfuzz."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.hashing import hashed, stable_hash
from tokenscan.prompts import sketch
from tokenscan.prompts.bags import bagged
from tokenscan.prompts.containment import containment
from tokenscan.prompts.corpus import Bytes, Corpus, Ints, Keys, Shares, chunks
from tokenscan.prompts.engine import CompareLetters
from tokenscan.prompts.grams import winnowed
from tokenscan.prompts.link import Candidates, Stars, Verify, stars
from tokenscan.prompts.normalise import normal_forms
from tokenscan.prompts.numbering import Numbers, SortedNumbers

_AT_ONCE: Final = 1 << 26  # bytes of text copied at a time


class NumpyEngine:
    """Reference for what an engine has to give."""

    name = "numpy"

    def alone(self) -> NumpyEngine:
        """Return this engine: NumPy works on the thread of its caller."""
        return self

    def normalised(self, texts: pl.Series) -> pl.Series:
        """Normalise by Polars expressions."""
        return normal_forms(texts)

    def prepared(self, texts: pl.Series, room: Bytes) -> tuple[Corpus, Keys, Ints]:  # noqa: ARG002 - Polars has room of its own
        """Normalise and hash by Polars expressions."""
        normal = self.normalised(texts)
        return Corpus.of(normal), hashed(normal), np.arange(len(normal))

    def pack(self, texts: Corpus, out: Bytes) -> None:
        """Let Arrow copy them."""
        copied = Corpus.of(texts.series())
        out[: copied.sizes.sum()] = copied.data[copied.begin[0] : copied.end[-1]]

    def chars(self, texts: Corpus) -> Ints:
        """Let Polars count."""
        return texts.series().str.len_chars().to_numpy().astype(np.int64)

    def numbers(self) -> Numbers:
        """Return sorted arrays."""
        return SortedNumbers()

    def spelt(self, corpus: Corpus) -> Keys:
        """Hash what a regular expression leaves, a part of the texts at a time."""
        parts = [np.zeros(0, dtype=np.uint64)]
        for cut in chunks(corpus.sizes, _AT_ONCE):
            texts = corpus.take(np.arange(cut.start, cut.stop)).series().to_frame("text")
            only = pl.col("text").str.replace_all(r"[^a-z0-9]+", "")
            parts.append(texts.select(stable_hash(only)).to_series().to_numpy())
            corpus.release()
        return np.concatenate(parts)

    def signatures(self, corpus: Corpus, size: int, out: sketch.Signatures | None = None) -> sketch.Signatures:
        """Sketch by sorted chunks of shingles."""
        found = sketch.sketched(corpus, size)
        if out is None:
            return found
        out[:] = found
        return out

    def bags(self, corpus: Corpus) -> Bytes:
        """Count over arrays."""
        return bagged(corpus)

    def winnowed(self, corpus: Corpus, factors: Keys, window: int) -> Iterator[tuple[Ints, Keys]]:
        """Slide over arrays."""
        return winnowed(corpus, factors, window)

    def jaccard(self, corpus: Corpus, size: int) -> sketch.Compare:
        """Compare sorted sets."""
        return sketch.comparer(corpus, size)

    def containment(self, corpus: Corpus, core: Ints, text: Ints, size: int) -> Shares:
        """Look sorted shingles up in sorted shingles."""
        return containment(corpus, core, text, size)

    def letters(self, corpus: Corpus) -> CompareLetters:
        """Compare by rapidfuzz's Indel ratio."""
        texts = corpus.series()

        def share(left: Ints, right: Ints, least: Shares) -> Shares:  # noqa: ARG001 - nothing is left out
            from rapidfuzz import fuzz, process

            one, other = texts.gather(left).to_list(), texts.gather(right).to_list()
            return process.cpdist(one, other, scorer=fuzz.ratio, dtype=np.float64) / 100

        return share

    def stars(self, candidates: Candidates, verify: Verify, fixed: NDArray[np.bool_]) -> Stars:
        """Link in rounds over arrays."""
        return stars(candidates, verify, fixed)
