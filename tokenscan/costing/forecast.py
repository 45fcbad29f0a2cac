"""What a month will come to, from the days before: a mean of each weekday, with a prediction interval.

The seasonal form of the mean method (Hyndman and Athanasopoulos, Forecasting: Principles and Practice, 3rd ed.,
sections 5.2 and 5.5): a day is expected to cost what the same weekday cost on average, and the variance of a sum of
days is that of the days plus that of the means that were estimated for them. Days are taken as independent, with one
variance for workdays and one for weekends; the interval is Student's, at 80 %.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from tokenscan.report.prices import LEVEL, Forecast

HISTORY_DAYS: Final = 56
LEAST_DAYS: Final = 14
_WEEK: Final = 7
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Half:
    """Workdays or weekends: residuals squared and summed, degrees of freedom, days to come, variance of their means."""

    squares: float
    freedom: int
    factor: float  # of the variance of a day, in the variance of the sum to come

    @property
    def day_variance(self) -> float:
        return self.squares / self.freedom if self.freedom > 0 else 0.0


def forecast(spent: Mapping[date, int], history: Sequence[date], today: date, end: date, used: int) -> Forecast:
    """Return what a month comes to that ends before ``end`` and in which ``used`` nano-dollars are spent.

    ``spent`` are nano-dollars a day; ``history`` are the days to learn from, at least ``LEAST_DAYS``, all before
    ``today``. Of today, what its weekday usually costs beyond what it has cost already is still to come.
    """
    by_weekday: list[list[int]] = [[] for _ in range(_WEEK)]
    for day in history:
        by_weekday[day.weekday()].append(spent.get(day, 0))
    means = [sum(costs) / len(costs) for costs in by_weekday]
    ahead = [today + timedelta(days=n) for n in range(1, (end - today).days)]
    days = [0] * _WEEK
    for day in ahead:
        days[day.weekday()] += 1
    rest_of_today = max(0.0, means[today.weekday()] - spent.get(today, 0))
    expected = used + rest_of_today + sum(count * mean for count, mean in zip(days, means, strict=True))
    days[today.weekday()] += 1
    margin = _margin(by_weekday, means, days)
    return Forecast(
        expected=round(expected), low=max(used, round(expected - margin)), high=round(expected + margin),
        days=len(history),
    )  # fmt: skip


def _margin(by_weekday: Sequence[Sequence[int]], means: Sequence[float], days: Sequence[int]) -> float:
    halves = [
        _half(by_weekday, means, days, range(_SATURDAY)),
        _half(by_weekday, means, days, range(_SATURDAY, _WEEK)),
    ]
    parts = [(half.factor * half.day_variance, half.freedom) for half in halves if half.freedom > 0]
    variance = sum(part for part, _ in parts)
    if variance <= 0:
        return 0.0
    from scipy.stats import t

    # Welch and Satterthwaite's degrees of freedom, of a sum of two variances estimated apart.
    freedom = variance**2 / sum(part**2 / freedom for part, freedom in parts)
    return float(t.ppf(0.5 + LEVEL / 2, freedom)) * math.sqrt(variance)


def _half(by_weekday: Sequence[Sequence[int]], means: Sequence[float], days: Sequence[int], weekdays: range) -> _Half:
    residuals = [(cost - means[weekday]) ** 2 for weekday in weekdays for cost in by_weekday[weekday]]
    return _Half(
        squares=math.fsum(residuals),
        freedom=len(residuals) - len(weekdays),
        factor=sum(days[weekday] + days[weekday] ** 2 / len(by_weekday[weekday]) for weekday in weekdays),
    )
