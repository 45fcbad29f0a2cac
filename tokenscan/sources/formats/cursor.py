"""Cursor: the usage CSV of the dashboard, of a team or of one person, in every version seen.

One row is one event of Cursor's bill. Columns have come and gone, so they are found by name; whether ``Input (w/ Cache
Write)`` holds the other input column is decided for each file by its own totals.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.cursor_events import EVENT, event_fields
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import read_records

_COLUMNS = {
    "date": "timestamp", "user": "user", "kind": "kind", "model": "model", "cloud agent id": "cloud",
    "automation id": "automation", "input (w/ cache write)": "with_write", "input (w/o cache write)": "plain",
    "cache read": "cache_read", "output tokens": "output", "total tokens": "total", "tokens": "total",
    "cost": "charged", "cost ($)": "charged",
}  # fmt: skip
_NOTHING = ["", "-", "none", "nan", "null", "n/a"]


class Cursor:
    """Cursor's usage CSV."""

    name = "cursor"
    title = "Cursor usage CSV"
    family = "cursor"
    how_to_export = "On cursor.com/dashboard open Usage, choose the period and Export CSV; a team's admin has everyone."
    carries: Mapping[str, str] = {"person": "team export only", "text": "no", "tasks": "no", "cost": "yes"}
    clock = "UTC, written in the log"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where date, model, cache reads and an input column of Cursor's own wording are found."""
        names = {name.lower() for name in probe.columns}
        if {"date", "model", "cache read", "output tokens"} <= names and any(n.startswith("input (w/") for n in names):
            return 100
        return 90 if {"date", "model", "kind", "max mode"} <= names and names & {"tokens", "total tokens"} else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield one RAW frame for the file, for repeated events are numbered within it."""
        names: dict[str, str] = {}
        for column in sorted(probe.columns):
            field = _COLUMNS.get(column.lower())
            if field is not None and field not in names.values():
                names[column] = field
        frames = [_named(frame, names) for frame in read_records(probe, names.keys(), quarantine)]
        if frames:
            fields = event_fields(_event(pl.concat(frames)))
            yield raw_frame(fields, self.name, probe, options, quarantine)


def _named(frame: pl.DataFrame, names: Mapping[str, str]) -> pl.DataFrame:
    """Return every column asked for as text, null where it says that there is no value."""
    given = {field: convert.text(frame[column]) for column, field in names.items() if column in frame.columns}
    wide = frame.select(ROW).with_columns(
        given.get(field, pl.lit(None, pl.String)).alias(field) for field in sorted(set(_COLUMNS.values()))
    )
    texts = pl.exclude(ROW)
    return wide.with_columns(pl.when(~texts.str.to_lowercase().is_in(_NOTHING)).then(texts))


def _event(logged: pl.DataFrame) -> pl.DataFrame:
    plain, write = pl.col("plain"), pl.col("with_write")
    if _is_inclusive(logged):
        parts = logged.select(convert.tokens(logged[name]).alias(name) for name in ("plain", "with_write"))
        rest = parts.select((pl.col("with_write") - pl.col("plain")).clip(0).cast(pl.String).alias("rest"))
        # A count that cannot be read is handed on as it is: the row goes to the quarantine.
        logged = logged.with_columns(rest)
        write = pl.coalesce("rest", pl.when(plain.is_not_null()).then("with_write"))
        plain = pl.coalesce("plain", "with_write")
    only_total = pl.all_horizontal(pl.col(name).is_null() for name in ("plain", "with_write", "cache_read", "output"))
    agent = pl.any_horizontal(pl.col(name).is_not_null() for name in ("cloud", "automation"))
    return logged.with_columns(
        plain=pl.when(only_total).then("total").otherwise(plain),
        cache_write=write,
        session_id=pl.col("cloud"),
        agent=pl.when(agent).then(pl.lit("true")),
        worth=pl.lit(None, pl.String),
        org=pl.lit(None, pl.String),
        user_kind=pl.lit(None, pl.String),
    ).select(ROW, *EVENT)


def _is_inclusive(logged: pl.DataFrame) -> bool:
    """Say whether the column ``w/ Cache Write`` holds the tokens of the other one, by the rows where that matters."""
    counts = logged.select(
        convert.tokens(logged[name]).alias(name) for name in ("plain", "with_write", "cache_read", "output", "total")
    ).filter(pl.col("plain") > 0)
    inside = pl.sum_horizontal("with_write", "cache_read", "output")
    votes = counts.select(
        inside=(inside == pl.col("total")).sum(), apart=(inside + pl.col("plain") == pl.col("total")).sum()
    )
    return bool(votes["inside"].item() > votes["apart"].item())
