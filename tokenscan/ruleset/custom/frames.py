"""The four tables as lazy frames over what detectors see: what a query does not name is not computed."""

from __future__ import annotations

import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.ruleset.custom.schema import polars_schema


def query_tables(tables: Tables) -> dict[str, pl.LazyFrame]:
    """Return ``events``, ``prompts``, ``user_days`` and ``sessions`` with exactly the documented columns.

    ``events`` holds every call: of people, of programs, and of nobody known.
    """
    events = _events(tables)
    frames = {
        "events": events,
        "prompts": _prompts(events),
        "user_days": _user_days(tables, events),
        "sessions": _sessions(events),
    }
    return {name: _typed(name, frame) for name, frame in frames.items()}


def carried(tables: Tables) -> frozenset[str]:
    """Return what the log carries for these rules: as for the others, and what only programs or nobody's calls have."""
    columns = {"prompt": "prompt_id"} | {
        name: name for name in ("user", "team", "function", "app", "model", "status", "latency_ms", "used")
    }
    parts = [part for part in (tables.programs, tables.unattributed) if part.height]
    more = {name for name, column in columns.items() if any(part[column].is_not_null().any() for part in parts)}
    sized = {"input_tokens"} if any((part["tokens"] > 0).any() for part in parts) else set()
    return tables.has | more | sized


def _typed(name: str, frame: pl.LazyFrame) -> pl.LazyFrame:
    return frame.select(pl.col(column).cast(dtype) for column, dtype in polars_schema(name).items())


def _events(tables: Tables) -> pl.LazyFrame:
    kinds = ((tables.calls, False), (tables.programs, True), (tables.unattributed, None))
    parts = [
        frame.lazy().with_columns(pl.lit(program, pl.Boolean).alias("is_program"))
        for frame, program in kinds
        if frame.height or frame is tables.calls
    ]
    return pl.concat(parts).rename({"fresh": "fresh_tokens"})


def _cost() -> pl.Expr:
    """Return the cost of several calls; null where none of them has a known price."""
    return pl.when(pl.col("cost_nanousd").is_not_null().any()).then(pl.col("cost_nanousd").sum()).alias("cost_nanousd")


def _prompts(events: pl.LazyFrame) -> pl.LazyFrame:
    same = ("words", "cluster_id", "similarity", "template_id", "trivial", "secrets")
    return (
        events.filter(pl.col("prompt_id").is_not_null())
        .group_by("prompt_id")
        .agg(
            pl.col("prompt_chars").max().alias("chars"),
            *(pl.col(name).first() for name in same),
            pl.col("requests").sum(),
            pl.col("user").drop_nulls().n_unique().alias("users"),
            pl.col("timestamp").min().alias("first_seen"),
            pl.col("timestamp").max().alias("last_seen"),
        )
    )


def _user_days(tables: Tables, events: pl.LazyFrame) -> pl.LazyFrame:
    costs = events.filter("ok").group_by("user", "day").agg(_cost())
    days = tables.days.lazy().rename(
        {"calls": "requests", "fresh": "fresh_tokens", "used_known": "answers_marked", "used_true": "answers_used"}
    )
    return days.join(costs, on=["user", "day"], how="left")


def _sessions(events: pl.LazyFrame) -> pl.LazyFrame:
    ordered = pl.col("timestamp").arg_min()
    return events.group_by("session").agg(
        pl.col("user").first(),
        pl.col("team").drop_nulls().first(),
        pl.col("is_program").first(),
        pl.col("app").get(ordered),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
        ((pl.col("timestamp").max() - pl.col("timestamp").min()).dt.total_seconds() / 60).alias("minutes"),
        pl.col("requests").sum(),
        pl.col("turn").sum().alias("turns"),
        pl.col("is_agent").sum().alias("agent_requests"),
        pl.col("model").drop_nulls().n_unique().alias("models"),
        pl.col("tokens").sum(),
        pl.col("fresh_tokens").sum(),
        _cost(),
    )
