"""Say of each file what its rows carry, how they were counted, and where it is silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl

from tokenscan.events.log import FileVerdict

_CARRIED = {"user": "user", "text": "prompt_id", "tokens": "input_tokens", "cost": "cost_nanousd"}
_INSIDE = "inside input: no row counts more cached than sent"
_APART = "beside input: rows count more cached than sent"
_DEFINED = "as the format defines it"


def with_facts(
    verdicts: Sequence[FileVerdict], rows: pl.DataFrame, events: pl.DataFrame, dropped: pl.DataFrame
) -> tuple[FileVerdict, ...]:
    """Return the verdicts with what the counted calls tell of each file.

    ``rows`` are all rows with their cache convention settled and ``told``: whether the source had said it.
    """
    facts = {row["source_file"]: row for row in _facts(rows).iter_rows(named=True)}
    counted = dict(events.group_by("source_file").len().iter_rows())
    duplicates: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for file, reason, n in dropped.group_by("source_file", "reason").agg(pl.col("n").sum()).sort("reason").iter_rows():
        duplicates[file][reason] = n
    gaps = _gaps(rows)
    return tuple(
        replace(
            verdict,
            events=counted.get(verdict.name, 0),
            duplicates=duplicates.get(verdict.name, {}),
            gaps=tuple(gaps.get(verdict.name, ())),
            **_of_file(facts[verdict.name]),
        )
        if verdict.name in facts
        else replace(verdict, duplicates=duplicates.get(verdict.name, {}))
        for verdict in verdicts
    )


def _facts(rows: pl.DataFrame) -> pl.DataFrame:
    cached = (pl.col("cache_read_tokens") > 0) | (pl.col("cache_write_tokens") > 0)
    open_ = cached & ~pl.col("told")
    return rows.group_by("source_file").agg(
        pl.col("timestamp").min().alias("first"),
        pl.col("timestamp").max().alias("last"),
        *(pl.col(column).is_not_null().mean().round(4).alias(name) for name, column in _CARRIED.items()),
        cached.any().alias("cached"),
        open_.any().alias("open"),
        pl.col("cache_inside_input").filter(open_).all().alias("inside"),
    )


def _of_file(row: dict[str, Any]) -> dict[str, Any]:
    decided = _INSIDE if row["inside"] else _APART
    return {
        "window": (row["first"], row["last"]),
        "carries": {name: row[name] for name in _CARRIED},
        "cache": "" if not row["cached"] else decided if row["open"] else _DEFINED,
    }


def _gaps(rows: pl.DataFrame) -> dict[str, list[tuple[date, date]]]:
    """Return per file the spans of days without a row that hold a workday: a hole must not look like a quiet time."""
    days = rows.select("source_file", pl.col("timestamp").dt.date().alias("day")).unique().sort("source_file", "day")
    last = pl.col("day").shift().over("source_file")
    first_silent, last_silent = last + timedelta(days=1), pl.col("day") - timedelta(days=1)
    holes = days.select("source_file", first_silent.alias("first"), last_silent.alias("last")).filter(
        pl.col("first") <= pl.col("last")
    )
    workdays = pl.business_day_count("first", pl.col("last") + timedelta(days=1))
    found: defaultdict[str, list[tuple[date, date]]] = defaultdict(list)
    for file, start, end in holes.filter(workdays > 0).iter_rows():
        found[file].append((start, end))
    return found
