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
from tokenscan.detectors.common.corroborate import CLEARED, CONFIRMED, MIN_MARKS, UNKNOWN, USED_HARDLY, USED_LIKE_OTHERS
from tokenscan.detectors.common.statistics import Z95, beta_bound, false_discovery
from tokenscan.detectors.common.tables import used_base
from tokenscan.detectors.common.windows import (
    DayGrid,
    WindowEffect,
    day_grid,
    placebo_ends,
    rank_p,
    share_drop,
    window_effect,
)

YEAR, MOST_DAYS = 366, 1100
MIN_PLACEBOS = 100  # comparisons at dates without a review that chance must be known from


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
    Where marks tell which answers were used, a share that drops in the window counts as well: both p-values are
    combined after Fisher (1932), and the combination is ranked among those of placebo dates, too.
    """
    days = tables.days.filter(~pl.col("planned"))
    near = _near(days, tables.context.reviews)
    if near.is_empty():
        return NotEvaluated("no active days" if days.is_empty() else "no usage within a year of the review")
    grid, raw = day_grid(near, "own"), day_grid(near, "level")
    reviews = [review for review in tables.context.reviews if _inside(grid, review.day, params)]
    if not reviews:
        return NotEvaluated(f"no review with {params.window_days} days of log before and 7 after it")
    effect = _effects(grid, reviews, tables, params)
    tested = _tested(near, grid, effect, reviews, tables, params)
    if tested is None:
        return NotEvaluated(
            f"too little history around the reviews: needs {params.min_window_days} active days in the window, "
            f"{params.min_other_days} around it, and placebo dates"
        )
    rise_raw = np.exp(_effects(raw, reviews, tables, params).delta) - 1
    found = tested.with_columns(false_discovery(tested["p"])).join(
        pl.DataFrame({"user": grid.users, "rise_raw": rise_raw}), on="user", how="left"
    )
    # Nobody there afterwards says neither that usage fell back nor that it did not.
    back = (pl.col("fell_back") >= params.fall_share * pl.col("rose")).fill_null(True)
    fired = found.filter((pl.col("rise_own") >= params.rise) & (pl.col("q") < params.false_discovery) & back)
    return _detection(fired, tables, reviews, params)


def _near(days: pl.DataFrame, reviews: Sequence[Review]) -> pl.DataFrame:
    """Keep the days within a year of reviews, of the last three years that have any.

    One wrong date must not stretch the grid over centuries.
    """
    distances = [(pl.col("day") - pl.lit(review.day)).dt.total_days().abs() for review in reviews]
    near = days.filter(pl.any_horizontal(distance <= YEAR for distance in distances) if distances else pl.lit(False))
    if near.is_empty():
        return near
    return near.filter((pl.col("day").max() - pl.col("day")).dt.total_days() <= MOST_DAYS)


def _tested(
    days: pl.DataFrame, grid: DayGrid, effect: WindowEffect, reviews: list[Review], tables: Tables, params: Params
) -> pl.DataFrame | None:
    """Return one row a person that can be judged, with the p-values; None where too little is known of chance."""
    kept, marked = day_grid(days, "used_true"), day_grid(days, "used_known")
    parts = _shape(params)[:3]
    ends = [review.day for review in reviews]
    drop = share_drop(kept, marked, ends, parts, MIN_MARKS, _applies(grid, reviews, tables))
    placebos = placebo_ends(grid, ends, params.window_days, params.after_days)
    null_t = [window_effect(grid, some, _shape(params)).t for some in placebos]
    null_drop = [share_drop(kept, marked, some, parts, MIN_MARKS) for some in placebos]
    t_null = np.concatenate(null_t) if placebos else np.empty(0)
    drop_null = np.concatenate(null_drop) if placebos else np.empty(0)
    known = np.isfinite(effect.t)
    if not known.any() or np.isfinite(t_null).sum() < MIN_PLACEBOS:
        return None
    p_rise = rank_p(effect.t, t_null)
    both = np.isfinite(t_null) & np.isfinite(drop_null)
    p_drop = rank_p(drop, drop_null[both]) if both.sum() >= MIN_PLACEBOS else np.full(len(known), np.nan)
    surprise = -np.log(p_rise) - np.log(p_drop)
    usual = -np.log(rank_p(t_null[both], t_null)) - np.log(rank_p(drop_null[both], drop_null[both]))
    p = np.where(np.isfinite(surprise), rank_p(surprise, usual), p_rise)
    columns = {"rise_own": np.exp(effect.delta) - 1, "fell_back": effect.fall, "rose": effect.rise,
               "p_rise": p_rise, "p_drop": p_drop, "p": p}  # fmt: skip
    frame = pl.DataFrame({"user": grid.users} | columns).fill_nan(None)
    return frame.filter(pl.Series(known))


def _inside(grid: DayGrid, day: date, params: Params) -> bool:
    return (day - grid.first).days >= params.window_days + 7 and (grid.last - day).days >= 6


def _effects(grid: DayGrid, reviews: Sequence[Review], tables: Tables, params: Params) -> WindowEffect:
    """Return the effect over each person's own reviews; a review for some teams counts for these only."""
    applies = _applies(grid, reviews, tables)
    return window_effect(grid, [review.day for review in reviews], _shape(params), applies)


