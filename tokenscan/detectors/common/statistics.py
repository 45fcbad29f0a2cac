"""The statistics detectors share, each with its source; scipy's where scipy has them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

Floats = npt.NDArray[np.float64]

# Makes the median absolute deviation of a normal sample an estimate of its standard deviation.
MAD_TO_SD = 1.4826
# Standard deviations of a normal estimate up to its one-sided 95 % bound.
Z95 = 1.645


def strength(value: pl.Expr, threshold: float, top: float) -> pl.Expr:
    """Return 0.5 at ``threshold``, 1 at ``top`` and beyond, on a log scale between; 0 below it and where unknown.

    A threshold that a user put at or above ``top`` leaves no scale: everything beyond it counts 0.5.
    """
    scaled = pl.lit(0.5)
    if 0 < threshold < top:
        scaled = 0.5 + 0.5 * (value / threshold).log() / np.log(top / threshold)
    beyond = (value >= threshold) & value.is_not_nan()  # Polars sorts NaN above every number
    return pl.when(beyond).then(scaled.clip(0.5, 1.0)).otherwise(0.0)


def beta_bound(successes: pl.Series, trials: pl.Series, level: float, prior: tuple[float, float] = (1, 1)) -> pl.Series:
    """Return the ``level`` quantile of the share's Beta posterior (0.05 = lower, 0.95 = upper 95 % one-sided bound)."""
    from scipy import stats

    a, b = prior
    k, n = successes.fill_null(0).to_numpy(), trials.fill_null(0).to_numpy()
    return pl.Series("bound", np.asarray(stats.beta.ppf(level, a + k, b + n - k)), dtype=pl.Float64)


def gamma_rate_bound(events: pl.Series, exposure: pl.Series, level: float, prior: tuple[float, float]) -> pl.Series:
    """Return the ``level`` quantile of a Poisson rate under a Gamma(shape, rate) prior."""
    from scipy import stats

    shape, rate = prior
    quantile = stats.gamma.ppf(level, shape + events.to_numpy(), scale=1 / (rate + exposure.to_numpy()))
    return pl.Series("bound", np.asarray(quantile), dtype=pl.Float64)


def false_discovery(p_values: pl.Series) -> pl.Series:
    """Return q-values after Benjamini and Hochberg (1995): the share of false alarms if all below were flagged."""
    from scipy import stats

    if p_values.is_empty():
        return p_values.alias("q")
    return pl.Series("q", stats.false_discovery_control(p_values.to_numpy(), method="bh"))


def median_of_others(frame: pl.DataFrame, value: str, by: Sequence[str]) -> pl.DataFrame:
    """Add ``others_median`` and ``others_n``: per row with a value, over the other rows of its group that have one.

    Removing the i-th of n sorted values shifts the places behind it by one, so two look-ups give each median:
    O(n log n), never a comparison of all pairs.
    """
    known = frame.with_row_index("_row").filter(pl.col(value).is_not_null())
    ranked = known.with_columns(
        (pl.col(value).rank("ordinal").over(by) - 1).cast(pl.Int64).alias("_rank"),
        (pl.len().over(by) - 1).cast(pl.Int64).alias("others_n"),
    )
    places = ranked.select(*by, "_rank", pl.col(value).alias("_value"))
    picked = ranked.select("_row", "others_n", *by, "_rank")
    for name, place in (("_low", (pl.col("others_n") - 1) // 2), ("_high", pl.col("others_n") // 2)):
        wanted = place + (place >= pl.col("_rank")).cast(pl.Int64)
        picked = picked.with_columns(wanted.alias("_wanted")).join(
            places.rename({"_value": name}),
            left_on=[*by, "_wanted"],
            right_on=[*by, "_rank"],
            how="left",
            nulls_equal=True,
        )
    median = pl.when(pl.col("others_n") > 0).then((pl.col("_low") + pl.col("_high")) / 2)
    picked = picked.select("_row", "others_n", median.alias("others_median"))
    joined = frame.with_row_index("_row").join(picked, on="_row", how="left", maintain_order="left").drop("_row")
    return joined.with_columns(pl.col("others_n").fill_null(0))


def trailing_windows(values: Floats, groups: npt.NDArray[np.int64], width: int) -> Floats:
    """Return per row the ``width`` values before it in its group, NaN where there are fewer: shape (n, width).

    Rows must stand together by group, in time order.
    """
    padded = np.concatenate([np.full(width, np.nan), values])
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)[: len(values)].copy()
    group_padded = np.concatenate([np.full(width, -1), groups])
    same = np.lib.stride_tricks.sliding_window_view(group_padded, width)[: len(values)] == groups[:, None]
    windows[~same] = np.nan
    return windows


def row_medians(windows: Floats) -> tuple[Floats, Floats]:
    """Return median and count of each row, NaN left out; the median of nothing is NaN."""
    ordered = np.sort(windows, axis=1)  # NaN last
    count = (~np.isnan(windows)).sum(axis=1)
    rows = np.arange(len(windows))
    low = ordered[rows, np.maximum((count - 1) // 2, 0)]
    high = ordered[rows, np.minimum(count // 2, windows.shape[1] - 1)]
    return np.where(count > 0, (low + high) / 2, np.nan), count.astype(np.float64)


def shrunk_scale(deviation: Floats, count: Floats, pooled: float, prior_weight: float = 10.0) -> Floats:
    """Return a robust scale drawn towards the population's, so that a short or constant history is safe.

    s^2 = (n * MAD'^2 + w * s_pool^2) / (n + w), with MAD' = 1.4826 * MAD (modified z-score practice, Iglewicz and
    Hoaglin 1993, with an empirical-Bayes weight on the pooled scale).
    """
    squared = (count * (MAD_TO_SD * deviation) ** 2 + prior_weight * pooled**2) / (count + prior_weight)
    return np.sqrt(squared)


def burstiness(mean: pl.Expr, deviation: pl.Expr, n: pl.Expr) -> pl.Expr:
    """Return the burstiness of inter-event times for a finite sample: -1 regular, 0 random, 1 bursty.

    Kim and Jo, "Measuring burstiness for finite event sequences", Phys. Rev. E 94 (2016), eq. 22.
    """
    ratio = deviation / mean
    up, down = (n + 1).sqrt(), (n - 1).sqrt()
    return (up * ratio - down) / ((up - 2) * ratio + down)
