"""Helicone: what its export tool writes (JSON, JSONL, CSV), pages of its request API, and dumps of its database.

Dumps keep costs as whole billionths of a dollar. CSV cells with objects have their quotes doubled once too often.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.flat import call_id, inner_columns, logged_cost, text_frames
from tokenscan.sources.formats.labels import labels
from tokenscan.sources.quarantine import Quarantine

_TELLING = frozenset({"request_user_id", "response_status", "request_properties", "delay_ms", "properties", "user_id"})
_COLUMNS = (
    "request_id", "response_id", "request_created_at", "response_created_at", "request_user_id", "user_id",
    "request_properties", "properties", "request_body", "response_body", "response_status", "status", "response_model",
    "model_override", "request_model", "model", "provider", "prompt_tokens", "completion_tokens", "total_tokens",
    "prompt_cache_read_tokens", "prompt_cache_write_tokens", "reasoning_tokens", "costUSD", "cost_usd", "cost",
    "delay_ms", "latency", "cache_reference_id",
)  # fmt: skip
_TEXTS = ("request_properties", "properties", "request_body", "response_body")
_NO_REFERENCE = "00000000-0000-0000-0000-000000000000"
_DEAREST = 1000  # dollars; no call costs more, so that beyond it a cost counts billionths


class Helicone:
    """Helicone request logs."""

    name = "helicone"
    title = "Helicone (export tool, request API, HQL)"
    family = "helicone"
    how_to_export = (
        "Run npx @helicone/export --include-body --format jsonl, or save what POST /v1/request/query answers."
    )
    carries: Mapping[str, str] = {
        "person": "if sent",
        "text": "if bodies are included",
        "tasks": "from properties",
        "cost": "estimated",
    }
    clock = "UTC; times without a zone are taken as UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the columns of a request and its answer are found."""
        columns = inner_columns(probe, "data")
        known = "request_created_at" in columns and bool(columns & {"request_id", "response_id"})
        return 100 if known and columns & _TELLING else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a request."""
        columns = inner_columns(probe, "data")
        dumped = "user_id" in columns and "request_user_id" not in columns
        for frame in text_frames(probe, _COLUMNS, "data", quarantine):
            rows = frame.with_columns(_unquoted(name) for name in _TEXTS)
            rows = rows.with_columns(_cost(rows, dumped=dumped))
            yield raw_frame(_calls(rows), self.name, probe, options, quarantine)


def _unquoted(name: str) -> pl.Expr:
    """Return JSON whose quotes are doubled as CSV doubles them, with plain ones; other text stays."""
    text = pl.col(name)
    inner = (
        pl.when(text.str.contains(r'^"[\[{]""')).then(text.str.strip_prefix('"').str.strip_suffix('"')).otherwise(text)
    )
    twice = inner.str.contains(r'^\[?\{""')
    return pl.when(twice).then(inner.str.replace_all('""', '"', literal=True)).otherwise(text).alias(name)


def _cost(rows: pl.DataFrame, *, dumped: bool) -> pl.Expr:
    amount = pl.lit(convert.number(rows["cost"]))
    billionths = amount.is_not_null() & (pl.lit(dumped) | (amount >= _DEAREST))
    dollars = pl.when(billionths).then((amount / convert.NANO).cast(pl.String)).otherwise("cost")
    return pl.coalesce("costUSD", "cost_usd", dollars).alias("cost")


def _calls(rows: pl.DataFrame) -> pl.DataFrame:
    who = labels(rows.select(pl.coalesce("request_properties", "properties")).to_series())
    reference = pl.col("cache_reference_id")
    hit = reference.is_not_null() & (reference != _NO_REFERENCE)
    rows = rows.with_columns(
        is_cache_hit=pl.when(hit).then(pl.lit("true")), status=pl.coalesce("response_status", "status")
    )
    return rows.select(
        ROW,
        *who.drop("user"),
        timestamp=pl.coalesce("request_created_at", "response_created_at"),
        event_id=call_id("response_body", pl.coalesce("response_id", "request_id"), hit),
        user=pl.coalesce("request_user_id", "user_id", pl.lit(who["user"])),
        model=pl.coalesce("response_model", "model_override", "request_model", "model"),
        provider="provider",
        request="request_body",
        answer="response_body",
        input_tokens="prompt_tokens",
        output_tokens="completion_tokens",
        total_tokens="total_tokens",
        cache_read_tokens="prompt_cache_read_tokens",
        cache_write_tokens="prompt_cache_write_tokens",
        reasoning_tokens="reasoning_tokens",
        cost_usd=logged_cost(rows, "cost", ("prompt_tokens", "completion_tokens")),
        latency_ms=pl.coalesce("delay_ms", "latency"),
        status="status",
        is_cache_hit="is_cache_hit",
    )
