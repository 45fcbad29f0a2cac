"""The tables that users' own rules and ``tokenscan query`` see: column, type, meaning. None of them holds text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from tokenscan.events.schema import TIMESTAMP

PARAMS: Final = "params"
# First column of the table of parameters. It shows in a query's plan which joins are with that one row.
SENTINEL: Final = "_params"

_Type = pl.DataType | type[pl.DataType]


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column: its name, its Polars type and what it means."""

    name: str
    dtype: _Type
    meaning: str


def _columns(*columns: tuple[str, _Type, str]) -> tuple[Column, ...]:
    return tuple(Column(name=name, dtype=dtype, meaning=meaning) for name, dtype, meaning in columns)


_EVENTS = _columns(
    ("row_id", pl.Int64, "number of the call in this run; ARRAY_AGG(row_id) AS calls claims calls as waste"),
    ("event_id", pl.String, "stable id of the call, the provider's response id where there is one"),
    ("timestamp", TIMESTAMP, "start of the call, UTC"),
    ("day", pl.Date, "day of the call in the person's own time zone"),
    ("user", pl.String, "who called, aliases resolved; null = unattributed"),
    ("team", pl.String, "team of the user, from the people file, else from the log"),
    ("function", pl.String, "function of the user, from the people file"),
    ("is_program", pl.Boolean, "the account is a service or behaves like a program; null = unattributed"),
    ("session", pl.String, "the client's session, else calls less than 10 minutes apart"),
    ("task_id", pl.String, "ticket, branch or trace tag"),
    ("app", pl.String, "application that made the call"),
    ("model", pl.String, "model as the vendor names it"),
    ("provider", pl.String, "vendor or gateway"),
    ("tool_name", pl.String, "tool that the call was made for"),
    ("is_agent", pl.Boolean, "an agent's step; null = the log does not say"),
    ("status", pl.String, "ok or error; null = the log does not say"),
    ("ok", pl.Boolean, "answered, with output, and not a client's retry"),
    ("turn", pl.Boolean, "answered, and typed by a person"),
    ("single", pl.Boolean, "one call; false for a row that sums up several"),
    ("planned", pl.Boolean, "on a planned event of this person or team"),
    ("requests", pl.Int64, "1 for a call; of a sum, how many calls it holds"),
    ("tokens", pl.Int64, "input and output together"),
    ("fresh_tokens", pl.Int64, "tokens without cache reads"),
    ("input_tokens", pl.Int64, "input, cache reads and writes included"),
    ("cache_read_tokens", pl.Int64, "part of the input that was read from a cache"),
    ("cache_write_tokens", pl.Int64, "part of the input that was written to a cache"),
    ("output_tokens", pl.Int64, "output, reasoning included"),
    ("reasoning_tokens", pl.Int64, "part of the output that was reasoning"),
    ("cost_nanousd", pl.Int64, "cost in billionths of a dollar; null = unknown"),
    ("latency_ms", pl.Int64, "how long the call took"),
    ("used", pl.Boolean, "the answer was acted on; null = unknown"),
    ("response_chars", pl.Int64, "length of the answer; null = unknown"),
    ("prompt_id", pl.UInt64, "hash of the prompt; equal prompts have equal ids; null = the log has no text"),
    ("prompt_chars", pl.Int64, "length of the prompt in characters"),
    ("words", pl.Int64, "length of the prompt in words"),
    ("cluster_id", pl.UInt64, "prompts that are nearly the same share it"),
    ("similarity", pl.Float64, "to the prompt that the cluster is named after; 1 = the same"),
    ("template_id", pl.UInt64, "prompts of one template (numbers, names and paths aside) share it"),
    ("trivial", pl.String, "its pattern among prompts that need no assistant; empty = none"),
    ("secrets", pl.String, "kinds of secrets in the prompt, joined by commas; empty = none"),
)

