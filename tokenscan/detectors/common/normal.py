"""What is normal on a day: weekday effect and the movement everybody shares, removed from each person's usage.

``level`` is ln(fresh + 1) without the weekday effect (A in the rules' pages); ``own`` is ``level`` without the common
mode (B): what only this person did. Days without activity are missing, never zero; a day whose tokens nobody logged has
neither.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import polars as pl

from tokenscan.detectors.common.statistics import median_of_others

# n others who moved count n / (n + this). Nobody is part of what is taken off them, or whoever works alone on a Sunday
# would always be normal; and one colleague's odd day says little about everybody's.
EVERYBODY_SHRINKAGE = 1.0
TEAM_SHRINKAGE = 4.0
HOLIDAY = 8  # holidays form a weekday class of their own (ISO weekdays are 1 to 7)


def with_normal(days: pl.DataFrame, holidays: Iterable[date]) -> pl.DataFrame:
    """Add ``level``, ``common`` and ``own`` to person-days with columns user, team, day, fresh."""
    residual = pl.col("level") - pl.col("level").median().over("user")
    moved = _with_level(days, holidays).with_columns(residual.alias("_residual"))
    everybody = _drawn(moved, ["day"], pl.lit(0.0), EVERYBODY_SHRINKAGE, "_everybody")
    team = _drawn(everybody, ["team", "day"], pl.col("_everybody"), TEAM_SHRINKAGE, "_team")
    common = pl.when(pl.col("team").is_not_null()).then("_team").otherwise("_everybody")
    return (
        team.with_columns(common.alias("common"))
        .with_columns((pl.col("level") - pl.col("common")).alias("own"))
        .drop("_residual", "_everybody", "_team")
    )


def _with_level(days: pl.DataFrame, holidays: Iterable[date]) -> pl.DataFrame:
    holiday = pl.col("day").is_in(sorted(holidays))
    weekday = pl.when(holiday).then(HOLIDAY).otherwise(pl.col("day").dt.weekday())
    log = pl.when(pl.col("fresh") > 0).then((pl.col("fresh") + 1).cast(pl.Float64).log())
    logs = days.with_columns(log.alias("_log"), weekday.alias("_weekday"))
    centred = logs.with_columns((pl.col("_log") - pl.col("_log").median().over("user")).alias("_centred"))
    effect = pl.col("_centred").median().over("_weekday")
    return centred.with_columns((pl.col("_log") - effect).alias("level")).drop("_log", "_weekday", "_centred")


def _drawn(days: pl.DataFrame, by: list[str], towards: pl.Expr, shrinkage: float, name: str) -> pl.DataFrame:
    """Add ``name``: the median movement of the others of a group, drawn ``towards`` a value where these are few."""
    others = median_of_others(days, "_residual", by)
    weight = pl.col("others_n") / (pl.col("others_n") + shrinkage)
    moved = towards + weight * (pl.col("others_median") - towards)
    return others.with_columns(moved.fill_null(towards).alias(name)).drop("others_median", "others_n")
