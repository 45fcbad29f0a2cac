"""Put a price on calls whose log has none."""

from __future__ import annotations

from dataclasses import fields

import polars as pl

from tokenscan.events.schema import COST_KIND
from tokenscan.pricing.book import PriceBook
from tokenscan.pricing.grid import Grid
from tokenscan.pricing.lookup import Lookup, look_up
from tokenscan.pricing.rates import TICKS_PER_NANOUSD, Rates
from tokenscan.pricing.terms import TERMS, with_terms

MAX_REQUEST_TOKENS = 10**9
MAX_ROW_TOKENS = 10**12
MAX_ROW_REQUESTS = 10**9

_CELL = ["tariff", "day", "time", "size"]
_RATES = [f"{item.name}_rate" for item in fields(Rates)]
_COUNTS = ["input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens", "output_tokens"]


def price_events(events: pl.DataFrame, book: PriceBook) -> pl.DataFrame:
    """Fill ``cost_nanousd`` and ``cost_kind`` of a table of events; rows and their order stay.

    A cost that the log has is left alone. A gateway's cache hit costs 0. Any other call gets the contract
    price of its model or else the list price of its day, hour and size, rounded half up to the
    nano-dollar. It stays null and "unknown" when the model is not listed, when a token count is missing,
    negative, absurdly large or smaller than its parts, or when the price changed and the row does not say
    on which side it is. Cache counts that are missing count as 0. A row of many requests gets the tier of
    its mean request.
    """
    if not events.get_column("cost_nanousd").has_nulls():
        return events
    is_open = pl.col("cost_nanousd").is_null()
    is_hit = pl.col("is_cache_hit").fill_null(value=False)
    told = with_terms(events, book)
    costs = _costs(told, look_up(told.filter(is_open & ~is_hit), book))
    cost = pl.when(is_hit).then(pl.lit(0, pl.Int64)).otherwise(pl.lit(costs))
    kind = pl.when(cost.is_null()).then(pl.lit("unknown")).otherwise(pl.lit("priced"))
    return events.with_columns(
        cost_nanousd=pl.when(is_open).then(cost).otherwise("cost_nanousd"),
        cost_kind=pl.when(is_open).then(kind.cast(COST_KIND)).otherwise("cost_kind"),
    )


def _costs(events: pl.DataFrame, lookup: Lookup) -> pl.Series:
    """Price every row at list or contract, in nano-dollars; null where that is not possible."""
    key = ["model", "provider", *([TERMS] if TERMS in events.columns else [])]
    listed = (tariff.listing.model for tariff in lookup.tariffs if tariff.listing is not None)
    grid = Grid.of(listed, variants=TERMS in events.columns)
    timestamp = pl.col("timestamp").dt.epoch("us")
    # A row for a whole day says nothing about the time of day.
    time_of_call = pl.when(pl.col("grain").ne_missing(pl.lit("day", events.schema["grain"]))).then(timestamp)
    calls = (
        events.select(*key, "timestamp", "grain", "reasoning_tokens", *_COUNTS, n=_requests())
        .join(lookup.names, on=key, how="left", nulls_equal=True, maintain_order="left")
        .with_columns(
            day=grid.day_cell(timestamp),
            time=grid.time_cell(time_of_call),
            size=grid.size_cell((pl.col("input_tokens") - 1) // pl.col("n") + 1),
        )
    )
    cells = calls.select(_CELL).unique().drop_nulls(["tariff", "size"])
    priced = calls.join(_rate_table(cells, lookup, grid), on=_CELL, how="left", nulls_equal=True, maintain_order="left")
    nanousd = (_ticks() + TICKS_PER_NANOUSD // 2) // TICKS_PER_NANOUSD
    return priced.select(cost_nanousd=pl.when(_is_plausible()).then(nanousd).cast(pl.Int64, strict=False)).to_series()


def _rate_table(cells: pl.DataFrame, lookup: Lookup, grid: Grid) -> pl.DataFrame:
    rows = []
    for place, day, time, size in cells.iter_rows():
        rates = lookup.tariffs[place].rates(grid.moments(day, time), grid.size(size))
        if rates is not None:
            rows.append((place, day, time, size, *(getattr(rates, item.name) for item in fields(Rates))))
    schema = dict.fromkeys(_CELL, pl.UInt32) | dict.fromkeys(_RATES, pl.Int128)
    return pl.DataFrame(rows, schema=schema, orient="row")


def _requests() -> pl.Expr:
    return pl.col("n_requests").fill_null(1).clip(1, MAX_ROW_REQUESTS)


def _ticks() -> pl.Expr:
    read, write, write_1h = (_count(f"cache_{part}_tokens") for part in ("read", "write", "write_1h"))
    # Some vendors count reasoning beside the output; it is never more than what was billed as output.
    reasoning = pl.min_horizontal(_count("reasoning_tokens").clip(0), _wide("output_tokens"))
    output = (_wide("output_tokens") - reasoning) * pl.col("output_rate") + reasoning * pl.col("reasoning_rate")
    return (
        (_wide("input_tokens") - read - write) * pl.col("input_rate")
        + read * pl.col("cache_read_rate")
        + (write - write_1h) * pl.col("cache_write_rate")
        + write_1h * pl.col("cache_write_1h_rate")
        # Embeddings have no output, and their logs often no count of it.
        + pl.when(pl.col("output_rate") == 0, pl.col("reasoning_rate") == 0).then(0).otherwise(output)
        + _wide("n") * pl.col("request_rate")
    )


def _is_plausible() -> pl.Expr:
    most = pl.min_horizontal(pl.col("n") * MAX_REQUEST_TOKENS, pl.lit(MAX_ROW_TOKENS))
    counts = [pl.col(name).fill_null(0) for name in _COUNTS]
    total, read, write, write_1h, _ = counts
    within = pl.all_horizontal(count.is_between(0, most) for count in counts)
    return within & (read + write <= total) & (write_1h <= write)


def _wide(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Int128)


def _count(name: str) -> pl.Expr:
    return _wide(name).fill_null(0)
