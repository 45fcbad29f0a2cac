"""V02: a person far above comparable colleagues. Context: heavy use alone accuses nobody."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.corroborate import CLEARED, UNKNOWN, answers_used
from tokenscan.detectors.common.peers import against_peers
from tokenscan.detectors.common.statistics import strength
from tokenscan.detectors.common.tables import used_base


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/volume/above-peers.toml``."""

    ratio: float
    top: float
    min_days: int
    min_peers: int
    used_share: float
    tasks_share: float


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Hold the median active day against the median of colleagues' medians, those of other teams first."""
    settled = tables.people.filter(pl.col("active_days") >= params.min_days)
    peers = settled.join(_against(settled, "level", params), on="user").sort("user")
    if peers.filter(pl.col("peers") > 0).is_empty():
        return NotEvaluated(f"no group of {params.min_peers + 1} people with {params.min_days} active days to compare")
    ratio = (pl.col("level") - pl.col("median")).exp()
    far = peers.with_columns(ratio.alias("ratio")).filter(pl.col("ratio") >= params.ratio)
    if far.is_empty():
        return detection(far, [])
    used = answers_used(far, used_base(tables.people), params.used_share, 100)
    productive = _with_task_ratio(far, peers, params).join(used, on="user", how="left")
    worked = (pl.col("tasks_ratio") >= params.tasks_share * pl.col("ratio")).fill_null(False)
    factor = pl.when(worked).then(CLEARED).otherwise(pl.col("factor").fill_null(UNKNOWN))
    tasks_text = pl.format("{} times their peers' tasks per active day", pl.col("tasks_ratio").round(1))
    rows = productive.with_columns(
        pl.col("ratio").alias("value"),
        pl.lit(params.ratio).alias("threshold"),
        pl.col("active_days").alias("n"),
        (strength(pl.col("ratio"), params.ratio, params.top) * factor).alias("strength"),
        (worked | pl.col("cleared")).alias("cleared"),
        pl.when(worked).then(pl.concat_list("against", tasks_text)).otherwise("against").alias("against"),
        pl.lit("low").alias("confidence"),
        pl.format("the median of {} colleagues ({})", "peers", "peer_group").alias("compared_with"),
        (pl.col("level").exp() - 1).round().cast(pl.Int64).alias("own_median"),
        (pl.col("median").exp() - 1).round().cast(pl.Int64).alias("peers_median"),
        (pl.col("team_median").exp() - 1).round().cast(pl.Int64).alias("team_median"),
    )
    metrics = [
        "ratio",
        "own_median",
        "peers_median",
        "peers",
        "peer_group",
        "team_median",
        "tasks_ratio",
        "active_days",
    ]
    return detection(rows, metrics)


def _against(people: pl.DataFrame, value: str, params: Params) -> pl.DataFrame:
    """Return what is usual among comparable colleagues, outside the own team where there are enough, and within it."""
    found = against_peers(people, value, variance=pl.lit(0.0), floor=1.0, min_peers=params.min_peers)
    return found.drop("z")


def _with_task_ratio(far: pl.DataFrame, peers: pl.DataFrame, params: Params) -> pl.DataFrame:
    """Add tasks per active day relative to the same peers; null without outcomes."""
    rate = peers.with_columns((pl.col("tasks") / pl.col("active_days")).alias("task_rate"))
    compared = _against(rate, "task_rate", params).select("user", usual="median")
    ratio = pl.when(pl.col("usual") > 0).then(pl.col("task_rate") / pl.col("usual"))
    return far.join(rate.join(compared, on="user").select("user", ratio.alias("tasks_ratio")), on="user", how="left")
