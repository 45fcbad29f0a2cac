"""What to measure in place of volume: outcomes for the hours, money and answers that AI took."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from tokenscan.detectors.base import Tables
from tokenscan.economics.credibility import LEAST_TEAMS, bands
from tokenscan.economics.gaming import gaming_of
from tokenscan.economics.intervals import ratio, with_and_without
from tokenscan.economics.units import costs, heads, of_person, outcome_days
from tokenscan.report.economics import Interval, Measure
from tokenscan.report.numbers import plural

LEAST_DAYS = 20  # person-days behind a figure, and behind each side of a comparison
DOLLAR = 1e9  # nano-dollars

NO_OUTCOMES = "needs an outcomes file"

TASKS_PER_AI_HOUR = Measure(
    id="tasks_per_ai_hour",
    name="tasks per AI-assisted hour",
    unit="tasks per hour",
    better="higher",
    definition="completed tasks of days with AI-assisted hours, divided by these hours",
    gaming=gaming_of("tasks_per_ai_hour"),
)
COST_PER_SUCCESS = Measure(
    id="cost_per_success",
    name="AI cost per successful outcome",
    unit="usd",
    better="lower",
    definition=(
        "cost of the calls of people with outcomes, divided by their completed tasks less the larger of a day's errors "
        "and reopened tasks"
    ),
    gaming=gaming_of("cost_per_success"),
)
ERROR_RATE = Measure(
    id="error_rate",
    name="errors per completed task",
    unit="errors per task",
    better="lower",
    definition="errors divided by completed tasks; days with AI against days without, of the same people",
    gaming=gaming_of("error_rate"),
    compared=True,
)
LEAD_TIME = Measure(
    id="lead_time",
    name="lead time",
    unit="hours",
    better="lower",
    definition="mean hours to complete a task; days with AI against days without, of the same people",
    gaming=gaming_of("lead_time"),
    compared=True,
)
ACTED_ON = Measure(
    id="acted_on",
    name="share of answers acted on",
    unit="share",
    better="higher",
    definition="answers that were accepted, sent, merged or copied, divided by answers of which that is known",
    gaming=gaming_of("acted_on"),
)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Floors:
    """The least that a figure must rest on, and the teams that may be shown."""

    people: int
    teams: frozenset[str]


def measures(tables: Tables, teams: frozenset[str]) -> tuple[Measure, ...]:
    """Return the measures; one that the data do not allow says why. ``teams`` are those that may be shown.

    Only observed: people and days with much use of AI differ from others in more than that.
    """
    floors = _Floors(people=tables.context.min_group_size, teams=teams)
    if tables.context.outcomes.is_empty() or tables.calls.is_empty():
        every = (TASKS_PER_AI_HOUR, COST_PER_SUCCESS, ERROR_RATE, LEAD_TIME)
        return (*(replace(measure, reason=NO_OUTCOMES) for measure in every), _acted_on(tables, floors))
    days = outcome_days(tables)
    return (
        _tasks_per_ai_hour(days, floors),
        _cost_per_success(tables, days, floors),
        _with_ai(ERROR_RATE, days, pl.col("errors"), floors),
        _with_ai(LEAD_TIME, days, pl.col("lead") * pl.col("tasks"), floors),
        _acted_on(tables, floors),
    )


def _tasks_per_ai_hour(days: pl.DataFrame, floors: _Floors) -> Measure:
    measure = TASKS_PER_AI_HOUR
    if days["hours_ai"].null_count() == days.height:
        return replace(measure, reason="the outcomes have no hours_ai")
    timed = days.filter((pl.col("hours_ai") > 0) & pl.col("tasks").is_not_null())
    return _measured(measure, _cells(timed, pl.col("tasks"), pl.col("hours_ai")), floors)


def _cost_per_success(tables: Tables, days: pl.DataFrame, floors: _Floors) -> Measure:
    measure = COST_PER_SUCCESS
    if days.is_empty():
        return replace(measure, reason="no outcomes of people in the log, on its days")
    spent = costs(tables, days)
    calls, unpriced = spent["calls"].sum(), spent["unpriced"].sum()
    if not calls or unpriced >= calls:
        return replace(measure, reason="no call has a known price")
    done = days.group_by("unit").agg(pl.col("done").sum().alias("x"), pl.len().alias("days"))
    y = (pl.col("cost").fill_null(0) / DOLLAR).alias("y")
    cells = spent.join(done, on="unit").select("unit", "team", "people", y, "x", "days")
    found = _measured(measure, cells.sort("unit"), floors)
    if unpriced and found.value:
        known = f"{measure.definition}; {unpriced:,} of {calls:,} calls have no known price and count as free"
        return replace(found, definition=known)
    return found


def _acted_on(tables: Tables, floors: _Floors) -> Measure:
    known = tables.days.filter(pl.col("used_known") > 0)
    if known.is_empty():
        return replace(ACTED_ON, reason="the log does not say which answers were used")
    people = known.group_by(pl.col("user").alias("unit")).agg(
        pl.col("used_true").sum().cast(pl.Float64).alias("y"),
        pl.col("used_known").sum().cast(pl.Float64).alias("x"),
        pl.len().alias("days"),
    )
    cells = people.join(tables.people.select(pl.col("user").alias("unit"), "team"), on="unit", how="left").with_columns(
        of_person("unit").alias("unit"), pl.lit(1, pl.Int64).alias("people")
    )
    return _measured(ACTED_ON, cells.sort("unit"), floors, highest=1.0)


def _with_ai(measure: Measure, days: pl.DataFrame, amount: pl.Expr, floors: _Floors) -> Measure:
    """Compare each person's days with AI to their days without, and put teams' days with AI in bands."""
    known = days.with_columns(amount.alias("amount")).filter(pl.col("amount").is_not_null() & (pl.col("tasks") > 0))
    if known.is_empty():
        return replace(measure, reason="the outcomes do not say")
    cells = {ai: _cells(known.filter(pl.col("ai") == ai), pl.col("amount"), pl.col("tasks")) for ai in (True, False)}
    both = cells[True].join(cells[False], on="unit", suffix="_without").sort("unit")
    measured = _with_teams(measure, cells[True], floors)
    found = replace(
        measured,
        people=_people(both),
        days=int(both["days"].sum()),
        days_without=int(both["days_without"].sum()),
    )
    reason = _too_few(found.people, min(found.days, found.days_without), floors, "with days of both kinds")
    if reason:
        alone = _measured(measured, cells[True], floors)
        return replace(alone, days_without=found.days_without, reason=alone.reason or f"no comparison: {reason}")
    with_ai, without, difference = with_and_without(
        *(_floats(both, name) for name in ("y", "x", "y_without", "x_without"))
    )
    return replace(found, value=with_ai, without=without, difference=difference)


def _cells(days: pl.DataFrame, y: pl.Expr, x: pl.Expr) -> pl.DataFrame:
    """Return one row a unit: y, x and days."""
    return (
        days.sort("unit", "day")
        .group_by("unit", maintain_order=True)
        .agg(
            pl.col("team").drop_nulls().first(),
            pl.col("people").first(),
            y.sum().alias("y"),
            x.sum().alias("x"),
            pl.len().alias("days"),
        )
    )


def _measured(measure: Measure, cells: pl.DataFrame, floors: _Floors, *, highest: float | None = None) -> Measure:
    found = replace(measure, people=_people(cells), days=int(cells["days"].sum()))
    reason = _too_few(found.people, found.days, floors) or ("" if cells["x"].sum() > 0 else "nothing to divide by")
    if reason:
        return replace(found, reason=reason)
    value = _inside(ratio(_floats(cells, "y"), _floats(cells, "x")), highest)
    return _with_teams(replace(found, value=value), cells, floors, highest)


def _inside(interval: Interval, highest: float | None) -> Interval:
    """Keep bounds of a normal interval where the ratio can be."""
    if interval.low is None or interval.high is None:
        return interval
    top = float("inf") if highest is None else highest
    return replace(interval, low=max(interval.low, 0.0), high=min(interval.high, top))


def _with_teams(measure: Measure, cells: pl.DataFrame, floors: _Floors, highest: float | None = None) -> Measure:
    """Add the bands of teams, or why there are none; teams with little data are in the rest only."""
    sizes = cells.group_by("team").agg(heads(), pl.col("days").sum())
    large = sizes.filter((pl.col("heads") >= floors.people) & (pl.col("days") >= LEAST_DAYS))
    names = frozenset(large["team"].drop_nulls()) & floors.teams
    if len(names) < LEAST_TEAMS:
        which = f"with at least {floors.people} people and {LEAST_DAYS} days"
        return replace(measure, teams_reason=f"{plural(len(names), 'team')} {which}, needs {LEAST_TEAMS}")
    found = bands(cells, names, highest=highest)
    return replace(measure, teams=found, teams_reason="" if found else "nobody but these teams, or one person in each")


def _people(cells: pl.DataFrame) -> int:
    return int(cells.group_by("team").agg(heads())["heads"].sum())


def _too_few(people: int, days: int, floors: _Floors, which: str = "with such data") -> str:
    if people < floors.people:
        return f"{people} people {which}, needs {floors.people}"
    return f"{days} days of people {which}, needs {LEAST_DAYS}" if days < LEAST_DAYS else ""


def _floats(cells: pl.DataFrame, name: str) -> Floats:
    return cells[name].cast(pl.Float64).to_numpy()
