"""Prompts inside longer prompts: what padding and shuffled sentences take out of every near-duplicate cluster.

Being contained is no misuse. An instruction before a thousand different documents (high `filler`, many `texts`) is a
template, and agents quote earlier prompts in the summaries they go on from (`filler` close to 1, one text). Padding
looks like one person's many texts with one core, moderate filler and no use made of the answers: a finding needs
those too. In texts of hundreds of kB a core can also be found by chance.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.hashing import stable_hash
from tokenscan.prompts.cluster import LONG_SHINGLE, SHINGLE
from tokenscan.prompts.corpus import Corpus, Ints, Shares, run_starts, spread
from tokenscan.prompts.engine import Engine, default_engine
from tokenscan.prompts.winnow import fingerprints, postings

Exact = Callable[[Corpus, Ints, Ints, int], Shares]

CORE_BYTES: Final = 64

# Ordinary language of this length has so many 5-grams that it holds short unrelated texts by chance.
LONG_TEXT: Final = 4096

MOST_CORES: Final = 8  # cores compared with a text
_FINE: Final = (1 << 32) - 1
_WAITING: Final = 1 << 22  # proposals kept before the worst are dropped


def contained(texts: pl.Series, *, least: float = 0.8, engine: Engine | None = None) -> pl.DataFrame:
    """Find for each text the shorter text that it holds nearly whole, in whatever order: its core.

    Takes distinct normalised texts, as a rule the representatives of near-duplicate clusters. One row for
    each text with a core, in input order:

    * `text`, `core` (u32): row numbers in `texts`. The core is the shorter one in bytes, so going on from
      a core to its own core ends.
    * `containment` (f64): exact share of the core's distinct byte 5-grams found in the text (8-grams in
      texts from `LONG_TEXT` bytes on); at least `least`.
    * `filler` (f64): share of the text's bytes that the core does not account for.
    * `texts` (u32): rows of this frame with the same core.

    Of several cores the one contained most wins, then the longest, then the one with the greater hash, so
    nothing depends on the order of the input. Only texts of `CORE_BYTES` or more are cores: shorter ones
    ("explain this code") are found in anything. A core that lies whole in a text is found, one that is cut
    up as far as pieces of `winnow.RUN` bytes are left of it. Where a stock phrase is all that many texts
    share, only the shortest few are tried as cores, and no text is compared with more than `MOST_CORES`.

    Raises ValueError for `least` outside (0, 1].
    """
    if not 0 < least <= 1:
        msg = f"least must be above 0 and at most 1, not {least}"
        raise ValueError(msg)
    texts = texts.cast(pl.String).rename("text")
    sizes = pl.col("text").str.len_bytes()
    known = texts.to_frame().select(size=sizes, key=stable_hash(pl.col("text"))).with_row_index("row")
    # By length, then by a hash of the text: from here on nothing depends on the order of the input, and
    # a core has a lower number than the texts that hold it.
    rows = known.filter(pl.col("size") >= CORE_BYTES).sort("size", "key", "row")["row"]
    corpus = Corpus.of(texts.gather(rows))
    engine = engine or default_engine()
    found = _verified(corpus, _candidates(corpus, engine), least, engine.containment)
    return _frame(corpus, found, rows)


def _frame(corpus: Corpus, found: _Pairs, rows: pl.Series) -> pl.DataFrame:
    pairs = pl.DataFrame(
        {
            "text": rows.gather(found.text),
            "core": rows.gather(found.core),
            "containment": found.share,
            "filler": 1 - found.share * corpus.sizes[found.core] / corpus.sizes[found.text],
        },
        schema={"text": pl.UInt32, "core": pl.UInt32, "containment": pl.Float64, "filler": pl.Float64},
    )
    return pairs.with_columns(texts=pl.len().over("core").cast(pl.UInt32)).sort("text")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pairs:
    """Cores and the texts that may hold them, with the share of evidence for it."""

    core: Ints
    text: Ints
    share: Shares

    def take(self, places: NDArray[np.bool_] | Ints) -> _Pairs:
        return _Pairs(core=self.core[places], text=self.text[places], share=self.share[places])

    def best(self, count: int) -> _Pairs:
        """Keep the best pairs of each text: by share, to 2^-32, then the longest core."""
        missing = ((1 - self.share) * _FINE).astype(np.uint64)
        order = np.lexsort((-self.core, self.text.astype(np.uint64) << np.uint64(32) | missing))
        text = self.text[order]
        first = np.flatnonzero(run_starts(text))
        counts = np.diff(np.append(first, len(text)))
        return self.take(order[spread(np.zeros_like(counts), counts) < count])


def _verified(corpus: Corpus, pairs: _Pairs, least: float, exact: Exact) -> _Pairs:
    share = np.zeros(len(pairs.core))
    is_long = corpus.sizes[pairs.text] >= LONG_TEXT
    for where, size in ((~is_long, SHINGLE), (is_long, LONG_SHINGLE)):
        share[where] = exact(corpus, pairs.core[where], pairs.text[where], size)
    return _Pairs(core=pairs.core, text=pairs.text, share=share).take(share >= least).best(1)


def _candidates(corpus: Corpus, engine: Engine) -> _Pairs:
    """Propose the few cores of each text that most of their anchors speak for."""
    empty = np.zeros(0, dtype=np.int64)
    waiting, limit = [_Pairs(core=empty, text=empty, share=np.zeros(0))], _WAITING
    for core, text, share in postings(fingerprints(corpus, engine)).shared():
        found = _Pairs(core=core, text=text, share=share)
        waiting.append(found.take(corpus.sizes[text] > corpus.sizes[core]))
        if sum(len(part.core) for part in waiting) > limit:
            waiting = [_joined(waiting).best(MOST_CORES)]
            limit = max(_WAITING, 2 * len(waiting[0].core))
    return _joined(waiting).best(MOST_CORES)


def _joined(parts: list[_Pairs]) -> _Pairs:
    return _Pairs(
        core=np.concatenate([part.core for part in parts]),
        text=np.concatenate([part.text for part in parts]),
        share=np.concatenate([part.share for part in parts]),
    )
