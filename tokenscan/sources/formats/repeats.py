"""Ids for rows of logs that give none: the same row in two downloads gets the same id, a real repetition another."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from tokenscan.hashing import stable_hash

_APART = "\x1f"


def stable_id(prefix: str, parts: Sequence[pl.Expr]) -> pl.Expr:
    """Return an id made of all ``parts`` (text; null is a value of its own)."""
    texts = [part.cast(pl.String).fill_null("\x00") for part in parts]
    return pl.concat_str(pl.lit(f"{prefix}-"), stable_hash(pl.concat_str(texts, separator=_APART)))


def with_numbered_id(rows: pl.DataFrame, prefix: str, parts: Sequence[pl.Expr]) -> pl.DataFrame:
    """Add ``event_id``: ``stable_id`` and which of the rows alike, in their order, a row is.

    Overlapping exports are counted once by that, and events that happened twice in the same moment twice. ``rows`` is a
    whole file.
    """
    # Neighbours in a sort, not a window: nearly every row stands alone, and a window costs per group.
    alike = rows.select(stable_id(prefix, parts).alias("id")).with_row_index("place").sort("id", "place")
    opens, place = (pl.col("id") != pl.col("id").shift()).fill_null(value=True), pl.int_range(pl.len())
    nth = place - pl.when(opens).then(place).forward_fill()
    numbered = alike.select("place", pl.concat_str("id", pl.lit("-"), nth).alias("event_id")).sort("place")
    return rows.with_columns(numbered["event_id"])
