"""O01: how many prompts a person types per completed task."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.corroborate import CLEARED
from tokenscan.detectors.common.empty_use import PROMPTS, typed_people, with_effort, with_use
from tokenscan.detectors.common.needless import needless_by_task
from tokenscan.detectors.common.statistics import gamma_rate_bound, strength
from tokenscan.detectors.common.tables import outcomes_by_user
from tokenscan.detectors.common.use import marks_of_use, use_verdict

IN_DOUBT = 0.8  # of the strength, where nothing clear is known of the use of the answers
NOTHING = 1.0  # standard deviations: from here to three the strength of a hint rises from 0 to 1, at most to 0.5
USUAL = 4.0  # prompts a task, where there are no colleagues to tell: the middle of what is normal
METRICS = [
    "per_task", "lower_bound", "turns", "tasks", "heavy_days", "per_task_all_days", "peer_median", "other_teams_median",
    "team_median", "per_day", "per_day_peers", "more", "busy", "verdict", "known", "true", "used_percent",
    "expected_percent",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/outcome/prompts-per-task.toml``."""

    prompts: float
    top: float
    times_peers: float
    relative_floor: float
    hint: float
    min_turns: int
    min_days: int
    min_peers: int
    min_marks: int
    heavy_quantile: float


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Count prompts and tasks on the person's heavier days and bound the tasks per prompt from above.

    Tasks are Poisson in the number of prompts, the rate has a Gamma(2, 8) prior (two tasks in eight prompts: the middle
    of what is normal). Even the 95 % upper bound of the rate must mean too many prompts for a task. Tasks may be booked
    on another day, so over all days too there must be more prompts a task than ``relative_floor``. Answers that are
    used clear. Where nothing clear is known of their use, there must be far more prompts a day than colleagues type.
    What is far above colleagues both for each task and in a day is at least a hint.
    """
    typed = tables.typed.filter(~pl.col("planned"))
    people = _heavy_days(tables, typed, params)
    if people.is_empty():
        return NotEvaluated(f"nobody has {params.min_turns} prompts on {params.min_days} days and outcomes")
    judged = people.join(_compared(tables, typed, params), on="user").join(_over_all_days(tables, typed), on="user")
    verdict = use_verdict(marks_of_use(typed), params.min_marks).select(
        "user", "verdict", "used_percent", "expected_percent"
    )
    judged = judged.join(verdict, on="user", how="left").with_columns(pl.col("verdict").fill_null("unknown"))
    found = _described(_fired(judged.sort("user"), params), params)
    needed = pl.col("peer_median").fill_null(USUAL) / pl.col("per_task_all_days")
    convicted = found.filter(~pl.col("cleared") & (pl.col("confidence") != "low"))
    needless = needless_by_task(tables.steps, typed, convicted.select("user", needed.alias("needed")))
    return detection(found, METRICS, needless)


def _heavy_days(tables: Tables, typed: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return prompts and tasks of each person over the days at or above their own quantile of prompts, and the bound.

    Light days dilute what a gamer does on the others.
    """
    counts = typed.group_by("user", "day").agg(pl.len().cast(pl.Int64).alias("turns"))
    days = tables.days.select("user", "day", "tasks", "first_seen", "last_seen").join(counts, on=["user", "day"])
    known = days.sort("user", "day").filter(pl.col("tasks").is_not_null())
    long = known.filter(pl.len().over("user") >= params.min_days)
    heavy = long.filter(pl.col("turns") >= pl.col("turns").quantile(params.heavy_quantile, "linear").over("user"))
    sums = heavy.group_by("user").agg(
        pl.col("turns").sum(),
        pl.col("tasks").sum(),
        pl.len().cast(pl.Int64).alias("heavy_days"),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    people = sums.filter(pl.col("turns") >= params.min_turns).sort("user")
    rate = gamma_rate_bound(people["tasks"], people["turns"], 0.95, prior=(2, 8))
    observed = pl.col("turns") / pl.max_horizontal(pl.col("tasks"), pl.lit(1.0))
    return people.with_columns((1 / rate).alias("lower_bound"), observed.alias("per_task"))


def _over_all_days(tables: Tables, typed: pl.DataFrame) -> pl.DataFrame:
    """Return prompts per task over all days that outcomes cover, tasks of days without a prompt included."""
    days = tables.days.filter(pl.col("tasks").is_not_null())
    booked = outcomes_by_user(tables.context).filter(pl.col("date").is_between(days["day"].min(), days["day"].max()))
    tasks = booked.group_by("user").agg(pl.col("tasks").sum().alias("all_tasks"))
    turns = typed.join(days.select("user", "day"), on=["user", "day"], how="semi").group_by("user").len("all_turns")
    per_task = pl.col("all_turns") / pl.max_horizontal(pl.col("all_tasks"), pl.lit(1.0))
    return turns.join(tasks, on="user").select("user", per_task.alias("per_task_all_days"))


def _compared(tables: Tables, typed: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Return what is usual among colleagues over all days, and how far from it the person is."""
    people = with_use(typed_people(tables, typed, params.min_days), PROMPTS, params.min_marks, params.min_peers)
    return with_effort(people, PROMPTS, params.min_peers).select(
        "user", "peers", "peer_group", "per_day", "per_day_peers", "more", "busy", "known", "true",
        peer_median="per_task_peers", other_teams_median="per_task_others", team_median="per_task_team",
    )  # fmt: skip


def _fired(judged: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Keep who needs too many prompts, as far as is known of the use of the answers."""
    unknown, wanted = pl.col("verdict") == "unknown", pl.col("verdict") == "wanted"
    usual = pl.col("peer_median")
    absolute = strength(pl.col("lower_bound"), params.prompts, params.top)
    times = strength(pl.col("lower_bound") / usual, params.times_peers, params.times_peers**2).fill_null(0.0)
    relative = pl.when(pl.col("lower_bound") >= params.relative_floor).then(times).otherwise(0.0)
    beyond = pl.max_horizontal(absolute, relative)
    busy = usual.is_null() | ((pl.col("busy") >= params.hint) & (times > 0))
    level = pl.when(unknown).then(pl.when(busy).then(absolute).otherwise(0.0)).otherwise(beyond)
    level = pl.when(pl.col("per_task_all_days") >= params.relative_floor).then(level).otherwise(0.0)
    factor = pl.when(wanted).then(CLEARED).when(unknown).then(IN_DOUBT).otherwise(1.0)
    both = pl.min_horizontal("more", "busy")
    small = pl.when((both >= params.hint) & pl.col("more").is_not_null() & pl.col("busy").is_not_null()).then(
        ((both - NOTHING) / 2).clip(0.0, 0.5) * pl.when(wanted).then(0.5).otherwise(1.0)
    )
    scored = judged.with_columns(
        (level * factor).alias("evidence"), small.fill_null(0.0).alias("small"), (wanted & (level > 0)).alias("cleared")
    )
    return scored.filter(pl.max_horizontal("evidence", "small") > 0)


def _described(found: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Add what a finding says. Less than ``prompts`` may be a team's way to count tasks: a hint where none is known."""
    evident = (pl.col("evidence") > 0) & ~pl.col("cleared")
    sure = pl.col("lower_bound") >= params.prompts
    solid = evident & (sure | pl.col("team_median").is_not_null())
    high = solid & sure & (pl.col("verdict") == "unused")
    used = pl.format("{}% of {} answers were used", pl.col("used_percent").round(0).cast(pl.Int64), "known")
    wanted = pl.col("verdict") == "wanted"
    return found.with_columns(
        pl.col("per_task").alias("value"),
        pl.when(pl.col("evidence") == 0).then("peer_median")
        .when(sure).then(params.prompts).otherwise(params.times_peers * pl.col("peer_median")).alias("threshold"),
        pl.col("turns").alias("n"),
        pl.when(pl.col("evidence") > 0).then("evidence").otherwise("small").alias("strength"),
        pl.when(high).then(pl.lit("high")).when(solid).then(pl.lit("medium")).otherwise(pl.lit("low"))
        .alias("confidence"),
        pl.when(wanted).then(pl.concat_list(used)).otherwise(pl.lit([], pl.List(pl.String))).alias("against"),
        pl.when(pl.col("peers") > 0)
        .then(pl.format("the median of {} colleagues ({})", "peers", "peer_group"))
        .otherwise(pl.lit("3 to 5 prompts a task, the normal range"))
        .alias("compared_with"),
    )  # fmt: skip
