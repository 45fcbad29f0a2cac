"""B01: a stream of prompts paced by a script, or sittings that go through one list of prompts again and again."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.judged import claims_but_first, judged_calls, not_shared, own_apps
from tokenscan.detectors.common.statistics import burstiness, strength
from tokenscan.detectors.common.streams import in_streams

# Editors complete code while a person types: their pace is the keyboard's.
AUTOCOMPLETE = r"(?i)auto-?complet|inline|tab-?complet"
COLUMNS = [
    "row_id", "user", "team", "app", "session", "day", "timestamp", "text", "used", "prompt_id", "template_id",
    "cluster_id",
]  # fmt: skip
STREAM = ["user", "day", "app"]
SITTING = ["user", "session", "app"]
LONGEST_PAUSE = 1800  # seconds: after half an hour something else came between
VERBATIM = 0.3  # of a sitting: sent word for word on an earlier day; a batch or a rewording person does not
MIN_LISTED = 3  # different prompts in a sitting; fewer are one request asked again
UNTOLD_SCRIPT = 0.6  # of the strength: an even pace and known text, but nothing tells whether the answers were used
ALL_DAY = 16  # hours of a day with prompts: a job that runs by itself, not somebody's working day
METRICS = [
    "scripted_days", "manner", "median_gap", "log_deviation", "burstiness", "distinct_prompts_share",
    "earlier_prompts_share", "hours_a_day", "own_app", "verdict", "use_known", "use_true", "use_upper", "use_expected",
]  # fmt: skip


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
    list_days: int
    list_gaps: int
    list_deviation: float
    list_share: float


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Judge the pauses between a person's turns, a day and app at a time, and what each sitting repeats.

    People pause for seconds or for half an hour: the logarithm of their pauses spreads widely. A script's does not,
    even with some jitter. A script that imitates human pauses shows by its list: sitting after sitting of prompts the
    person sent before, briskly. Turns are what a person typed, so an agent's quick steps do not count.
    """
    typed = pl.col("turn") & ~pl.col("app").fill_null("").str.contains(AUTOCOMPLETE)
    turns = not_shared(tables.calls.lazy().filter(typed).select(COLUMNS).collect())
    days, sittings = _days(turns, params), _sittings(turns, params)
    if days.is_empty() and sittings.is_empty():
        return NotEvaluated(f"no day on which one person sent more than {params.min_gaps} prompts")
    by_pace = _people(days.filter(_even(params)), "paced like a script", params.streams, params.top_streams)
    by_list = _people(sittings.filter(_listed(params)), "off a list sent before", params.list_days, params.top_streams)
    by_list = by_list.join(by_pace, on="user", how="anti")
    rows = pl.concat([by_pace.with_columns(listed=pl.lit(False)), by_list.with_columns(listed=pl.lit(True))])
    if rows.is_empty():
        return detection(rows, METRICS)
    even = _of(turns, days.filter(_even(params)).join(by_pace, on="user", how="semi"), STREAM)
    listed = _of(turns, sittings.filter(_listed(params)).join(rows, on="user", how="semi"), SITTING)
    # Short sessions of a scripted day may be the person's own.
    long = even.filter(pl.len().over("user", "session") >= params.session_turns)
    odd, wasted = (pl.concat([part, listed]).unique("row_id").sort("row_id") for part in (even, long))
    return detection(
        _judged(rows, tables, odd, turns), METRICS, claims_but_first(turns.filter("text"), wasted, "cluster_id")
    )


def _of(turns: pl.DataFrame, hits: pl.DataFrame, by: list[str]) -> pl.DataFrame:
    return turns.join(hits.select(by), on=by, how="semi", nulls_equal=True)


def _days(turns: pl.DataFrame, params: Params) -> pl.DataFrame:
    many = turns.filter(pl.len().over(STREAM) > params.min_gaps)
    return in_streams(many, STREAM).group_by(STREAM).agg(*_shown()).filter(pl.col("gaps") >= params.min_gaps)