def _applies(grid: DayGrid, reviews: Sequence[Review], tables: Tables) -> npt.NDArray[np.bool_]:
    team_of = dict(tables.people.select("user", "team").iter_rows())
    teams = [team_of.get(user) for user in grid.users]
    return np.array([[not review.teams or team in review.teams for review in reviews] for team in teams], dtype=bool)


def _shape(params: Params) -> tuple[int, int, int, int, int]:
    return (
        params.window_days, params.before_days, params.after_days, params.min_window_days, params.min_other_days
    )  # fmt: skip


def _detection(fired: pl.DataFrame, tables: Tables, reviews: list[Review], params: Params) -> Detection:
    days = _days_around(tables.days, reviews, params)
    rows = _judged(fired.join(_facts(days), on="user"), used_base(tables.people), params).with_columns(
        (pl.col("rise_own") * 100).alias("value"),
        (pl.col("rise_own") * 100).alias("rise_percent"),
        (pl.col("rise_raw") * 100).alias("rise_percent_unadjusted"),
        pl.lit(params.rise * 100).alias("threshold"),
        pl.lit(", ".join(review.day.isoformat() for review in reviews)).alias("review_dates"),
        pl.lit("the weeks before and after, and the same comparison at dates without a review").alias("compared_with"),
    )
    metrics = ["rise_percent", "rise_percent_unadjusted", "p", "q", "p_rise", "p_drop", "tasks_rise", "used_percent",
               "used_percent_around", "window_active_days", "review_dates"]  # fmt: skip
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
    excess = pl.col("tokens").filter(inside).sum() - pl.col("tokens").filter(outside).mean() * inside.sum()
    return days.group_by("user").agg(
        pl.col("team").first(),
        excess.alias("excess_tokens"),
        (tasks - 1).alias("tasks_rise"),
        pl.col("used_known").filter(inside).sum().alias("known"),
        pl.col("used_true").filter(inside).sum().alias("used"),
        (pl.col("used_true").filter(outside).sum() / pl.col("used_known").filter(outside).sum() * 100)
        .fill_nan(None)
        .alias("used_percent_around"),
        pl.col("used_known").filter(outside).sum().alias("known_around"),
        pl.col("used_true").filter(outside).sum().alias("used_around"),
        outside.sum().cast(pl.Int64).alias("days_around"),
        inside.sum().cast(pl.Int64).alias("window_active_days"),
        pl.len().cast(pl.Int64).alias("n"),
        pl.col("first_seen").filter(inside).min(),
        pl.col("last_seen").filter(inside).max(),
    )


