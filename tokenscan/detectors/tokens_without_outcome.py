"""O02: most tokens, no more work. Context: outcomes lag, and work differs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.corroborate import answers_used
from tokenscan.detectors.common.peers import with_peers
from tokenscan.detectors.common.statistics import strength
from tokenscan.detectors.common.tables import used_base


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/outcome/tokens-without-outcome.toml``."""

    ratio: float
    top: float
    min_days: int
    min_peers: int
    used_share: float
    team_usage: float
    team_weeks: int
    max_lag_weeks: int


MIN_PAIRED_WEEKS = 4
METRICS = ["who", "comparison", "ratio", "tokens_per_task", "peers_tokens_per_task", "tasks", "weeks", "elasticity"]


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Compare tokens per task with peers, and look at teams whose heavy use goes with no more outcomes."""
    people = _people(tables, params)
    teams = _teams(tables, params)
    if people is None and teams is None:
        return NotEvaluated(
            f"no group of {params.min_peers + 1} people with outcomes and {params.min_days} active days"
        )
    found = [detection(rows, METRICS, by=by) for rows, by in ((people, "user"), (teams, "team")) if rows is not None]
    if len(found) == 1:
        return found[0]
    # Numbers of the second part follow those of the first; neither claims waste.
    users, groups = (part.candidates for part in found)
    if users.is_empty() or groups.is_empty():
        return found[0] if groups.is_empty() else found[1]
    shifted = groups.with_columns(pl.col("candidate") + users.height)
    return Detection(candidates=pl.concat([users, shifted]), claims=found[0].claims)


def _people(tables: Tables, params: Params) -> pl.DataFrame | None:
    """Return people whose tokens per task are far above their peers'."""
    settled = tables.people.filter((pl.col("active_days") >= params.min_days) & pl.col("tasks").is_not_null())
    per_task = (pl.col("fresh") / (pl.col("tasks") + 2)).log()
    peers = with_peers(settled.with_columns(per_task.alias("per_task")), "per_task", params.min_peers)
    if peers.filter(pl.col("peers") > 0).is_empty():
        return None
    used = answers_used(peers, used_base(tables.people), params.used_share, 100)
    ratio = (pl.col("per_task") - pl.col("peer_median")).exp()
    far = peers.with_columns(ratio.alias("ratio")).join(used, on="user").filter(pl.col("ratio") >= params.ratio)
    return far.with_columns(
        pl.col("user").alias("who"),
        pl.format("{} times the median of {} colleagues", pl.col("ratio").round(1), "peers").alias("comparison"),
        pl.col("ratio").alias("value"),
        pl.lit(params.ratio).alias("threshold"),
        pl.col("active_days").alias("n"),
        (strength(pl.col("ratio"), params.ratio, params.top) * pl.col("factor")).alias("strength"),
        pl.lit("low").alias("confidence"),
        pl.format("the median of {} colleagues ({})", "peers", "peer_group").alias("compared_with"),
        pl.col("per_task").exp().round().cast(pl.Int64).alias("tokens_per_task"),
        pl.col("peer_median").exp().round().cast(pl.Int64).alias("peers_tokens_per_task"),
        pl.lit(None, pl.Int64).alias("weeks"),
        pl.lit(None, pl.Float64).alias("elasticity"),
    )


def _teams(tables: Tables, params: Params) -> pl.DataFrame | None:
    """Return the team that uses most per person-day if its weekly outcomes do not rise with its weekly tokens.

    The slope of ln(tasks) on ln(tokens) is Theil and Sen's (median of pairwise slopes). Outcomes may come later, so
    lags up to ``max_lag_weeks`` are tried and every one must be flat or falling.
    """
    weekly = _weekly(tables.days.filter(pl.col("tasks").is_not_null() & ~pl.col("planned")))
    long = weekly.filter(pl.len().over("team") >= params.team_weeks)
    names = long["team"].unique().sort()
    if len(names) < 2:
        return None
    usage = long.group_by("team").agg(
        (pl.col("fresh").sum() / pl.col("person_days").sum()).alias("rate"),
        pl.col("tasks").sum(),
        pl.len().cast(pl.Int64).alias("weeks"),
        pl.col("members").max(),
        pl.col("fresh", "used_known", "used_true").sum(),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    ).sort("rate", "team", descending=[True, False])  # fmt: skip
    ratio = pl.col("rate") / usage["rate"][1:].median()
    top = usage.head(1).with_columns(ratio.alias("ratio"), pl.format("team {}", "team").alias("who"))
    top = top.filter((pl.col("ratio") >= params.team_usage) & (pl.col("members") >= tables.context.min_group_size))
    slopes = [_best_slope(long.filter(team=name).sort("week"), params.max_lag_weeks) for name in top["team"]]
    rows = top.with_columns(pl.Series("elasticity", slopes, dtype=pl.Float64)).filter(pl.col("elasticity") <= 0)
    used = answers_used(rows.with_columns(user="who"), used_base(tables.people), params.used_share, 100)
    level = strength(pl.col("ratio"), params.team_usage, params.team_usage**2 + 1)
    text = "{} times the other teams per person-day, and no more tasks in weeks of higher use"
    return rows.join(used.rename({"user": "who"}), on="who").with_columns(
        pl.format(text, pl.col("ratio").round(1)).alias("comparison"),
        pl.col("ratio").alias("value"),
        pl.lit(params.team_usage).alias("threshold"),
        pl.col("weeks").alias("n"),
        (level * pl.when("cleared").then("factor").otherwise(1.0)).alias("strength"),
        pl.lit("low").alias("confidence"),
        pl.lit("the median of the other teams per person-day").alias("compared_with"),
        (pl.col("fresh") / (pl.col("tasks") + 2)).round().cast(pl.Int64).alias("tokens_per_task"),
        pl.lit(None, pl.Int64).alias("peers_tokens_per_task"),
    )


def _weekly(days: pl.DataFrame) -> pl.DataFrame:
    return (
        days.filter(pl.col("team").is_not_null())
        .group_by("team", pl.col("day").dt.truncate("1w").alias("week"))
        .agg(
            pl.col("fresh", "tasks", "used_known", "used_true").sum(),
            pl.len().alias("person_days"),
            pl.col("user").n_unique().alias("members"),
            pl.col("first_seen").min(),
            pl.col("last_seen").max(),
        )
        .sort("team", "week")
    )


def _best_slope(weeks: pl.DataFrame, max_lag: int) -> float:
    """Return the largest Theil-Sen slope over the lags: the reading most favourable to the team."""
    per_day = weeks.select(
        (pl.col("fresh") / pl.col("person_days")).log().alias("usage"),
        ((pl.col("tasks") + 0.5) / pl.col("person_days")).log().alias("outcome"),
    )
    usage, outcome = per_day["usage"].to_numpy(), per_day["outcome"].to_numpy()
    slopes = []
    for lag in range(min(max_lag, len(usage) - MIN_PAIRED_WEEKS) + 1):
        x, y = usage[: len(usage) - lag], outcome[lag:]
        higher = x[:, None] > x
        if higher.any():
            slopes.append(float(np.median((y[:, None] - y)[higher] / (x[:, None] - x)[higher])))
    return max(slopes, default=float("inf"))
