"""Read the people and outcomes files: CSV or Parquet, header names as documented, order free."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import polars as pl

from tokenscan.context.model import ALIASES, OUTCOMES, PEOPLE
from tokenscan.errors import UsageError


def read_people(path: Path) -> tuple[pl.DataFrame, pl.DataFrame, list[str]]:
    """Return people (PEOPLE), aliases (ALIASES) and notes for the reader.

    Raises:
        UsageError: the file cannot be read, lacks ``user``, names one twice, or holds an unknown time zone or kind.
    """
    frame, notes = _read(path, [*PEOPLE.names(), "aliases"], required="user")
    frame = frame.filter(pl.col("user").is_not_null())
    repeated = frame.filter(pl.col("user").is_duplicated())["user"].unique().sort()
    if len(repeated):
        raise UsageError(f"{path}: {repeated[0]!r} stands there twice", hint="one row a person; use aliases")
    kinds = set(frame["kind"].drop_nulls().str.to_lowercase()) - {"human", "service"}
    if kinds:
        raise UsageError(f"{path}: kind {min(kinds)!r}", hint="kind is human or service")
    people = frame.with_columns(
        pl.col("kind").str.to_lowercase().fill_null("human"),
        pl.Series("timezone", [_zone(name, path) for name in frame["timezone"]], dtype=pl.String),
        *(_dates(frame, name, path) for name in ("start_date", "end_date")),
        pl.col("fte").cast(pl.Float64, strict=False),
    ).select(pl.col(name).cast(dtype) for name, dtype in PEOPLE.items())
    return people.sort("user"), _aliases(frame, path), notes


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
        UsageError: the file cannot be read, or lacks ``date`` or ``tasks_completed``, or holds a bad date or number.
    """
    frame, notes = _read(path, OUTCOMES.names(), required="date")
    if frame["tasks_completed"].null_count() == len(frame):
        raise UsageError(f"{path}: no tasks_completed", hint="columns: date, user (or team), tasks_completed")
    numbers = [name for name, dtype in OUTCOMES.items() if dtype == pl.Float64]
    typed = frame.with_columns(
        _dates(frame, "date", path), *(pl.col(name).cast(pl.Float64, strict=False) for name in numbers)
    )
    for name in numbers:
        bad = frame[name].is_not_null() & (typed[name].is_null() | ~typed[name].is_finite() | (typed[name] < 0))
        if bad.any():
            raise UsageError(f"{path}: row {bad.arg_true()[0] + 2}: {name} {frame[name].filter(bad)[0]!r} is no number")
    return typed.select(pl.col(name).cast(dtype) for name, dtype in OUTCOMES.items()), notes


def _read(path: Path, columns: list[str], required: str) -> tuple[pl.DataFrame, list[str]]:
    try:
        if path.suffix == ".parquet":
            frame = pl.read_parquet(path)
        else:
            frame = pl.read_csv(path, infer_schema=False, encoding="utf8-lossy")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise UsageError(f"{path}: cannot be read ({error})", hint="CSV or Parquet with a header") from error
    frame = frame.rename(lambda name: name.strip().lower().replace(" ", "_"))
    if required not in frame.columns:
        raise UsageError(f"{path}: no column {required!r} (it has: {', '.join(frame.columns)})")
    further = sorted(set(frame.columns) - set(columns))
    notes = [f"{path.name}: column{'s' if len(further) > 1 else ''} {', '.join(further)} not used"] if further else []
    known = [
        (pl.col(name).cast(pl.String).str.strip_chars() if name in frame.columns else pl.lit(None, pl.String)).alias(
            name
        )
        for name in columns
    ]
    text = frame.select(known)
    return text.with_columns(pl.when(pl.all() != "").then(pl.all()).name.keep()), notes


def _dates(frame: pl.DataFrame, name: str, path: Path) -> pl.Series:
    dates = frame[name].str.slice(0, 10).str.to_date("%Y-%m-%d", strict=False)
    bad = dates.is_null() & frame[name].is_not_null()
    if bad.any():
        value = frame[name].filter(bad)[0]
        raise UsageError(f"{path}: row {bad.arg_true()[0] + 2}: {name} {value!r} is no date", hint="write YYYY-MM-DD")
    return dates


def _zone(name: str | None, path: Path) -> str | None:
    """Return an IANA name; whole hours such as ``+2`` become one (whose sign is the other way round)."""
    if name is None:
        return None
    try:
        hours = int(name.upper().removeprefix("UTC"))
    except ValueError:
        pass
    else:
        return "UTC" if hours == 0 else f"Etc/GMT{-hours:+d}"
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        hint = "write an IANA name such as Europe/Berlin, or hours such as +2"
        raise UsageError(f"{path}: unknown time zone {name!r}", hint=hint) from error
