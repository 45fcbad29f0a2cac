"""O01: how many prompts a person types per completed task."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.peers import with_peers
from tokenscan.detectors.common.statistics import gamma_rate_bound, strength
from tokenscan.detectors.common.tables import outcomes_by_user


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/outcome/prompts-per-task.toml``."""

    prompts: float
    top: float
    times_peers: float
    relative_floor: float
    min_turns: int
    min_days: int
    min_peers: int
    heavy_quantile: float


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Count turns and tasks on the person's heavier days and bound the tasks per turn from above.

    Tasks are Poisson in the number of turns, the rate has a Gamma(2, 8) prior (two tasks in eight turns: the middle of
    what is normal). The rule fires when even the 95 % upper bound of the rate means too many prompts for a task. Tasks
    may be booked on another day, so over all days too there must be more prompts a task than ``relative_floor``.
    """
    people = _heavy_days(tables.days, params).join(_over_all_days(tables), on="user", how="left")
    if people.is_empty():
        return NotEvaluated(f"nobody has {params.min_turns} prompts on {params.min_days} days and outcomes")
    rate = gamma_rate_bound(people["tasks"], people["turns"], 0.95, prior=(2, 8))
    observed = pl.col("turns") / pl.max_horizontal(pl.col("tasks"), pl.lit(1.0))
    rated = people.with_columns((1 / rate).alias("lower_bound"), observed.alias("per_task"))
    channel = tables.people.select("user", "function", "channel")
    peers = with_peers(rated.join(channel, on="user", how="left"), "per_task", params.min_peers)
    relative = pl.col("lower_bound") / pl.col("peer_median")
    absolute = strength(pl.col("lower_bound"), params.prompts, params.top)
    beyond = strength(relative, params.times_peers, params.times_peers**2).fill_null(0.0)
    scored = peers.with_columns(
        pl.max_horizontal(
            absolute, pl.when(pl.col("lower_bound") >= params.relative_floor).then(beyond).otherwise(0.0)
        ).alias("strength")
    ).filter((pl.col("strength") > 0) & (pl.col("per_task_all_days") >= params.relative_floor))
    sure = pl.col("lower_bound") >= params.prompts
    rows = scored.with_columns(
        pl.col("per_task").alias("value"),
        pl.when(sure).then(params.prompts).otherwise(params.times_peers * pl.col("peer_median")).alias("threshold"),
        pl.col("turns").alias("n"),
        pl.when(sure).then(pl.lit("high")).otherwise(pl.lit("medium")).alias("confidence"),
        pl.when(pl.col("peers") > 0)
        .then(pl.format("the median of {} colleagues ({})", "peers", "peer_group"))
        .otherwise(pl.lit("3 to 5 prompts a task, the normal range"))
        .alias("compared_with"),
    )
    metrics = ["per_task", "lower_bound", "turns", "tasks", "heavy_days", "per_task_all_days", "peer_median"]
    return detection(rows, metrics, _claims(tables.calls, rows))


def _heavy_days(days: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return turns and tasks of each person over the days at or above their own quantile of turns.

    Light days dilute what a gamer does on the others.
    """
    typed = days.filter((pl.col("turns") > 0) & pl.col("tasks").is_not_null() & ~pl.col("planned"))
    long = typed.filter(pl.len().over("user") >= params.min_days)
    heavy = long.filter(pl.col("turns") >= pl.col("turns").quantile(params.heavy_quantile, "linear").over("user"))
    return (
        heavy.group_by("user")
        .agg(
            pl.col("team").first(),
            pl.col("turns").sum(),
            pl.col("tasks").sum(),
            pl.len().cast(pl.Int64).alias("heavy_days"),
            pl.col("first_seen").min(),
            pl.col("last_seen").max(),
        )
        .filter(pl.col("turns") >= params.min_turns)
        .sort("user")
    )


def _over_all_days(tables: Tables) -> pl.DataFrame:
    """Return prompts per task over all days that outcomes cover, tasks of days without a prompt included."""
    days = tables.days.filter(pl.col("tasks").is_not_null())
    booked = outcomes_by_user(tables.context).filter(pl.col("date").is_between(days["day"].min(), days["day"].max()))
    tasks = booked.group_by("user").agg(pl.col("tasks").sum().alias("all_tasks"))
    turns = days.group_by("user").agg(pl.col("turns").sum().alias("all_turns"))
    per_task = pl.col("all_turns") / pl.max_horizontal(pl.col("all_tasks"), pl.lit(1.0))
    return turns.join(tasks, on="user").select("user", per_task.alias("per_task_all_days"))


def _claims(calls: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Claim of every turn the share that colleagues would not have needed for all the tasks that were done."""
    usual = pl.col("peer_median").fill_null(4.0)
    share = rows.select("user", (1 - usual / pl.col("per_task_all_days")).clip(0, 1).alias("share"))
    return calls.filter("turn").join(share, on="user").select(
        "user", "row_id", pl.lit("window").alias("level"), "share"
    )  # fmt: skip
