"""New sentences in the manner of given ones: a word model of the third order that falls back to the second."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# Share of steps that look at two words instead of one. More reads better, and copies more.
_TWO_WORDS: Final = 0.5
_WALKERS: Final = 4096
_STEPS: Final = 256
_MIN_BYTES: Final = 20
_MAX_BYTES: Final = 400
_MIN_SPACES: Final = 3

_END: Final = 0
_END_WORD: Final = "\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Places:
    """Places of a text sorted by context; for each place, where the places with its context begin and how many."""

    order: Ints
    begin: Ints
    count: Ints

    @classmethod
    def by(cls, context: Ints) -> _Places:
        order = np.argsort(context, kind="stable")
        _, first, group, count = np.unique(context[order], return_index=True, return_inverse=True, return_counts=True)
        begin_of, count_of = np.empty_like(order), np.empty_like(order)
        begin_of[order], count_of[order] = first[group], count[group]
        return cls(order=order, begin=begin_of, count=count_of)

    def another(self, place: Ints, random: np.random.Generator) -> Ints:
        """Choose for each place any place with the same context."""
        return np.asarray(self.order[self.begin[place] + (random.random(len(place)) * self.count[place]).astype(int)])


class Language:
    """Sentences made by walking from word to word through given ones."""

    def __init__(self, sentences: list[str]) -> None:
        number: dict[str, int] = {_END_WORD: _END}
        tokens = [
            number.setdefault(word, len(number)) for sentence in sentences for word in (*sentence.split(), _END_WORD)
        ]
        # Plain words in the order of first use.
        self.words = [word for word in number if 4 <= len(word) <= 9 and word.isalpha() and word.islower()]
        self._vocabulary = np.array(list(number), dtype=object)
        self._tokens = np.array(tokens)
        before = np.where(self._tokens == _END, _END, np.roll(self._tokens, 1))
        self._one = _Places.by(self._tokens)
        self._two = _Places.by(before * len(number) + self._tokens)

    def sentences(self, count: int, random: np.random.Generator) -> list[str]:
        """Return this many sentences of 20 to 400 bytes and at least four words."""
        found: list[str] = []
        while len(found) < count:
            lines = " ".join(self._vocabulary[self._walk(random)].tolist()).split(_END_WORD)
            # The walk is cut into lines at ends of sentences; the first and the last are fragments.
            found += [
                line
                for line in map(str.strip, lines[1:-1])
                if _MIN_BYTES <= len(line) <= _MAX_BYTES and line.count(" ") >= _MIN_SPACES
            ]
        return found[:count]

    def _walk(self, random: np.random.Generator) -> Ints:
        """Return words, in the order in which they are to be read, of many walks side by side."""
        place = random.integers(0, len(self._tokens), _WALKERS)
        path = np.empty((_STEPS, _WALKERS), dtype=np.int64)
        for step in range(_STEPS):
            two = random.random(_WALKERS) < _TWO_WORDS
            same = np.where(two, self._two.another(place, random), self._one.another(place, random))
            place = (same + 1) % len(self._tokens)
            path[step] = place
        path[-1] = -1  # the last place: an end, so that walks do not run into each other
        return np.asarray(self._tokens[path.T.ravel()])
