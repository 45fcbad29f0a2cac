"""Langfuse: observations and traces, from the UI's batch export (camelCase) or the blob storage export (snake_case).

An observation is a step of a trace; only generations and embeddings are calls to a model. In older exports who stands
behind a call is told by the file of traces alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import ROW, links_frame, raw_frame
from tokenscan.sources.formats.langfuse_fields import COUNTS, TOLD, told_fields, usage_fields
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import read_records

_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "trace": ("traceId", "trace_id"),
    "parent": ("parentObservationId", "parent_observation_id"),
    "type": ("type",),
    "timestamp": ("startTime", "start_time"),
    "ended": ("endTime", "end_time"),
    "updated": ("updatedAt", "updated_at"),
    "level": ("level",),
    "environment": ("environment",),
    "model": ("model", "provided_model_name", "providedModelName"),
    "details": ("usageDetails", "usage_details"),
    "input": ("inputUsage",),
    "output": ("outputUsage",),
    "total": ("totalUsage",),
    "cost": ("totalCost", "total_cost"),
    "costs": ("costDetails", "cost_details"),
    "user": ("userId", "user_id"),
    "session_id": ("sessionId", "session_id"),
    "tags": ("traceTags", "tags"),
    "metadata": ("metadata",),
    "app": ("traceName", "trace_name"),
    "request": ("input",),
    "answer": ("output",),
    "tools": ("toolCallNames", "tool_call_names"),
}
_TRACE: Mapping[str, tuple[str, ...]] = {
    "link_id": ("id",),
    "environment": ("environment",),
    "user": ("userId", "user_id"),
    "session_id": ("sessionId", "session_id"),
    "tags": ("tags",),
    "metadata": ("metadata",),
    "app": ("name",),
}
_CALLS = ["generation", "embedding"]
_CLOCKS = ("timestamp", "ended", "updated")
_AS_LOGGED = (ROW, "request", "answer", *_CLOCKS)
# LiteLLM names its generations after the moment and the provider's id, which alone is known elsewhere.
_LITELLM_ID = r"^time-[0-9]{2}-[0-9]{2}-[0-9]{2}-[0-9]{6}_(.+)$"
_OBSERVATION = (
    frozenset({"traceId", "parentObservationId"}),
    frozenset({"trace_id", "parent_observation_id"}),
)
_COUNTED = frozenset({"usageDetails", "totalUsage", "inputUsage", "usage_details"})
_OF_A_TRACE = (
    frozenset({"id", "timestamp", "userId", "sessionId", "tags", "bookmarked"}),
    frozenset({"id", "timestamp", "user_id", "session_id", "tags", "bookmarked"}),
    frozenset({"id", "timestamp", "user_id", "session_id", "tags", "release", "project_id"}),
)


class Langfuse:
    """Langfuse exports of observations and traces."""

    name = "langfuse"
    title = "Langfuse (batch export, blob storage export)"
    family = "langfuse"
    how_to_export = (
        "Export the tables observations and traces from the UI (CSV, JSON or JSONL), or set up the blob storage "
        "integration and copy its folders observations (or observations_v2) and traces."
    )
    carries: Mapping[str, str] = {"person": "if set", "text": "yes", "tasks": "from tags", "cost": "estimated"}
    clock = "UTC; times of the blob export bear no zone and are UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the columns of observations with usage, or of traces, are found."""
        if _of_traces(probe):
            return 100
        return 100 if any(probe.columns >= least for least in _OBSERVATION) and probe.columns & _COUNTED else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames of observations that are calls, or LINKS frames of traces."""
        names = _TRACE if _of_traces(probe) else _NAMES
        columns = {column for candidates in names.values() for column in candidates}
        for frame in read_records(probe, columns, quarantine):
            named = _named(frame, names)
            if names is _TRACE:
                yield links_frame(_links(named), self.name)
            else:
                calls = _calls(named)
                if calls.height:
                    yield raw_frame(_fields(calls), self.name, probe, options, quarantine)


def _of_traces(probe: Probe) -> bool:
    return any(probe.columns >= least for least in _OF_A_TRACE)


def _named(frame: pl.DataFrame, names: Mapping[str, tuple[str, ...]]) -> pl.DataFrame:
    """Return a frame of all fields under our names: a file has either spelling."""
    chosen = []
    for field, candidates in names.items():
        given = [name for name in candidates if name in frame.columns]
        filled = [name for name in given if frame[name].null_count() < frame.height]
        name = next(iter([*filled, *given]), None)
        chosen.append(pl.lit(None, pl.String).alias(field) if name is None else pl.col(name).alias(field))
    return frame.select(ROW, *chosen)


def _links(traces: pl.DataFrame) -> pl.DataFrame:
    told = told_fields(traces["tags"], traces["metadata"])
    texts = traces.select(convert.text(traces[name]) for name in ("link_id", "user", "session_id", "app"))
    return texts.with_columns(
        user=texts["user"].fill_null(told["user"]),
        team=told["team"],
        task_id=told["task_id"],
        app=texts["app"].fill_null(told["app"]),
    )


def _calls(logged: pl.DataFrame) -> pl.DataFrame:
    """Return the observations that are calls, each once, with what their usage maps tell."""
    words = [convert.text(logged[name]) for name in logged.columns if name not in _AS_LOGGED]
    texts = logged.with_columns(*words, *(_unquoted(logged[name]) for name in _CLOCKS))
    usage = usage_fields(texts["details"])
    rows = texts.with_columns(
        *(usage[name] for name in COUNTS[1:4]),
        usage["reasoning_tokens"],
        input_tokens=usage["input_tokens"].fill_null(texts["input"]),
        output_tokens=usage["output_tokens"].fill_null(texts["output"]),
        moment=convert.timestamp(texts["updated"]),
        kind=texts["type"].str.to_lowercase(),
    )
    counts = rows.select(_says(rows[name]) for name in ("input_tokens", "output_tokens", "total", "cost"))
    failed = (pl.col("level") == "ERROR").fill_null(value=False)
    kept = rows.with_columns(counted=counts.select(pl.any_horizontal(pl.all())).to_series()).filter(
        pl.col("kind").is_in(_CALLS).fill_null(value=pl.col("model").is_not_null()),
        pl.col("counted") | failed,
        ~pl.col("environment").str.starts_with("langfuse-").fill_null(value=False),
    )
    return _without_parents(_latest(kept))


def _unquoted(column: pl.Series) -> pl.Series:
    """Strip the quotes that the batch export's CSV writes around moments, and inside the cell."""
    return column.str.strip_chars('"') if column.dtype == pl.String else column


