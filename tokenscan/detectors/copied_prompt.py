"""C01: several people send the same or nearly the same prompt on one day, unlike that prompt's normal life."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.statistics import strength


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/content/copied-prompt.toml``."""

    users: int
    burst: float
    used_below: float
    days: int
    top_days: int
    min_words: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Find prompts that burst over people on a day, and the people who took part on several such days.

    A prompt is followed by its opening (first ten words, numbers and names of files masked) and by its near-duplicate
    cluster. Templates that a team uses all the time, or on every Friday, have a baseline as high as their best day and
    never burst.
    """
    calls = tables.calls.filter(pl.col("text") & ~pl.col("planned") & (pl.col("words") >= params.min_words))
    senders = calls["user"].n_unique()
    if senders <= params.users:
        return NotEvaluated(f"{senders} people with prompts, needs more than {params.users}")
    keyed = _keyed(calls)
    bursts = _bursts(keyed, tables.calls.select(pl.col("day").unique()), params)
    matched = keyed.join(bursts, on=["day", "key"]).sort("user", "row_id", "burst", "key")
    fired = _burst_days(matched).filter(pl.col("value") >= params.days)
    rows = fired.join(_facts(matched), on="user").with_columns(
        pl.col("value").alias("burst_days"),
        pl.lit(params.days).alias("threshold"),
        strength(pl.col("value").cast(pl.Float64), params.days, params.top_days).alias("strength"),
        pl.when(pl.col("value") >= 2 * params.days)
        .then(pl.lit("high"))
        .otherwise(pl.lit("medium"))
        .alias("confidence"),
        pl.lit("the same prompts on other days").alias("compared_with"),
    )
    claims = matched.select("user", "row_id", pl.lit("row").alias("level"), pl.lit(1.0).alias("share")).unique()
    metrics = ["burst_days", "people_at_most", "people_on_such_days", "usual_people_a_day", "distinct_prompts",
               "on_days"]  # fmt: skip
    return detection(rows, metrics, claims)


def _keyed(calls: pl.DataFrame) -> pl.DataFrame:
    """Two rows a call: its opening and its near-duplicate cluster are both followed."""
    columns = ["user", "team", "day", "row_id", "timestamp", "used", "prompt_id"]
    return pl.concat(
        calls.select(*columns, pl.struct(pl.lit(kind).alias("kind"), pl.col(key).alias("id")).alias("key"))
        for kind, key in (("opening", "prefix_id"), ("cluster", "cluster_id"))
    )


def _bursts(keyed: pl.DataFrame, days: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return (day, key) on which more people than usual sent a prompt whose answers nobody used.

    Usual is the average number of senders on the other days, or on the other days of that weekday if that is more: days
    without the prompt count, so a weekly report is usual on its day and a prompt sent on a few odd days is not.
    """
    daily = keyed.group_by("day", "key").agg(
        pl.col("user").n_unique().cast(pl.Int64).alias("people"), pl.col("used").mean().alias("used_share")
    )
    weekday = pl.col("day").dt.weekday().alias("weekday")
    rhythm = daily.with_columns(weekday).join(days.group_by(weekday).len("weekdays"), on="weekday")
    people = pl.col("people")
    on_all = (people.sum().over("key") - people) / max(days.height - 1, 1)
    on_weekday = (people.sum().over("key", "weekday") - people) / (pl.col("weekdays").cast(pl.Int64) - 1).clip(1)
    unused = (pl.col("used_share") < params.used_below).fill_null(True)
    return (
        rhythm.with_columns(pl.max_horizontal(on_all, on_weekday).alias("base"))
        .filter((pl.col("people") > params.users) & (pl.col("people") >= params.burst * pl.col("base")) & unused)
        .select("day", "key", "people", "base", (pl.col("people") / (pl.col("base") + 1)).alias("burst"))
    )


def _burst_days(matched: pl.DataFrame) -> pl.DataFrame:
    """Return for each person on how many days they took part, and with how many others."""
    per_day = matched.group_by("user", "day").agg(pl.col("people").max(), pl.col("base").min())
    return per_day.group_by("user").agg(
        pl.col("day").n_unique().alias("value"),
        pl.col("people").max().alias("people_at_most"),
        pl.col("people").median().alias("people_on_such_days"),
        pl.col("base").mean().alias("usual_people_a_day"),
        pl.col("day").sort().cast(pl.String).str.join(", ").alias("on_days"),
    )


def _facts(matched: pl.DataFrame) -> pl.DataFrame:
    return matched.group_by("user").agg(
        pl.col("team").first(),
        pl.col("row_id").n_unique().cast(pl.Int64).alias("n"),
        pl.col("prompt_id").n_unique().alias("distinct_prompts"),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
