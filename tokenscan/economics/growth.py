"""How much usage grew, and which share of that growth is growth of claimed waste."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from tokenscan.economics.basis import KINDS, Basis, Days
from tokenscan.report.economics import Growth, Interval, Stretch

METRICS = ("tokens", "cost_nanousd")
LEAST_WEEKS = 6  # of a window cut in thirds; below, a third is no two weeks
LEAST_WEEKS_A_SIDE = 2  # of an announcement
WEEKDAYS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cut:
    """A comparison to make: two spans of whole weeks (first and last day), or why there is none."""

    what: str
    before: tuple[date, date] | None = None
    after: tuple[date, date] | None = None
    teams: frozenset[str] = frozenset()
    reason: str = ""


def growth(basis: Basis, days: Days) -> tuple[Growth, ...]:
    """Return the growth of people's usage between the ends of the window, and after every announcement in the config.

    Spans are whole weeks, so that weekends do not count, and volumes are per working day (Monday to Friday, no
    holiday of the config).
    """
    if days.span is None:
        return ()
    every = [_thirds(*days.span), *_announcements(basis, *days.span)]
    return tuple(_growth(basis, days, cut, metric) for cut in every for metric in METRICS)


def _thirds(first: date, last: date) -> _Cut:
    what = "first third against last third of the log"
    weeks = ((last - first).days + 1) // 7
    if weeks < LEAST_WEEKS:
        return _Cut(what=what, reason=f"the log covers less than {LEAST_WEEKS} weeks")
    third = timedelta(weeks=weeks // 3)
    day = timedelta(days=1)
    return _Cut(what=what, before=(first, first + third - day), after=(last - third + day, last))


def _announcements(basis: Basis, first: date, last: date) -> Iterator[_Cut]:
    """Yield the weeks before and after a target, quota or review was announced."""
    context = basis.context
    told = [
        *((f"quota of {quota.metric} a {quota.period}", quota.announced, quota.teams) for quota in context.quotas),
        *((f"review {review.name}", review.announced, review.teams) for review in context.reviews),
    ]
    for name, day, teams in told:
        if day is None:
            continue
        what = f"before against after {day.isoformat()}, when the {name} was announced"
        before, after = max((day - first).days // 7, 0), max(((last - day).days + 1) // 7, 0)
        if min(before, after) < LEAST_WEEKS_A_SIDE:
            reason = f"the log covers less than {LEAST_WEEKS_A_SIDE} weeks before or after"
            yield _Cut(what=what, teams=teams, reason=reason)
            continue
        one = timedelta(days=1)
        earlier = (day - timedelta(weeks=before), day - one)
        yield _Cut(what=what, before=earlier, after=(day, day + timedelta(weeks=after) - one), teams=teams)


def _growth(basis: Basis, days: Days, cut: _Cut, metric: str) -> Growth:
    if cut.before is None or cut.after is None:
        return Growth(what=cut.what, metric=metric, before=None, after=None, share=None, reason=cut.reason)
    before, after = (_stretch(basis, days, span, cut.teams, metric) for span in (cut.before, cut.after))
    reason = _why_none(before, after)
    share = None if reason else _share(before, after)
    return Growth(what=cut.what, metric=metric, before=before, after=after, share=share, reason=reason)


def _stretch(basis: Basis, days: Days, span: tuple[date, date], teams: frozenset[str], metric: str) -> Stretch:
    column = "cost" if metric == "cost_nanousd" else metric
    within = pl.col("day").is_between(*span)
    if teams:
        within = within & pl.col("team").is_in(sorted(teams)).fill_null(value=False)
    calls, waste = days.calls.filter(within), days.waste.filter(within)
    length = (span[1] - span[0]).days + 1
    holidays = sum(span[0] <= day <= span[1] and day.isoweekday() <= WEEKDAYS for day in basis.context.holidays)
    working = length // 7 * WEEKDAYS - holidays
    parts = {f"waste_{kind}": int(waste[f"{kind}_{column}"].sum()) / max(working, 1) for kind in KINDS}
    return Stretch(
        first=span[0],
        last=span[1],
        working_days=working,
        people=calls["user"].n_unique(),
        volume=int(calls[column].sum()) / max(working, 1),
        **parts,
    )


def _why_none(before: Stretch, after: Stretch) -> str:
    if before.working_days < 1 or after.working_days < 1:
        return "a side has no working day"
    if before.volume <= 0 and after.volume <= 0:
        return "nothing known was used"
    return "" if after.volume > before.volume else "usage did not grow"


def _share(before: Stretch, after: Stretch) -> Interval:
    """Return the growth of claimed waste over that of usage, and the least and largest of the three kinds of waste."""
    grown = after.volume - before.volume
    shares = [
        (after.waste_low - before.waste_low) / grown,
        (after.waste_expected - before.waste_expected) / grown,
        (after.waste_high - before.waste_high) / grown,
    ]
    return Interval(value=shares[1], low=min(shares), high=max(shares))
