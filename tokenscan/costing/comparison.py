"""Decide what the change of a line compares, so that like is compared with like.

Broken down by a period, a bucket is compared with the one before; the last one, which is seldom over, with as much of
the one before. Otherwise a window is compared with the equally long one before it, where the log reaches back so far,
else its second half with its first, in whole weeks where there are two: a week has weekends.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from tokenscan.costing.model import Basis, Comparison, Key, Span
from tokenscan.costing.periods import finest, local_day, midnight, next_start, previous_start, start_of

_DAY: Final = timedelta(days=1)
_WEEK: Final = 7
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """What is reported on: days of the first and last call in ``zone``, whether the log was cut, and what is "now".

    ``logged`` is the day of the log's first call, before any cut.
    """

    first: date
    last: date
    logged: date
    since: datetime | None
    as_of: datetime
    zone: str
    holidays: Collection[date] = ()

    def works(self, first: date, after: date) -> bool:
        """Tell whether there is a workday from ``first`` on and before ``after``."""
        days = (first + n * _DAY for n in range(max(0, min((after - first).days, 366))))
        return any(day.weekday() < _SATURDAY and day not in self.holidays for day in days)

    def is_partial(self, start: date, period: Key) -> bool:
        """Tell whether the log covers a period in part: a workday is missing, or the period is not over."""
        return self.begins_late(start) or self.ends_early(start, period)

    def begins_late(self, start: date) -> bool:
        """Tell whether the log begins after the start of a period, a workday later at least."""
        return self.first > start and self.works(start, self.first)

    def ends_early(self, start: date, period: Key) -> bool:
        """Tell whether the log ends before a period does."""
        end = next_start(start, period)
        return self.as_of < midnight(end, self.zone) or self.works(max(start, self.last + _DAY), end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How to compute a comparison: calls fall into cells between ``cuts``.

    Cells from ``counted`` on are in the amounts of a line; ``current`` and ``previous`` are cells, null where buckets
    are compared. ``start``: calls before it are not needed.
    """

    comparison: Comparison
    cuts: tuple[datetime, ...] = ()
    counted: int = 0
    current: int | None = None
    previous: int | None = None
    start: datetime | None = None


def plan(by: tuple[Key, ...], window: Window) -> Plan:
    """Return what to compare."""
    period = finest(by)
    if period is not None:
        return _buckets(by, period, window)
    return _previous_window(window) or _halves(window)


def _buckets(by: tuple[Key, ...], period: Key, window: Window) -> Plan:
    if period is Key.WEEK and Key.MONTH in by:
        reason = "a week may lie in two months, so weeks of a month have no week before them"
        return Plan(comparison=Comparison(basis=Basis.NONE, reason=reason))
    start = start_of(window.last, period)
    comparison = Comparison(basis=Basis.PREVIOUS_BUCKET)
    if not window.ends_early(start, period):
        return Plan(comparison=comparison)
    before = previous_start(start, period)
    cut = midnight(before, window.zone) + _elapsed(start, window)
    return Plan(comparison=comparison, cuts=(min(cut, midnight(start, window.zone)),))


def _elapsed(start: date, window: Window) -> timedelta:
    """Return how much of the last bucket is in the log: up to "now" on its day, else whole days."""
    if local_day(window.as_of, window.zone) == window.last:
        return window.as_of - midnight(start, window.zone)
    return (window.last - start) + _DAY


def _previous_window(window: Window) -> Plan | None:
    if window.since is None:
        return None
    days = (window.last - local_day(window.since, window.zone)).days + 1
    start = window.since - timedelta(days=days)
    first = local_day(start, window.zone)
    if days < 1 or (window.logged > first and window.works(first, window.logged)):
        return None
    since = local_day(window.since, window.zone)
    comparison = Comparison(
        basis=Basis.PREVIOUS_WINDOW,
        current=Span(first=since, last=window.last),
        previous=Span(first=first, last=since - _DAY),
    )
    return Plan(comparison=comparison, cuts=(window.since,), counted=1, current=1, previous=0, start=start)


def _halves(window: Window) -> Plan:
    days = (window.last - window.first).days + 1
    half = days // 2 // _WEEK * _WEEK or days // 2
    if not half:
        reason = "the log holds a single day"
        return Plan(comparison=Comparison(basis=Basis.NONE, reason=reason))
    middle, end = window.last + _DAY - timedelta(days=half), window.last + _DAY
    start = middle - timedelta(days=half)
    comparison = Comparison(
        basis=Basis.HALVES,
        current=Span(first=middle, last=window.last),
        previous=Span(first=start, last=middle - _DAY),
    )
    cuts = (midnight(start, window.zone), midnight(middle, window.zone), midnight(end, window.zone))
    return Plan(comparison=comparison, cuts=cuts, current=2, previous=1)
