"""LiteLLM proxy: the SpendLogs table and StandardLoggingPayload objects, in any container.

Both describe one call a record. SpendLogs keeps nested values as JSON text, the payload as objects; times are text or
epoch seconds. Admin audit records under the same prefix are passed over; daily aggregate tables are not read, for
they repeat the same calls.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.answers import answers
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import EARLIEST, ROW
from tokenscan.sources.formats.litellm_metadata import metadata_fields, usage_fields
from tokenscan.sources.formats.litellm_tokens import COUNTS, Sessions, settled_cost, settled_tokens
from tokenscan.sources.messages import last_user_turns
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import read_records

_COLUMNS = frozenset(
    {
        "request_id", "id", "call_type", "startTime", "endTime", "request_duration_ms", "user", "end_user", "team_id",
        "organization_id", "session_id", "trace_id", "request_tags", "metadata", "model", "custom_llm_provider",
        "user_agent", "proxy_server_request", "messages", "response", "prompt_tokens", "completion_tokens", "spend",
        "response_cost", "status", "cache_hit", "mcp_namespaced_tool_name", "agent_id", "table_name", "changed_by",
    }
)  # fmt: skip
_SPEND_LOGS = frozenset({"request_id", "call_type", "spend", "api_key", "startTime", "request_tags"})
_SPEND_LOGS_LEAST = frozenset({"request_id", "spend", "startTime", "prompt_tokens"})
_PAYLOAD = frozenset({"response_cost", "startTime", "endTime", "call_type"})
_PAYLOAD_ONLY = frozenset({"model_map_information", "hidden_params"})
_DAILY = frozenset({"date", "api_requests"})
_NOBODY = ["default_user_id", "none", "null"]  # what the proxy writes where no person is known
_TRUNCATED = r"(?s)\s*\.\.\. \(litellm_truncated.{0,500}?\) \.\.\.\s*"


class LiteLLM:
    """LiteLLM proxy logs."""

    name = "litellm"
    title = "LiteLLM proxy (SpendLogs, StandardLoggingPayload)"
    family = "litellm"
    how_to_export = (
        'Run COPY (SELECT * FROM "LiteLLM_SpendLogs") TO STDOUT CSV HEADER on the proxy\'s database, or collect the '
        "objects its S3, GCS or Azure callback writes; prompts need store_prompts_in_spend_logs."
    )
    carries: Mapping[str, str] = {"person": "yes", "text": "if stored", "tasks": "from tags", "cost": "estimated"}
    clock = "UTC; times without a zone are taken as UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the columns of a SpendLogs row or of a logging payload are found."""
        if probe.columns >= _DAILY:
            return 0
        if probe.columns >= _SPEND_LOGS or (probe.columns >= _PAYLOAD and probe.columns & _PAYLOAD_ONLY):
            return 100
        return 80 if probe.columns >= _SPEND_LOGS_LEAST else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames; rows without a readable time or with unreadable counts go to the quarantine."""
        sessions = Sessions()
        for frame in read_records(probe, _COLUMNS, quarantine):
            logged = _as_text(frame)
            audit = pl.col("table_name").is_not_null() & pl.col("changed_by").is_not_null()
            logged = logged.filter(~audit)
            decoded = _decoded(logged)
            bad = _bad_reason(decoded, options)
            for reason in bad.drop_nulls().unique().sort():
                quarantine.add(probe.file.name, decoded[ROW].filter(bad == reason), reason)
            yield _raw(decoded.filter(bad.is_null()), sessions, probe)


def _as_text(frame: pl.DataFrame) -> pl.DataFrame:
    """Return every column asked for as text: absent ones null."""
    given = [convert.text(frame[name]) for name in frame.columns if name in _COLUMNS]
    missing = [pl.lit(None, pl.String).alias(name) for name in sorted(_COLUMNS - set(frame.columns))]
    return frame.select(ROW).with_columns(*given, *missing)


def _decoded(logged: pl.DataFrame) -> pl.DataFrame:
    """Add what the JSON columns hold, and times and counts as such (``logged_<count>`` keeps the text)."""
    meta = metadata_fields(logged["metadata"], logged["request_tags"])
    answered = answers(logged["response"])
    # The answer tells its usage too; it is read where the metadata of older versions does not.
    usage = usage_fields(answered["usage"].zip_with(meta["input"].is_null(), pl.Series([None], dtype=pl.String)))
    wide = logged.drop("response").with_columns(
        *meta.drop(usage.columns),
        *answered.drop("usage"),
        timestamp=convert.timestamp(logged["startTime"]),
        ended=convert.timestamp(logged["endTime"]),
        status=convert.status(logged["status"]).fill_null(convert.status(meta["key_status"])),
    )
    for name in COUNTS:
        places = [frame[name] for frame in (meta, usage)]
        if name in ("input", "output"):
            places.insert(0, logged["prompt_tokens" if name == "input" else "completion_tokens"])
        text = pl.select(pl.coalesce(places)).to_series()
        wide = wide.with_columns(text.alias(f"logged_{name}"), convert.tokens(text).alias(name))
    return wide


def _bad_reason(decoded: pl.DataFrame, options: ReadOptions) -> pl.Series:
    """Return per row the first reason to leave it out, null for a good row."""
    time = pl.col("timestamp")
    tests = {
        "timestamp missing or not readable": time.is_null(),
        "timestamp before 2015": time < EARLIEST,
        "timestamp in the future": time > options.latest if options.latest else pl.lit(value=False),
    } | {
        f"{title} is not a usable number": pl.col(name).is_null() & pl.col(f"logged_{name}").is_not_null()
        for name, title in COUNTS.items()
    }
    reasons = (pl.when(test).then(pl.lit(reason)) for reason, test in tests.items())
    return decoded.select(pl.coalesce(reasons).alias("reason")).to_series()


def _raw(decoded: pl.DataFrame, sessions: Sessions, probe: Probe) -> pl.DataFrame:
    """Return the RAW frame of good rows."""
    calls = _with_turns(decoded).with_columns(
        event_id=pl.coalesce("request_id", "id"),
        session_id=pl.coalesce("session_id", "trace_id"),
        is_tool_call=pl.any_horizontal(pl.col("mcp_namespaced_tool_name", "mcp_tool").is_not_null()),
        tool_name=pl.coalesce("mcp_namespaced_tool_name", "mcp_tool", "tool_name"),
        cache_hit=convert.boolean(decoded["cache_hit"]).fill_null(value=False),
        logged_cost=convert.nanousd(decoded["spend"]).fill_null(convert.nanousd(decoded["response_cost"])),
        duration=convert.milliseconds(decoded["request_duration_ms"]),
    )
    calls = calls.with_columns(
        is_cache_hit=pl.col("cache_hit") | pl.col("event_id").str.contains(r"_cache_hit\d").fill_null(value=False),
        session_quality=sessions.quality(calls),
    )
    frame = calls.select(
        "event_id", "timestamp", "session_id", "session_quality", "model", "status", "is_cache_hit", "tool_name",
        "prompt", "prompt_kind", "prompt_truncated", "context_id", "response",
        *_who(), *_what(), *settled_tokens(), settled_cost(pl.col("logged_cost")).alias("cost_nanousd"),
        grain=pl.lit("call"), n_requests=pl.lit(1), source_format=pl.lit(LiteLLM.name),
        source_file=pl.lit(probe.file.name), source_row=pl.col(ROW),
    )  # fmt: skip
    logged = pl.when(pl.col("cost_nanousd").is_not_null()).then(pl.lit("logged"))
    return convert.canonical(frame.with_columns(cost_kind=logged).to_dict(), frame.height)


def _with_turns(calls: pl.DataFrame) -> pl.DataFrame:
    """Add the last user turn; where the proxy cut the middle out of a text, the mark it left is taken out too."""
    stored = pl.when(pl.col("proxy_server_request") != "{}").then("proxy_server_request")
    turns = last_user_turns(calls.select(pl.coalesce(stored, "messages").alias("sent")).to_series())
    prompt = pl.col("prompt")
    return calls.with_columns(*turns).with_columns(
        prompt_truncated=prompt.str.contains(_TRUNCATED), prompt=prompt.str.replace_all(_TRUNCATED, " ")
    )


def _who() -> list[pl.Expr]:
    """Return the person columns. The key's alias comes last: it names a key, and many people may share one."""
    names = ("user", "email", "key_user", "end_user", "key_end_user", "key_alias")
    known = [pl.when(~pl.col(name).str.to_lowercase().is_in(_NOBODY)).then(pl.col(name)) for name in names]
    user, person = pl.coalesce(known), pl.coalesce(known[:-1])
    kind = (
        pl.when(user.is_null())
        .then(pl.lit("none"))
        .when(person.is_null())
        .then(pl.lit("key"))
        .when(user.str.contains("@", literal=True))
        .then(pl.lit("email"))
        .otherwise(pl.lit("login"))
    )
    return [
        user.alias("user"),
        kind.alias("user_kind"),
        pl.coalesce("team_alias", "team_id", "key_team").alias("team"),
        pl.coalesce("organization_id", "org").alias("org"),
    ]


