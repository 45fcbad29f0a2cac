"""What came of flagged person-days, against the person's own other days: answers used, and tasks per prompt."""

from __future__ import annotations

import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.marks import judged_use
from tokenscan.detectors.common.statistics import gamma_rate_bound
from tokenscan.detectors.common.tables import used_base
from tokenscan.sums import ordered_mean

USUAL_APP_DAYS = 0.1  # of the other days: an app the person works in
PRIOR = (0.5, 1.0)  # of tasks per prompt: next to nothing
MIN_TASKS = 10  # on the other days, to say what is usual


def results_of(tables: Tables, flagged: pl.DataFrame) -> pl.DataFrame:
    """Judge flagged person-days (user, day) by their results; one row a user.

    Columns: ``verdict`` and ``use_*`` (see ``judged_use``), ``use_daily``: the mean over the other days of the share
    used, for a batch of hundreds of used answers is one day's work; ``prompts_on`` and ``tasks_on`` of the flagged
    days; ``task_share``: the upper 95 % bound of tasks per prompt on them (Poisson counts, Gamma prior) as a share of
    what the person does on other days, null if unknown; ``own_app_share``: the part of their tokens in apps that the
    person also uses on at least a tenth of their other days, for a script of their own elsewhere makes no tasks.
    """
    marked = flagged.select("user", "day").with_columns(pl.lit(value=True).alias("on"))
    users = marked.select("user").unique()
    on = pl.col("on").fill_null(value=False)
    columns = ["user", "day", "app", "fresh", "used", "ok"]
    calls = tables.calls.lazy().select(columns).filter("ok").join(users.lazy(), on="user", how="semi").collect()
    calls = calls.join(marked, on=["user", "day"], how="left").with_columns(on)
    days = tables.days.join(users, on="user", how="semi").join(marked, on=["user", "day"], how="left").with_columns(on)
    use = judged_use(calls, ["user"], pl.col("on"), used_base(tables.people))
    shares = use.join(_own_apps(calls), on="user", how="full", coalesce=True)
    used = (pl.col("used_true") / pl.col("used_known")).filter(~pl.col("on") & (pl.col("used_known") > 0))
    shares = shares.join(days.group_by("user").agg(ordered_mean(used).alias("use_daily")), on="user", how="left")
    return _tasks(days).join(shares, on="user", how="left").sort("user")


def _tasks(days: pl.DataFrame) -> pl.DataFrame:
    on, known = pl.col("on"), pl.col("tasks").is_not_null()

    def total(name: str, when: pl.Expr) -> pl.Expr:
        return pl.col(name).filter(known & when).sum().cast(pl.Float64)

    sums = days.group_by("user").agg(
        total("turns", on).alias("prompts_on"),
        total("tasks", on).alias("tasks_on"),
        total("turns", ~on).alias("prompts_off"),
        total("tasks", ~on).alias("tasks_off"),
    )
    upper = gamma_rate_bound(sums["tasks_on"], sums["prompts_on"], 0.95, PRIOR)
    usual = pl.col("tasks_off") / pl.col("prompts_off")
    told = (pl.col("tasks_off") >= MIN_TASKS) & (pl.col("prompts_off") > 0) & (pl.col("prompts_on") > 0)
    return sums.with_columns(pl.when(told).then(upper / usual).alias("task_share"))


def _own_apps(calls: pl.DataFrame) -> pl.DataFrame:
    """Return the share of the flagged days' tokens in apps of the person's everyday."""
    off = calls.filter(~pl.col("on"))
    others = off.group_by("user").agg(pl.col("day").n_unique().alias("_days"))
    apps = off.group_by("user", "app").agg(pl.col("day").n_unique().alias("_app_days")).join(others, on="user")
    everyday = apps.filter(pl.col("_app_days") >= USUAL_APP_DAYS * pl.col("_days")).select(
        "user", "app", pl.lit(value=True).alias("everyday")
    )
    flagged = calls.filter("on").join(everyday, on=["user", "app"], how="left", nulls_equal=True)
    inside = pl.col("fresh").filter(pl.col("everyday").fill_null(value=False)).sum()
    return flagged.group_by("user").agg((inside / pl.col("fresh").sum()).fill_nan(0.0).alias("own_app_share"))
