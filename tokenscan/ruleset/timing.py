"""Days, times of day and gaps as rule tests write them."""

from __future__ import annotations

import re
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

MAX_DAYS = 2000

_GAP = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*(ms|s|m|h)?\s*")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}
_SATURDAY = 5


def days(text: str | tuple[date, ...], *, weekends: bool) -> tuple[date, ...]:
    """Return the days of "FIRST..LAST" (both included; Monday to Friday unless ``weekends``), or a list as it is.

    Raises ValueError.
    """
    if not isinstance(text, str):
        return text
    first, dots, last = text.partition("..")
    if not dots:
        return (date.fromisoformat(first.strip()),)
    start, end = date.fromisoformat(first.strip()), date.fromisoformat(last.strip())
    if not 0 <= (end - start).days < MAX_DAYS:
        raise ValueError(f"{text!r} must run forwards and over fewer than {MAX_DAYS} days")
    span = (start + timedelta(days=number) for number in range((end - start).days + 1))
    found = tuple(day for day in span if weekends or day.weekday() < _SATURDAY)
    if not found:
        raise ValueError(f"{text!r} holds no working day")
    return found


def clock(text: str) -> time:
    """Return the time of day that "09:00" or "09:00:30" says; raises ValueError."""
    moment = time.fromisoformat(text)
    if moment.tzinfo is not None:
        raise ValueError(f"{text!r} must not carry a time zone: the person's own applies")
    return moment


def gap(text: str | float) -> timedelta:
    """Return the duration of "90s", "7m", "1.5h" or a number of seconds; raises ValueError."""
    match = _GAP.fullmatch(str(text))
    if match is None:
        raise ValueError(f"{text!r} is no duration such as 90, '90s', '7m' or '1.5h'")
    return timedelta(seconds=float(match[1]) * _SECONDS[match[2]])


def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone of that name; raises ValueError."""
    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        raise ValueError(f"{name!r} is no IANA time zone") from None
