"""Write numbers, money, shares and dates the way a reader expects them."""

from __future__ import annotations

import math
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

UNKNOWN = "unknown"

_NANO = 1_000_000_000
_CENT = _NANO // 100
_UNITS = ((10**15, "Q"), (10**12, "T"), (10**9, "B"), (10**6, "M"), (10**3, "k"))


def tokens(count: int) -> str:
    """Return a count in three significant digits: 9,999, 12.3k, 1.24M, 60T."""
    if count < 0:
        return "-" + tokens(-count)
    if count < 10_000:
        return f"{count:,}"
    for size, unit in _UNITS:
        if count * 1_000 >= size * 999.5:  # 999,600 is 1M, not 1000k
            return f"{_significant(count / size)}{unit}"
    return f"{count:,}"


def money(nanousd: int | None) -> str:
    """Return nano-dollars as $1,234.56; "<$0.01" for less than a cent, "unknown" for null, never 0 for it."""
    if nanousd is None:
        return UNKNOWN
    if nanousd < 0:
        return "-" + money(-nanousd)
    if nanousd == 0:
        return "$0.00"
    if nanousd < _CENT:
        return "<$0.01"
    cents = (nanousd + _CENT // 2) // _CENT
    return f"${cents // 100:,}.{cents % 100:02d}"


def dollars(nanousd: int | None) -> float | None:
    """Return nano-dollars as dollars with 6 decimals, null where unknown."""
    return None if nanousd is None else round(nanousd / _NANO, 6)


def percent(share: float | None) -> str:
    """Return a share (0 to 1) as 0%, <0.1%, 9.4%, 12%; "unknown" for null."""
    if share is None or not math.isfinite(share):
        return UNKNOWN
    points = share * 100
    if points == 0:
        return "0%"
    if 0 < points < 0.1:
        return "<0.1%"
    if 99.5 <= points < 100:
        return ">99%"
    return f"{points:.1f}%".replace(".0%", "%") if abs(points) < 10 else f"{points:,.0f}%"


def number(value: float) -> str:
    """Return a figure of any size: whole numbers in full up to a million, the rest in three significant digits."""
    if not math.isfinite(value):
        return UNKNOWN
    if value < 0:
        return "-" + number(-value)
    if value == int(value) and value < 1_000_000:
        return f"{int(value):,}"
    if value >= 1_000:
        return tokens(round(value)) if value >= 1_000_000 else f"{value:,.0f}"
    return f"{value:.3g}" if value >= 0.0001 else f"{value:.1e}"


def quantity(value: float, unit: str) -> str:
    """Return a figure with its unit: "12.4 calls", and "34% of prompts" for a unit like "share of prompts"."""
    if unit == "share" or unit.startswith("share of "):
        return percent(value) + unit.removeprefix("share")
    return f"{number(value)} {unit}".strip()


def plural(count: int, one: str, many: str = "") -> str:
    """Return "1 person", "5 people"; the plural defaults to the singular with an s."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def mass(grams: int) -> str:
    """Return grams as 12 g, 3.4 kg or 2.5 t."""
    if grams < 1_000:
        return f"{grams:,} g"
    if grams < 1_000_000:
        return f"{_significant(grams / 1_000)} kg"
    return f"{_significant(grams / 1_000_000)} t"


def day(moment: datetime, zone: tzinfo = UTC) -> str:
    """Return the calendar day of a moment in a time zone; a moment without a zone is in UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        return aware.astimezone(zone).date().isoformat()
    except OverflowError:  # forged logs reach the ends of the calendar
        return aware.date().isoformat()


def period(first: datetime, last: datetime, zone: tzinfo = UTC) -> str:
    """Return "2026-03-01 to 2026-05-31", or the one day it was."""
    start, end = day(first, zone), day(last, zone)
    return start if start == end else f"{start} to {end}"


def zone_of(name: str) -> tzinfo:
    """Return a time zone by its IANA name, UTC where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return UTC


def timestamp(moment: datetime) -> str:
    """Return a moment as ISO 8601 in UTC with a Z; a moment without a zone is in UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        aware = aware.astimezone(UTC)
    except OverflowError:
        aware = aware.replace(tzinfo=UTC)
    return aware.isoformat().replace("+00:00", "Z")


def significant(value: float) -> float | None:
    """Return a float in six significant digits, so that its bytes do not depend on summation order; null for NaN."""
    if not math.isfinite(value):
        return None
    return float(f"{value:.6g}") + 0.0  # + 0.0 turns -0.0 into 0.0


def _significant(value: float) -> str:
    """Return a value below 1,000 in three significant digits without trailing zeros; more digits when larger."""
    decimals = 2 if value < 9.995 else 1 if value < 99.95 else 0
    shown = f"{value:,.{decimals}f}"
    return shown.rstrip("0").rstrip(".") if decimals else shown
