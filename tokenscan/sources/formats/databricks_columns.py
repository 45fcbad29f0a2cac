"""Columns of the Databricks tables that tell of model calls, which have changed their names over the years."""

from __future__ import annotations

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe
from tokenscan.sources.fields import ROW

# Field -> columns; the first that a row has counts. Older serving tables, serving tables, Unity AI Gateway.
NAMES = {
    "event_id": ("databricks_request_id", "request_id"),
    "timestamp": ("request_time", "event_time", "timestamp_ms"),
    "user": ("requester",),
    "user_type": ("requester_type",),
    "org": ("workspace_id",),
    "app": ("endpoint_name", "service_name", "destination_name", "served_entity_name"),
    "user_agent": ("user_agent",),
    "model": ("destination_model",),
    "request": ("request",),
    "answer": ("response",),
    "status": ("status_code",),
    "latency_ms": ("execution_duration_ms", "execution_time_ms", "latency_ms"),
    "input": ("input_token_count", "input_tokens"),
    "output": ("output_token_count", "output_tokens"),
    "total": ("total_tokens",),
    "details": ("token_details",),
    "tags": ("request_tags", "usage_context", "request_metadata"),
    "service_type": ("service_type",),
}
COLUMNS = frozenset(column for columns in NAMES.values() for column in columns)

_PAYLOAD = frozenset({"databricks_request_id", "request", "response"})
_USAGE = frozenset({"databricks_request_id", "input_token_count"})
_GATEWAY_PAYLOAD = frozenset({"event_time", "request_id", "request", "response"})
_GATEWAY_USAGE = frozenset({"event_time", "request_id", "input_tokens"})
_OF_A_GATEWAY = frozenset({"destination_model", "destination_name", "invocation_id", "api_type", "endpoint_name"})


def is_databricks(probe: Probe) -> bool:
    """Say whether a table has the columns of an inference table or of a usage table."""
    columns = probe.columns
    if columns >= _PAYLOAD or columns >= _USAGE:
        return True
    gateway = columns >= _GATEWAY_PAYLOAD or columns >= _GATEWAY_USAGE
    return gateway and len(columns & _OF_A_GATEWAY) > 1


def named(frame: pl.DataFrame, probe: Probe) -> pl.DataFrame:
    """Return the columns of NAMES as text, null where a table has none of them; times in Parquet keep their type."""
    known: dict[str, pl.Series | pl.Expr] = {}
    for field, columns in NAMES.items():
        given = [frame[column] for column in columns if column in frame.columns]
        if field == "timestamp" and probe.container is Container.PARQUET and given:
            moments = [convert.timestamp(column) for column in given]
            known[field] = pl.select(pl.coalesce(moments)).to_series()
        elif given:
            known[field] = pl.select(pl.coalesce([convert.text(column) for column in given])).to_series()
        else:
            known[field] = pl.lit(None, pl.String)
    return frame.select(ROW).with_columns(**known)
