"""B06: one person in many conversations at once. Context: agents fan out, and windows stay open."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.statistics import strength
from tokenscan.detectors.common.streams import in_streams, numbered

COLUMNS = ["row_id", "user", "team", "app", "session", "timestamp"]
PAUSE = 600.0  # a session without a prompt for longer is not in use
METRICS = ["most_at_once", "longest_minutes", "total_minutes", "days", "sessions", "apps"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/behaviour/impossible-parallelism.toml``."""

    sessions: int
    top_sessions: int
    minutes: float


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Sweep over beginnings and ends of a person's sessions and find how many were in use at the same time.

    A session is in use from one prompt the person typed to the next, while these are at most ten minutes apart; steps
    of agents do not count, and neither do sessions that only share a clock second.
    """
    named = pl.col("turn") & (pl.col("session_quality") == "client")
    spans = _spans(tables.calls.lazy().filter(named).select(COLUMNS).collect())
    if spans.is_empty():
        return NotEvaluated("no session with two prompts of a person within ten minutes")
    stretches = _stretches(_steps(spans), params.sessions)
    long = stretches.filter(pl.col("minutes") >= params.minutes)
    people = long.group_by("user").agg(
        pl.col("minutes").max().alias("longest_minutes"),
        pl.col("minutes").sum().alias("total_minutes"),
        pl.col("first_seen").dt.date().n_unique().cast(pl.Int64).alias("days"),
        pl.col("most").max().cast(pl.Int64).alias("most_at_once"),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    about = spans.group_by("user").agg(
        pl.col("team").drop_nulls().first(),
        pl.col("session").n_unique().cast(pl.Int64).alias("sessions"),
        pl.col("app").drop_nulls().unique().sort().str.join(", ").alias("apps"),
    )
    value = pl.col("most_at_once").cast(pl.Float64)
    rows = people.join(about, on="user").with_columns(
        value.alias("value"),
        pl.lit(params.sessions).alias("threshold"),
        pl.col("sessions").alias("n"),
        strength(value, params.sessions, params.top_sessions).alias("strength"),
        pl.lit("low").alias("confidence"),
        pl.lit("one or two conversations at a time").alias("compared_with"),
    )
    return detection(rows, METRICS)


def _spans(turns: pl.DataFrame) -> pl.DataFrame:
    """Return one row a stretch of use of a session: user, session, begin, end."""
    part = numbered(~pl.col("follows") | (pl.col("gap") > PAUSE))
    spans = in_streams(turns, ["user", "session"]).group_by(part.alias("part")).agg(
        pl.col("user", "session", "team", "app").first(),
        pl.col("timestamp").min().alias("begin"),
        pl.col("timestamp").max().alias("end"),
    )  # fmt: skip
    return spans.filter(pl.col("end") > pl.col("begin"))


def _steps(spans: pl.DataFrame) -> pl.DataFrame:
    """Return the moments at which a person's number of sessions in use changes, with the number from then on."""
    begins = spans.select("user", pl.col("begin").alias("moment"), pl.lit(1).alias("change"))
    ends = spans.select("user", pl.col("end").alias("moment"), pl.lit(-1).alias("change"))
    changes = pl.concat([begins, ends]).group_by("user", "moment").agg(pl.col("change").sum())
    return changes.sort("user", "moment").with_columns(pl.col("change").cum_sum().over("user").alias("open"))


def _stretches(steps: pl.DataFrame, sessions: int) -> pl.DataFrame:
    """Return the stretches of time in which at least ``sessions`` were in use without a break."""
    busy = pl.col("open") >= sessions
    until = pl.col("moment").shift(-1).over("user")
    marked = steps.with_columns(busy.alias("busy"), until.alias("until"), busy.rle_id().over("user").alias("stretch"))
    return (
        marked.filter("busy")
        .group_by("user", "stretch")
        .agg(
            pl.col("moment").min().alias("first_seen"),
            pl.col("until").max().alias("last_seen"),
            pl.col("open").max().alias("most"),
            ((pl.col("until") - pl.col("moment")).dt.total_milliseconds().sum() / 60_000).alias("minutes"),
        )
    )
