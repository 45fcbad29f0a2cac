"""What speaks for a person: answers that were used and tasks that were done on the very days that look odd."""

from __future__ import annotations

import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.statistics import beta_bound
from tokenscan.detectors.common.tables import used_base
from tokenscan.sums import ordered_mean

CLEARED, UNKNOWN, CONFIRMED = 0.25, 0.6, 1.0
USED_LIKE_OTHERS = 0.6  # of what is expected: the answers were wanted
USED_HARDLY = 0.5  # of what is expected: the answers lie unused
TASKS_ROSE = 0.4  # of the rise in volume
MIN_MARKS = 10


def corroborate(tables: Tables, flagged: pl.DataFrame) -> pl.DataFrame:
    """Judge flagged person-days (user, day) by what came of them.

    Returns one row a user: ``factor`` (0.25 cleared, 0.6 unknown, 1 answers clearly unused), ``cleared``,
    ``against`` (sentences for the person), ``tasks_ratio``, ``volume_ratio`` (flagged days to the others).
    """
    days = tables.days.join(flagged.with_columns(pl.lit(True).alias("flagged")), on=["user", "day"], how="left")
    days = days.join(flagged.select("user").unique(), on="user", how="semi").with_columns(
        pl.col("flagged").fill_null(False)
    )
    on, off = pl.col("flagged"), ~pl.col("flagged")
    # Compared in logs, so that one huge day does not make the rest look large too.
    volume = (ordered_mean(pl.col("fresh").filter(on).log()) - pl.col("fresh").filter(off).log().median()).exp()
    tasks = (pl.col("tasks").filter(on).mean() + 0.5) / (pl.col("tasks").filter(off).mean() + 0.5)
    sums = days.group_by("user").agg(
        volume.alias("volume_ratio"),
        tasks.alias("tasks_ratio"),
        pl.col("used_known").filter(on).sum().alias("known"),
        pl.col("used_true").filter(on).sum().alias("true"),
    )
    return _verdict(sums, used_base(tables.people))


def _verdict(sums: pl.DataFrame, base: float | None) -> pl.DataFrame:
    bounded = sums.with_columns(
        beta_bound(sums["true"], sums["known"], 0.05).alias("lower"),
        beta_bound(sums["true"], sums["known"], 0.95).alias("upper"),
    )
    marked = (pl.col("known") >= MIN_MARKS) & pl.lit(base is not None)
    wanted = marked & (pl.col("lower") > USED_LIKE_OTHERS * (base or 0))
    unwanted = marked & (pl.col("upper") < USED_HARDLY * (base or 0))
    worked = (pl.col("tasks_ratio") > TASKS_ROSE * pl.col("volume_ratio")).fill_null(False)
    cleared = wanted | worked
    factor = pl.when(cleared).then(CLEARED).when(unwanted).then(CONFIRMED).otherwise(UNKNOWN)
    share = (pl.col("true") / pl.col("known") * 100).round(0).cast(pl.Int64, strict=False)
    used_text = pl.format("{}% of {} answers were used", share, "known")
    tasks_text = pl.format("tasks completed were {} times usual", pl.col("tasks_ratio").round(1))
    against = pl.concat_list(
        pl.when(wanted).then(used_text).otherwise(None), pl.when(worked).then(tasks_text).otherwise(None)
    ).list.drop_nulls()
    return bounded.select(
        "user",
        factor.alias("factor"),
        cleared.alias("cleared"),
        against.alias("against"),
        "tasks_ratio",
        "volume_ratio",
    )


def answers_used(people: pl.DataFrame, base: float | None, at_least: float, min_marks: int) -> pl.DataFrame:
    """Return per person ``factor`` and ``against`` for evidence on their whole usage, not on single days."""
    lower = beta_bound(people["used_true"], people["used_known"], 0.05)
    enough = (people["used_known"] >= min_marks) if base is not None else pl.repeat(False, len(people), eager=True)
    share = (pl.col("used_true") / pl.col("used_known") * 100).round(0).cast(pl.Int64, strict=False)
    frame = people.with_columns(lower.alias("lower"), enough.alias("enough"))
    wanted = pl.col("enough") & (pl.col("lower") >= at_least * (base or 0))
    return frame.select(
        "user",
        pl.when(wanted).then(CLEARED).when(~pl.col("enough")).then(UNKNOWN).otherwise(CONFIRMED).alias("factor"),
        wanted.alias("cleared"),
        pl.when(wanted)
        .then(pl.concat_list(pl.format("{}% of {} answers were used", share, "used_known")))
        .otherwise(pl.lit([], pl.List(pl.String)))
        .alias("against"),
    )