_PROMPTS = _columns(
    ("prompt_id", pl.UInt64, "hash of the prompt; one row a distinct prompt"),
    ("chars", pl.Int64, "length in characters"),
    ("words", pl.Int64, "length in words"),
    ("cluster_id", pl.UInt64, "prompts that are nearly the same share it"),
    ("similarity", pl.Float64, "to the prompt that the cluster is named after; 1 = the same"),
    ("template_id", pl.UInt64, "prompts of one template share it"),
    ("trivial", pl.String, "its pattern among prompts that need no assistant; empty = none"),
    ("secrets", pl.String, "kinds of secrets in it, joined by commas; empty = none"),
    ("requests", pl.Int64, "calls with this prompt"),
    ("users", pl.Int64, "accounts that sent it"),
    ("first_seen", TIMESTAMP, "first call with it"),
    ("last_seen", TIMESTAMP, "last call with it"),
)

_USER_DAYS = _columns(
    ("user", pl.String, "the person; accounts that are no people have no days"),
    ("team", pl.String, "team of the person"),
    ("day", pl.Date, "active day in the person's own time zone"),
    ("planned", pl.Boolean, "on a planned event of this person or team"),
    ("requests", pl.Int64, "answered calls"),
    ("turns", pl.Int64, "answered calls that the person typed"),
    ("tokens", pl.Int64, "input and output together"),
    ("fresh_tokens", pl.Int64, "tokens without cache reads"),
    ("cost_nanousd", pl.Int64, "cost in billionths of a dollar; null = unknown"),
    ("answers_marked", pl.Int64, "answers of which the log says whether they were used"),
    ("answers_used", pl.Int64, "answers that were used"),
    ("tasks", pl.Float64, "tasks completed, from the outcomes file; null = unknown"),
    ("first_seen", TIMESTAMP, "first answered call of the day"),
    ("last_seen", TIMESTAMP, "last answered call of the day"),
)

_SESSIONS = _columns(
    ("session", pl.String, "the client's session, else calls less than 10 minutes apart"),
    ("user", pl.String, "whose session; null = unattributed"),
    ("team", pl.String, "team of the user"),
    ("is_program", pl.Boolean, "the account is no person; null = unattributed"),
    ("app", pl.String, "application of the first call"),
    ("first_seen", TIMESTAMP, "first call"),
    ("last_seen", TIMESTAMP, "last call"),
    ("minutes", pl.Float64, "from the first call to the last"),
    ("requests", pl.Int64, "calls"),
    ("turns", pl.Int64, "answered calls that a person typed"),
    ("agent_requests", pl.Int64, "calls that are marked as an agent's steps"),
    ("models", pl.Int64, "different models"),
    ("tokens", pl.Int64, "input and output together"),
    ("fresh_tokens", pl.Int64, "tokens without cache reads"),
    ("cost_nanousd", pl.Int64, "cost in billionths of a dollar; null = unknown"),
)

TABLES: Final[Mapping[str, tuple[Column, ...]]] = {
    "events": _EVENTS,
    "prompts": _PROMPTS,
    "user_days": _USER_DAYS,
    "sessions": _SESSIONS,
}

# What ties a row of each table to its calls.
KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "events": ("row_id",),
    "prompts": ("prompt_id",),
    "user_days": ("user", "day"),
    "sessions": ("session",),
}


def polars_schema(table: str) -> pl.Schema:
    """Return a table's columns as Polars takes them."""
    return pl.Schema({column.name: column.dtype for column in TABLES[table]})


def empty_tables() -> dict[str, pl.LazyFrame]:
    """Return the four tables without rows, for planning a query before any data is read."""
    return {name: pl.LazyFrame(schema=polars_schema(name)) for name in TABLES}


def tables_dict() -> dict[str, list[dict[str, str]]]:
    """Return all columns as plain values: for ``tokenscan schema events`` and the docs."""
    return {
        table: [{"name": one.name, "type": str(one.dtype), "meaning": one.meaning} for one in columns]
        for table, columns in TABLES.items()
    }
