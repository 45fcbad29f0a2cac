"""Calls in the order of their streams, with the pauses between them. Fast: one sort, no window per group."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl


def in_streams(calls: pl.DataFrame, by: Sequence[str]) -> pl.DataFrame:
    """Return calls sorted by stream (``by``), time and row_id, with ``gap``: seconds since the call before, or null.

    ``follows`` says that the call before is of the same stream, so that ``shift`` may be used.
    """
    codes = [f"_{name}" for name in by]
    coded = calls.with_columns(_code(pl.col(name), calls.schema[name]).alias(f"_{name}") for name in by)
    ordered = coded.sort(*codes, "timestamp", "row_id")
    same = pl.all_horizontal(pl.col(code).eq_missing(pl.col(code).shift()) for code in codes)
    follows = same & (pl.int_range(pl.len()) > 0)
    seconds = pl.col("timestamp").diff().dt.total_microseconds() / 1e6
    timed = ordered.with_columns(follows.alias("follows"))
    return timed.with_columns(pl.when("follows").then(seconds).alias("gap")).drop(codes)


def numbered(breaks: pl.Expr) -> pl.Expr:
    """Return a number that grows at each break: equal for all rows between two breaks of an ordered frame."""
    return breaks.fill_null(value=True).cum_sum()


def _code(column: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return small numbers for text, which sort many times faster; which number a text gets does not matter."""
    return column.cast(pl.Categorical).to_physical() if dtype == pl.String else column
