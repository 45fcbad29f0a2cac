"""Tokens per program, day and model, in the one way in which all programs can be compared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple


class Key(NamedTuple):
    """What a sum is of: ``client`` is ``claude`` or ``codex``, ``day`` is a date of UTC."""

    client: str
    day: str
    model: str


class Counts(NamedTuple):
    """Tokens by how they are paid for: ``input`` is without the cache, ``output`` with reasoning."""

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0

    def plus(self, other: Counts, times: int = 1) -> Counts:
        return Counts(*(mine + times * theirs for mine, theirs in zip(self, other, strict=True)))


Table = Mapping[Key, Counts]
UNKNOWN = "unknown"  # the model of a call whose log names none


def added(rows: Iterable[tuple[Key, Counts]]) -> dict[Key, Counts]:
    """Add up rows by key."""
    table: defaultdict[Key, Counts] = defaultdict(Counts)
    for key, counts in rows:
        table[key] = table[key].plus(counts)
    return dict(table)


def total(table: Table) -> Counts:
    """Add up a whole table."""
    return next(iter(added((Key("", "", ""), counts) for counts in table.values()).values()), Counts())


def difference(ours: Table, theirs: Table) -> dict[Key, Counts]:
    """Return ours less theirs, where that is not nothing."""
    keys = ours.keys() | theirs.keys()
    less = {key: ours.get(key, Counts()).plus(theirs.get(key, Counts()), -1) for key in keys}
    return {key: less[key] for key in sorted(keys) if any(less[key])}
