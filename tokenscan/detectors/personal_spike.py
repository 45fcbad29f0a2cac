"""V01: a day far above the person's own normal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.corroborate import corroborate
from tokenscan.detectors.common.statistics import MAD_TO_SD, row_medians, shrunk_scale, trailing_windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/volume/personal-spike.toml``."""

    ratio: float
    min_z: float
    min_tokens: int
    history_days: int
    min_history: int


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Compare each day with the median of the person's previous active days, the common mode removed.

    The day itself is not in its own baseline, and the baseline is a median: a mean would let a person's own bursts
    hide the next one. Where enough days follow, the day must stand out from these too: a new level that stays, such as
    a first coding agent, is no spike.
    """
    longest = tables.people["active_days"].max() or 0
    if not isinstance(longest, int) or longest <= params.min_history:
        return NotEvaluated(f"nobody has more than {params.min_history} active days of history")
    days = _against_own_history(tables.days, params)
    far = (pl.col("ratio") >= params.ratio) & (pl.col("ratio_after") >= params.ratio) & (pl.col("z") >= params.min_z)
    spikes = days.filter(
        far & (pl.col("fresh") >= params.min_tokens) & (pl.col("history") >= params.min_history) & ~pl.col("planned")
    )
    if spikes.is_empty():
        return detection(spikes, [])
    verdict = corroborate(tables, spikes.select("user", "day"))
    rows = _per_person(spikes, days).join(verdict, on="user", how="left")
    raw = 0.5 + 0.1 * (pl.col("n_spikes") - 1) + 0.15 * (pl.col("value") / params.ratio).log()
    clear = (pl.col("lowest_z") >= 2 * params.min_z) & (pl.col("factor") == 1.0)
    scored = rows.with_columns(
        (raw.clip(0.5, 1.0) * pl.col("factor")).alias("strength"),
        pl.lit(params.ratio).alias("threshold"),
        pl.when(clear).then(pl.lit("high")).otherwise(pl.lit("medium")).alias("confidence"),
        pl.format("the median of the {} active days before", pl.lit(params.history_days)).alias("compared_with"),
    )
    metrics = [
        "day",
        "fresh_tokens",
        "ratio",
        "ratio_to_mean",
        "z",
        "spike_days",
        "everyone_that_day",
        "tasks_that_day",
    ]
    return detection(scored, metrics, _claims(tables.calls, spikes))


def _against_own_history(days: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Add ``ratio``, ``ratio_after``, ``z``, ``normal`` (tokens) and ``history`` (days) to person-days.

    ``ratio_after`` is infinite while too few days have followed to say.
    """
    users = days["user"].rank("dense").to_numpy().astype(np.int64)
    own = days["own"].to_numpy().astype(np.float64)
    windows = trailing_windows(own, users, params.history_days)
    median, count = row_medians(windows)
    deviation, _ = row_medians(np.abs(windows - median[:, None]))
    after, followed = row_medians(trailing_windows(own[::-1], users[::-1], params.history_days))
    stayed = np.where(followed >= params.min_history, after, -np.inf)[::-1]
    residual = days.select((pl.col("own") - pl.col("own").median().over("user")).abs().median()).item()
    scale = shrunk_scale(np.nan_to_num(deviation), count, MAD_TO_SD * (residual or 0.0))
    raw_median, _ = row_medians(
        trailing_windows(days["fresh"].to_numpy().astype(np.float64), users, params.history_days)
    )
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


def _per_person(spikes: pl.DataFrame, days: pl.DataFrame) -> pl.DataFrame:
    """One row a person: the highest spike, and how many."""
    highest = spikes.sort("user", "ratio", "day", descending=[False, True, False]).group_by("user", maintain_order=True)
    best = highest.agg(
        pl.col("team").first(),
        pl.col("ratio").first().alias("value"),
        pl.col("ratio").first(),
        pl.col("day").first(),
        pl.col("fresh").first().alias("fresh_tokens"),
        pl.col("ratio_to_mean").first(),
        pl.col("z").first(),
        pl.col("z").min().alias("lowest_z"),
        pl.col("common").first().exp().alias("everyone_that_day"),
        pl.col("tasks").first().alias("tasks_that_day"),
        pl.len().alias("n_spikes"),
        pl.col("day").sort().cast(pl.String).str.join(", ").alias("spike_days"),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    return best.join(days.group_by("user").agg(pl.len().cast(pl.Int64).alias("n")), on="user", how="left")


def _claims(calls: pl.DataFrame, spikes: pl.DataFrame) -> pl.DataFrame:
    """Claim what each spike day held above the person's median."""
    share = (1 - pl.col("normal") / pl.col("fresh")).clip(0, 1)
    excess = spikes.select("user", "day", share.alias("share"))
    return calls.filter("ok").join(excess, on=["user", "day"]).select(
        "user", "row_id", pl.lit("day").alias("level"), "share"
    )  # fmt: skip
