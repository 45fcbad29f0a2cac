"""Calls in the making: columns of equal length, one row a call, with the truth about each."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# Times are milliseconds since 1970 (UTC); sessions, tickets and ids count within one person.
COLUMNS: dict[str, Any] = {
    "at": np.int64,
    "session": np.int64,
    "text": np.object_,  # "" = the log has none
    "plain": np.int64,  # input tokens sent, neither read from nor written to a cache
    "read": np.int64,
    "written": np.int64,
    "output": np.int64,
    "used": np.int8,  # 1, 0, or -1 = unknown
    "ok": np.bool_,
    "agent": np.int8,  # 1, 0, or -1 = the log does not say
    "latency": np.int64,
    "app": np.int16,
    "model": np.int16,
    "ticket": np.int64,  # -1 = none
    "waste": np.int64,  # tokens of this call that were spent on gaming
    "work": np.float64,  # tasks to expect from this call
    "claim": np.float64,  # tasks reported for it although nothing was done
    "same": np.int64,  # 0, or 1 where the logger repeats the row before
}


class Rows:
    """Columns by name."""

    __slots__ = ("columns",)

    def __init__(self, columns: dict[str, Array]) -> None:
        self.columns = columns

    def __len__(self) -> int:
        return len(self.columns["at"])

    def __getitem__(self, name: str) -> Array:
        return self.columns[name]

    def take(self, places: Array) -> Rows:
        """Return the rows at these places (or where a mask is true), as a copy."""
        return Rows({name: column[places] for name, column in self.columns.items()})

    def changed(self, **columns: Array) -> Rows:
        """Return rows with other values in some columns."""
        return Rows(self.columns | {name: column.astype(COLUMNS[name]) for name, column in columns.items()})

    @property
    def tokens(self) -> Array:
        """Return input and output tokens together."""
        return self["plain"] + self["read"] + self["written"] + self["output"]


def rows(count: int, **columns: Any) -> Rows:
    """Return so many rows; a single value is the same for all, what is not given is 0 (tickets: none)."""
    given: dict[str, Any] = {"ok": True, "ticket": -1, "text": ""} | columns
    made = {}
    for name, dtype in COLUMNS.items():
        value = given.get(name, 0)
        made[name] = np.full(count, value, dtype) if np.ndim(value) == 0 else np.asarray(value).astype(dtype)
    return Rows(made)


def texts(values: Iterable[str]) -> Array:
    """Return a column of texts."""
    listed = list(values)
    column = np.empty(len(listed), np.object_)
    column[:] = listed
    return column


def joined(parts: Iterable[Rows]) -> Rows:
    """Return all rows of several parts."""
    some = [part for part in parts if len(part)]
    if not some:
        return rows(0)
    return Rows({name: np.concatenate([part[name] for part in some]) for name in COLUMNS})
