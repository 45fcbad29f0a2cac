"""O02: most tokens, no more work. Context, unless the answers lie unused: outcomes lag, and work differs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection, nothing
from tokenscan.detectors.common.corroborate import answers_used
from tokenscan.detectors.common.empty_use import TOKENS, empty_use, typed_people
from tokenscan.detectors.common.needless import needless_by_use
from tokenscan.detectors.common.statistics import strength
from tokenscan.detectors.common.tables import used_base


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/outcome/tokens-without-outcome.toml``."""

    ratio: float
    top: float
    ratio_unused: float
    score: float
    top_score: float
    least: float
    second: float
    min_marks: int
    min_days: int
    min_peers: int
    used_share: float
    team_usage: float
    team_weeks: int
    max_lag_weeks: int


CONTEXT = 0.5  # of the rule's weight, for heavy use beside few tasks alone
SURE = 2.0  # standard deviations by which each part must stand out for high confidence
MIN_PAIRED_WEEKS = 4
METRICS = [
    "who", "comparison", "ratio", "tokens_per_task", "peers_tokens_per_task", "tasks", "used_percent",
    "peers_used_percent", "known", "more", "unused", "busy", "uneven", "uneven_by", "least", "second", "score", "weeks",
    "elasticity",
]  # fmt: skip
OF_PEOPLE = {
    "peers_used_percent": pl.Float64, "more": pl.Float64, "unused": pl.Float64, "busy": pl.Float64,
    "uneven": pl.Float64, "uneven_by": pl.String, "least": pl.Float64, "second": pl.Float64, "score": pl.Float64,
    "peers_tokens_per_task": pl.Int64,
}  # fmt: skip


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Compare tokens per task with peers, and look at teams whose heavy use goes with no more outcomes."""
    people = _people(tables, params)
    teams = _teams(tables, params)
    if people is None and teams is None:
        return NotEvaluated(
            f"no group of {params.min_peers + 1} people with outcomes and {params.min_days} active days"
        )
    users = people or nothing()
    groups = nothing() if teams is None else detection(teams, METRICS, by="team")
    if users.candidates.is_empty() or groups.candidates.is_empty():
        return groups if users.candidates.is_empty() else users
    # Numbers of the second part follow those of the first; a team claims no waste.
    shifted = groups.candidates.with_columns(pl.col("candidate") + users.candidates.height)
    return Detection(candidates=pl.concat([users.candidates, shifted]), claims=users.claims)


def _people(tables: Tables, params: Params) -> Detection | None:
    """Return people whose tokens per task are far above their peers'.

    Heavy use beside few tasks is context. It is evidence where the answers lie unused as well, and in a way that sets
    them apart from the person's other answers or goes with many more prompts a day (``empty_use``, in tokens).
    """
    typed = tables.typed.filter(~pl.col("planned"))
    people = typed_people(tables, typed, params.min_days).filter(pl.col("tasks").is_not_null())
    judged = empty_use(people, typed, TOKENS, params.min_marks, params.min_peers)
    if judged.filter(pl.col("peers") > 0).is_empty():
        return None
    used = answers_used(_marks(judged), used_base(tables.people), params.used_share, params.min_marks)
    ratio = pl.col("per_task") / pl.col("per_task_peers")
    apart = (pl.col("least") >= params.least) & (pl.col("second") >= params.second)
    empty = (pl.col("score") >= params.score) & apart & (ratio >= params.ratio_unused)
    far = judged.join(used, on="user").with_columns(ratio.alias("ratio"), empty.fill_null(value=False).alias("empty"))
    context = CONTEXT * strength(pl.col("ratio"), params.ratio, params.top) * pl.col("factor")
    evidence = strength(pl.col("score"), params.score, params.top_score)
    sure = pl.min_horizontal("least", "second") >= SURE
    found = far.filter(pl.col("empty") | (pl.col("ratio") >= params.ratio)).with_columns(
        pl.col("user").alias("who"),
        pl.format("{} times the median of {} colleagues", pl.col("ratio").round(1), "peers").alias("comparison"),
        pl.col("ratio").alias("value"),
        pl.when("empty").then(params.ratio_unused).otherwise(params.ratio).alias("threshold"),
        pl.col("active_days").alias("n"),
        pl.when("empty").then(evidence).otherwise(context).alias("strength"),
        pl.when(~pl.col("empty")).then(pl.lit("low")).when(sure).then(pl.lit("high")).otherwise(pl.lit("medium"))
        .alias("confidence"),
        (pl.col("cleared") & ~pl.col("empty")).alias("cleared"),
        pl.format("the median of {} colleagues ({})", "peers", "peer_group").alias("compared_with"),
        pl.col("per_task").round().cast(pl.Int64).alias("tokens_per_task"),
        pl.col("per_task_peers").round().cast(pl.Int64).alias("peers_tokens_per_task"),
        (pl.col("used_share") * 100).alias("used_percent"),
        (pl.col("used_peers") * 100).alias("peers_used_percent"),
        pl.lit(None, pl.Int64).alias("weeks"),
        pl.lit(None, pl.Float64).alias("elasticity"),
    )  # fmt: skip
    return detection(found, METRICS, needless_by_use(tables.steps, typed, found.filter("empty")))


def _marks(people: pl.DataFrame) -> pl.DataFrame:
    """Return marks of use on typed prompts in place of those on all calls."""
    return people.with_columns(
        pl.col("known").fill_null(0).alias("used_known"), pl.col("true").fill_null(0).alias("used_true")
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
        (CONTEXT * level * pl.when("cleared").then("factor").otherwise(1.0)).alias("strength"),
        pl.lit("low").alias("confidence"),
        pl.lit("the median of the other teams per person-day").alias("compared_with"),
        (pl.col("fresh") / (pl.col("tasks") + 2)).round().cast(pl.Int64).alias("tokens_per_task"),
        (pl.col("used_true") / pl.col("used_known") * 100).fill_nan(None).alias("used_percent"),
        pl.col("used_known").alias("known"),
        *(pl.lit(None, dtype).alias(name) for name, dtype in OF_PEOPLE.items()),
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