def _says(column: pl.Series) -> pl.Series:
    """Say per row whether a count or cost is told that is not 0; one that cannot be read is refused later."""
    return (column.is_not_null() & (convert.number(column) != 0).fill_null(value=True)).alias(column.name)


def _latest(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the latest state of each observation: windows of exports overlap, and observations are written again."""
    ordered = rows.sort("moment", ROW, descending=[True, False], nulls_last=True)
    known = ordered.filter(pl.col("id").is_not_null()).unique("id", keep="first", maintain_order=True)
    return pl.concat([known, ordered.filter(pl.col("id").is_null())]).sort(ROW)


def _without_parents(rows: pl.DataFrame) -> pl.DataFrame:
    """Leave out generations that wrap another one: a framework and its client both log the same call."""
    counted = rows.filter(pl.col("counted"))
    return rows.filter(~pl.col("id").is_in(counted["parent"].drop_nulls().implode()).fill_null(value=False))


def _fields(calls: pl.DataFrame) -> pl.DataFrame:
    told = told_fields(calls["tags"], calls["metadata"])
    cost = calls["cost"].fill_null(calls["costs"].str.json_path_match("$.total"))
    failed = pl.col("level") == "ERROR"
    fields = calls.with_columns(told.select(pl.all().name.prefix("told_")).get_columns()).with_columns(
        event_id=pl.coalesce(pl.col("id").str.extract(_LITELLM_ID), "id"),
        user=pl.coalesce("user", "told_user"),
        app=pl.coalesce("app", "told_app"),
        # A 0 beside tokens only means that no price was known.
        cost_usd=pl.when(_says(cost) | ~pl.col("counted")).then(cost),
        status=pl.when(failed).then(pl.lit("error")).otherwise(pl.lit("ok")),
        tool_name=calls["tools"].str.json_path_match("$[0]"),
        cache_inside_input=pl.lit(value=True),
    )
    return fields.select(
        ROW, "event_id", "timestamp", "ended", "model", "user", "session_id", "app", "request", "answer", "tool_name",
        "status", "cost_usd", "cache_inside_input", *COUNTS, pl.col("total").alias("total_tokens"),
        pl.col("trace").alias("link_id"), *(pl.col(f"told_{name}").alias(name) for name in TOLD[1:3]),
    )  # fmt: skip
