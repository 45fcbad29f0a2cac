"""Any Parquet, CSV or JSONL table whose columns carry the event table's names, common aliases, or ``--map``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

import polars as pl

from tokenscan.errors import UsageError
from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import read_records

# The first alias that a table has wins. Names are compared as ``plain_name`` has them.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "event_id": ("event_id", "request_id", "response_id", "call_id", "generation_id", "id", "uuid"),
    "timestamp": ("timestamp", "ts", "time", "created_at", "created", "datetime", "date_time", "start_time",
                  "starttime", "request_time", "requested_at", "event_time", "date"),
    "user": ("user", "user_id", "userid", "user_email", "email", "username", "user_name", "login", "employee",
             "employee_id", "actor", "requester", "account"),
    "team": ("team", "team_id", "team_name", "department", "group", "cost_center"),
    "session_id": ("session_id", "session", "conversation_id", "conversation", "thread_id", "chat_id", "trace_id"),
    "task_id": ("task_id", "task", "ticket", "ticket_id", "issue", "issue_id", "git_branch", "branch"),
    "app": ("app", "application", "app_name", "client", "channel", "product", "feature"),
    "model": ("model", "model_name", "model_id", "engine", "deployment"),
    "provider": ("provider", "vendor", "llm_provider", "custom_llm_provider"),
    "prompt": ("prompt", "prompt_text", "messages", "user_message", "question", "query", "input_text", "input",
               "request_text", "content", "text"),
    "response": ("response", "response_text", "completion", "completion_text", "answer", "output_text", "output"),
    "response_chars": ("response_chars", "response_length", "completion_chars", "output_chars"),
    "input_tokens": ("input_tokens", "prompt_tokens", "tokens_in", "tokens_prompt", "input_token_count",
                     "prompt_token_count", "context_tokens", "request_tokens"),
    "cache_read_tokens": ("cache_read_tokens", "cache_read_input_tokens", "cached_tokens", "cached_input_tokens",
                          "cache_read", "tokens_cached"),
    "cache_write_tokens": ("cache_write_tokens", "cache_creation_input_tokens", "cache_creation_tokens",
                           "cache_creation", "cache_write"),
    "output_tokens": ("output_tokens", "completion_tokens", "tokens_out", "tokens_completion", "output_token_count",
                      "completion_token_count", "generated_tokens", "response_tokens"),
    "reasoning_tokens": ("reasoning_tokens", "tokens_reasoning", "thinking_tokens"),
    "cost_usd": ("cost_usd", "cost", "spend", "total_cost", "response_cost", "price_usd"),
    "latency_ms": ("latency_ms", "duration_ms", "response_time_ms", "elapsed_ms"),
    "status": ("status", "status_code", "response_status", "success", "result"),
    "is_agent": ("is_agent", "agent", "sidechain", "is_sidechain"),
    "tool_name": ("tool_name", "tool"),
    "used": ("used", "accepted", "is_used", "was_used"),
    "is_cache_hit": ("is_cache_hit", "cache_hit"),
    "total_tokens": ("total_tokens", "tokens"),
    "usage": ("usage", "usage_object", "token_usage"),
}  # fmt: skip

# What tables call a prompt may be plain text, or a whole request in JSON.
_TOLD_AS = {"prompt": "request"}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


@cache
def plain_name(column: str) -> str:
    """Return a column name as aliases are written: ``userId``, ``User ID`` and ``user.id`` are all ``user_id``."""
    return _HUMP.sub("_", column.strip()).lower().translate(str.maketrans(" -.", "___"))


def fields_of(columns: frozenset[str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Return canonical field -> column of this table; what ``mapping`` (column -> field) says goes first.

    Raises:
        UsageError: ``mapping`` names a field that does not exist.
    """
    for column, field in mapping.items():
        if field not in ALIASES:
            raise UsageError(f"--map {column}={field}: no field {field!r}", hint=f"fields are {', '.join(ALIASES)}")
    fields = {field: column for column, field in mapping.items() if column in columns}
    taken = set(fields.values())
    plain: dict[str, str] = {}
    for column in sorted(columns - taken):
        plain.setdefault(plain_name(column), column)
    for field, aliases in ALIASES.items():
        found = next((plain[alias] for alias in aliases if alias in plain and plain[alias] not in taken), None)
        if field not in fields and found is not None:
            fields[field] = found
            taken.add(found)
    return fields


