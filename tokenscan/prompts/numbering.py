"""Numbers for keys: which of them have come before."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from tokenscan.prompts.corpus import Ints, Keys


class Numbers(Protocol):
    """Distinct keys, numbered in the order in which they come."""

    @property
    def keys(self) -> Keys:
        """All keys, by number."""
        ...

    def add(self, keys: Keys) -> tuple[Ints, Ints]:
        """Return the number of each key, and the places of the first of each that has not come before.

        These get the next numbers.
        """
        ...


class SortedNumbers:
    """Numbers in sorted arrays, of which each is at least twice as long as the next.

    P. O'Neil et al., "The log-structured merge-tree", Acta Informatica 1996: keys are merged a logarithmic
    number of times, without an object for each.
    """

    def __init__(self) -> None:
        self._levels: list[tuple[Keys, Ints]] = []
        self._parts: list[Keys] = [np.zeros(0, dtype=np.uint64)]
        self._count = 0

    @property
    def keys(self) -> Keys:
        """All keys, by number."""
        self._parts = [np.concatenate(self._parts)]
        return self._parts[0]

    def add(self, keys: Keys) -> tuple[Ints, Ints]:
        """Look the distinct keys up, level by level."""
        distinct, first, place = np.unique(keys, return_index=True, return_inverse=True)
        numbers = np.full(len(distinct), -1)
        for known, values in self._levels:
            at = np.minimum(np.searchsorted(known, distinct), len(known) - 1)
            numbers = np.where(known[at] == distinct, values[at], numbers)
        new = np.flatnonzero(numbers < 0)
        new = new[np.argsort(first[new])]
        places = first[new]
        numbers[new] = self._count + np.arange(len(new))
        self._count += len(new)
        self._parts.append(distinct[new])
        new.sort()
        self._insert(distinct[new], numbers[new])
        return numbers[place], places

    def _insert(self, keys: Keys, numbers: Ints) -> None:
        while self._levels and len(self._levels[-1][0]) < 2 * len(keys):
            level = self._levels.pop()
            keys, numbers = np.concatenate([level[0], keys]), np.concatenate([level[1], numbers])
            order = np.argsort(keys, kind="stable")
            keys, numbers = keys[order], numbers[order]
        if len(keys):
            self._levels.append((keys, numbers))


def first_places(numbers: Ints, count: int) -> Ints:
    """Return where each number below `count` is first; the end of `numbers` for one that is not there."""
    first = np.full(count, len(numbers))
    # Backwards, so that the first of several is the one that stays.
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]
    return first
