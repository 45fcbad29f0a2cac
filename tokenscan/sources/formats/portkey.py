"""Portkey: exports of its logs (costs in cents), and the files of a private log store."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.flat import call_id, inner_columns, inner_records, logged_cost, text_frames
from tokenscan.sources.formats.labels import labels
from tokenscan.sources.formats.litellm_tokens import Sessions
from tokenscan.sources.quarantine import Quarantine

_COLUMNS = (
    "id", "_id", "created_at", "request", "request.body", "response", "response.body", "is_success", "ai_org",
    "ai_provider", "ai_model", "req_units", "request_tokens", "res_units", "response_tokens", "total_units", "cost",
    "cost_currency", "response_status_code", "status_code", "response_time", "cache_status", "trace_id", "metadata",
    "organisation_id", "workspace_slug",
)  # fmt: skip
_EXPORT = frozenset({"ai_org", "ai_provider", "is_success", "req_units", "res_units", "cost_currency", "response_time"})
_STORED = frozenset({"request", "response", "organisation_id"})
_SENT = "$.portkeyHeaders['x-portkey-{}']"


class Portkey:
    """Portkey gateway logs."""

    name = "portkey"
    title = "Portkey (log export, log store files)"
    family = "portkey"
    how_to_export = (
        "In Portkey open Logs, choose Export with all fields and download the JSONL, or collect the files of a private "
        "log store; send _user in the metadata."
    )
    carries: Mapping[str, str] = {
        "person": "if sent as _user",
        "text": "if bodies are chosen",
        "tasks": "from metadata",
        "cost": "estimated",
    }
    clock = "as written; times without a zone are taken as UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the columns of an export are found, or a request that carries Portkey's headers."""
        columns = inner_columns(probe, "data")
        if {"ai_model", "created_at"} <= columns and columns & _EXPORT:
            return 100
        requests = (record.get("request") for record in inner_records(probe, "data"))
        stored = any(isinstance(request, dict) and "portkeyHeaders" in request for request in requests)
        return 100 if columns >= _STORED and stored else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a request (with its retries)."""
        sessions = Sessions()
        for frame in text_frames(probe, _COLUMNS, "data", quarantine):
            rows = _bodies(_in_dollars(frame, probe, quarantine))
            yield raw_frame(_calls(rows, sessions), self.name, probe, options, quarantine)


def _in_dollars(rows: pl.DataFrame, probe: Probe, quarantine: Quarantine) -> pl.DataFrame:
    foreign = (pl.col("cost_currency").str.to_lowercase() != "usd").fill_null(value=False)
    quarantine.add(probe.file.name, rows.filter(foreign)[ROW], "cost in another currency than USD")
    return rows.filter(~foreign)


def _bodies(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with ``asked`` and ``answered``: bodies of their own, or inside a record of the whole exchange."""
    request, response = pl.col("request"), pl.col("response")
    return rows.with_columns(
        asked=pl.coalesce("request.body", request.str.json_path_match("$.body"), request),
        answered=pl.coalesce("response.body", response.str.json_path_match("$.body"), response),
        metadata=pl.coalesce("metadata", request.str.json_path_match(_SENT.format("metadata"))),
        trace_id=pl.coalesce("trace_id", request.str.json_path_match(_SENT.format("trace-id"))),
        provider=pl.coalesce(
            "ai_provider", "ai_org", request.str.json_path_match(_SENT.format("provider")).str.strip_prefix("@")
        ),
        status=pl.coalesce(
            "response_status_code", "status_code", response.str.json_path_match("$.status"), "is_success"
        ),
        took=pl.coalesce("response_time", response.str.json_path_match("$.responseTime")),
        sent=pl.coalesce("req_units", "request_tokens"),
        got=pl.coalesce("res_units", "response_tokens"),
        is_cache_hit=pl.when(pl.col("cache_status").str.to_uppercase().str.ends_with("HIT")).then(pl.lit("true")),
    )


def _calls(rows: pl.DataFrame, sessions: Sessions) -> pl.DataFrame:
    who = labels(rows["metadata"])
    hit = pl.lit(convert.boolean(rows["is_cache_hit"]))
    calls = rows.with_columns(
        event_id=call_id("answered", pl.coalesce("id", "_id"), hit),
        client_session=who["session_id"],
        session_id=pl.coalesce(pl.lit(who["session_id"]), "trace_id"),
    )
    body = [pl.col(name).str.json_path_match("$.model") for name in ("answered", "asked")]
    return calls.select(
        ROW,
        "event_id",
        "session_id",
        "provider",
        "status",
        "is_cache_hit",
        *who.drop("user", "session_id", "org"),
        session_quality=sessions.quality(calls),
        timestamp="created_at",
        user=who["user"],
        org=pl.coalesce(pl.lit(who["org"]), "organisation_id"),
        model=pl.coalesce("ai_model", *body),
        request="asked",
        answer="answered",
        input_tokens="sent",
        output_tokens="got",
        total_tokens="total_units",
        cost_cents=logged_cost(rows, "cost", ("sent", "got")),
        latency_ms="took",
    )
