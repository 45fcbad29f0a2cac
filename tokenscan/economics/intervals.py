"""Intervals of ratios over people: whole people are drawn, as what one person does is not independent."""

from __future__ import annotations

import math
import warnings

import numpy as np
import numpy.typing as npt

from tokenscan.report.economics import Interval

DRAWS = 999
MOST_DRAWN = 400  # people; with more, the normal interval of the same ratio is as good and quicker
SEED = 20_240_229  # any fixed number: the same input gives the same interval
Z95 = 1.959964

Floats = npt.NDArray[np.float64]


def ratio(y: Floats, x: Floats) -> Interval:
    """Return sum y / sum x with its 95 % interval over units; ``x`` is at least 0 and must not be all 0."""
    value = float(_ratio(y, x))
    low, high = _drawn(y, x) if len(y) <= MOST_DRAWN else _normal(y, x, value)
    known = math.isfinite(low) and math.isfinite(high)
    return Interval(value=value, low=low if known else None, high=high if known else None)


def with_and_without(y1: Floats, x1: Floats, y0: Floats, x0: Floats) -> tuple[Interval, Interval, Interval]:
    """Return the ratios with and without something, and their difference, each person against their own other days.

    People (``x1`` and ``x0`` above 0 for each) are weighed by x1 x0 / (x1 + x0), the weights of Mantel and Haenszel for
    a difference of rates (Greenland and Robins 1985, Biometrics 41:55-68), in both ratios: which people have many days
    of which kind then cannot make a difference, and the difference is that of the two figures shown.
    """
    whole = x1 + x0
    weight, y1, y0 = x1 * x0 / whole, y1 * x0 / whole, y0 * x1 / whole
    return ratio(y1, weight), ratio(y0, weight), ratio(y1 - y0, weight)


def _ratio(y: Floats, x: Floats, axis: int = -1) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(y.sum(axis=axis) / x.sum(axis=axis))


def _drawn(y: Floats, x: Floats) -> tuple[float, float]:
    """Return the bias-corrected and accelerated bootstrap interval (Efron 1987)."""
    from scipy import stats

    if len(y) < 2:
        return math.nan, math.nan
    with warnings.catch_warnings():
        # Units that are all alike have no spread: the interval comes out as NaN, and is told as unknown.
        warnings.simplefilter("ignore")
        found = stats.bootstrap(
            (y, x), _ratio, paired=True, vectorized=True, n_resamples=DRAWS, method="BCa",
            random_state=np.random.default_rng(SEED),
        ).confidence_interval  # fmt: skip
    return float(found.low), float(found.high)


def _normal(y: Floats, x: Floats, value: float) -> tuple[float, float]:
    """Return value -+ 1.96 standard errors by the jackknife (Tukey 1958): whoever is left out leaves both sums."""
    left_out = _ratio_of(y.sum() - y, x.sum() - x)
    count = len(y)
    error = math.sqrt((count - 1) / count * float(((left_out - left_out.mean()) ** 2).sum()))
    return value - Z95 * error, value + Z95 * error


def _ratio_of(y: Floats, x: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(y / x)
