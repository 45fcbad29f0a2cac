"""C04: the same request regenerated over and over."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.statistics import beta_bound, strength
from tokenscan.detectors.common.tables import used_base
from tokenscan.detectors.common.templates import FRESH_SLOTS, USED_MOSTLY


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/content/regenerated-request.toml``."""

    share: float
    top: float
    run_calls: int
    min_runs: int
    word_slack: int
    used_clears: float
    min_turns: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Find runs of consecutive prompts in a session that open alike and are about as long.

    The same template with another value in its slot is a new request, not a repeat. Retries and calls of agents are no
    turns and never form a run; runs whose answers were mostly kept are choices, not waste. A run in which nearly every
    wording is new looks like a batch over names or texts, and counts only where such answers are known to lie unused.
    """
    turns = tables.calls.filter("turn").sort("session", "timestamp", "row_id")
    if not turns["text"].any():
        return NotEvaluated("no prompts of at least 4 words typed by people")
    marked = turns.with_columns(_continues(params.word_slack).alias("again"))
    run = (~pl.col("again")).cum_sum().over("session")
    runs = _without_batches(_long_runs(marked.with_columns(run.alias("run")), params), used_base(tables.people))
    totals = turns.group_by("user").agg(pl.len().cast(pl.Int64).alias("turns"))
    people = runs.group_by("user").agg(
        pl.col("team").first(),
        (pl.col("calls") - 1).sum().cast(pl.Int64).alias("repeats"),
        pl.len().cast(pl.Int64).alias("runs"),
        pl.col("calls").max().alias("longest_run"),
        pl.col("spacing").median().alias("seconds_between"),
        pl.col("used_share").mean(),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    share = pl.col("repeats") / pl.max_horizontal("turns", pl.lit(params.min_turns))
    people = people.join(totals, on="user").with_columns(share.alias("value"))
    fired = people.filter((pl.col("value") >= params.share) & (pl.col("runs") >= params.min_runs))
    rows = fired.with_columns(
        (pl.col("value") * 100).alias("percent"),
        pl.lit(params.share).alias("threshold"),
        pl.col("turns").alias("n"),
        strength(pl.col("value"), params.share, params.top).alias("strength"),
        pl.when(pl.col("runs") >= 2 * params.min_runs)
        .then(pl.lit("high"))
        .otherwise(pl.lit("medium"))
        .alias("confidence"),
        pl.lit("the prompt before, in the same session").alias("compared_with"),
    )
    metrics = ["percent", "repeats", "turns", "runs", "longest_run", "seconds_between", "used_share"]
    return detection(rows, metrics, _claims(marked.with_columns(run.alias("run")), runs))


def _continues(word_slack: int) -> pl.Expr:
    """Say whether a turn repeats the one before it in its session."""
    before = {
        name: pl.col(name).shift().over("session") for name in ("opening_id", "words", "template_id", "prompt_id")
    }
    alike = (pl.col("opening_id") == before["opening_id"]) & (
        (pl.col("words").cast(pl.Int64) - before["words"].cast(pl.Int64)).abs() <= word_slack
    )
    new_value = (pl.col("template_id") == before["template_id"]) & (pl.col("prompt_id") != before["prompt_id"])
    both_text = pl.col("text") & pl.col("text").shift().over("session")
    return (alike & ~new_value & both_text).fill_null(False)


def _long_runs(marked: pl.DataFrame, params: Params) -> pl.DataFrame:
    runs = marked.group_by("user", "session", "run").agg(
        pl.col("team").first(),
        pl.len().cast(pl.Int64).alias("calls"),
        pl.col("prompt_id").n_unique().alias("wordings"),
        pl.col("used").is_not_null().sum().cast(pl.Int64).alias("known"),
        pl.col("used").sum().cast(pl.Int64).alias("true"),
        pl.col("used").mean().alias("used_share"),
        (pl.col("timestamp").diff().dt.total_milliseconds() / 1000).median().alias("spacing"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
    kept = (pl.col("used_share") >= params.used_clears).fill_null(False)
    return runs.filter((pl.col("calls") >= params.run_calls) & ~kept)


def _without_batches(runs: pl.DataFrame, base: float | None) -> pl.DataFrame:
    """Drop a person's runs of ever new wordings, unless the answers to all these runs clearly lie unused."""
    fresh = pl.col("wordings") / pl.col("calls") >= FRESH_SLOTS
    marks = runs.filter(fresh).group_by("user").agg(pl.col("known", "true").sum())
    upper = beta_bound(marks["true"], marks["known"], 0.95)
    unused = marks.filter(upper < USED_MOSTLY * (base or 0.0))["user"]
    return runs.filter(~fresh | pl.col("user").is_in(unused.implode()))


def _claims(marked: pl.DataFrame, runs: pl.DataFrame) -> pl.DataFrame:
    """Claim every call of a run after the first, unless its answer was used."""
    claimed = marked.join(runs.select("user", "session", "run"), on=["user", "session", "run"]).filter(
        pl.col("again") & ~pl.col("used").fill_null(False)
    )
    return claimed.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(1.0).alias("share"))
