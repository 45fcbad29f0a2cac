"""Time zone names: those that days can be cut in."""

from __future__ import annotations

import re

import polars as pl

_HOURS = re.compile(r"(?:UTC|GMT)?\s*([+-]?\d{1,2})(?::00|\.0)?", re.IGNORECASE)


def known_zone(name: str) -> str | None:
    """Return ``name`` if it is an IANA time zone, else None.

    Asked is Polars, which does the conversion and carries its own zones: a machine need not have any.
    """
    if not name[:1].isalpha():
        return None
    try:
        pl.Series([0], dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone(name)
    except pl.exceptions.PolarsError:
        return None
    return name


def zone_of_hours(text: str) -> str | None:
    """Return the IANA name of whole hours such as ``+2`` or ``UTC-5`` (whose sign is the other way round)."""
    match = _HOURS.fullmatch(text)
    if match is None:
        return None
    hours = int(match[1])
    return known_zone(f"Etc/GMT{-hours:+d}" if hours else "UTC")