def _judged(rows: pl.DataFrame, base: float | None, params: Params) -> pl.DataFrame:
    """Add strength and confidence, and whether tasks that rose or answers that were used clear the person."""
    lower, upper = (beta_bound(rows["used"], rows["known"], level) for level in (0.05, 0.95))
    marked = pl.lit(base is not None) & (pl.col("known") >= MIN_MARKS)
    wanted = marked & (lower > USED_LIKE_OTHERS * (base or 0))
    # Half of what is usual, or of the person's own share in the weeks around.
    own = pl.col("used_percent_around").fill_null(0.0) / 100
    hardly = USED_HARDLY * pl.max_horizontal(pl.lit(base or 0.0), own)
    # The usual work goes on in the window: what came on top of it may lie unused though much of the whole is used.
    unwanted = marked & ((upper < hardly) | (_used_on_top() < hardly).fill_null(value=False))
    # Tasks that rose say nothing for answers that are known to have gone unused.
    worked = (pl.col("tasks_rise") >= params.tasks_share * pl.col("rise_own")).fill_null(False) & ~unwanted
    wanted = wanted & ~unwanted
    cleared = worked | wanted
    scale = 0.5 + 0.5 * ((1 + pl.col("rise_own")) / (1 + params.rise)).log() / np.log(
        (1 + params.top) / (1 + params.rise)
    )
    factor = pl.when(cleared).then(CLEARED).when(unwanted).then(CONFIRMED).otherwise(UNKNOWN)
    percent = pl.when(pl.col("known") > 0).then(pl.col("used") / pl.col("known") * 100)
    risen = pl.format("tasks completed rose by {}% in the window", (pl.col("tasks_rise") * 100).round(0).cast(pl.Int64))
    kept = pl.format("{}% of {} answers in the window were used", percent.round(0).cast(pl.Int64), "known")
    sure = pl.when(pl.col("q") < params.false_discovery / 10).then(pl.lit("high")).otherwise(pl.lit("medium"))
    return rows.with_columns(
        percent.alias("used_percent"),
        (scale.clip(0.5, 1.0) * factor).alias("strength"),
        # A rise of which nobody knows what came is a question, not an answer.
        pl.when(unwanted).then(sure).otherwise(pl.lit("low")).alias("confidence"),
        cleared.alias("cleared"),
        pl.concat_list(pl.when(worked).then(risen), pl.when(wanted).then(kept)).list.drop_nulls().alias("against"),
    )


def _used_on_top() -> pl.Expr:
    """Return the upper 95 % bound of the used share among answers beyond the weeks around's, null with too few.

    Used answers are counts: Poisson, and so their difference has the sum of both variances.
    """
    usual = pl.col("window_active_days") / pl.col("days_around")
    more = pl.col("known") - usual * pl.col("known_around")
    used = pl.col("used") - usual * pl.col("used_around")
    bound = used + Z95 * (pl.col("used") + usual**2 * pl.col("used_around")).sqrt()
    return pl.when((more >= MIN_MARKS) & (pl.col("known_around") >= MIN_MARKS)).then(bound / more)


def _claims(calls: pl.DataFrame, rows: pl.DataFrame, windows: pl.DataFrame) -> pl.DataFrame:
    """Claim of the window's calls that were not used what the window held above the days around.

    At most the share by which a usual day of the window was above them: one huge day is no reason to claim the rest.
    """
    inside = calls.filter("ok").join(windows, on=["user", "day"]).filter(~pl.col("used").fill_null(value=False))
    open_tokens = inside.group_by("user").agg(pl.col("tokens").sum().alias("open_tokens"))
    limit = 1 - 1 / (1 + pl.col("rise_own"))
    share = pl.min_horizontal(limit, pl.col("excess_tokens").clip(0) / pl.col("open_tokens")).fill_nan(0.0)
    shares = rows.join(open_tokens, on="user").select("user", share.alias("share"))
    named = inside.join(shares, on="user")
    return named.select("user", "row_id", pl.lit("window").alias("level"), "share")
