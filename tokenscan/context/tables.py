"""Read the people and outcomes files: CSV or Parquet, header names as documented, order free."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from tokenscan.context.model import ALIASES, OUTCOMES, PEOPLE
from tokenscan.context.read_table import ROW, read_table
from tokenscan.context.zones import known_zone, zone_of_hours
from tokenscan.errors import UsageError


def read_people(path: Path) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Return people (PEOPLE), aliases (ALIASES) and notes for the reader.

    Raises:
        UsageError: the file cannot be read, lacks ``user``, names one twice, or holds an unknown time zone or kind,
            a bad date or number.
    """
    frame, notes = read_table(path, [*PEOPLE.names(), "aliases"], required="user")
    named = frame.filter(pl.col("user").is_not_null())
    nameless = frame.height - named.height
    if nameless:
        notes.append(f"{path.name}: {nameless} row{'s' if nameless > 1 else ''} without a user not used")
    repeated = named.filter(pl.col("user").is_duplicated())["user"].unique().sort()
    if len(repeated):
        raise UsageError(f"{path}: {repeated[0]!r} stands there twice", hint="one row a person; use aliases")
    kinds = set(named["kind"].drop_nulls().str.to_lowercase()) - {"human", "service"}
    if kinds:
        raise UsageError(f"{path}: kind {min(kinds)!r}", hint="kind is human or service")
    people = named.with_columns(
        pl.col("kind").str.to_lowercase().fill_null("human"),
        _zones(named, path),
        *(_dates(named, name, path) for name in ("start_date", "end_date")),
        _numbers(named, "fte", path),
    ).select(pl.col(name).cast(dtype) for name, dtype in PEOPLE.items())
    return people.sort("user"), _aliases(named, path), notes


def _aliases(frame: pl.DataFrame, path: Path) -> pl.DataFrame:
    """Map every name, lower case, to its user; the user's own name counts too."""
    given = frame.select(pl.col("aliases").str.split(";").alias("alias"), "user").explode("alias")
    own = frame.select(pl.col("user").alias("alias"), "user")
    aliases = (
        pl.concat([own, given])
        .with_columns(pl.col("alias").str.strip_chars().str.to_lowercase())
        .filter(pl.col("alias") != "")
        .unique()
        .sort("alias", "user")
    )
    clash = aliases.filter(pl.col("alias").is_duplicated())["alias"]
    if len(clash):
        raise UsageError(f"{path}: {clash[0]!r} is a name of two people", hint="aliases must be unique")
    return aliases.select(ALIASES.names())


def read_outcomes(path: Path) -> tuple[pl.DataFrame, list[str]]:
    """Return outcomes (OUTCOMES), one row a user (or team) and day, and notes.

    Raises:
        UsageError: the file cannot be read, lacks ``date`` or ``tasks_completed``, or holds a row without a date, a
            user or team, or with a bad date or number.
    """
    frame, notes = read_table(path, OUTCOMES.names(), required="date")
    if frame.height and frame["tasks_completed"].null_count() == frame.height:
        raise UsageError(f"{path}: no tasks_completed", hint="columns: date, user (or team), tasks_completed")
    missing = {
        "date": frame["date"].is_null(),
        "user or team": frame["user"].is_null() & frame["team"].is_null(),
    }
    for name, absent in missing.items():
        if absent.any():
            raise UsageError(f"{path}: row {frame[ROW].filter(absent)[0]}: no {name}")
    numbers = [name for name, dtype in OUTCOMES.items() if dtype == pl.Float64]
    typed = frame.with_columns(_dates(frame, "date", path), *(_numbers(frame, name, path) for name in numbers))
    return typed.select(pl.col(name).cast(dtype) for name, dtype in OUTCOMES.items()), notes


def _dates(frame: pl.DataFrame, name: str, path: Path) -> pl.Series:
    """Read dates, and the day of times such as ``2026-01-31T12:00``."""
    day = frame[name].str.extract(r"^(\d{4}-\d{2}-\d{2})(?:[T ].*)?$")
    dates = day.str.to_date("%Y-%m-%d", strict=False)
    _refuse(frame, name, dates.is_null(), path, "no date", hint="write YYYY-MM-DD")
    return dates


def _numbers(frame: pl.DataFrame, name: str, path: Path) -> pl.Series:
    numbers = frame[name].cast(pl.Float64, strict=False)
    _refuse(frame, name, numbers.is_null() | ~numbers.is_finite() | (numbers < 0), path, "no number")
    return numbers


def _zones(frame: pl.DataFrame, path: Path) -> pl.Series:
    """Return IANA names; whole hours such as ``+2`` become one."""
    names = frame["timezone"].drop_nulls().unique().to_list()
    zones = {name: zone_of_hours(name) or known_zone(name) for name in names}
    known = frame["timezone"].replace_strict(zones, return_dtype=pl.String)
    hint = "write an IANA name such as Europe/Berlin, or hours such as +2"
    _refuse(frame, "timezone", known.is_null(), path, "an unknown time zone", hint=hint)
    return known


def _refuse(frame: pl.DataFrame, name: str, bad: pl.Series, path: Path, what: str, *, hint: str = "") -> None:
    """Raise for the first value given that is bad.

    Raises:
        UsageError: there is one.
    """
    refused = frame.filter(bad & frame[name].is_not_null())
    if refused.height:
        raise UsageError(f"{path}: row {refused[ROW][0]}: {name} {refused[name][0]!r} is {what}", hint=hint)
