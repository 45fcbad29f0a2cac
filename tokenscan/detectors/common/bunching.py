"""Whether a crowd's amounts pile up just above a target: observed against what a smooth curve would hold there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from tokenscan.detectors.common.statistics import Floats

SEED = 20260105
LEVEL = 0.05
# On the scale of ln(amount / target): how far is looked at, the steps, and what is left out around the target, for
# there the curve is what is in question.
REACH, STEP = 1.2, 0.05
HOLE, BAND, HUMP = -0.1, 0.1, 0.25
DEGREE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Excess:
    """Periods just above the target (``above``) and just below, beside those a smooth curve would hold there.

    ``excess`` = above - expected_above, ``missing`` = expected_below - below; ``low`` and ``high`` are the 90 %
    interval of the excess over resampled people, ``p`` the one-sided binomial test of above among both.
    """

    above: int
    below: int
    expected_above: float
    expected_below: float
    low: float
    high: float
    p: float
    people: int

    @property
    def excess(self) -> float:
        """Return the periods above the target that the curve does not explain."""
        return self.above - self.expected_above


def excess_mass(totals: pl.DataFrame, rounds: int) -> Excess:
    """Return the excess of periods (user, total as a part of the target) in [1, e^0.1), with its uncertainty.

    The counterfactual is a polynomial through the counts outside the surroundings of the target (Chetty et al. 2011,
    Kleven and Waseem 2013); the interval resamples people, whose periods are alike. Above against below is an exact
    binomial test (as rddensity offers for few points, after McCrary 2008), at the chance that the curve gives.
    """
    from scipy import stats

    histograms = _histograms(totals)
    users = len(histograms)
    if not users:
        return Excess(above=0, below=0, expected_above=0.0, expected_below=0.0, low=0.0, high=0.0, p=1.0, people=0)
    random = np.random.default_rng(SEED)
    weights = random.multinomial(users, np.full(users, 1 / users), size=rounds)
    counts = np.vstack([histograms.sum(axis=0), weights @ histograms])
    expected = _smooth(counts)
    band, hole = _between(0, BAND), _between(HOLE, 0)
    above, below = counts[:, band].sum(axis=1), counts[:, hole].sum(axis=1)
    high, low = expected[:, band].sum(axis=1), expected[:, hole].sum(axis=1)
    chance = high[0] / (high[0] + low[0]) if high[0] + low[0] > 0 else 0.5
    resampled = (above - high)[1:]
    more = histograms[:, band].sum(axis=1) > histograms[:, hole].sum(axis=1)
    return Excess(
        above=int(above[0]),
        below=int(below[0]),
        expected_above=float(high[0]),
        expected_below=float(low[0]),
        low=float(np.quantile(resampled, LEVEL)) if rounds else 0.0,
        high=float(np.quantile(resampled, 1 - LEVEL)) if rounds else 0.0,
        p=float(stats.binom.sf(above[0] - 1, above[0] + below[0], max(chance, 0.5))),
        people=int(more.sum()),
    )


def _middles() -> Floats:
    """Return the middle of each bin."""
    steps = np.arange(round(2 * REACH / STEP), dtype=np.float64)
    return (steps + 0.5) * STEP - REACH


def _between(low: float, high: float) -> npt.NDArray[np.bool_]:
    return (_middles() > low) & (_middles() < high)


def _histograms(totals: pl.DataFrame) -> Floats:
    """Count each person's periods by ln(total): shape (people, bins). A total on the target lies above it."""
    logs = totals.with_columns(((pl.col("total").log() + REACH) / STEP + 1e-9).floor().cast(pl.Int64).alias("bin"))
    bins = len(_middles())
    near = logs.filter(pl.col("bin").is_between(0, bins - 1)).sort("user", "bin")
    counts = np.zeros((near["user"].n_unique(), bins))
    np.add.at(counts, ((near["user"].rank("dense") - 1).to_numpy(), near["bin"].to_numpy()), 1)
    return counts


def _smooth(counts: Floats) -> Floats:
    """Return the curve through the counts outside the target's surroundings, one row each; never below 0."""
    outside = ~_between(HOLE, HUMP)
    powers = np.vander(_middles() / REACH, DEGREE + 1)
    solved, *_ = np.linalg.lstsq(powers[outside], counts[:, outside].T, rcond=None)
    curves: Floats = np.maximum((powers @ solved).T, 0.0)
    return curves