def _sittings(turns: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return sessions long enough to judge, with the share of prompts that were sent, as such or nearly, before."""
    long = turns.with_columns(*_sent_before()).filter(pl.len().over("session") > params.list_gaps)
    return in_streams(long, SITTING).group_by(SITTING).agg(
        pl.col("day").first(),
        *_shown(),
        pl.col("near").fill_null(value=False).mean().alias("earlier_prompts_share"),
        pl.col("verbatim").fill_null(value=False).mean().alias("verbatim"),
        pl.col("cluster_id").filter("near").n_unique().alias("listed"),
    ).filter(pl.col("gaps") >= params.list_gaps)  # fmt: skip


def _sent_before() -> tuple[pl.Expr, pl.Expr]:
    """Return whether a prompt was sent by the same person on an earlier day: nearly the same, and word for word."""
    near = pl.when("text").then(pl.col("day") > pl.col("day").min().over("user", "cluster_id"))
    verbatim = pl.when("text").then(pl.col("day") > pl.col("day").min().over("user", "prompt_id"))
    return near.alias("near"), verbatim.alias("verbatim")


def _shown() -> list[pl.Expr]:
    gap = pl.col("gap").filter(pl.col("gap").is_between(1, LONGEST_PAUSE))
    return [
        pl.col("team").drop_nulls().first(),
        gap.len().cast(pl.Int64).alias("gaps"),
        gap.median().alias("median_gap"),
        gap.log().std().alias("log_deviation"),
        burstiness(gap.mean(), gap.std(), gap.len().cast(pl.Float64)).alias("burstiness"),
        pl.col("used").mean().alias("used_share"),
        (pl.col("prompt_id").n_unique() / pl.len()).alias("distinct_prompts_share"),
        pl.col("template_id").is_not_null().any().alias("has_text"),
        pl.col("timestamp").dt.hour().n_unique().cast(pl.Int64).alias("hours"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    ]


def _even(params: Params) -> pl.Expr:
    steady = (pl.col("log_deviation") < params.log_deviation) & (pl.col("burstiness") < params.burstiness)
    unused = pl.col("used_share").fill_null(0.0) < params.used_clears
    # A new prompt nearly every time is what batches and evaluations look like, and nothing says that they are idle.
    fresh = pl.col("has_text") & (pl.col("distinct_prompts_share") >= params.fresh_slots)
    return steady & unused & ~(pl.col("used_share").is_null() & fresh)


def _listed(params: Params) -> pl.Expr:
    brisk = pl.col("log_deviation") < params.list_deviation
    again = (pl.col("earlier_prompts_share") >= params.list_share) & (pl.col("verbatim") >= VERBATIM)
    return brisk & again & (pl.col("listed") >= MIN_LISTED)


def _people(hits: pl.DataFrame, manner: str, threshold: int, top: int) -> pl.DataFrame:
    """Return people with enough hits, counted in days; what else is shown is the median over their hits."""
    shown = ["median_gap", "log_deviation", "burstiness", "distinct_prompts_share"]
    earlier = pl.col("earlier_prompts_share") if "earlier_prompts_share" in hits.columns else pl.lit(None, pl.Float64)
    people = hits.group_by("user").agg(
        pl.col("team").drop_nulls().first(),
        pl.col("day").n_unique().cast(pl.Int64).alias("scripted_days"),
        pl.col("gaps").sum().cast(pl.Int64).alias("n"),
        *(pl.col(name).median() for name in shown),
        earlier.median().alias("earlier_prompts_share"),
        pl.col("hours").median().alias("hours_a_day"),
        pl.col("has_text").all(),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    value = pl.col("scripted_days").cast(pl.Float64)
    return people.filter(pl.col("scripted_days") >= threshold).with_columns(
        value.alias("value"),
        pl.lit(threshold).alias("threshold"),
        pl.lit(manner).alias("manner"),
        strength(value, threshold, top).alias("strength"),
    )


def _judged(rows: pl.DataFrame, tables: Tables, odd: pl.DataFrame, turns: pl.DataFrame) -> pl.DataFrame:
    """Weigh the strength by what became of the answers, and say how sure it is.

    Without marks a stream in an app of its own, one that runs by itself day and night, and a list that somebody works
    through may all be tools that serve a purpose: context, no more.
    """
    own = _of(odd, own_apps(turns, odd), ["user", "app"])
    shared = odd.join(own.select("row_id"), on="row_id", how="anti")["user"].unique()
    judged = rows.join(judged_calls(tables, odd), on="user", how="left").with_columns(
        (~pl.col("user").is_in(shared.implode())).alias("own_app")
    )
    unused = (pl.col("verdict") == "unused").fill_null(value=False)
    tool = pl.col("own_app") | pl.col("listed") | (pl.col("hours_a_day") >= ALL_DAY)
    script = (pl.col("verdict") == "unknown") & pl.col("has_text") & ~tool
    factor = pl.when(script).then(UNTOLD_SCRIPT).otherwise(pl.col("factor"))
    sure = unused & pl.col("has_text") & (pl.col("value") >= 2 * pl.col("threshold"))
    level = pl.when(sure).then(pl.lit("high")).when(tool & ~unused).then(pl.lit("low")).otherwise(pl.lit("medium"))
    return judged.with_columns(
        (pl.col("strength") * factor).alias("strength"),
        level.alias("confidence"),
        pl.col("verdict").cast(pl.String),
        pl.lit("the pauses of people, whose logarithm spreads by about 1.1").alias("compared_with"),
    )
