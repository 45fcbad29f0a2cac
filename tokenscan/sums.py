"""Sums of floats that do not depend on the order of rows.

Which row of a group comes first is nobody's promise: groups and joins of Polars come out in the order in which threads
finish. Counts add up the same either way, floats do not in their last bits, and a mean of 0.75 is then printed as 0.8
on one run and as 0.7 on the next.
"""

from __future__ import annotations

import polars as pl


def ordered_sum(values: pl.Expr) -> pl.Expr:
    """Return the sum, smallest value first; nulls count nothing."""
    return values.sort().sum()


def ordered_mean(values: pl.Expr) -> pl.Expr:
    """Return the mean of what is no null, added smallest value first; null of nothing."""
    return values.sort().mean()
