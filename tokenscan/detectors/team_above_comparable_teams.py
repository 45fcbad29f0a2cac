"""V03: a team far above comparable teams."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.statistics import Floats, median_of_others, strength

COMPARABLE = ["function", "channel"]
SEED = 20260105
LEVEL = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/volume/team-above-comparable-teams.toml``."""

    ratio: float
    top: float
    lower_bound: float
    min_teams: int
    min_person_days: int
    resamples: int
    tasks_share: float


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Compare tokens per active person-day with the median of the other teams of the same function.

    Teams that work mostly with agents and teams that mostly chat are compared apart. A lower bound from a seeded
    bootstrap over members (Efron 1979), and the ratio without the heaviest member, keep one heavy user from standing
    for a team.
    """
    members = _members(tables)
    teams = _teams(members, tables.context.min_group_size, params.min_person_days)
    enough = teams.filter(pl.len().over(COMPARABLE) > params.min_teams)
    if enough.is_empty():
        return NotEvaluated(
            f"no function has {params.min_teams + 1} comparable teams (at least {tables.context.min_group_size} people "
            f"and {params.min_person_days} active person-days each, all by chat or all with agents)"
        )
    compared = median_of_others(enough, "rate", COMPARABLE).with_columns(
        (pl.col("rate") / pl.col("others_median")).alias("ratio"),
        (pl.col("rate_without_top") / pl.col("others_median")).alias("ratio_without_top"),
    )
    compared = _with_tasks(compared)
    far = compared.filter(pl.col("ratio") >= params.ratio)
    if far.is_empty():
        return detection(far, [])
    bounds = [_lower_bound(members, team, others, params.resamples) for team, others in
              far.select("team", "others_median").iter_rows()]  # fmt: skip
    rows = far.with_columns(pl.Series("lower", bounds, dtype=pl.Float64)).filter(
        (pl.col("lower") >= params.lower_bound) & (pl.col("ratio_without_top") >= params.lower_bound)
    )
    return _detection(rows, params)


def _detection(rows: pl.DataFrame, params: Params) -> Detection:
    worked = (pl.col("tasks_ratio") >= params.tasks_share * pl.col("ratio")).fill_null(False)
    text = pl.format("{} times the tasks of comparable teams", pl.col("tasks_ratio").round(1))
    scored = rows.with_columns(
        pl.col("ratio").alias("value"),
        pl.lit(params.ratio).alias("threshold"),
        pl.col("person_days").alias("n"),
        strength(pl.col("ratio"), params.ratio, params.top).alias("strength"),
        pl.when(pl.col("lower") >= params.ratio).then(pl.lit("high")).otherwise(pl.lit("medium")).alias("confidence"),
        worked.alias("cleared"),
        pl.when(worked).then(pl.concat_list(text)).otherwise(pl.lit([], pl.List(pl.String))).alias("against"),
        pl.format("the median of {} other teams ({}, {})", "others_n", "function", "channel").alias("compared_with"),
        pl.col("rate").round().cast(pl.Int64).alias("tokens_per_person_day"),
        pl.col("others_median").round().cast(pl.Int64).alias("comparable_teams"),
    )
    metrics = ["ratio", "lower", "ratio_without_top", "tokens_per_person_day", "comparable_teams", "members",
               "person_days", "tasks_ratio"]  # fmt: skip
    return detection(scored, metrics, by="team")


def _members(tables: Tables) -> pl.DataFrame:
    """One row a member: fresh tokens, active days and tasks outside planned events."""
    function = tables.people.select("user", "function", "channel")
    return (
        tables.days.filter(~pl.col("planned") & pl.col("team").is_not_null())
        .group_by("team", "user")
        .agg(
            pl.col("fresh").sum(),
            pl.len().alias("person_days"),
            pl.when(pl.col("tasks").is_not_null().any()).then(pl.col("tasks").sum()).alias("tasks"),
            pl.col("first_seen").min(),
            pl.col("last_seen").max(),
        )
        .join(function, on="user", how="left")
        .sort("team", "user")
    )


def _teams(members: pl.DataFrame, min_size: int, min_person_days: int) -> pl.DataFrame:
    heaviest = pl.col("fresh").rank("ordinal") == pl.len()
    days = pl.col("person_days")
    teams = members.group_by("team").agg(
        pl.col("function").drop_nulls().mode().sort().first(),
        pl.col("channel").mode().sort().first(),
        pl.len().alias("members"),
        days.sum().cast(pl.Int64).alias("person_days"),
        (pl.col("fresh").sum() / days.sum()).alias("rate"),
        (pl.col("fresh").filter(~heaviest).sum() / days.filter(~heaviest).sum()).alias("rate_without_top"),
        (pl.col("tasks").sum() / days.filter(pl.col("tasks").is_not_null()).sum()).alias("task_rate"),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    usable = (pl.col("members") >= min_size) & (pl.col("person_days") >= min_person_days)
    return teams.filter(usable & pl.col("function").is_not_null()).sort("team")


def _with_tasks(teams: pl.DataFrame) -> pl.DataFrame:
    known = teams.with_columns(pl.when(pl.col("task_rate").is_finite()).then("task_rate").alias("task_rate"))
    others = median_of_others(known.drop("others_median", "others_n"), "task_rate", COMPARABLE)
    ratio = pl.when(others["others_median"] > 0).then(pl.col("task_rate") / others["others_median"])
    return known.with_columns(ratio.alias("tasks_ratio"))


def _lower_bound(members: pl.DataFrame, team: str, others: float, resamples: int) -> float:
    """Return the 5 % bootstrap quantile of the team's ratio over resampled members."""
    own = members.filter(pl.col("team") == team)
    fresh: Floats = own["fresh"].to_numpy().astype(np.float64)
    days: Floats = own["person_days"].to_numpy().astype(np.float64)
    picks = np.random.default_rng(SEED).integers(0, len(own), size=(resamples, len(own)))
    rates = fresh[picks].sum(axis=1) / days[picks].sum(axis=1)
    return float(np.quantile(rates / others, LEVEL))
