"""Any Parquet, CSV or JSONL table whose columns carry the event table's names, common aliases, or ``--map``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import polars as pl

from tokenscan.errors import UsageError
from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.messages import last_user_turns
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import ROW, read_records
from tokenscan.sources.usage import usage_tokens

EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)  # no LLM API is older; 1970 means a missing clock

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

_CONVERT: Mapping[str, Callable[[pl.Series], pl.Series]] = {
    "timestamp": convert.timestamp,
    "input_tokens": convert.tokens,
    "cache_read_tokens": convert.tokens,
    "cache_write_tokens": convert.tokens,
    "output_tokens": convert.tokens,
    "reasoning_tokens": convert.tokens,
    "total_tokens": convert.tokens,
    "response_chars": convert.tokens,
    "cost_usd": convert.nanousd,
    "latency_ms": convert.milliseconds,
    "status": convert.status,
    "is_agent": convert.boolean,
    "used": convert.boolean,
    "is_cache_hit": convert.boolean,
}
# A value that is there but cannot be read makes a row unusable for counting; elsewhere it becomes unknown.
_STRICT = ("timestamp", "input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "reasoning_tokens",
           "total_tokens", "cost_usd")  # fmt: skip
# How exporters write that there is no value. A person of that name would be a fiction, and a number a broken row.
_NOTHING = ["null", "none", "nan", "nat", "undefined", "(null)", "<null>", "\\n"]
_NO_NUMBER = [*_NOTHING, "na", "n/a", "-"]
_FREE_TEXT = {"prompt", "response"}
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


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
    how_to_export = "Export one row a call with at least a timestamp and a user; see `tokenscan schema events`."
    carries: Mapping[str, str] = {"person": "yes", "text": "if given", "tasks": "if given", "cost": "if given"}

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
            logged = frame.select(ROW, *(_given(frame[column], field).alias(field) for field, column in places.items()))
            columns = {field: _CONVERT.get(field, convert.text)(logged[field]) for field in places}
            bad = _bad_reason(logged, columns, options)
            keep = bad.is_null()
            for reason in bad.drop_nulls().unique().sort():
                quarantine.add(probe.file.name, logged[ROW].filter(bad == reason), reason)
            good = {field: column.filter(keep) for field, column in columns.items()}
            yield _raw(good, logged[ROW].filter(keep), probe)


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


def _given(values: pl.Series, field: str) -> pl.Series:
    """Return a column with null for what only stands for it."""
    if values.dtype.is_float():
        return values.fill_nan(None)
    if field in _FREE_TEXT or values.dtype not in (pl.String, pl.Categorical, pl.Enum):
        return values
    words = pl.col(values.name).cast(pl.String)
    nothing = words.str.strip_chars().str.to_lowercase().is_in(_NO_NUMBER if field in _CONVERT else _NOTHING)
    return values.to_frame().select(pl.when(~nothing).then(words)).to_series()


def _bad_reason(logged: pl.DataFrame, columns: Mapping[str, pl.Series], options: ReadOptions) -> pl.Series:
    """Return per row the first reason to leave it out, null for a good row."""
    time = pl.col("timestamp")
    reason: Any = pl.when(time.is_null()).then(pl.lit("timestamp missing or not readable"))
    reason = reason.when(time < EARLIEST).then(pl.lit("timestamp before 2015"))
    if options.latest is not None:
        reason = reason.when(time > options.latest).then(pl.lit("timestamp in the future"))
    tests: dict[str, pl.Series] = {}
    for field in _STRICT[1:]:
        if field in columns:
            tests[f"bad_{field}"] = columns[field].is_null() & convert.text(logged[field]).is_not_null()
            reason = reason.when(pl.col(f"bad_{field}")).then(pl.lit(f"{field} is not a usable number"))
    return pl.DataFrame({"timestamp": columns["timestamp"], **tests}).select(reason.alias("reason")).to_series()


def _raw(columns: dict[str, pl.Series], rows: pl.Series, probe: Probe) -> pl.DataFrame:
    out: dict[str, Any] = {**columns, "source_row": rows}
    out["cost_nanousd"] = out.pop("cost_usd", pl.lit(None))
    if "usage" in columns:
        out |= usage_tokens(out.pop("usage"), columns)
    elif "total_tokens" in columns:
        out |= _from_total(columns)
    if "prompt" in columns:
        turns = last_user_turns(columns["prompt"])
        out |= {name: turns[name] for name in turns.columns}
        out["prompt_scope"] = pl.lit("last_user")
    if "response" in columns and "response_chars" not in columns:
        out["response_chars"] = columns["response"].str.len_chars()
    constants = {"grain": "call", "n_requests": 1, "source_format": Table.name, "source_file": probe.file.name}
    out |= {name: pl.lit(value) for name, value in constants.items()}
    session = pl.col("session_id").is_not_null()
    out["session_quality"] = pl.when(session).then(pl.lit("client")).otherwise(pl.lit("none"))
    return convert.canonical(out, len(rows))


def _from_total(columns: Mapping[str, pl.Series]) -> dict[str, pl.Series]:
    """Return input and output tokens, what is missing of them taken from the total."""
    given = pl.DataFrame([columns["total_tokens"].alias("total_tokens")]).with_columns(
        columns.get(name, pl.lit(None, pl.Int64)).alias(name) for name in ("input_tokens", "output_tokens")
    )
    total, told, said = (pl.col(name) for name in ("total_tokens", "input_tokens", "output_tokens"))
    # Input that leaves cache tokens out does not tell what is left for the output.
    alone = not {"cache_read_tokens", "cache_write_tokens"} & columns.keys()
    rest_in, rest_out = total - said.fill_null(0), total - told
    return given.select(
        input_tokens=pl.coalesce(told, pl.when(rest_in >= 0).then(rest_in)),
        output_tokens=pl.coalesce(said, pl.when((rest_out >= 0) & alone).then(rest_out)),
    ).to_dict()
