"""Calendar days, ISO weeks and months in one time zone: where they begin and what they are called."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl

from tokenscan.costing.model import PERIODS, Key

_STEPS = {Key.DAY: "1d", Key.WEEK: "1w", Key.MONTH: "1mo"}
_DAY = timedelta(days=1)


def start_of(day: date, period: Key) -> date:
    """Return the first day of the period that a day lies in; weeks begin on Monday (ISO 8601)."""
    if period is Key.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if period is Key.MONTH else day


def next_start(start: date, period: Key) -> date:
    """Return the first day of the next period."""
    if period is Key.MONTH:
        return (start + timedelta(days=31)).replace(day=1)
    return start + (timedelta(days=7) if period is Key.WEEK else _DAY)


def previous_start(start: date, period: Key) -> date:
    """Return the first day of the period before."""
    return start_of(start - _DAY, period)


def label(start: date, period: Key) -> str:
    """Name a period by its first day: 2026-03-02, 2026-W10, 2026-03."""
    if period is Key.WEEK:
        year, week, _ = start.isocalendar()
        return f"{year:04}-W{week:02}"
    return start.isoformat()[: 7 if period is Key.MONTH else 10]


def midnights(days: pl.Series, zone: str) -> pl.Series:
    """Return the moment (UTC) at which each day begins in a zone, an hour later where clocks skip midnight."""
    local = days.cast(pl.Datetime("us"))
    moments = [
        (local + timedelta(hours=late)).dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
        for late in (0, 1)
    ]
    first, later = (moment.dt.convert_time_zone("UTC") for moment in moments)
    # A zone that moved across the date line has no such day at all.
    return first.zip_with(first.is_not_null(), later).fill_null(strategy="backward")


def midnight(day: date, zone: str) -> datetime:
    """Return the moment (UTC) at which a day begins in a zone."""
    moment: datetime = midnights(pl.Series([day], dtype=pl.Date), zone)[0]
    return moment.astimezone(UTC)


def local_day(moment: datetime, zone: str) -> date:
    """Return the calendar day of a moment in a zone."""
    day: date = pl.Series([moment], dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone(zone).dt.date()[0]
    return day


def starts(first: date, last: date, period: Key) -> pl.Series:
    """Return the first days of all periods from the one of ``first`` to the one of ``last``."""
    return pl.date_range(start_of(first, period), start_of(last, period), _STEPS[period], eager=True)


def number_of(begins: pl.Series, zone: str, *, whole_days: bool) -> pl.Expr:
    """Return for each event the place of its period in ``begins``; with ``whole_days``, mind sums of a day.

    A sum of a day stands for the day that its export names, in any zone. A binary search among the few beginnings costs
    a tenth of converting every timestamp to local time.
    """
    moment = pl.col("timestamp").dt.epoch("us")
    place = _place(midnights(begins, zone), moment)
    if not whole_days:
        return place
    is_day = (pl.col("grain") == "day").fill_null(value=False)
    return pl.when(is_day).then(_place(midnights(begins, "UTC"), moment)).otherwise(place)


def _place(moments: pl.Series, moment: pl.Expr) -> pl.Expr:
    edges = moments.dt.epoch("us")
    found = pl.lit(edges).search_sorted(moment, side="right").cast(pl.Int64) - 1
    return found.clip(0).cast(pl.UInt32)


def finest(by: tuple[Key, ...]) -> Key | None:
    """Return the finest period asked for."""
    return next((period for period in PERIODS if period in by), None)
