"""The base of a forecast from a log: what is spent now, by whom, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

import numpy as np
import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.errors import InputError
from tokenscan.forecasting.exact import NANO, rounded
from tokenscan.forecasting.model import Base, Span, Step
from tokenscan.forecasting.numbers import waste_steps
from tokenscan.forecasting.people import use_of_people
from tokenscan.forecasting.spread import WINDOW, age, quantile, six
from tokenscan.forecasting.words import number, percent, usd
from tokenscan.report.numbers import plural

YEAR: Final = 365
WEEK: Final = 7
LEAST_WEEKS: Final = 4
GAP: Final = 90  # days
_DRIFT: Final = 0.25  # beyond it a reader should know that a log's halves differ


@dataclass(frozen=True, slots=True, kw_only=True)
class Wasted:
    """Waste as a share of spend: lower, expected and upper figure, and where it is from."""

    low: Fraction
    expected: Fraction
    high: Fraction
    origin: str


def wasted(waste: tuple[int, int, int], cost: int, source: str = "claimed by findings") -> Wasted:
    """Return low, expected and high waste as shares of the cost, in six decimals; the cost is above 0."""
    origin = f"{usd(Fraction(waste[1], NANO))} {source} / {usd(Fraction(cost, NANO))} spent"
    low, expected, high = (min(rounded(Fraction(part, cost)), Fraction(999_999, 10**6)) for part in waste)
    return Wasted(low=low, expected=expected, high=high, origin=origin)


def observed(events: pl.DataFrame, tables: Tables, waste: Wasted, headcount: Fraction | None = None) -> Base:
    """Return what a log shows of spend a month.

    The last whole windows of 30 days count (a shorter log counts whole), back to the last gap of 90 days without a
    call. Bounds of the spend are Student's at 95 %, with whole weeks as the sample. ``headcount`` says how many people
    there are where no people file does.

    Raises:
        InputError: no call in these windows has a known price.
    """
    spent, gap = _since_gap(_daily(events, tables.context.timezone))
    last, days = _extent(spent) if spent.height else (date.min, 0)
    kept = spent.filter(age(last) < days)
    if not kept["cost"].sum():
        raise InputError(
            "no call has a cost or a known price, so there is no spend to forecast",
            hint="name prices in [[prices]] of tokenscan.toml, or give --monthly-usd",
        )
    total = Fraction(int(kept["cost"].sum()), NANO)
    monthly = total / days * YEAR / 12
    relative, told = _weeks(kept, last, days)
    who = use_of_people(tables, last, days, headcount)
    formula = f"{usd(total)} / {plural(days, 'day')} \u00d7 {YEAR} / 12"
    share = Step(name="Share of waste", formula=waste.origin, value=waste.expected, unit="share")
    spend = _spend(Step(name="Spend a month", formula=formula, value=monthly), relative)
    return Base(
        origin="log",
        monthly=monthly,
        waste_share=waste.expected,
        steps=(*spend, *who.steps, share, *waste_steps(monthly, waste.expected)),
        relative=relative,
        waste_span=Span(low=waste.low, high=waste.high),
        people=who.people,
        adoption=who.adoption,
        notes=(*gap, *told, *_unpriced(events)),
    )


def _spend(month: Step, relative: Span | None) -> Iterator[Step]:
    """Yield the spend of a month, of a year, and its bounds."""
    yield month
    yield Step(name="Spend a year", formula=f"12 \u00d7 {usd(month.value)}", value=12 * month.value)
    for name, bound in () if relative is None else (("at least", relative.low), ("at most", relative.high)):
        formula = f"{usd(month.value)} \u00d7 {number(bound)}"
        yield Step(name=f"{month.name}, {name}", formula=formula, value=month.value * bound)


def _since_gap(spent: pl.DataFrame) -> tuple[pl.DataFrame, list[str]]:
    """Leave out what lies before a long gap: one call with a wrong date would spread the spend over years."""
    before = spent.filter(pl.col("day").diff(-1).dt.total_days() < -GAP)["day"].max()
    if not isinstance(before, date):
        return spent, []
    return spent.filter(pl.col("day") > before), [
        f"Calls up to {before} are not in the base: after them there is none for more than {GAP} days."
    ]


def _daily(events: pl.DataFrame, zone: str) -> pl.DataFrame:
    whole = (pl.col("grain") == "day").fill_null(value=False)
    local = pl.col("timestamp").dt.convert_time_zone(zone).dt.date()
    day = pl.when(whole).then(pl.col("timestamp").dt.date()).otherwise(local)
    return (
        events.drop_nulls("timestamp")
        .group_by(day.alias("day"))
        .agg(pl.col("cost_nanousd").sum().alias("cost"))
        .sort("day")
    )


def _extent(spent: pl.DataFrame) -> tuple[date, int]:
    """Return the last day, and how many days up to it are looked at."""
    first, last = spent["day"][0], spent["day"][-1]
    span = (last - first).days + 1
    return last, span // WINDOW * WINDOW or span


def _weeks(kept: pl.DataFrame, last: date, days: int) -> tuple[Span | None, list[str]]:
    """Bound the mean spend of a week by the spread of whole weeks, as a multiple of itself."""
    count = days // WEEK
    if count < LEAST_WEEKS:
        return None, [f"No bounds: the log spans {plural(days, 'day')}, bounds need {LEAST_WEEKS} whole weeks."]
    week = (age(last) // WEEK).alias("week")
    sums = kept.select(week, "cost").group_by("week").agg(pl.col("cost").sum())
    by_week = dict(sums.iter_rows())
    values = np.array([by_week.get(place, 0) / NANO for place in range(count)])  # the latest first
    mean = float(values.mean())
    if mean <= 0:
        return None, []
    half = quantile(count - 1) * float(values.std(ddof=1)) / count**0.5 / mean
    told = [f"Bounds of spend: 95 %, from the spread of {count} whole weeks, taken as independent of each other."]
    recent, before = values[: count // 2].mean(), values[count - count // 2 :].mean()
    if before > 0 and abs(recent / before - 1) > _DRIFT:
        told.append(
            f"A week's spend went from ${before:,.2f} in the first half of the log to ${recent:,.2f} in the second; "
            "the base is the mean of both. --since chooses what it rests on."
        )
    return Span(low=six(max(0.0, 1 - half)), high=six(1 + half)), told


def _unpriced(events: pl.DataFrame) -> list[str]:
    requests = pl.col("n_requests").fill_null(1)
    unpriced = events.filter(pl.col("cost_nanousd").is_null()).select(requests.sum()).item()
    every = events.select(requests.sum()).item()
    if not unpriced:
        return []
    part = percent(rounded(Fraction(int(unpriced), int(every)), 3))
    return [f"{part} of calls have no known price and are in no figure."]
