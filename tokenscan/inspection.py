"""What files are, before an analysis: formats, coverage, duplicates, bad rows, and which rules can run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from tokenscan.context.attribute import attribute, unknown_people
from tokenscan.context.model import Context
from tokenscan.detectors.common.tables import prepare
from tokenscan.events.log import EventLog
from tokenscan.events.schema import PROMPTS
from tokenscan.report.json_files import verdict_dict
from tokenscan.requirements import cannot_run
from tokenscan.ruleset.effective import EffectiveRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """A look at the input.

    ``rules`` gives each rule's id and why it cannot run; empty: it can, as far as columns and context go.
    """

    log: EventLog
    window: tuple[datetime, datetime]
    users: int
    unattributed: int
    unknown_people: tuple[str, ...] | None
    days_without_calls: tuple[str, ...]
    rules: tuple[tuple[str, str], ...]


def look(log: EventLog, context: Context, rules: Sequence[EffectiveRule]) -> Inspection:
    """Return what the files hold and which rules they allow; prompts are not compared for it."""
    events = attribute(log.events, context)
    tables = prepare(events, pl.DataFrame(schema=PROMPTS), context)
    formats = [source.format for source in log.sources]
    times = events["timestamp"]
    first, last = times.min(), times.max()
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    return Inspection(
        log=log,
        window=(first, last),
        users=events["user"].n_unique() - int(events["user"].null_count() > 0),
        unattributed=int(events["user"].null_count()),
        unknown_people=unknown_people(events, context),
        days_without_calls=_silent_workdays(events, context),
        rules=tuple((rule.rule.id, rule.disabled or cannot_run(rule, tables, formats)) for rule in rules),
    )


def _silent_workdays(events: pl.DataFrame, context: Context) -> tuple[str, ...]:
    """Return Mondays to Fridays inside the window on which nobody called.

    A hole in the export must not look like a quiet day.
    """
    days = events.select(pl.col("timestamp").dt.convert_time_zone(context.timezone).dt.date().alias("day")).unique()
    every = pl.select(pl.date_range(days["day"].min(), days["day"].max(), "1d").alias("day"))  # type: ignore[arg-type]
    silent = every.filter(pl.col("day").dt.weekday() <= 5).join(days, on="day", how="anti")["day"].sort()
    return tuple(day.isoformat() for day in silent if day not in context.holidays)


def to_dict(seen: Inspection) -> dict[str, Any]:
    """Return the inspection as plain JSON values."""
    log = seen.log
    return {
        "schema_version": "1.0",
        "window": {"from": _iso(seen.window[0]), "to": _iso(seen.window[1])},
        "rows": log.rows,
        "events": log.events.height,
        "users": seen.users,
        "unattributed": seen.unattributed,
        "unknown_people": None if seen.unknown_people is None else list(seen.unknown_people),
        "duplicates_dropped": dict(log.duplicates),
        "bad_rows": log.bad_rows,
        "bad_row_samples": [{"file": bad.file, "row": bad.row, "reason": bad.reason} for bad in log.bad_samples],
        "workdays_without_calls": list(seen.days_without_calls),
        "files": [verdict_dict(verdict) for verdict in log.files],
        "sources": [
            {"format": source.format, "files": source.files, "rows": source.rows, "columns": dict(source.columns)}
            for source in log.sources
        ],
        "rules": [{"id": name, "can_run": not reason, "reason": reason or None} for name, reason in seen.rules],
    }


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
