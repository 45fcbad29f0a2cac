"""Add calls up: one pass over the event table, into a table small enough for anything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import polars as pl

from tokenscan.costing.model import KINDS, PERIODS, Amount, Key, Line, Tokens
from tokenscan.costing.periods import local_day, number_of, starts

_COUNTS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens",
           "reasoning_tokens")  # fmt: skip
CELL = "cell"
_DAY = timedelta(days=1)


def cells(
    events: pl.DataFrame | pl.LazyFrame, by: Sequence[Key], zone: str, cuts: Sequence[datetime] = ()
) -> pl.DataFrame:
    """Return sums by the keys, user, kind of cost and place among ``cuts``.

    ``events`` needs the columns that are summed or grouped by, of priced and attributed EVENTS. Periods are given by
    their first day. Grouping by persons as well costs hardly more than not, and gives the numbers of people.
    """
    lazy = events.lazy()
    whole, first, last = _extent(lazy)
    periods = [key for key in by if key in PERIODS]
    begins = {key: starts(first - _DAY, last + _DAY, key) for key in periods} if first and last else {}
    groups = [pl.col(key.value) for key in by if key not in PERIODS]
    groups += [number_of(begins[key], zone, whole_days=whole).alias(key.value) for key in begins]
    if cuts:
        edges = pl.Series(cuts, dtype=pl.Datetime("us", "UTC"))
        groups.append(pl.lit(edges).search_sorted(pl.col("timestamp"), side="right").alias(CELL))
    if Key.USER not in by:
        groups.append(pl.col("user"))
    summed = lazy.group_by(*groups, "cost_kind").agg(
        pl.col("n_requests").fill_null(1).sum().alias("requests"),
        *(pl.col(name).sum() for name in _COUNTS),
        pl.col("cost_nanousd").sum(),
        pl.col("cost_nanousd").is_not_null().any().alias("known"),
    )
    placed = [pl.lit(begins[key]).gather(pl.col(key.value)).alias(key.value) for key in begins]
    empty = [pl.lit(None, pl.Date).alias(key.value) for key in periods if key not in begins]
    cell = [] if cuts else [pl.lit(0, pl.UInt32).alias(CELL)]
    # Sums are few: what is computed row by row can wait until now.
    return summed.with_columns(*placed, *empty, *cell, pl.col("cost_kind").cast(pl.String)).collect()


def _extent(events: pl.LazyFrame) -> tuple[bool, date | None, date | None]:
    """Return whether there are sums of a day, and the UTC days of the first and last call."""
    facts = events.select(
        (pl.col("grain") == "day").any().alias("whole"),
        pl.col("timestamp").min().alias("first"),
        pl.col("timestamp").max().alias("last"),
    ).collect()
    whole, first, last = facts.row(0)
    if first is None:
        return False, None, None
    return bool(whole), local_day(first, "UTC"), local_day(last, "UTC")


def rolled_up(summed: pl.DataFrame, by: Sequence[Key], services: pl.Series) -> pl.DataFrame:
    """Return one row a group from what ``cells`` returns: amounts by kind of cost, people and what theirs cost."""
    cost, is_person = pl.col("cost_nanousd"), pl.col("user").is_not_null() & ~pl.col("user").is_in(services.implode())
    marked = summed.with_columns(
        is_person.alias("_person"),
        pl.when(pl.col("known"))
        .then(pl.col("cost_kind").fill_null("logged"))
        .otherwise(pl.lit("unknown"))
        .alias("_kind"),
        (pl.col("input_tokens") + pl.col("output_tokens")).alias("_tokens"),
    )
    parts = [
        part
        for kind in (*KINDS, "unknown")
        for part in (
            pl.col("requests").filter(pl.col("_kind") == kind).sum().alias(f"{kind}_requests"),
            pl.col("_tokens").filter(pl.col("_kind") == kind).sum().alias(f"{kind}_tokens"),
            cost.filter(pl.col("_kind") == kind).sum().alias(f"{kind}_nanousd"),
        )
    ]
    figures = [
        pl.col("requests").sum(),
        *(pl.col(name).sum() for name in _COUNTS),
        cost.sum(),
        pl.col("known").any(),
        pl.col("user").filter("_person").n_unique().alias("people"),
        cost.filter("_person").sum().alias("people_nanousd"),
        *parts,
    ]
    names = [key.value for key in by]
    return marked.group_by(names).agg(figures) if names else marked.select(figures)


def line(row: dict[str, object], keys: tuple[str | None, ...]) -> Line:
    """Return a row of what ``rolled_up`` returns as a line."""
    count = {name: value for name, value in row.items() if isinstance(value, int)}
    write, write_1h = count["cache_write_tokens"], count["cache_write_1h_tokens"]

    def amount(kind: str) -> Amount:
        return Amount(
            requests=count[f"{kind}_requests"], tokens=count[f"{kind}_tokens"], nanousd=count[f"{kind}_nanousd"]
        )

    return Line(
        keys=keys,
        requests=count["requests"],
        tokens=Tokens(
            fresh_input=count["input_tokens"] - count["cache_read_tokens"] - write,
            cache_read=count["cache_read_tokens"],
            cache_write_5m=write - write_1h,
            cache_write_1h=write_1h,
            output=count["output_tokens"],
            reasoning=count["reasoning_tokens"],
        ),
        nanousd=count["cost_nanousd"],
        known=bool(row["known"]),
        kinds={kind: amount(kind) for kind in KINDS},
        unknown=amount("unknown"),
        people=count["people"],
        people_nanousd=count["people_nanousd"],
    )