def _scope() -> pl.Expr:
    return pl.when(pl.col("prompt").is_not_null()).then(pl.lit("last_user")).otherwise(pl.lit("none"))


def _what() -> list[pl.Expr]:
    step = (pl.col("prompt_kind") == "tool_result") | pl.col("agent_id").is_not_null() | pl.col("is_tool_call")
    took = (pl.col("ended") - pl.col("timestamp")).dt.total_milliseconds()
    counted = pl.col("input").is_not_null() | pl.col("output").is_not_null()
    return [
        pl.col("task").alias("task_id"),
        pl.coalesce("key_agent", "user_agent").alias("app"),
        pl.col("custom_llm_provider").alias("provider"),
        _scope().alias("prompt_scope"),
        pl.col("response").str.len_chars().alias("response_chars"),
        pl.col("cache_read").alias("cache_read_tokens"),
        pl.col("cache_write").alias("cache_write_tokens"),
        pl.col("cache_write_1h").alias("cache_write_1h_tokens"),
        pl.col("output").alias("output_tokens"),
        pl.col("reasoning").alias("reasoning_tokens"),
        pl.when(counted).then(pl.lit("logged")).otherwise(pl.lit("none")).alias("tokens_quality"),
        pl.coalesce("duration", pl.when(took >= 0).then(took)).alias("latency_ms"),
        pl.when(step).then(True).alias("is_agent"),
    ]
