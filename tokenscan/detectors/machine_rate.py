"""B02: thousands of tokens a minute, minute after minute, for prompts that were sent before."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.judged import claims_but_first, judged_calls, not_shared, own_apps
from tokenscan.detectors.common.statistics import strength
from tokenscan.detectors.common.templates import FRESH_SLOTS
from tokenscan.detectors.scripted_timing import AUTOCOMPLETE

COLUMNS = [
    "row_id", "user", "team", "app", "day", "timestamp", "fresh", "text", "used", "prompt_id", "template_id",
    "cluster_id",
]  # fmt: skip
STREAM, MINUTE = ["user", "app"], ["user", "app", "minute"]
METRICS = [
    "longest_minutes", "runs", "total_minutes", "days", "calls", "tokens_a_minute", "distinct_prompts_share",
    "has_text", "own_app", "verdict", "use_known", "use_true", "use_upper", "use_expected",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/behaviour/machine-rate.toml``."""

    tokens: int
    minutes: int
    top_minutes: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Find runs of consecutive minutes in each of which repeated prompts cost at least so many tokens.

    One long chat answer exceeds the rate for a minute, so only a run of minutes counts. Prompts that a person typed
    are looked at, an application at a time and cache reads left out, if the person sent the same, nearly the same or
    another filling of the same template before. Without text all of the person's prompts count, where marks tell that
    the answers lie unused.
    """
    typed = pl.col("turn") & ~pl.col("app").fill_null("").str.contains(AUTOCOMPLETE)
    turns = not_shared(tables.calls.lazy().filter(typed).select(COLUMNS).collect())
    if not (turns["fresh"] > 0).any():
        return NotEvaluated("no prompt typed by a person has token counts")
    repeated = turns.filter(_sent_before()).with_columns(pl.col("timestamp").dt.truncate("1m").alias("minute"))
    runs = _runs(repeated, params)
    if runs.is_empty():
        return detection(runs, METRICS)
    odd = repeated.join(runs.select(*MINUTE, "run"), on=MINUTE, nulls_equal=True, maintain_order="left")
    asked = turns.filter(pl.col("prompt_id").is_not_null())
    return detection(
        _judged(_people(odd), tables, odd, turns, params), METRICS, claims_but_first(asked, odd, "prompt_id")
    )


def _sent_before() -> pl.Expr:
    """Return whether the person sent such a prompt before; true where nothing is known of a prompt."""
    near, filled = (pl.struct("user", name).is_first_distinct() for name in ("cluster_id", "template_id"))
    again = ~near | ~filled
    return pl.col("prompt_id").is_null() | (pl.col("text") & again)


def _runs(timed: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return the minutes of long runs, with the number of the run."""
    minutes = timed.group_by(MINUTE).agg(pl.col("fresh").sum()).filter(pl.col("fresh") >= params.tokens)
    ordered = minutes.sort(MINUTE)
    follows = (pl.col("minute").diff().over(STREAM) == pl.duration(minutes=1)).fill_null(value=False)
    run = (~follows).cum_sum().over(STREAM)
    return ordered.with_columns(run.alias("run")).filter(pl.len().over(*STREAM, "run") >= params.minutes)


def _people(odd: pl.DataFrame) -> pl.DataFrame:
    lasts = odd.group_by(*STREAM, "run").agg(pl.col("minute").n_unique().cast(pl.Int64).alias("minutes"))
    runs = lasts.group_by("user").agg(
        pl.col("minutes").max().alias("longest_minutes"),
        pl.col("minutes").sum().alias("total_minutes"),
        pl.len().cast(pl.Int64).alias("runs"),
    )
    people = odd.group_by("user").agg(
        pl.col("team").drop_nulls().first(),
        pl.len().cast(pl.Int64).alias("calls"),
        pl.col("day").n_unique().cast(pl.Int64).alias("days"),
        pl.col("fresh").sum(),
        (pl.col("prompt_id").drop_nulls().n_unique() / pl.len()).alias("distinct_prompts_share"),
        pl.col("template_id").is_not_null().all().alias("has_text"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
    rate = (pl.col("fresh") / pl.col("total_minutes")).alias("tokens_a_minute")
    return people.join(runs, on="user").with_columns(rate)


def _judged(
    people: pl.DataFrame, tables: Tables, odd: pl.DataFrame, turns: pl.DataFrame, params: Params
) -> pl.DataFrame:
    """Weigh by what became of the answers; without marks it may be a batch, an evaluation or the person's own tool.

    A new prompt nearly every time is then no finding at all, nor are prompts that nobody saw: they may be an agent's.
    """
    own = odd.join(own_apps(turns, odd), on=["user", "app"], how="semi", nulls_equal=True).select("row_id")
    shared = odd.join(own, on="row_id", how="anti")["user"].unique()
    judged = people.join(judged_calls(tables, odd), on="user", how="left").with_columns(
        (~pl.col("user").is_in(shared.implode())).alias("own_app")
    )
    unused = (pl.col("verdict") == "unused").fill_null(value=False)
    unseen = ~pl.col("has_text") & ~unused
    batch = pl.col("has_text") & (pl.col("distinct_prompts_share") >= FRESH_SLOTS) & ~unused & ~pl.col("cleared")
    plain = pl.col("has_text") & ~pl.col("own_app")
    level = pl.when(unused & pl.col("has_text")).then(pl.lit("high")).when(unused | plain).then(pl.lit("medium"))
    value = pl.col("longest_minutes").cast(pl.Float64)
    return judged.filter(~batch & ~unseen).with_columns(
        value.alias("value"),
        pl.lit(params.minutes).alias("threshold"),
        pl.col("total_minutes").alias("n"),
        (strength(value, params.minutes, params.top_minutes) * pl.col("factor")).alias("strength"),
        level.otherwise(pl.lit("low")).alias("confidence"),
        pl.col("verdict").cast(pl.String),
        pl.lit("chat, where one answer may exceed the rate for a minute or two").alias("compared_with"),
    )
