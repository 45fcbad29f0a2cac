"""Arrays that grow."""

from __future__ import annotations

from typing import Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Kind = TypeVar("Kind", bound=np.generic)

_TIMES: Final = 16


class Growing(Generic[Kind]):
    """Rows of an array, added at its end.

    It grows rarely, by much, and so copies little: memory that is reserved and never written to is never used. Views
    of rows stay as they are when it grows.
    """

    def __init__(self, empty: NDArray[Kind], most: int) -> None:
        self._rows, self._used, self._most = empty, 0, most

    def expect(self, count: int) -> None:
        """Make room for so many rows; reserve many times as much up to `most` rows, half as much again beyond."""
        needed = self._used + count
        if needed > len(self._rows):
            more = min(_TIMES * len(self._rows), self._most) if needed <= self._most else len(self._rows) * 3 // 2
            rows = np.empty((max(needed, more), *self._rows.shape[1:]), dtype=self._rows.dtype)
            rows[: self._used] = self.rows()
            self._rows = rows

    def add(self, count: int) -> NDArray[Kind]:
        """Return so many more rows, to be written to."""
        self.expect(count)
        self._used += count
        return self._rows[self._used - count : self._used]

    def rows(self) -> NDArray[Kind]:
        """View all rows."""
        return self._rows[: self._used]

    def drop(self, count: int) -> None:
        """Let the last rows go: the next ones take their place."""
        self._used -= count
