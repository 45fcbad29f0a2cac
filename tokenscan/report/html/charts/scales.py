"""Where ticks go and what stands at them: chosen here, so that nothing depends on the width of a font."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from datetime import date, timedelta

from tokenscan.report.numbers import tokens

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_NANO = 1_000_000_000
_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_LONG = 40  # days; from here on an axis names months

Tick = tuple[float, str]


def value_ticks(highest: float, label: Callable[[float], str], count: int = 4) -> list[Tick]:
    """Return about ``count`` round values from 0 to ``highest`` or just above, and what stands at them."""
    if not math.isfinite(highest) or highest <= 0:
        return [(0.0, label(0.0)), (1.0, "")]
    raw = highest / count
    size = 10.0 ** math.floor(math.log10(raw))
    step = next(size * part for part in _STEPS if size * part >= raw * (1 - 1e-9))
    values = [round(step * number, 12) for number in range(math.ceil(highest / step - 1e-9) + 1)]
    return [(value, label(value)) for value in values]


def token_label(value: float) -> str:
    """Return a tick of tokens: 0, 2.5k, 250k, 1.5M."""
    return f"{value / 1_000:g}k" if 1_000 <= value < 10_000 else tokens(round(value))


def dollar_label(value: float) -> str:
    """Return a tick of dollars: 0, $0.25, $7.50, $40, $12.5k."""
    if value == 0:
        return "0"
    if value >= 10_000:
        return f"${token_label(value)}"
    return f"${value:,.0f}" if value >= 10 else f"${value:.2f}" if value >= 0.01 else f"${value:.2g}"


def dollars(nanousd: int | None) -> float:
    """Return nano-dollars as dollars to draw; what is unknown is drawn as nothing, and told in the table."""
    return (nanousd or 0) / _NANO


def day_ticks(first: date, last: date, most: int) -> list[tuple[date, str]]:
    """Return at most ``most`` days to name on an axis, with their names: days, else months, else years."""
    for days, named in _candidates(first, last):
        if 1 <= len(days) < most:
            ticks = [(day, named(day)) for day in days]
            # Where the first round day is far off, the axis would begin without a name.
            far = (days[0] - first).days > (last - first).days / most
            return [(first, _day(first)), *ticks] if far else ticks
    return [(first, first.isoformat())]


def _candidates(first: date, last: date) -> Iterator[tuple[list[date], Callable[[date], str]]]:
    span = (last - first).days
    if span <= _LONG:
        for step in (1, 2, 7, 14):
            yield [first + timedelta(days=number) for number in range(0, span + 1, step)], _day
    for months in (1, 2, 3, 6):
        yield _every(first, last, months), _month
    for years in (1, 2, 5, 10, 50, 100, 1000):
        yield _every(first, last, 12 * years), _year


def _every(first: date, last: date, months: int) -> list[date]:
    """Return the first days of every so many months between two days."""
    start = first.year * 12 + first.month - 1 + (first.day > 1)
    end = last.year * 12 + last.month - 1
    return [date(month // 12, month % 12 + 1, 1) for month in range(start + -start % months, end + 1, months)]


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]}"


def _month(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}" if day.month == 1 else _MONTHS[day.month - 1]


def _year(day: date) -> str:
    return f"{day.year}"
