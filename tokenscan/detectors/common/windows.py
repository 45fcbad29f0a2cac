"""Compare a window before a date with the weeks around it, for all people and many dates at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import polars as pl

from tokenscan.detectors.common.statistics import Floats

SEED = 20260105
PLACEBOS = 60
SINGLE_PLACEBOS = 366
# Added to the variance, so that a few equal days do not make a difference look certain.
VARIANCE_FLOOR = 0.01
SHARE_FLOOR = 0.001  # the same for shares


@dataclass(frozen=True, slots=True, kw_only=True)
class DayGrid:
    """One value per person and calendar day, shape (users, days); NaN = not active."""

    users: list[str]
    first: date
    last: date
    values: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowEffect:
    """Per person: mean difference ``delta``, its studentised ``t``, ``rise`` over before, ``fall`` to after; or NaN."""

    delta: Floats
    t: Floats
    rise: Floats
    fall: Floats


def day_grid(days: pl.DataFrame, value: str) -> DayGrid:
    """Spread person-days (user, day, value) over a dense grid."""
    users = days["user"].unique().sort()
    bounds = days.select(pl.col("day").min().alias("first"), pl.col("day").max().alias("last")).row(0)
    first, last = bounds
    grid = np.full((len(users), (last - first).days + 1), np.nan)
    place = days.select(
        (pl.col("user").rank("dense") - 1).alias("row"), (pl.col("day") - first).dt.total_days().alias("column")
    )
    grid[place["row"].to_numpy(), place["column"].to_numpy()] = days[value].to_numpy()
    return DayGrid(users=users.to_list(), first=first, last=last, values=grid)


def window_effect(
    grid: DayGrid,
    ends: Sequence[date],
    shape: tuple[int, int, int, int, int],
    applies: npt.NDArray[np.bool_] | None = None,
) -> WindowEffect:
    """Average over ``ends`` the window's mean against the mean of the days around it.

    ``shape`` is (days in the window, before it, after the end, active days needed inside, around). A person needs all
    ends that apply to them (``applies``: users x ends).
    """
    window, before, after, min_inside, min_around = shape
    parts = []
    for end in ends:
        place = max(0, (end - grid.first).days)
        inside = grid.values[:, max(0, place - window) : place]
        pre = grid.values[:, max(0, place - window - before) : max(0, place - window)]
        post = grid.values[:, place : place + after]
        parts.append(_one(inside, pre, post, min_inside, min_around))
    delta, variance, rise, fall, usable = (np.stack(values, axis=1) for values in zip(*parts, strict=True))
    wanted = np.ones_like(usable, dtype=bool) if applies is None else applies
    complete = (usable.astype(bool) | ~wanted).all(axis=1) & wanted.any(axis=1)
    count = np.maximum(wanted.sum(axis=1), 1)
    mean = np.where(wanted, delta, 0).sum(axis=1) / count
    spread = np.sqrt(np.where(wanted, variance, 0).sum(axis=1) / count**2 + VARIANCE_FLOOR)
    return WindowEffect(
        delta=np.where(complete, mean, np.nan),
        t=np.where(complete, mean / spread, np.nan),
        rise=np.where(complete, np.where(wanted, rise, 0).sum(axis=1) / count, np.nan),
        fall=np.where(complete, np.where(wanted, fall, 0).sum(axis=1) / count, np.nan),
    )


def _one(
    inside: Floats, pre: Floats, post: Floats, min_inside: int, min_around: int
) -> tuple[Floats, Floats, Floats, Floats, npt.NDArray[np.bool_]]:
    around = np.concatenate([pre, post], axis=1)
    n_in, mean_in, var_in = _moments(inside)
    n_out, mean_out, var_out = _moments(around)
    _, mean_pre, _ = _moments(pre)
    _, mean_post, _ = _moments(post)
    usable = (n_in >= max(2, min_inside)) & (n_out >= max(2, min_around))
    variance = np.where(usable, var_in / np.maximum(n_in, 1) + var_out / np.maximum(n_out, 1), 0.0)
    return np.where(usable, mean_in - mean_out, 0.0), variance, mean_in - mean_pre, mean_in - mean_post, usable


def share_drop(
    kept: DayGrid,
    known: DayGrid,
    ends: Sequence[date],
    shape: tuple[int, int, int],
    least: int,
    applies: npt.NDArray[np.bool_] | None = None,
) -> Floats:
    """Return per person by how many standard errors a share is lower in the windows than in the days around them.

    ``kept`` of ``known`` make the share; ``shape`` is (days in the window, before it, after the end). NaN where fewer
    than ``least`` are known on either side.
    """
    window, before, after = shape
    sums = np.zeros((4, len(kept.users)))
    for column, end in enumerate(ends):
        place = max(0, (end - kept.first).days)
        start = max(0, place - window)
        around = [slice(max(0, start - before), start), slice(place, place + after)]
        wanted = np.ones(len(kept.users)) if applies is None else applies[:, column].astype(np.float64)
        for row, grid in enumerate((kept, known)):
            sums[row] += wanted * np.nansum(grid.values[:, start:place], axis=1)
            sums[row + 2] += wanted * sum(np.nansum(grid.values[:, part], axis=1) for part in around)
    kept_in, known_in, kept_out, known_out = sums
    pooled = (kept_in + kept_out + 0.5) / (known_in + known_out + 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = pooled * (1 - pooled) * (1 / known_in + 1 / known_out) + SHARE_FLOOR
        drop = (kept_out / known_out - kept_in / known_in) / np.sqrt(variance)
    return np.where((known_in >= least) & (known_out >= least), drop, np.nan)


def rank_p(values: Floats, null: Floats) -> Floats:
    """Return the share of ``null`` (with the value itself) that is at least as high; NaN has none."""
    ordered = np.sort(null[np.isfinite(null)])
    above = len(ordered) - np.searchsorted(ordered, values)
    return np.where(np.isfinite(values), (1 + above) / (1 + len(ordered)), np.nan)


def _moments(values: Floats) -> tuple[Floats, Floats, Floats]:
    """Return count, mean and sample variance of each row, NaN left out (mean of nothing is NaN)."""
    there = ~np.isnan(values)
    n = there.sum(axis=1).astype(np.float64)
    filled = np.where(there, values, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = filled.sum(axis=1) / n
        centred = np.where(there, values - mean[:, None], 0.0)
        variance = (centred**2).sum(axis=1) / np.maximum(n - 1, 1)
    return n, mean, variance


def placebo_ends(grid: DayGrid, reviews: Sequence[date], window: int, after: int) -> list[list[date]]:
    """Return sets of dates without a review, as many dates in a set as there are reviews, seeded and in order.

    A placebo lies more than two weeks from any review and has room for a window before and days after.
    """
    room = range(2 * window, (grid.last - grid.first).days + 2 - after // 2)
    pool = [grid.first + timedelta(days=place) for place in room]
    pool = [day for day in pool if all(abs((day - review).days) > window for review in reviews)]
    if len(reviews) == 1:
        return [[day] for day in pool[:: -(-len(pool) // SINGLE_PLACEBOS) or 1]]
    spacing = min(abs((b - a).days) for a, b in pairwise(sorted(reviews))) // 2
    random = np.random.default_rng(SEED)
    sets = set()
    for _ in range(20 * PLACEBOS):
        picked = sorted(random.choice(len(pool), size=len(reviews), replace=False)) if len(pool) >= len(reviews) else []
        if picked and all((pool[b] - pool[a]).days >= spacing for a, b in pairwise(picked)):
            sets.add(tuple(int(place) for place in picked))
        if len(sets) >= PLACEBOS:
            break
    return [[pool[place] for place in places] for places in sorted(sets)]