class Table:
    """A plain table of calls."""

    name = "table"
    title = "Any Parquet, CSV or JSONL table"
    family = "table"
    how_to_export = "Export one row a call with at least a timestamp and a user; see `tokenscan schema events`."
    carries: Mapping[str, str] = {"person": "yes", "text": "if given", "tasks": "if given", "cost": "if given"}
    clock = "as written; times without a zone are taken as UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:
        """Fit where a timestamp and a user are found; the more columns, the better, never above a vendor's format.

        Outcomes have both too, and are no calls; nor is a table of people and dates that happens to lie in a folder.
        """
        fields = fields_of(probe.columns, options.mapping)
        if not {"timestamp", "user"} <= fields.keys() or "tasks_completed" in map(plain_name, probe.columns):
            return 0
        only_days = plain_name(fields["timestamp"]) == "date" and not fields.keys() - {"timestamp", "user", "team"}
        if only_days and not probe.file.named:
            return 0
        return min(60, 20 + 2 * len(fields))

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames; rows without a readable time or with unreadable numbers go to the quarantine."""
        fields = fields_of(probe.columns, options.mapping)
        late = _late_columns(probe, fields, options.mapping)
        asked = {*fields.values(), *(column for columns in late.values() for column in columns)}
        for frame in read_records(probe, asked, quarantine):
            places = _counts_apart(frame, fields | _came_late(frame, late))
            logged = [frame[column].alias(_TOLD_AS.get(field, field)) for field, column in places.items()]
            yield raw_frame(frame.select(ROW, *logged), Table.name, probe, options, quarantine)


def _late_columns(probe: Probe, fields: Mapping[str, str], mapping: Mapping[str, str]) -> dict[str, list[str]]:
    """Return columns by field that a JSON log may have although its first records do not: keys come when needed."""
    if probe.container not in (Container.JSONL, Container.JSON):
        return {}
    humps = any(_HUMP.search(column) for column in probe.columns)
    late: dict[str, list[str]] = {field: [] for field in ALIASES}
    for column, field in mapping.items():
        late[field] += [column] if column not in probe.columns else []
    for field, aliases in ALIASES.items():
        if field not in fields:
            late[field] += [_humped(alias) if humps else alias for alias in aliases]
    taken = {*fields.values(), *mapping}
    return {
        field: [column for column in columns if column not in taken or mapping.get(column) == field]
        for field, columns in late.items()
        if columns
    }


def _humped(alias: str) -> str:
    head, *rest = alias.split("_")
    return head + "".join(part.capitalize() for part in rest)


def _came_late(frame: pl.DataFrame, late: Mapping[str, list[str]]) -> dict[str, str]:
    given = {column for columns in late.values() for column in columns if frame[column].null_count() < frame.height}
    first = {field: next((column for column in columns if column in given), None) for field, columns in late.items()}
    return {field: column for field, column in first.items() if column is not None}


def _counts_apart(frame: pl.DataFrame, places: dict[str, str]) -> dict[str, str]:
    """Take columns named just ``input`` and ``output`` for counts where they hold nothing but numbers."""
    for text, count, name in (("prompt", "input_tokens", "input"), ("response", "output_tokens", "output")):
        column = places.get(text)
        if column is not None and plain_name(column) == name and count not in places:
            values = convert.text(frame[column]).drop_nulls()
            if len(values) and not convert.number(values).has_nulls():
                places = {field: place for field, place in places.items() if field != text} | {count: column}
    return places
