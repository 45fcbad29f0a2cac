"""Say of each file what its rows carry, how they were counted, and where it is silent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta

import polars as pl

from tokenscan.events.log import FileVerdict

_CARRIED = {"user": "user", "text": "prompt_id", "tokens": "input_tokens", "cost": "cost_nanousd"}
_CACHED = ((pl.col("cache_read_tokens") > 0) | (pl.col("cache_write_tokens") > 0)).fill_null(value=False)
_INSIDE = "inside input: no row counts more cached than sent"
_APART = "beside input: rows count more cached than sent"
_DEFINED = "as the format defines it"


class FileFacts:
    """What the rows of files carry, gathered as they are read."""

    def __init__(self) -> None:
        self._sums: list[pl.DataFrame] = []
        self._days: list[pl.DataFrame] = []

    def add(self, rows: pl.DataFrame) -> None:
        """Take in rows (ROWS) of any files."""
        self._sums.append(
            rows.group_by("source_file").agg(
                pl.col("timestamp").min().alias("first"),
                pl.col("timestamp").max().alias("last"),
                pl.len().alias("rows"),
                *(pl.col(column).count().alias(name) for name, column in _CARRIED.items()),
                _CACHED.any().alias("cached"),
                (_CACHED & pl.col("cache_inside_input").is_null()).any().alias("open"),
            )
        )
        self._days.append(rows.select("source_file", pl.col("timestamp").dt.date().alias("day")).unique())

    def told(self, verdicts: Iterable[FileVerdict]) -> tuple[FileVerdict, ...]:
        """Return the verdicts with window, gaps, and the share of rows that carry a user, text, tokens, a cost.

        How cached tokens are counted is told here where the format defines it; else the rows of all files decide.
        """
        if not self._sums:
            return tuple(verdicts)
        sums = pl.concat(self._sums).group_by("source_file").agg(
            pl.col("first").min(), pl.col("last").max(), pl.col("rows", *_CARRIED).sum(), pl.col("cached", "open").any()
        )  # fmt: skip
        shares = sums.with_columns((pl.col(name) / pl.col("rows")).round(4) for name in _CARRIED)
        facts = {row["source_file"]: row for row in shares.iter_rows(named=True)}
        gaps = _gaps(pl.concat(self._days))
        return tuple(
            replace(
                verdict,
                window=(facts[verdict.name]["first"], facts[verdict.name]["last"]),
                gaps=tuple(gaps.get(verdict.name, ())),
                carries={name: facts[verdict.name][name] for name in _CARRIED},
                cache=_DEFINED if facts[verdict.name]["cached"] and not facts[verdict.name]["open"] else "",
            )
            if verdict.name in facts
            else verdict
            for verdict in verdicts
        )


def _gaps(days: pl.DataFrame) -> dict[str, list[tuple[date, date]]]:
    """Return per file the spans of days without a row that hold a workday: a hole must not look like a quiet time."""
    ordered = days.unique().sort("source_file", "day")
    last = pl.col("day").shift().over("source_file")
    silent = ordered.select(
        "source_file",
        (last + timedelta(days=1)).alias("first"),
        (pl.col("day") - timedelta(days=1)).alias("last"),
    ).filter(pl.col("first") <= pl.col("last"))
    workdays = pl.business_day_count("first", pl.col("last") + timedelta(days=1))
    found: defaultdict[str, list[tuple[date, date]]] = defaultdict(list)
    for file, start, end in silent.filter(workdays > 0).iter_rows():
        found[file].append((start, end))
    return found


def with_counts(
    verdicts: Sequence[FileVerdict], rows: pl.DataFrame, events: pl.DataFrame, dropped: pl.DataFrame
) -> tuple[FileVerdict, ...]:
    """Return the verdicts with how many calls of each file count, what was dropped, and how cached tokens count.

    ``rows`` are all rows with their cache convention settled and ``told``: whether the source had said it.
    """
    counted = dict(events.group_by("source_file").len().iter_rows())
    duplicates: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for file, reason, n in dropped.group_by("source_file", "reason").agg(pl.col("n").sum()).sort("reason").iter_rows():
        duplicates[file][reason] = n
    cache = _cache(rows)
    return tuple(
        replace(
            verdict,
            events=counted.get(verdict.name, 0),
            duplicates=duplicates.get(verdict.name, {}),
            cache=cache.get(verdict.name, verdict.cache),
        )
        for verdict in verdicts
    )


def _cache(rows: pl.DataFrame) -> dict[str, str]:
    """Return per file with cached tokens how these are counted, and how that is known."""
    cached = rows.filter(_CACHED)
    inside = pl.col("cache_inside_input").filter(~pl.col("told"))
    decided = pl.when(inside.all()).then(pl.lit(_INSIDE)).otherwise(pl.lit(_APART))
    why = pl.when(pl.col("told").all()).then(pl.lit(_DEFINED)).otherwise(decided)
    return dict(cached.group_by("source_file").agg(why.alias("why")).iter_rows())
