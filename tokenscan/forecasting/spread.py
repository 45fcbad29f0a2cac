"""Bounds from a sample, and the days they are about."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any, Final

import polars as pl

from tokenscan.forecasting.exact import rounded

WINDOW: Final = 30  # days
SURE: Final = 0.95


def age(last: date) -> pl.Expr:
    """Return how many days before the last one a day is."""
    return (pl.lit(last) - pl.col("day")).dt.total_days()


def quantile(freedom: int) -> float:
    """Return how many standard errors to either side Student's bounds lie."""
    from scipy.special import stdtrit

    found: Any = stdtrit(freedom, (1 + SURE) / 2)
    return float(found)


def six(value: float) -> Fraction:
    """Return what was computed in floats as a fraction of six decimals, the same on every machine."""
    return rounded(Fraction(f"{value:.9f}"))
