"""Hold whole teams against the other teams of their function: volume, tokens a task, and use of the answers."""

from __future__ import annotations

import numpy as np
import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.statistics import Floats, median_of_others

SEED = 20260105
LEVEL = 0.05
COMPARABLE = ["function", "channel"]
MIN_MARKS = 10
# ln tokens a day, ln tokens a task, share of answers used.
MEASURES = ("volume", "per_task", "used")


def members(tables: Tables) -> pl.DataFrame:
    """One row a person of a team, planned events left out: the measures (null = unknown), fresh, person_days."""
    days = tables.days.filter(~pl.col("planned") & pl.col("team").is_not_null())
    tasks, known = pl.col("tasks").sum(), pl.col("used_known").sum()
    sums = days.group_by("team", "user").agg(
        pl.col("fresh").sum(),
        pl.len().cast(pl.Int64).alias("person_days"),
        (pl.col("fresh").sum() / pl.len()).log().alias("volume"),
        pl.when(pl.col("tasks").is_not_null().any())
        .then((pl.col("fresh").sum() / (tasks + 1)).log())
        .alias("per_task"),
        pl.when(known >= MIN_MARKS).then(pl.col("used_true").sum() / known).alias("used"),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    return sums.join(tables.people.select("user", *COMPARABLE), on="user", how="left").sort("team", "user")


def compared_teams(people: pl.DataFrame, min_size: int, min_teams: int) -> pl.DataFrame:
    """One row a team that has enough comparable others: medians over members, and the median of the others' medians.

    ``others_n`` teams of the same function and channel class; ``<measure>_others`` is null where they do not tell.
    """
    teams = people.group_by("team").agg(
        pl.col("function").drop_nulls().mode().sort().first(),
        pl.col("channel").mode().sort().first(),
        pl.len().cast(pl.Int64).alias("members"),
        pl.col("person_days").sum(),
        *(pl.when(pl.col(name).count() * 2 >= pl.len()).then(pl.col(name).median()).alias(name) for name in MEASURES),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    usable = teams.filter((pl.col("members") >= min_size) & pl.col("function").is_not_null()).sort("team")
    for name in MEASURES:
        usable = median_of_others(usable, name, COMPARABLE).rename(
            {"others_median": f"{name}_others", "others_n": f"{name}_n"}
        )
    return usable.filter(pl.col("volume_n") >= min_teams)


def bounds(people: pl.DataFrame, teams: pl.DataFrame, team: str, measure: str, rounds: int) -> tuple[float, float]:
    """Return the 5 and 95 % quantile of a team's median less that of the comparable teams' medians.

    Resamples the team's members and the other teams (seeded bootstrap, Efron 1979); NaN where nobody is known.
    """
    row = teams.filter(pl.col("team") == team)
    alike = teams.join(row.select(COMPARABLE), on=COMPARABLE, how="semi").filter(pl.col("team") != team)
    own = people.filter(pl.col("team") == team)[measure].drop_nulls().to_numpy()
    others = alike[measure].drop_nulls().to_numpy()
    if not len(own) or not len(others):
        return float("nan"), float("nan")
    random = np.random.default_rng(SEED)
    drawn = _medians(own, rounds, random) - _medians(others, rounds, random)
    return float(np.quantile(drawn, LEVEL)), float(np.quantile(drawn, 1 - LEVEL))


def _medians(values: Floats, rounds: int, random: np.random.Generator) -> Floats:
    picks = random.integers(0, len(values), size=(rounds, len(values)))
    medians: Floats = np.median(values[picks], axis=1)
    return medians
