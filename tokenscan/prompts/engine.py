"""The steps that read every byte, behind one interface: compiled where the package was built with a compiler."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Bytes, Corpus, Ints, Keys, Shares
from tokenscan.prompts.link import Candidates, Stars, Verify
from tokenscan.prompts.numbering import Numbers
from tokenscan.prompts.sketch import Compare, Signatures

# Like `Compare`, with the least similarity that is of interest for each pair: below it, 0 may stand for any.
CompareLetters = Callable[[Ints, Ints, Shares], Shares]


class Engine(Protocol):
    """Every engine gives the same results to the last bit; they differ in speed."""

    @property
    def name(self) -> str:
        """What the program calls it."""
        ...

    def alone(self) -> Engine:
        """Return an engine that works on the thread of its caller alone, as far as it can."""
        ...

    def normalised(self, texts: pl.Series) -> pl.Series:
        """Reduce texts to the form in which two prompts count as the same, see `normalise.normalised`."""
        ...

    def prepared(self, texts: pl.Series, room: Bytes) -> tuple[Corpus, Keys, Ints]:
        """Normalise texts without nulls, into `room` or elsewhere, and hash the results.

        The rows that were done are named last; the others are left to `normal_forms`.
        """
        ...

    def pack(self, texts: Corpus, out: Bytes) -> None:
        """Write texts one after the other."""
        ...

    def chars(self, texts: Corpus) -> Ints:
        """Count the characters of each text."""
        ...

    def numbers(self) -> Numbers:
        """Make an empty numbering of keys."""
        ...

    def spelt(self, corpus: Corpus) -> Keys:
        """Hash the small ASCII letters and digits of each text; how, is the engine's own affair."""
        ...

    def signatures(self, corpus: Corpus, size: int, out: Signatures | None = None) -> Signatures:
        """Sketch each text's set of `size`-byte shingles, see `sketch.sketched`, in `out` if there is one."""
        ...

    def bags(self, corpus: Corpus) -> Bytes:
        """Count the letters of each text, see `sketch.bagged`."""
        ...

    def winnowed(self, corpus: Corpus, factors: Keys, window: int) -> Iterator[tuple[Ints, Keys]]:
        """Yield the smallest hash of each window of grams, part by part, as (text, hash); see `grams.winnowed`."""
        ...

    def jaccard(self, corpus: Corpus, size: int) -> Compare:
        """Prepare to compare the sets of `size`-byte shingles of pairs of these texts."""
        ...

    def containment(self, corpus: Corpus, core: Ints, text: Ints, size: int) -> Shares:
        """Compute the share of the distinct `size`-byte shingles of `core[i]` that `text[i]` has too."""
        ...

    def letters(self, corpus: Corpus) -> CompareLetters:
        """Prepare to compare the letters of pairs of texts, of which one at least has fewer than 64 bytes."""
        ...

    def stars(self, candidates: Candidates, verify: Verify, fixed: NDArray[np.bool_]) -> Stars:
        """Group texts around representatives, see `link.stars`."""
        ...


def default_engine() -> Engine:
    """Return the compiled engine if there is one, else the numpy engine."""
    try:
        from tokenscan.prompts.compiled_engine import CompiledEngine
    except ImportError:
        from tokenscan.prompts.numpy_engine import NumpyEngine

        return NumpyEngine()
    return CompiledEngine()
