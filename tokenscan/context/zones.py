"""Time zone names: those that days can be cut in."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import polars as pl

from tokenscan.errors import UsageError

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


def checked_zone(name: str) -> str:
    """Return ``name`` if it is an IANA time zone.

    Raises:
        UsageError: it is none.
    """
    zone = known_zone(name)
    if zone is None:
        raise UsageError(f"unknown time zone {name!r}", hint="write an IANA name such as Europe/Berlin")
    return zone


def in_zone(clock: datetime, name: str) -> datetime:
    """Return the moment (UTC) at which clocks of a zone show ``clock``; the earlier one where they show it twice."""
    local = pl.Series([clock], dtype=pl.Datetime("us"))
    moment: datetime | None = local.dt.replace_time_zone(
        checked_zone(name), ambiguous="earliest", non_existent="null"
    ).dt.convert_time_zone("UTC")[0]
    if moment is None:
        raise UsageError(f"{clock} does not exist in {name}", hint="clocks skip that hour")
    return moment.astimezone(UTC)
