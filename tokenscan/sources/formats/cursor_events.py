"""What Cursor's usage CSV and its Admin API have in common: both list the same events."""

from __future__ import annotations

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.fields import ROW
from tokenscan.sources.formats.repeats import with_numbered_id

APP = "cursor"
# Columns of text, null = not told: tokens apart from each other, money in dollars.
EVENT = ("timestamp", "user", "user_kind", "org", "session_id", "model", "kind", "agent", "plain", "cache_write",
         "cache_read", "output", "charged", "worth")  # fmt: skip
_COUNTS = ("plain", "cache_write", "cache_read", "output")
_CHOSEN = ["default", "auto"]  # which model Cursor chose is not told
_FAILED = r"(?i)error|abort"
_FREE = r"(?i)no[t_ ]+charge"
_BILLED = r"(?i)usage[-_ ]?based|on[-_ ]?demand"


def event_fields(events: pl.DataFrame) -> pl.DataFrame:
    """Return the named fields of events, one row each; ``events`` is a whole file with ``_row`` and EVENT.

    ``event_id`` is made of time, person and tokens, so that the CSV and the API's JSON of one event agree, and of the
    occurrence, for Cursor logs several events of one millisecond alike. Cost is what was charged; an event covered by
    the subscription has what it is worth instead.
    """
    read = events.with_columns(convert.tokens(events[name]).alias(f"{name}_n") for name in _COUNTS)
    read = read.with_columns(
        convert.number(events["charged"]).alias("charged"),
        convert.number(events["worth"]).alias("worth"),
        convert.timestamp(events["timestamp"]).dt.epoch("ms").alias("ms"),
    ).sort("ms", "model", "kind", ROW, nulls_last=True)
    whole = pl.coalesce(pl.col("ms").cast(pl.String), "timestamp")
    counts = [pl.col(f"{name}_n").fill_null(0) for name in _COUNTS]
    keyed = with_numbered_id(read, "cursor", [whole, pl.col("user").str.to_lowercase(), *counts])
    return keyed.select(
        ROW, "event_id", "timestamp", "user", "user_kind", "org", "session_id",
        pl.when(~pl.col("model").str.to_lowercase().is_in(_CHOSEN)).then("model").alias("model"),
        pl.when(pl.col("kind").str.contains(_FAILED)).then(pl.lit("error"))
        .when(pl.col("kind").is_not_null()).then(pl.lit("ok")).alias("status"),
        pl.when(pl.col("agent") == "true").then(pl.lit("true")).alias("is_agent"),
        _input().alias("input_tokens"),
        pl.col("cache_read").alias("cache_read_tokens"),
        pl.col("cache_write").alias("cache_write_tokens"),
        pl.col("output").alias("output_tokens"),
        *_cost(),
        app=pl.lit(APP),
        cache_inside_input=pl.lit(value=True),
    ).sort(ROW)  # fmt: skip


def _input() -> pl.Expr:
    """Return all input: what was read and written by a cache is logged beside it. A value that is none stays."""
    parts = [pl.col(f"{name}_n") for name in ("plain", "cache_write", "cache_read")]
    told = pl.any_horizontal(part.is_not_null() for part in parts)
    broken = pl.col("plain").is_not_null() & pl.col("plain_n").is_null()
    return pl.when(broken).then("plain").when(told).then(pl.sum_horizontal(parts).cast(pl.String))


def _cost() -> list[pl.Expr]:
    """Return cost and its kind: money that changed hands, or what Cursor says an included event is worth."""
    kind = pl.col("kind")
    free = kind.str.contains(_FREE).fill_null(value=False)
    billed = kind.str.contains(_BILLED).fill_null(value=False)
    charged, worth = (pl.when(pl.col(name) >= 0).then(pl.col(name)) for name in ("charged", "worth"))
    paid = charged.is_not_null() & (billed | kind.is_null())
    value = pl.when(charged > 0).then(charged).otherwise(pl.coalesce(pl.when(worth > 0).then(worth), charged, worth))
    cost = pl.when(free).then(0.0).when(paid).then(charged).otherwise(value)
    word = pl.when(free | paid).then(pl.lit("charged")).when(cost.is_not_null()).then(pl.lit("logged"))
    return [cost.alias("cost_usd"), word.alias("cost_kind")]
