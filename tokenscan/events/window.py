"""Cut a log to a window of time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl


def within(events: pl.DataFrame, since: datetime | None, until: datetime | None, zone: str) -> pl.DataFrame:
    """Return the calls from ``since`` on and before ``until``; a moment without a zone is in ``zone``."""
    if since is not None:
        events = events.filter(pl.col("timestamp") >= utc(since, zone))
    if until is not None:
        events = events.filter(pl.col("timestamp") < utc(until, zone))
    return events


def utc(moment: datetime, zone: str) -> datetime:
    """Return a moment in UTC; without a zone it is in ``zone``."""
    return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
