"""Severity by money: a finding is graver where it wastes more in 30 days."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

import polars as pl

from tokenscan.findings.model import Severity

BAND_DAYS: Final = 30
_USD: Final = re.compile(r"\s*(\d{1,9}(?:\.\d{1,6})?)\s*(?:usd|USD)\s*")


def band_usd(limit: float | str) -> float:
    """Return the dollars that ``500`` or "500 usd" say; raises ValueError."""
    match = _USD.fullmatch(limit) if isinstance(limit, str) else None
    dollars = float(match[1]) if match else limit
    if isinstance(dollars, str) or not 0 < dollars < 10**9:
        raise ValueError(f"{limit!r:.40} is no amount such as '500 usd'")
    return dollars


def severity_by(cost: str, days: int, bands: Mapping[Severity, float | str], otherwise: Severity) -> pl.Expr:
    """Return the severity that the waste in column ``cost`` (nano-dollars) has in a log of so many days.

    Shorter logs than 30 days are not extrapolated: what happened on one day need not happen on thirty.
    """
    per_month = pl.col(cost).fill_null(0) / 1e9 * BAND_DAYS / max(days, BAND_DAYS)
    found = pl.lit(otherwise.value)
    for severity in Severity:  # from the lightest: of the bands that fit, the gravest decides
        if severity in bands:
            found = pl.when(per_month >= band_usd(bands[severity])).then(pl.lit(severity.value)).otherwise(found)
    return found
