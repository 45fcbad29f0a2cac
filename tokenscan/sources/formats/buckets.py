"""Rows of exports that hold sums: how long they cover, what identifies them, counts that are parts of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from tokenscan.hashing import stable_hash
from tokenscan.sources import convert
from tokenscan.sources.base import Probe
from tokenscan.sources.decoded import objects
from tokenscan.sources.fields import ROW
from tokenscan.sources.formats.flat import TABLES

_DAY = pl.duration(days=1)
_NO_COUNT = ("null", "none", "nan", "na", "n/a", "-")


def buckets_of(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the buckets of a page, or the record itself."""
    return objects(record.get("data")) or [dict(record)]


def has_mostly(probe: Probe, name: str, other: str) -> bool:
    """Say whether more of a file's first buckets have the one key than have the other.

    Of two vendors' buckets, a file is whose most of them are: one that somebody slipped in must not decide.
    """
    parts = [part for record in probe.sample for part in buckets_of(record)]
    return sum(name in part for part in parts) > sum(other in part for part in parts)


def grain(start: str, end: str) -> pl.Expr:
    """Return ``day`` for times a day or more apart, else ``bucket``; a day where the end is not told."""
    return pl.when(pl.col(end) - pl.col(start) < _DAY).then(pl.lit("bucket")).otherwise(pl.lit("day"))


def added(rows: pl.DataFrame, *names: str) -> pl.Series:
    """Return the sum of count columns as text, null where none is told; one that cannot be read stays as it is."""
    texts = rows.select(
        pl.when(~pl.col(name).str.to_lowercase().is_in(_NO_COUNT)).then(name).alias(name) for name in names
    )
    counts = texts.select(convert.tokens(texts[name]).alias(f"n_{name}") for name in names)
    unreadable = [pl.when(pl.col(f"n_{name}").is_null()).then(name) for name in names]
    told = pl.any_horizontal(pl.col(counts.columns).is_not_null())
    total = pl.when(told).then(pl.sum_horizontal(counts.columns)).cast(pl.String)
    return texts.with_columns(counts).select(pl.coalesce(*unreadable, total).alias("added")).to_series()


class BucketIds:
    """Gives rows of sums an id made of everything they are sums of, so that overlapping downloads become one.

    Rows of a bucket may agree in every dimension told, for something untold sets them apart. They are numbered, largest
    first, so that all of them count: in JSON within their record, where a page that is there twice counts once; a table
    is one export, so its rows are numbered all through. The numbers go on from frame to frame.
    """

    def __init__(self, prefix: str, dimensions: Sequence[str], probe: Probe) -> None:
        self._prefix = prefix
        self._dimensions = dimensions
        self._table = probe.container in TABLES
        self._seen = pl.DataFrame(schema={"key": pl.UInt64, "before": pl.Int64})

    def of(self, rows: pl.DataFrame, size: str) -> pl.Series:
        """Return the ids of ``rows``; ``size`` names the count by which rows alike are ordered."""
        parts = [pl.col(name).cast(pl.String).str.to_lowercase().fill_null("\x00") for name in self._dimensions]
        keyed = rows.select(
            stable_hash(pl.concat_str(parts, separator="\x1f")).alias("key"),
            pl.col(ROW),
            convert.number(rows[size]).fill_null(0).alias("size"),
        )
        place = ["key"] if self._table else ["key", ROW]
        nth = pl.col("size").rank("ordinal", descending=True).over(place).cast(pl.Int64) - 1
        numbered = keyed.with_columns(nth.alias("nth"))
        if self._table:
            numbered = self._continued(numbered)
        name = pl.concat_str(pl.lit(f"{self._prefix}-"), "key", pl.lit("-"), "nth")
        return numbered.select(name.alias("event_id")).to_series()

    def _continued(self, numbered: pl.DataFrame) -> pl.DataFrame:
        joined = numbered.join(self._seen, on="key", how="left", maintain_order="left")
        counts = numbered.group_by("key").agg(pl.len().cast(pl.Int64).alias("before"))
        self._seen = pl.concat([self._seen, counts]).group_by("key").agg(pl.col("before").sum())
        return joined.with_columns(pl.col("nth") + pl.col("before").fill_null(0))
