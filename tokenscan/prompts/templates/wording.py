"""The fixed wording of candidate templates: how long it is, and when it is enough."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from tokenscan.prompts.corpus import Ints, Keys, mix, run_starts, spread
from tokenscan.prompts.templates.find import Pieces
from tokenscan.prompts.templates.read import TENTHS, Spoken
from tokenscan.prompts.templates.words import END, START, Words

# A wording on both sides of a slot, or before a colon, a quote or a bracket.
MIN_WORDS: Final = 6
MIN_CHARS: Final = 24
# The same words at one place only: below this, a common way to open or to close.
RUN_WORDS: Final = 8
# Neither at the beginning nor at the end of the prompts: below this, something that people quote.
QUOTE_WORDS: Final = 12
# Before a colon or the like, where the filling is short too: "Translate to French: ...".
LABEL_WORDS: Final = 3
LABEL_CHARS: Final = 16
# Least part of the usual prompt, where there is no run of RUN_WORDS.
MIN_SHARE: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """Candidate templates, and their pieces: by template, in order. Lengths are those of the fixed wording."""

    begin: Ints  # first piece of each template
    count: Ints  # pieces of each template
    place: Ints  # of each piece, in `Words.tokens`
    size: Ints  # of each piece, in words, START and END included
    words: NDArray[np.float64]
    run: NDArray[np.float64]  # words of the longest piece
    chars: Ints
    width: Ints  # characters, those of Chinese and Japanese twice
    labelled: NDArray[np.bool_]  # a colon, a quote or the like stands before a slot
    framed: NDArray[np.bool_]  # more than one piece
    floating: NDArray[np.bool_]  # neither the first nor the last words of a prompt

    def __len__(self) -> int:
        return len(self.begin)

    def enough(self, usual_chars: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Tell which have enough fixed wording for prompts of these lengths, given for each template."""
        large = self.chars >= MIN_SHARE * usual_chars
        run = (self.run >= RUN_WORDS) & (self.width >= MIN_CHARS)
        plain = (self.words >= MIN_WORDS) & (self.width >= MIN_CHARS) & (self.framed | self.labelled)
        label = self.labelled & (self.words >= LABEL_WORDS) & (self.width >= LABEL_CHARS)
        quoted = self.floating & ((self.words < QUOTE_WORDS) | ~large)
        return np.asarray((run | large & (plain | label)) & ~quoted)

    def take(self, rows: Ints) -> Templates:
        """Keep these templates, in this order."""
        inner = spread(self.begin[rows], self.count[rows])
        end = np.cumsum(self.count[rows])
        return Templates(
            begin=end - self.count[rows],
            count=self.count[rows],
            place=self.place[inner],
            size=self.size[inner],
            words=self.words[rows],
            run=self.run[rows],
            chars=self.chars[rows],
            width=self.width[rows],
            labelled=self.labelled[rows],
            framed=self.framed[rows],
            floating=self.floating[rows],
        )


def measured(found: Pieces, words: Words, texts: pl.Series) -> Templates:
    """Measure candidate templates; repeats, and those that can never have enough wording, are left out."""
    place, size, count = _without_repeats(found, words)
    spoken = Spoken.of(place, words, texts)
    at = spoken.index(place, words)
    owner = np.repeat(np.arange(len(count)), count)
    tenths = spoken.total(spoken.tenths, at, size)
    last = words.tokens[place + size - 1]
    outer = (words.tokens[place] == START) | (last == END)
    run = np.zeros(len(count), dtype=np.int64)
    np.maximum.at(run, owner, tenths)
    templates = Templates(
        begin=np.cumsum(count) - count,
        count=count,
        place=place,
        size=size,
        words=_total(owner, tenths, len(count)) / TENTHS,
        run=run / TENTHS,
        chars=_total(owner, spoken.total(spoken.chars, at, size), len(count)),
        width=_total(owner, spoken.total(spoken.width, at, size), len(count)),
        labelled=_total(owner, spoken.opens[at + size - 1] & (last != END), len(count)) > 0,
        framed=count > 1,
        floating=_total(owner, outer, len(count)) == 0,
    )
    return templates.take(np.flatnonzero(templates.enough(np.zeros(len(count)))))


def _without_repeats(found: Pieces, words: Words) -> tuple[Ints, Ints, Ints]:
    """Return place and size of the pieces, and the number of pieces, of one candidate for each wording."""
    begin = np.flatnonzero(run_starts(found.owner))
    count = np.diff(np.r_[begin, len(found.owner)])
    _, first = np.unique(_identity(found, count, words), return_index=True)
    first = np.sort(first)
    inner = spread(begin[first], count[first])
    return found.begin[inner], found.size[inner], count[first]


def _total(owner: Ints, values: NDArray[np.int64] | NDArray[np.bool_], count: int) -> Ints:
    return np.bincount(owner, weights=values, minlength=count).astype(np.int64)


def _identity(found: Pieces, count: Ints, words: Words) -> Keys:
    """Hash the pieces of each candidate: equal for equal wordings."""
    flat = words.tokens[spread(found.begin, found.size)].astype(np.uint64)
    within = spread(np.zeros_like(found.size), found.size).astype(np.uint64)
    number = np.repeat(spread(np.zeros_like(count), count), found.size).astype(np.uint64)
    value = mix(mix(flat) ^ (number << np.uint64(8) | within) + np.uint64(1))
    total = np.zeros(len(count), dtype=np.uint64)
    np.add.at(total, np.repeat(np.repeat(np.arange(len(count)), count), found.size), value)
    return total
