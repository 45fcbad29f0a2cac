"""R01: usage that rises in the two weeks before a performance review and falls back after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from tokenscan.context.model import Review
from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.corroborate import CLEARED, MIN_MARKS, USED_LIKE_OTHERS
from tokenscan.detectors.common.statistics import Floats, beta_bound, false_discovery
from tokenscan.detectors.common.tables import used_base
from tokenscan.detectors.common.windows import DayGrid, WindowEffect, day_grid, placebo_ends, window_effect


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/calendar/review-window.toml``."""

    rise: float
    top: float
    window_days: int
    before_days: int
    after_days: int
    false_discovery: float
    tasks_share: float
    fall_share: float
    min_window_days: int
    min_other_days: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Compare each person's window with the weeks around it, against the same comparison at dates without a review.

    Randomisation inference on the studentised difference (MacKinnon and Webb 2020 advise t over the coefficient when
    units are atypical): the p-value is the rank among placebo dates, pooled over people, then Benjamini-Hochberg.
    """
    days = tables.days.filter(~pl.col("planned"))
    if days.is_empty():
        return NotEvaluated("no active days")
    grid, raw = day_grid(days, "own"), day_grid(days, "level")
    reviews = [review for review in tables.context.reviews if _inside(grid, review.day, params)]
    if not reviews:
        return NotEvaluated(f"no review with {params.window_days} days of log before and 7 after it")
    effect = _effects(grid, reviews, tables, params)
    placebo = _null(grid, [review.day for review in reviews], params)
    known = np.isfinite(effect.t)
    if not known.any() or len(placebo) < 100:
        return NotEvaluated(
            f"too little history around the reviews: needs {params.min_window_days} active days in the window, "
            f"{params.min_other_days} around it, and placebo dates"
        )
    p = (1 + len(placebo) - np.searchsorted(placebo, effect.t[known])) / (1 + len(placebo))
    found = pl.DataFrame(
        {
            "user": [user for user, there in zip(grid.users, known, strict=True) if there],
            "t": effect.t[known],
            "rise_own": np.exp(effect.delta[known]) - 1,
            "rise_raw": np.exp(_effects(raw, reviews, tables, params).delta[known]) - 1,
            "fell_back": effect.fall[known],
            "rose": effect.rise[known],
            "p": p,
        }
    ).with_columns(pl.col("fell_back", "rose").fill_nan(None))
    tested = found.with_columns(false_discovery(found["p"]).alias("q"))
    # Nobody there afterwards says neither that usage fell back nor that it did not.
    back = (pl.col("fell_back") >= params.fall_share * pl.col("rose")).fill_null(True)
    fired = tested.filter((pl.col("rise_own") >= params.rise) & (pl.col("q") < params.false_discovery) & back)
    return _detection(fired, tables, reviews, params)


def _inside(grid: DayGrid, day: date, params: Params) -> bool:
    before, after = timedelta(days=params.window_days + 7), timedelta(days=7)
    return grid.first <= day - before and day + after <= grid.last + timedelta(days=1)


def _effects(grid: DayGrid, reviews: Sequence[Review], tables: Tables, params: Params) -> WindowEffect:
    """Return the effect over each person's own reviews; a review for some teams counts for these only."""
    team_of = dict(tables.people.select("user", "team").iter_rows())
    teams = [team_of.get(user) for user in grid.users]
    applies: npt.NDArray[np.bool_] = np.array(
        [[not review.teams or team in review.teams for review in reviews] for team in teams], dtype=bool
    )
    return window_effect(grid, [review.day for review in reviews], _shape(params), applies)


def _shape(params: Params) -> tuple[int, int, int, int, int]:
    return (
        params.window_days, params.before_days, params.after_days, params.min_window_days, params.min_other_days
    )  # fmt: skip


def _null(grid: DayGrid, days: list[date], params: Params) -> Floats:
    """Return the sorted t of all people at placebo dates: as many at a time as there are reviews."""
    values = [
        window_effect(grid, ends, _shape(params)).t
        for ends in placebo_ends(grid, days, params.window_days, params.after_days)
    ]
    pooled = np.concatenate(values) if values else np.empty(0)
    return np.sort(pooled[np.isfinite(pooled)])


