"""Outcomes beside usage: one row a person and day, or a team and day where outcomes are told of teams only."""

from __future__ import annotations

import polars as pl

from tokenscan.context.attribute import resolved_user
from tokenscan.detectors.base import Tables
from tokenscan.sums import ordered_sum

# One row a unit (person, or team and week) and day:
#   unit, team, day, people     the unit stands for so many people
#   tasks, errors, reopened, hours_ai, lead      lead = hours a task took, mean of the day
#   done                        tasks less those that failed: the larger of errors and reopened ones, at least 0
#   ai                          somebody of the unit used AI that day: a call in the log, or hours_ai above 0
OUTCOMES = ("tasks", "errors", "reopened", "hours_ai", "lead")


def outcome_days(tables: Tables) -> pl.DataFrame:
    """Return outcomes of the people in the log (or their teams) on the days that the log covers, see above."""
    first, last = tables.calls["day"].min(), tables.calls["day"].max()
    told = tables.context.outcomes.filter(pl.col("date").is_between(first, last)).select(
        resolved_user(tables.context, "user"),
        pl.col("team").alias("told_team"),
        pl.col("date").alias("day"),
        pl.col("tasks_completed").alias("tasks"),
        pl.col("errors", "reopened", "hours_ai"),
        pl.col("lead_time_hours").alias("lead"),
    )
    people, teams = _of_people(tables, told), _of_teams(tables, told)
    failed = pl.max_horizontal(pl.col("errors").fill_null(0.0), pl.col("reopened").fill_null(0.0))
    used = pl.col("ai") | (pl.col("hours_ai") > 0).fill_null(value=False)
    return (
        pl.concat([people, teams])
        .with_columns((pl.col("tasks") - failed).clip(0).alias("done"), used.alias("ai"))
        .sort("unit", "day")
    )


def costs(tables: Tables, outcomes: pl.DataFrame) -> pl.DataFrame:
    """Return what each unit of ``outcomes`` used (unit, cost, unpriced calls, calls) on the days they cover."""
    span = outcomes.select(pl.col("day").min().alias("first"), pl.col("day").max().alias("last")).row(0)
    calls = tables.calls.filter(pl.col("day").is_between(*span))
    sums = (
        pl.col("cost_nanousd").sum().alias("cost"),
        pl.col("requests").filter(pl.col("cost_nanousd").is_null()).sum().alias("unpriced"),
        pl.col("requests").sum().alias("calls"),
    )
    by_person = calls.group_by(of_person("user").alias("unit")).agg(sums)
    by_team = calls.group_by(_of_team("team", "day").alias("unit")).agg(sums)
    known = outcomes.select("unit", "team", "people").unique()
    return known.join(pl.concat([by_person, by_team]), on="unit", how="left").sort("unit")


def _of_people(tables: Tables, told: pl.DataFrame) -> pl.DataFrame:
    """Group by person and day; somebody who is not in the log tells nothing of AI."""
    mine = told.filter(pl.col("user").is_not_null()).join(
        tables.people.select("user", "team"), on="user", how="inner", maintain_order="left"
    )
    used = tables.calls.select("user", "day", pl.lit(value=True).alias("ai")).unique()
    days = mine.group_by("user", "day").agg(pl.col("team").first(), *_sums())
    joined = days.join(used, on=["user", "day"], how="left")
    return _shaped(joined.with_columns(of_person("user").alias("unit"), pl.lit(1, pl.Int64).alias("people")))


def _of_teams(tables: Tables, told: pl.DataFrame) -> pl.DataFrame:
    """Group by team and day, of teams without a row on a person: their work is not counted twice."""
    named = told.filter(pl.col("user").is_not_null()).join(tables.people.select("user", "team"), on="user")
    sizes = (
        tables.people.filter(pl.col("team").is_not_null()).group_by("team").agg(pl.len().cast(pl.Int64).alias("people"))
    )
    theirs = told.filter(pl.col("user").is_null()).drop("user").rename({"told_team": "team"})
    theirs = theirs.join(named.select("team").unique(), on="team", how="anti").join(sizes, on="team", how="inner")
    used = tables.calls.select("team", "day", pl.lit(value=True).alias("ai")).unique()
    days = theirs.group_by("team", "day").agg(pl.col("people").first(), *_sums())
    joined = days.join(used, on=["team", "day"], how="left")
    return _shaped(joined.with_columns(_of_team("team", "day").alias("unit")))


def _sums() -> list[pl.Expr]:
    """Sum a day's rows; null where none of them says. Lead times are weighed by the tasks they are of."""
    known = [
        pl.when(pl.col(name).is_not_null().any()).then(ordered_sum(pl.col(name)))
        for name in OUTCOMES if name != "lead"
    ]  # fmt: skip
    timed = pl.col("lead").is_not_null() & (pl.col("tasks") > 0)
    weight = pl.col("tasks").filter(timed)
    lead = ordered_sum(pl.col("lead").filter(timed) * weight) / ordered_sum(weight)
    return [*known, lead.fill_nan(None).alias("lead")]


def heads() -> pl.Expr:
    """Count the people of units: one a person, and those of a team told as a whole once, however many weeks."""
    whole = pl.col("unit").str.starts_with("t:")
    return (pl.col("people").filter(~whole).sum() + pl.col("people").filter(whole).max().fill_null(0)).alias("heads")


def of_person(user: str) -> pl.Expr:
    """Return the unit that a person is."""
    return pl.concat_str(pl.lit("p:"), pl.col(user))


def _of_team(team: str, day: str) -> pl.Expr:
    """Name a team's ISO week: a team that is one row a day has its weeks to vary over."""
    return pl.concat_str(pl.lit("t:"), pl.col(day).dt.strftime("%G-W%V"), pl.lit(":"), pl.col(team))


def _shaped(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(pl.col("ai").fill_null(value=False)).select(
        "unit", "team", "day", pl.col("people").cast(pl.Int64), *OUTCOMES, "ai"
    )
