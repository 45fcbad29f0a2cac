"""Small logs: calls in the RAW schema, taken through the same steps as files are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl

from tokenscan.context.attribute import attribute
from tokenscan.context.model import ALIASES, OUTCOMES, PEOPLE, Context
from tokenscan.detectors.base import Tables
from tokenscan.detectors.common.tables import prepare
from tokenscan.events.hygiene import clean
from tokenscan.events.log import EventLog
from tokenscan.events.schema import RAW
from tokenscan.prompts.features import describe
from tokenscan.prompts.intake import PromptIntake

_CALL: dict[str, Any] = {
    "grain": "call",
    "n_requests": 1,
    "user_kind": "login",
    "session_quality": "none",
    "model": "unheard-of-model",
    "input_tokens": 800,
    "output_tokens": 200,
    "status": "ok",
    "source_format": "test",
    "source_file": "test",
}


def at(text: str) -> datetime:
    """Return a UTC time from ``2026-01-05`` or ``2026-01-05 09:30``."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekdays(first: str, count: int) -> list[date]:
    """Return ``count`` days from Monday to Friday."""
    found, day = [], date.fromisoformat(first)
    while len(found) < count:
        if day.isoweekday() <= 5:
            found.append(day)
        day += timedelta(days=1)
    return found


def call(user: str | None, when: str | datetime, **changes: Any) -> dict[str, Any]:
    """Return one call of 800 + 200 tokens that was answered."""
    moment = at(when) if isinstance(when, str) else when
    session = {"session_id": changes["session"], "session_quality": "client"} if "session" in changes else {}
    rest = {name: value for name, value in changes.items() if name != "session"}
    return _CALL | {"user": user, "timestamp": moment} | session | rest


def raw(rows: Iterable[dict[str, Any]]) -> pl.DataFrame:
    """Return calls as a source would yield them, numbered in their order."""
    numbered = [
        {"event_id": f"e{number}", "source_row": number} | row for number, row in enumerate(rows, start=1)
    ]  # fmt: skip
    return pl.DataFrame(numbered, schema=RAW)


def log(calls: Iterable[dict[str, Any]] | pl.DataFrame, **changes: Any) -> EventLog:
    """Return an event log as reading files gives it."""
    frame = calls if isinstance(calls, pl.DataFrame) else raw(calls)
    intake = PromptIntake()
    events = clean(intake.add(frame)).events
    facts: dict[str, Any] = {
        "files": (),
        "sources": (),
        "duplicates": {},
        "bad_rows": 0,
        "bad_samples": (),
        "rows": frame.height,
        "broken": False,
    }
    return EventLog(events=events, prompts=intake.texts(), **(facts | changes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A prepared log."""

    events: pl.DataFrame
    tables: Tables

    def calls(self, *columns: str) -> list[Any]:
        """Return columns of the calls in event order; one column alone as plain values."""
        found = self.tables.calls.sort("row_id").select(columns)
        return found.to_series().to_list() if len(columns) == 1 else found.rows()

    def day(self, user: str, day: str) -> dict[str, Any]:
        return self.tables.days.row(
            by_predicate=(pl.col("user") == user) & (pl.col("day") == date.fromisoformat(day)), named=True
        )

    def person(self, user: str) -> dict[str, Any]:
        return self.tables.people.row(by_predicate=pl.col("user") == user, named=True)


def prepared(rows: Iterable[dict[str, Any]], given: Context | None = None) -> Case:
    """Return what detectors see of these calls."""
    given = given or Context()
    found = log(rows)
    events = attribute(found.events, given)
    return Case(events=events, tables=prepare(events, describe(found.prompts), given))


def context(
    people: Sequence[dict[str, Any]] = (), outcomes: Sequence[dict[str, Any]] = (), **rest: Any
) -> Context:  # fmt: skip
    """Return a context; a person is ``user`` and what differs from a nameless human, ``aliases`` a list."""
    rows = [{"kind": "human"} | {key: value for key, value in row.items() if key != "aliases"} for row in people]
    names = [(name.lower(), row["user"]) for row in people for name in (row["user"], *row.get("aliases", ()))]
    return Context(
        people=pl.DataFrame(rows, schema=PEOPLE),
        aliases=pl.DataFrame(names, schema=ALIASES, orient="row"),
        outcomes=pl.DataFrame(list(outcomes), schema=OUTCOMES),
        **rest,
    )
