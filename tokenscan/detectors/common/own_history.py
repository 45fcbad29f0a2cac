"""Person-days against the person's own active days before, and after."""

from __future__ import annotations

import numpy as np
import polars as pl

from tokenscan.detectors.common.statistics import MAD_TO_SD, row_medians, shrunk_scale, trailing_windows


def against_own_history(days: pl.DataFrame, history_days: int, min_history: int) -> pl.DataFrame:
    """Add ``ratio``, ``ratio_after``, ``z``, ``normal`` (tokens) and ``history`` (days) to person-days.

    ``ratio`` is the day over the median of up to ``history_days`` active days before it, the common mode removed;
    ``ratio_after`` the same for the days after it, infinite while fewer than ``min_history`` have followed.
    """
    users = days["user"].rank("dense").to_numpy().astype(np.int64)
    own = days["own"].to_numpy().astype(np.float64)
    windows = trailing_windows(own, users, history_days)
    median, count = row_medians(windows)
    deviation, _ = row_medians(np.abs(windows - median[:, None]))
    after, followed = row_medians(trailing_windows(own[::-1], users[::-1], history_days))
    stayed = np.where(followed >= min_history, after, -np.inf)[::-1]
    residual = days.select((pl.col("own") - pl.col("own").median().over("user")).abs().median()).item()
    scale = shrunk_scale(np.nan_to_num(deviation), count, MAD_TO_SD * (residual or 0.0))
    raw_median, _ = row_medians(trailing_windows(days["fresh"].to_numpy().astype(np.float64), users, history_days))
    mean_of_others = (pl.col("fresh").sum() - pl.col("fresh")).over("user") / (pl.len() - 1).over("user")
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (own - median) / np.maximum(scale, 1e-9)
    return days.with_columns(
        pl.Series("ratio", np.exp(np.nan_to_num(own - median))),
        pl.Series("ratio_after", np.exp(own - stayed)),
        pl.Series("z", np.nan_to_num(z)),
        pl.Series("normal", np.nan_to_num(raw_median)),
        pl.Series("history", count.astype(np.int64)),
        (pl.col("fresh") / mean_of_others).alias("ratio_to_mean"),
    )
