"""Put on each line what it is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import polars as pl

from tokenscan.costing.aggregate import CELL
from tokenscan.costing.comparison import Plan, Window
from tokenscan.costing.model import PERIODS, Basis, Key, Line
from tokenscan.costing.periods import finest, previous_start, start_of

Place = tuple[Any, ...]  # a group: names, and first days of periods


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """Cost of each group in each cell, with whether any of its calls has a price."""

    by_place: Mapping[Place, Mapping[int, tuple[int, bool]]]

    @classmethod
    def of(cls, summed: pl.DataFrame, by: Sequence[Key]) -> Costs:
        """Add up what ``aggregate.cells`` returns."""
        names = [key.value for key in by]
        rows = summed.group_by(*names, CELL).agg(pl.col("cost_nanousd").sum(), pl.col("known").any())
        places: dict[Place, dict[int, tuple[int, bool]]] = {}
        for *place, cell, cost, known in rows.select(*names, CELL, "cost_nanousd", "known").iter_rows():
            places.setdefault(tuple(place), {})[cell] = cost, known
        return cls(by_place=places)

    def spent(self, place: Place, cell: int | None = None) -> int | None:
        """Return what a group cost, in one cell or all; 0 where it has no calls, null where none has a price."""
        cells = self.by_place.get(place, {})
        chosen = [*cells.values()] if cell is None else [cells[cell]] if cell in cells else []
        if chosen and not any(known for _, known in chosen):
            return None
        return sum(cost for cost, _ in chosen)


def compared(line: Line, place: Place, by: tuple[Key, ...], how: Plan, window: Window, costs: Costs) -> Line:
    """Return a line (the total has no keys) with what it is compared with, and whether its period is partial."""
    period = finest(by)
    if period is not None:
        start = place[by.index(period)]
        line = replace(line, partial=window.is_partial(start, period))
        if how.comparison.basis is Basis.PREVIOUS_BUCKET:
            return _with_bucket_before(line, place, by, how, window, costs)
        return line
    if how.comparison.basis in {Basis.PREVIOUS_WINDOW, Basis.HALVES}:
        return replace(line, current=costs.spent(place, how.current), previous=costs.spent(place, how.previous))
    return line


def _with_bucket_before(line: Line, place: Place, by: tuple[Key, ...], how: Plan, window: Window, costs: Costs) -> Line:
    period = finest(by)
    assert period is not None
    start: date = place[by.index(period)]
    before = previous_start(start, period)
    if before < start_of(window.first, period) or window.begins_late(before):
        return line
    # A coarser period, such as the month of a day, follows from the finest.
    there = tuple(start_of(before, key) if key in PERIODS else name for key, name in zip(by, place, strict=True))
    is_cut = bool(how.cuts) and start == start_of(window.last, period)
    previous = costs.spent(there, 0 if is_cut else None)
    return replace(line, current=line.nanousd if line.known else None, previous=previous)
