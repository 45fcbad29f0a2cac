"""Whether a person's values rise over the weeks: Kendall's test for a trend, and its size by Theil and Sen."""

from __future__ import annotations

import numpy as np
import polars as pl

from tokenscan.detectors.common.statistics import Floats, false_discovery

MOST_POINTS = 200  # beyond it, neighbours in time are put together: pairs grow with the square


def rising(values: pl.DataFrame) -> pl.DataFrame:
    """Test each person's ``y`` over ``week`` for a rising trend; one row a person with at least three points.

    ``values`` (user, week, y) may have any order. Kendall's tau against time is the test of Mann (1945), here
    one-sided; ``q`` controls the false discovery rate over people. People with more than 200 values are judged by the
    medians of 200 stretches of equal count. Columns: user, ``points``, ``tau``, ``p``, ``q``.
    """
    from scipy import stats

    rows = []
    for user, week, y in _series(values):
        if len(y) < 3 or np.ptp(y) == 0 or np.ptp(week) == 0:
            continue
        test = stats.kendalltau(week, y, alternative="greater")
        rows.append((user, len(y), float(test.statistic), float(test.pvalue)))
    found = pl.DataFrame(rows, schema={"user": pl.String, "points": pl.Int64, "tau": pl.Float64, "p": pl.Float64},
                         orient="row")  # fmt: skip
    return found.with_columns(false_discovery(found["p"]).alias("q"))


def slopes(values: pl.DataFrame) -> pl.DataFrame:
    """Return each person's change of ``y`` a week: the median of all slopes between two points, with 95 % bounds.

    Theil (1950) and Sen (1968). One row a person with at least three points: user, ``slope``, ``slope_low``,
    ``slope_high``.
    """
    from scipy import stats

    rows = []
    for user, week, y in _series(values):
        if len(y) < 3 or np.ptp(week) == 0:
            continue
        with np.errstate(invalid="ignore"):  # the bounds of a series of ties are not defined
            line = stats.theilslopes(y, week)
        rows.append((user, float(line.slope), float(line.low_slope), float(line.high_slope)))
    names = ("user", "slope", "slope_low", "slope_high")
    schema = dict.fromkeys(names[1:], pl.Float64)
    return pl.DataFrame(rows, schema={"user": pl.String, **schema}, orient="row")


def _series(values: pl.DataFrame) -> list[tuple[str, Floats, Floats]]:
    """Return (user, weeks, values) in time order, thinned to MOST_POINTS."""
    known = values.filter(pl.col("y").is_not_null() & pl.col("week").is_not_null())
    ordered = known.sort("user", "week", "y").with_columns(
        pl.int_range(pl.len()).over("user").alias("_place"), pl.len().over("user").alias("_n")
    )
    stretch = (
        pl.when(pl.col("_n") > MOST_POINTS).then(pl.col("_place") * MOST_POINTS // pl.col("_n")).otherwise("_place")
    )
    thinned = ordered.group_by("user", stretch.alias("_stretch")).agg(pl.col("week").median(), pl.col("y").median())
    sorted_ = thinned.sort("user", "_stretch")
    return [
        (str(user), group["week"].to_numpy(), group["y"].to_numpy())
        for (user,), group in sorted_.group_by("user", maintain_order=True)
    ]
