"""B01: a stream of prompts paced by a script."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.statistics import burstiness, strength

# Editors complete code while a person types: their pace is the keyboard's.
AUTOCOMPLETE = r"(?i)auto-?complet|inline|tab-?complet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/behaviour/scripted-timing.toml``."""

    streams: int
    top_streams: int
    min_gaps: int
    log_deviation: float
    burstiness: float
    used_clears: float
    fresh_slots: float
    session_turns: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Judge the pauses between a person's turns, a day and app at a time.

    People pause for seconds or for half an hour: the logarithm of their pauses spreads widely. A script's does not,
    even with some jitter. Turns are what a person typed, so an agent's quick steps do not count.
    """
    turns = tables.calls.filter(pl.col("turn") & ~pl.col("app").fill_null("").str.contains(AUTOCOMPLETE))
    stream = ["user", "day", "app"]
    gap = pl.col("timestamp").diff().over(stream).dt.total_milliseconds() / 1000
    paced = turns.with_columns(gap.alias("gap")).filter(pl.col("gap").is_between(1, 1800))
    streams = _streams(paced, stream).filter(pl.col("gaps") >= params.min_gaps)
    if streams.is_empty():
        return NotEvaluated(f"no day on which one person sent more than {params.min_gaps} prompts")
    hits = streams.filter(_scripted(params))
    people = hits.group_by("user").agg(
        pl.col("team").first(),
        pl.len().cast(pl.Int64).alias("value"),
        pl.col("gaps").sum().cast(pl.Int64).alias("n"),
        pl.col("median_gap").median(),
        pl.col("log_deviation").median(),
        pl.col("burstiness").median(),
        pl.col("distinct_share").median().alias("distinct_prompts_share"),
        pl.col("has_text").all(),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    fired = people.filter(pl.col("value") >= params.streams)
    rows = fired.with_columns(
        pl.col("value").alias("scripted_days"),
        pl.lit(params.streams).alias("threshold"),
        strength(pl.col("value").cast(pl.Float64), params.streams, params.top_streams).alias("strength"),
        # Without text nothing tells a batch with a fresh value each time from one prompt again and again.
        pl.when((pl.col("value") >= 2 * params.streams) & pl.col("has_text"))
        .then(pl.lit("high"))
        .otherwise(pl.lit("medium"))
        .alias("confidence"),
        pl.lit("the pauses of people, whose logarithm spreads by about 1.1").alias("compared_with"),
    )
    metrics = ["scripted_days", "median_gap", "log_deviation", "burstiness", "distinct_prompts_share"]
    return detection(rows, metrics, _claims(turns, hits, params.session_turns))


def _streams(paced: pl.DataFrame, stream: list[str]) -> pl.DataFrame:
    gap = pl.col("gap")
    return paced.group_by(stream).agg(
        pl.col("team").first(),
        pl.len().cast(pl.Int64).alias("gaps"),
        gap.median().alias("median_gap"),
        gap.log().std().alias("log_deviation"),
        burstiness(gap.mean(), gap.std(), pl.len().cast(pl.Float64)).alias("burstiness"),
        pl.col("used").mean().alias("used_share"),
        (pl.col("prompt_id").n_unique() / pl.len()).alias("distinct_share"),
        pl.col("template_id").is_not_null().any().alias("has_text"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )


def _scripted(params: Params) -> pl.Expr:
    steady = (pl.col("log_deviation") < params.log_deviation) & (pl.col("burstiness") < params.burstiness)
    unused = pl.col("used_share").fill_null(0.0) < params.used_clears
    # A new prompt nearly every time is what batches and evaluations look like, and nothing says that they are idle.
    fresh = pl.col("has_text") & (pl.col("distinct_share") >= params.fresh_slots)
    batch = pl.col("used_share").is_null() & fresh
    return steady & unused & ~batch


def _claims(turns: pl.DataFrame, hits: pl.DataFrame, session_turns: int) -> pl.DataFrame:
    """Claim the turns of a scripted stream that stand in long sessions; short ones may be the person's own."""
    stream = ["user", "day", "app"]
    inside = turns.join(hits.select(stream), on=stream, nulls_equal=True)
    long = inside.filter(pl.len().over("user", "session") >= session_turns)
    return long.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(1.0).alias("share"))
