"""Runs a planned query over the tables of a log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

from tokenscan.ruleset.custom.confined import run_confined
from tokenscan.ruleset.custom.plan import Planned, polars_errors
from tokenscan.ruleset.custom.schema import PARAMS, SENTINEL

# What decides which rows stay where there are too many: the first of these that a result has, largest first.
_WEIGHTY: Final = ("waste_nanousd", "waste_usd", "waste_tokens", "value", "requests", "tokens")


def run_query(
    planned: Planned, tables: Mapping[str, pl.LazyFrame], params: pl.LazyFrame, most: int | None
) -> pl.DataFrame:
    """Return the rows of a query in a total order, at most ``most`` of them.

    Rows that the query does not order itself are ordered by what they waste, else by their size, then by their other
    columns. Raises RefusedError or RuntimeError where the query fails.
    """
    every = {**tables, PARAMS: params}
    order = () if planned.query.ordered else _order(planned.schema)
    if planned.confined:
        return run_confined(planned.query, every, order, most)
    with polars_errors():
        lazy = pl.SQLContext(every, eager=False).execute(planned.query.sql)
        return shortened(lazy, order, most).collect().drop(SENTINEL, strict=False)


def shortened(lazy: pl.LazyFrame, order: tuple[tuple[str, bool], ...], most: int | None) -> pl.LazyFrame:
    """Return the first rows by (column, descending) pairs."""
    if order:
        names, down = zip(*order, strict=True)
        lazy = lazy.sort(list(names), descending=list(down), nulls_last=True)
    return lazy if most is None else lazy.head(most)


def _order(schema: pl.Schema) -> tuple[tuple[str, bool], ...]:
    sortable = [name for name, dtype in schema.items() if not dtype.is_nested() and name != SENTINEL]
    heavy = [name for name in _WEIGHTY if name in sortable][:1]
    return (*((name, True) for name in heavy), *((name, False) for name in sortable if name not in heavy))
