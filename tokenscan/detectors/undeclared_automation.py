"""B05: which accounts behave like programs that nobody declared, and who has a job running under their own key."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.entities import BY_NAME, hour_entropy
from tokenscan.detectors.common.statistics import strength
from tokenscan.detectors.common.streams import in_streams
from tokenscan.detectors.scripted_timing import AUTOCOMPLETE

DECLARED = "declared as a service"
MIN_BEAT = 10.0  # seconds: among quick steps any pause is near the usual one
SLACK_SECONDS = 2.0  # a scheduler's own delay
COPY_SECONDS = 10.0  # the same prompt once more in less is not typed
FULL_STRENGTH = 100  # times the least number of calls
BY_THE_CLOCK = "calls at a steady interval"
COPIES = "sends copies of a prompt within seconds"
METRICS = [
    "what", "why", "calls", "days", "tokens", "apps", "account_percent", "usual_pause", "steady_percent",
    "hour_entropy", "weekend_percent", "top_template_percent", "second_chi2", "minute_chi2",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/behaviour/undeclared-automation.toml``."""

    min_calls: int
    min_days: int
    steady_share: float
    slack: float


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """List program-like accounts without a declaration, and program-like streams on accounts of people.

    An inventory, not an accusation: each needs an owner who says what it is for. A stream is program-like if most of
    its calls follow the one before after one and the same pause, or are copies of it within seconds.
    """
    undeclared = tables.accounts.filter(pl.col("why") != DECLARED)
    programs = _answered(tables.programs).join(undeclared, on="user")
    programs = programs.with_columns(
        pl.lit("is a program that nobody declared").alias("what"), pl.lit(None, pl.Float64).alias("gap")
    )
    jobs = _jobs(_answered(tables.calls), params).with_columns(
        pl.lit("has a job running under their key").alias("what")
    )
    shown = pl.concat([programs.select(jobs.columns), jobs])
    found = _described(shown).filter((pl.col("calls") >= params.min_calls) & (pl.col("days") >= params.min_days))
    totals = pl.concat([tables.calls, tables.programs]).filter("ok").group_by("user").agg(pl.len().alias("all_calls"))
    rows = found.join(totals, on="user").with_columns(
        pl.lit("account").alias("subject"),
        pl.col("calls").cast(pl.Float64).alias("value"),
        pl.lit(params.min_calls).alias("threshold"),
        pl.col("calls").alias("n"),
        strength(pl.col("calls"), params.min_calls, FULL_STRENGTH * params.min_calls).alias("strength"),
        pl.when(pl.col("why") == BY_NAME).then(pl.lit("low")).otherwise(pl.lit("medium")).alias("confidence"),
        (pl.col("calls") / pl.col("all_calls") * 100).alias("account_percent"),
        pl.lit("people, who pause unevenly, rest, and seldom repeat themselves").alias("compared_with"),
    )
    return detection(rows, METRICS)


def _answered(calls: pl.DataFrame) -> pl.DataFrame:
    """Return single calls with an answer, made by no agent and no editor that completes while somebody types."""
    agent = pl.col("is_agent").fill_null(value=False) | pl.col("app").fill_null("").str.contains(AUTOCOMPLETE)
    return calls.lazy().filter(pl.col("ok") & pl.col("single") & ~agent).select(
        "row_id", "user", "team", "app", "day", "timestamp", "tokens", "input_tokens", "template_id", "prompt_id"
    ).collect()  # fmt: skip


def _jobs(calls: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return the calls of program-like streams, with ``why`` and ``gap``: a whole app, or one template in an app."""
    typed = calls.filter(pl.col("template_id").is_not_null())
    app, template = ["user", "app"], ["user", "app", "template_id"]
    parts = [
        _streams(calls, app, _in_time(app, params), BY_THE_CLOCK, params),
        _streams(typed, template, _in_time(template, params), BY_THE_CLOCK, params),
        _streams(typed, app, _copied(), COPIES, params),
    ]
    return pl.concat(parts).unique("row_id", keep="first", maintain_order=True)


def _in_time(by: list[str], params: Params) -> pl.Expr:
    usual = pl.col("gap").median().over(by)
    slack = pl.max_horizontal(params.slack * usual, pl.lit(SLACK_SECONDS))
    return ((pl.col("gap") - usual).abs() <= slack) & (usual >= MIN_BEAT)


def _copied() -> pl.Expr:
    """Find requests sent again unchanged; behind a gateway an agent's steps repeat a prompt above a growing context."""
    asked, size = (pl.col(name) for name in ("prompt_id", "input_tokens"))
    return (asked == asked.shift()) & size.eq_missing(size.shift()) & (pl.col("gap") <= COPY_SECONDS)


def _streams(calls: pl.DataFrame, by: list[str], machine: pl.Expr, why: str, params: Params) -> pl.DataFrame:
    """Keep streams that are long enough and in which ``machine`` holds for most calls."""
    many = calls.filter(pl.len().over(by) >= params.min_calls)
    timed = in_streams(many, by).with_columns(machine.fill_null(value=False).alias("machine"))
    streams = timed.group_by(by).agg(pl.col("day").n_unique().alias("days"), pl.col("machine").mean())
    steady = streams.filter((pl.col("days") >= params.min_days) & (pl.col("machine") >= params.steady_share))
    kept = timed.join(steady.select(by), on=by, how="semi", nulls_equal=True, maintain_order="left")
    return kept.with_columns(pl.lit(why).alias("why")).drop("machine", "follows")


def _described(calls: pl.DataFrame) -> pl.DataFrame:
    """Return one row an account, with everything that tells a program from a person."""
    usual = pl.col("gap").median()
    accounts = calls.sort("user", "timestamp", "row_id").with_columns(
        pl.col("gap").fill_null(pl.col("timestamp").diff().over("user").dt.total_milliseconds() / 1000)
    )
    top = accounts.group_by("user", "template_id").len().filter(pl.col("template_id").is_not_null())
    described = accounts.group_by("user").agg(
        pl.col("team").drop_nulls().first(),
        pl.col("what").first(),
        pl.col("why").mode().min(),
        pl.len().cast(pl.Int64).alias("calls"),
        pl.col("day").n_unique().cast(pl.Int64).alias("days"),
        pl.col("tokens").sum(),
        pl.col("app").drop_nulls().unique().sort().str.join(", ").alias("apps"),
        usual.alias("usual_pause"),
        (((pl.col("gap") - usual).abs() <= 0.1 * usual).mean() * 100).alias("steady_percent"),
        ((pl.col("day").dt.weekday() > 5).mean() * 100).alias("weekend_percent"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
    most = top.group_by("user").agg(pl.col("len").max().alias("top"))
    return (
        described.join(most, on="user", how="left")
        .join(hour_entropy(accounts).rename({"entropy": "hour_entropy"}), on="user", how="left")
        .join(_alignment(accounts, pl.col("timestamp").dt.second(), "second_chi2"), on="user", how="left")
        .join(_alignment(accounts, pl.col("timestamp").dt.minute(), "minute_chi2"), on="user", how="left")
        .with_columns((pl.col("top") / pl.col("calls") * 100).alias("top_template_percent"))
    )


def _alignment(calls: pl.DataFrame, place: pl.Expr, name: str) -> pl.DataFrame:
    """Return Pearson's chi-square of the seconds (or minutes) of calls against all 60 alike; about 59 for people."""
    counts = calls.group_by("user", place.alias("place")).len()
    total = pl.col("len").sum()
    return counts.group_by("user").agg((60 * (pl.col("len") ** 2).sum() / total - total).alias(name))
