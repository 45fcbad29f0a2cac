"""People, outcomes and calendar as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl

from tokenscan.events.schema import ColumnTypes

_PEOPLE: ColumnTypes = {
    "user": pl.String,
    "team": pl.String,
    "function": pl.String,
    "kind": pl.Enum(["human", "service"]),
    "timezone": pl.String,  # IANA name
    "start_date": pl.Date,
    "end_date": pl.Date,
    "fte": pl.Float64,
}
PEOPLE = pl.Schema(_PEOPLE)
ALIASES = pl.Schema({"alias": pl.String, "user": pl.String})
OUTCOMES = pl.Schema(
    {
        "date": pl.Date,
        "user": pl.String,
        "team": pl.String,
        "tasks_completed": pl.Float64,
        "errors": pl.Float64,
        "reopened": pl.Float64,
        "hours_ai": pl.Float64,
        "hours_total": pl.Float64,
        "lead_time_hours": pl.Float64,
        "value": pl.Float64,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """A performance review; no teams = everyone."""

    name: str
    day: date
    teams: frozenset[str] = frozenset()
    announced: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A legitimate burst known beforehand (hackathon, migration, load test); both days belong to it."""

    name: str
    start: date
    end: date
    teams: frozenset[str] = frozenset()
    users: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """A published usage target."""

    metric: str
    period: str
    minimum: float
    teams: frozenset[str] = frozenset()
    announced: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Everything the user told about people and time; empty frames where nothing was given.

    ``people`` has the PEOPLE schema, ``aliases`` maps every name in a log to a user (the user's own name among
    them), ``outcomes`` has the OUTCOMES schema. Day cuts follow a person's own time zone, else ``timezone``.
    """

    people: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=PEOPLE))
    aliases: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=ALIASES))
    outcomes: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=OUTCOMES))
    reviews: tuple[Review, ...] = ()
    quotas: tuple[Quota, ...] = ()
    holidays: frozenset[date] = frozenset()
    planned: tuple[Planned, ...] = ()
    timezone: str = "UTC"
    min_group_size: int = 5
