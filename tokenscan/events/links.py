"""Give calls the person, session and task that other rows or files tell of them."""

from __future__ import annotations

import polars as pl

_KEY = ("source_format", "link_id")
_PAIRS = (("user", "user_kind"), ("session_id", "session_quality"))
_SINGLE = ("team", "org", "task_id", "app")


def linked(rows: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Return ``rows`` (ROWS) with what ``links`` (LINKS) tell, where the rows themselves do not.

    Where several links of one id differ, the smallest value counts: the order of files must not decide.
    """
    if links.is_empty():
        return rows
    pairs = [pl.col(column).sort_by(*pair, nulls_last=True) for pair in _PAIRS for column in pair]
    first = links.group_by(*_KEY).agg(
        *(column.first() for column in pairs), *(pl.col(name).drop_nulls().min() for name in _SINGLE)
    )
    joined = rows.join(first, on=list(_KEY), how="left", maintain_order="left", suffix="_told")
    filled = [pl.coalesce(name, f"{name}_told").alias(name) for name in _SINGLE]
    # A name and what kind of name it is stay together.
    for name, quality in _PAIRS:
        new = pl.col(name).is_null() & pl.col(f"{name}_told").is_not_null()
        filled += [pl.when(new).then(f"{part}_told").otherwise(part).alias(part) for part in (name, quality)]
    return joined.with_columns(filled).select(rows.columns)
