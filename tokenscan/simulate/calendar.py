"""The period: days, holidays, reviews, what is planned, and where midnight is in each time zone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

RUN_UP = 14  # days before a review
QUOTA = 50_000  # tokens a week, published

Days = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """What everybody knows. Days count from the first one."""

    start: date
    days: int
    holidays: tuple[int, ...] = field(default=())
    reviews: tuple[int, ...] = field(default=())

    def day(self, number: int) -> date:
        """Return the date of a day."""
        return self.start + timedelta(days=number)

    def weekdays(self) -> Days:
        """Return 0 (Monday) to 6 for every day."""
        return (np.arange(self.days) + self.start.weekday()) % 7

    def workdays(self) -> NDArray[np.bool_]:
        """Return which days are neither weekend nor holiday."""
        open_ = self.weekdays() < 5
        open_[list(self.holidays)] = False
        return np.asarray(open_, np.bool_)

    def run_up(self) -> NDArray[np.bool_]:
        """Return which days lie in the two weeks before a review."""
        near = np.zeros(self.days, np.bool_)
        for review in self.reviews:
            near[max(0, review - RUN_UP) : review] = True
        return near

    def quarter_ends(self) -> NDArray[np.bool_]:
        """Return the last week of every quarter and the first days of the next; of months if no quarter ends."""
        dates = [self.day(number) for number in range(self.days)]
        for months in ((3, 6, 9, 12), tuple(range(1, 13))):
            last = [d.month in months and (d + timedelta(days=7)).month != d.month for d in dates]
            first = [
                (d - timedelta(days=4)).month in months and (d - timedelta(days=4)).month != d.month for d in dates
            ]
            if any(last):
                return np.logical_or(last, first)
        return np.zeros(self.days, np.bool_)

    def weeks(self) -> Days:
        """Return the number of the calendar week (from Monday) of every day."""
        return (np.arange(self.days) + self.start.weekday()) // 7


def calendar(start: date, days: int) -> Calendar:
    """Lay out a period: a review at three quarters, another at a quarter of longer ones, two holidays."""
    weekdays = (np.arange(days) + start.weekday()) % 7

    def next_on(share: float, weekday: int) -> int:
        later = [day for day in range(round(share * days), days) if weekdays[day] == weekday]
        return later[0] if later else days - 1

    reviews = (next_on(0.3, 0), next_on(0.75, 0)) if days >= 150 else (next_on(0.75, 0),)
    holidays = sorted({next_on(0.12, 4), next_on(0.9, 4)}) if days >= 28 else []
    return Calendar(start=start, days=days, holidays=tuple(holidays), reviews=reviews)


@cache
def midnights(start: date, days: int, zone: str) -> NDArray[np.int64]:
    """Return when each local day begins, in milliseconds since 1970 (UTC)."""
    local = ZoneInfo(zone)
    moments = (datetime.combine(start + timedelta(days=day), time(), local) for day in range(days + 1))
    return np.array([round(moment.astimezone(UTC).timestamp()) * 1000 for moment in moments], np.int64)