def _detection(fired: pl.DataFrame, tables: Tables, reviews: list[Review], params: Params) -> Detection:
    days = _days_around(tables.days, reviews, params)
    rows = _judged(fired.join(_facts(days), on="user"), used_base(tables.people), params).with_columns(
        (pl.col("rise_own") * 100).alias("value"),
        (pl.col("rise_own") * 100).alias("rise_percent"),
        (pl.col("rise_raw") * 100).alias("rise_percent_unadjusted"),
        pl.lit(params.rise * 100).alias("threshold"),
        pl.when(pl.col("q") < params.false_discovery / 10)
        .then(pl.lit("high"))
        .otherwise(pl.lit("medium"))
        .alias("confidence"),
        pl.lit(", ".join(review.day.isoformat() for review in reviews)).alias("review_dates"),
        pl.lit("the weeks before and after, and the same comparison at dates without a review").alias("compared_with"),
    )
    metrics = ["rise_percent", "rise_percent_unadjusted", "p", "q", "tasks_rise", "used_percent", "window_active_days",
               "review_dates"]  # fmt: skip
    windows = days.filter("inside").select("user", "day")
    return detection(rows, metrics, _claims(tables.calls, rows, windows))


def _days_around(days: pl.DataFrame, reviews: list[Review], params: Params) -> pl.DataFrame:
    """Return the days around each person's reviews, ``inside`` marking the windows."""
    in_window, near = pl.lit(False), pl.lit(False)
    for review in reviews:
        start = review.day - timedelta(days=params.window_days)
        mine = pl.col("team").is_in(sorted(review.teams)).fill_null(False) if review.teams else pl.lit(True)
        in_window = in_window | (mine & pl.col("day").is_between(start, review.day, closed="left"))
        around = (start - timedelta(days=params.before_days), review.day + timedelta(days=params.after_days))
        near = near | (mine & pl.col("day").is_between(*around, closed="left"))
    return days.with_columns(in_window.alias("inside"), near.alias("near")).filter("near")


def _facts(days: pl.DataFrame) -> pl.DataFrame:
    inside, outside = pl.col("inside"), ~pl.col("inside")
    tasks = (pl.col("tasks").filter(inside).mean() + 0.1) / (pl.col("tasks").filter(outside).mean() + 0.1)
    return days.group_by("user").agg(
        pl.col("team").first(),
        (tasks - 1).alias("tasks_rise"),
        pl.col("used_known").filter(inside).sum().alias("known"),
        pl.col("used_true").filter(inside).sum().alias("used"),
        inside.sum().cast(pl.Int64).alias("window_active_days"),
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("first_seen").filter(inside).min(),
        pl.col("last_seen").filter(inside).max(),
    )


def _judged(rows: pl.DataFrame, base: float | None, params: Params) -> pl.DataFrame:
    """Add strength, and whether tasks that rose or answers that were used clear the person."""
    lower = beta_bound(rows["used"], rows["known"], 0.05)
    wanted = (
        pl.lit(base is not None) & (pl.col("known") >= MIN_MARKS) & (pl.col("lower") > USED_LIKE_OTHERS * (base or 0))
    )
    worked = (pl.col("tasks_rise") >= params.tasks_share * pl.col("rise_own")).fill_null(False)
    scale = 0.5 + 0.5 * ((1 + pl.col("rise_own")) / (1 + params.rise)).log() / np.log(
        (1 + params.top) / (1 + params.rise)
    )
    percent = pl.when(pl.col("known") > 0).then(pl.col("used") / pl.col("known") * 100)
    risen = pl.format("tasks completed rose by {}% in the window", (pl.col("tasks_rise") * 100).round(0).cast(pl.Int64))
    kept = pl.format("{}% of {} answers in the window were used", percent.round(0).cast(pl.Int64), "known")
    return rows.with_columns(lower.alias("lower"), percent.alias("used_percent")).with_columns(
        (scale.clip(0.5, 1.0) * pl.when(worked | wanted).then(CLEARED).otherwise(1.0)).alias("strength"),
        (worked | wanted).alias("cleared"),
        pl.concat_list(pl.when(worked).then(risen), pl.when(wanted).then(kept)).list.drop_nulls().alias("against"),
    )


def _claims(calls: pl.DataFrame, rows: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """Claim of every call in the window the share by which the window was above normal."""
    share = rows.select("user", (1 - 1 / (1 + pl.col("rise_own"))).alias("share"))
    inside = calls.filter("ok").join(windows, on=["user", "day"]).join(share, on="user")
    return inside.select("user", "row_id", pl.lit("window").alias("level"), "share")
