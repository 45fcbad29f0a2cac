"""What whole groups did before a date or since a date, on the level that is not adjusted by peers.

Taking colleagues' movement off somebody deletes what a team does together; here nothing is taken off the organisation,
and only the other teams' movement off a team.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from tokenscan.detectors.common.statistics import Floats
from tokenscan.detectors.common.windows import DayGrid, window_effect

SEED = 20260105
LEVEL = 0.05
MIN_DAYS = 5  # active days before and after a change
MIN_SPAN = 21  # days of log before and after it

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """How much a group moved in ln tokens: ``delta``, its 90 % interval over resampled people, and on which day."""

    delta: float
    low: float
    high: float
    people: int
    day: date | None = None


def window_deltas(grid: DayGrid, ends: Sequence[date], shape: tuple[int, int, int, int, int]) -> Floats:
    """Return per person the mean level of the windows before ``ends`` less that of the days around; NaN = unknown."""
    return window_effect(grid, ends, shape).delta


def group_shift(deltas: Floats, inside: Mask, rounds: int, *, adjusted: bool, day: date | None = None) -> Shift:
    """Return the mean of a group's deltas, less that of everybody else where ``adjusted``, with its uncertainty."""
    own = deltas[inside & np.isfinite(deltas)]
    others = deltas[~inside & np.isfinite(deltas)]
    if not len(own) or (adjusted and not len(others)):
        return Shift(delta=float("nan"), low=float("nan"), high=float("nan"), people=len(own), day=day)
    base = float(others.mean()) if adjusted else 0.0
    random = np.random.default_rng(SEED)
    drawn = own[random.integers(0, len(own), size=(rounds, len(own)))].mean(axis=1) - base
    low, high = np.quantile(drawn, [LEVEL, 1 - LEVEL])
    return Shift(delta=float(own.mean()) - base, low=float(low), high=float(high), people=len(own), day=day)


def change_deltas(grid: DayGrid) -> tuple[list[date], Floats]:
    """Return Mondays with weeks of log on both sides, and per person the mean level since less that before.

    Shape (people, Mondays); NaN where somebody has fewer than MIN_DAYS active days on a side.
    """
    from datetime import timedelta

    there = np.isfinite(grid.values)
    sums, counts = (np.cumsum(np.where(there, value, 0.0), axis=1) for value in (grid.values, 1.0))
    days = grid.values.shape[1]
    places = [n for n in range(MIN_SPAN, days - MIN_SPAN + 1) if (grid.first + timedelta(days=n)).weekday() == 0]
    if not places:
        return [], np.empty((len(grid.users), 0))
    before_sum, before_n = sums[:, np.array(places) - 1], counts[:, np.array(places) - 1]
    after_sum, after_n = sums[:, -1:] - before_sum, counts[:, -1:] - before_n
    enough = (before_n >= MIN_DAYS) & (after_n >= MIN_DAYS)
    with np.errstate(divide="ignore", invalid="ignore"):
        deltas = np.where(enough, after_sum / after_n - before_sum / before_n, np.nan)
    return [grid.first + timedelta(days=n) for n in places], deltas
