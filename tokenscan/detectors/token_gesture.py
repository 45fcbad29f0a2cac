"""R03: a weekly adoption figure that is met by token gestures. Told of groups, never of a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import polars as pl

from tokenscan.detectors.base import Detection, NotEvaluated, Tables, detection
from tokenscan.detectors.common.statistics import strength

# Two of five workdays are the last two: as many touches fall there if nobody waits for the week's end.
LATE_BY_CHANCE = 0.4
LATE_WORKDAYS = 2
SURE = 0.01
# A team's figure that a single member moves would be a finding about that member.
TEAM_PEOPLE = 3

_METRICS = [
    "gestures", "active_weeks", "adoption_percent", "corrected_percent", "days_wanted", "people",
    "people_with_gestures", "people_mostly_gestures", "tiny_weeks", "late_by_chance_percent", "p",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Params:
    """See ``rules/calendar/token-gesture.toml``."""

    share: float
    top: float
    tokens: int
    calls: int
    min_weeks: int
    mostly: float


def detect(tables: Tables, params: Params) -> Detection | NotEvaluated:
    """Count person-weeks that are active only by tiny calls late in the week, and the adoption figure without them.

    Tiny weeks fall late by chance as often as other weeks of as few days do; an exact binomial test tells whether
    they wait for the week's end.
    """
    wanted = _days_wanted(tables)
    weeks = _weeks(tables, wanted, params)
    least = tables.context.min_group_size
    known = weeks.group_by("user").len().filter(pl.col("len") >= params.min_weeks)
    if known.height < least:
        return NotEvaluated(f"needs {least} people with {params.min_weeks} active weeks")
    everybody = _groups(weeks.with_columns(pl.lit("").alias("group")), _roster(tables, []), params)
    teams = _groups(weeks.rename({"team": "group"}), _roster(tables, ["team"]), params)
    usual = _late_by_chance(weeks, wanted)
    fit = pl.col("people_with_gestures") >= pl.when(pl.col("group") == "").then(least).otherwise(TEAM_PEOPLE)
    judged = _tested(pl.concat([everybody, teams.filter(pl.col("people") >= least)]), usual).filter(
        fit & (pl.col("share") >= params.share) & (pl.col("p") < SURE)
    )
    team = pl.when(pl.col("group") != "").then("group")
    rows = judged.with_columns(
        pl.when(pl.col("group") == "").then(pl.lit("organisation")).otherwise(pl.lit("team")).alias("subject"),
        team.alias("team"),
        (pl.col("share") * 100).alias("value"),
        pl.lit(params.share * 100).alias("threshold"),
        pl.col("active_weeks").alias("n"),
        strength(pl.col("share"), params.share, params.top).alias("strength"),
        pl.lit("high").alias("confidence"),
        pl.lit(wanted, pl.Int64).alias("days_wanted"),
        pl.lit(usual * 100).alias("late_by_chance_percent"),
        pl.lit("other weeks of as few active days").alias("compared_with"),
    )
    return detection(rows, _METRICS, by="group")


def _days_wanted(tables: Tables) -> int:
    """Return the active days a week that a quota for everybody wants, else 1: what "weekly active" means."""
    wanted = [
        int(quota.minimum)
        for quota in tables.context.quotas
        if (quota.metric, quota.period) == ("active_days", "week") and not quota.teams and quota.minimum >= 1
    ]
    return min(wanted, default=1)


def _weeks(tables: Tables, wanted: int, params: Params) -> pl.DataFrame:
    """One row a person and week in which the target was met: ``hollow`` only by tiny days, ``late`` at its end."""
    ok = tables.calls.filter("ok")
    days = ok.group_by("user", "day").agg(
        pl.col("team").drop_nulls().first(),
        pl.col("requests").sum().alias("calls"),
        pl.col("tokens").sum(),
        pl.col("single").all(),
        pl.col("used").any().fill_null(value=False),
        pl.col("timestamp").min().alias("first_seen"),
        pl.col("timestamp").max().alias("last_seen"),
    )
    each = pl.col("tokens") <= params.tokens * pl.col("calls")
    tiny = pl.col("single") & pl.col("calls").is_between(1, params.calls) & each & ~pl.col("used")
    weeks = days.with_columns(tiny.alias("tiny"), pl.col("day").dt.truncate("1w").alias("week")).group_by(
        "user", "week"
    )
    met = weeks.agg(
        pl.col("team").drop_nulls().first(),
        pl.len().alias("days"),
        (~pl.col("tiny")).sum().alias("solid"),
        pl.col("day").sort().slice(wanted - 1, 1).first().alias("reached"),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    ).filter(pl.col("days") >= wanted)
    starts = _late_starts(met["week"].unique().sort().to_list(), tables.context.holidays)
    late = pl.col("reached") >= pl.col("late_from")
    return met.join(starts, on="week", how="left").with_columns(
        (pl.col("solid") < wanted).alias("hollow"), late.fill_null(value=False).alias("late")
    )


def _late_starts(weeks: list[date], holidays: frozenset[date]) -> pl.DataFrame:
    """Return the last but one workday of each week; null in weeks that have no three."""
    found: dict[date, date | None] = {}
    for monday in weeks:
        workdays = [day for n in range(5) if (day := monday + timedelta(days=n)) not in holidays]
        found[monday] = workdays[-LATE_WORKDAYS] if len(workdays) > LATE_WORKDAYS else None
    return pl.DataFrame(
        {"week": list(found), "late_from": list(found.values())}, schema={"week": pl.Date, "late_from": pl.Date}
    )


def _roster(tables: Tables, by: list[str]) -> pl.DataFrame:
    """Return the person-weeks in which somebody could have been active, by team or over all: group, roster."""
    days = tables.calls.select(pl.col("day").min().alias("first"), pl.col("day").max().alias("last"))
    file = tables.context.people.filter(pl.col("kind") == "human").select("user", "team", "start_date", "end_date")
    named = file.join(tables.accounts.select("user"), on="user", how="anti")
    seen = tables.people.select("user", "team").join(named.select("user"), on="user", how="anti")
    people = pl.concat([named, seen], how="diagonal").join(days, how="cross")
    first = pl.max_horizontal("start_date", "first")
    last = pl.min_horizontal("end_date", "last")
    weeks = ((last.dt.truncate("1w") - first.dt.truncate("1w")).dt.total_days() // 7 + 1).clip(0)
    group = pl.col("team") if by else pl.lit("")
    return people.group_by(group.alias("group")).agg(
        weeks.sum().alias("roster"), pl.col("user").n_unique().cast(pl.Int64).alias("people")
    )


def _groups(weeks: pl.DataFrame, roster: pl.DataFrame, params: Params) -> pl.DataFrame:
    """One row a group: its active weeks, gestures among them, and the adoption figure with and without these."""
    gesture = pl.col("hollow") & pl.col("late")
    people = weeks.filter(pl.col("group").is_not_null()).group_by("group", "user").agg(
        pl.len().alias("weeks"), gesture.sum().alias("gestures")
    )  # fmt: skip
    mostly = (pl.col("weeks") >= params.min_weeks) & (pl.col("gestures") >= params.mostly * pl.col("weeks"))
    counts = people.group_by("group").agg(
        (pl.col("gestures") > 0).sum().cast(pl.Int64).alias("people_with_gestures"),
        mostly.sum().cast(pl.Int64).alias("people_mostly_gestures"),
    )
    sums = weeks.group_by("group").agg(
        pl.len().cast(pl.Int64).alias("active_weeks"),
        gesture.sum().cast(pl.Int64).alias("gestures"),
        pl.col("hollow").sum().cast(pl.Int64).alias("tiny_weeks"),
        pl.col("first_seen").min(),
        pl.col("last_seen").max(),
    )
    joined = sums.join(counts, on="group").join(roster, on="group")
    return joined.with_columns(
        (pl.col("gestures") / pl.col("active_weeks")).alias("share"),
        (pl.col("active_weeks") / pl.col("roster") * 100).alias("adoption_percent"),
        ((pl.col("active_weeks") - pl.col("gestures")) / pl.col("roster") * 100).alias("corrected_percent"),
    ).sort("group")


def _late_by_chance(weeks: pl.DataFrame, wanted: int) -> float:
    """Return how often weeks that are just as short, but not hollow, reach the target late."""
    short = weeks.filter(~pl.col("hollow") & (pl.col("days") == wanted))
    late = float((short["late"].sum() + 1) / (short.height + 2))
    return max(LATE_BY_CHANCE, late) if short.height else LATE_BY_CHANCE


def _tested(groups: pl.DataFrame, usual: float) -> pl.DataFrame:
    from scipy import stats

    p = stats.binom.sf(groups["gestures"].to_numpy() - 1, groups["tiny_weeks"].to_numpy(), usual)
    return groups.with_columns(pl.Series("p", np.asarray(p), dtype=pl.Float64))
