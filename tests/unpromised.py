"""Polars as its documentation allows it to be: rows come in any order where none is promised."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest.mock import patch

import polars as pl
from polars.lazyframe.group_by import LazyGroupBy


@contextmanager
def scrambled(seed: int) -> Iterator[None]:
    """Shuffle the rows that groups, joins and distinct rows come out as, unless the caller asked for an order.

    The same seed shuffles alike. Frames are joined and grouped as lazy ones, so these are all there is to change.
    """
    number = count(seed * 1_000_003)
    group_by, agg, join, unique = pl.LazyFrame.group_by, LazyGroupBy.agg, pl.LazyFrame.join, pl.LazyFrame.unique

    def shuffled(frame: pl.LazyFrame) -> pl.LazyFrame:
        drawn = next(number)
        return frame.map_batches(lambda rows: rows.sample(fraction=1, shuffle=True, seed=drawn))

    def grouped(self: pl.LazyFrame, *by: Any, maintain_order: bool = False, **named: Any) -> LazyGroupBy:
        found = group_by(self, *by, maintain_order=maintain_order, **named)
        found.__dict__["in_any_order"] = not maintain_order
        return found

    def aggregated(self: LazyGroupBy, *aggs: Any, **named: Any) -> pl.LazyFrame:
        found = agg(self, *aggs, **named)
        return shuffled(found) if self.__dict__.get("in_any_order") else found

    def joined(self: pl.LazyFrame, *args: Any, **options: Any) -> pl.LazyFrame:
        found = join(self, *args, **options)
        return shuffled(found) if options.get("maintain_order") in (None, "none") else found

    def distinct(self: pl.LazyFrame, *args: Any, maintain_order: bool = False, **options: Any) -> pl.LazyFrame:
        found = unique(self, *args, maintain_order=maintain_order, **options)
        return found if maintain_order else shuffled(found)

    with (
        patch.object(pl.LazyFrame, "group_by", grouped),
        patch.object(LazyGroupBy, "agg", aggregated),
        patch.object(pl.LazyFrame, "join", joined),
        patch.object(pl.LazyFrame, "unique", distinct),
    ):
        yield
