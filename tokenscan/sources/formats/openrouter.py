"""OpenRouter: one row a generation (log CSV, generation objects of the API), or sums by day and model (activity)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.buckets import BucketIds
from tokenscan.sources.formats.flat import inner_columns, text_frames
from tokenscan.sources.quarantine import Quarantine

_LOG = frozenset({"generation_id", "model_permaslug", "tokens_prompt"})
_OBJECT = frozenset({"id", "native_tokens_prompt", "total_cost"})
_CALLS = (
    "generation_id", "id", "created_at", "model_permaslug", "model", "provider_name", "user", "external_user",
    "api_key_name", "app_name", "origin", "session_id", "tokens_prompt", "tokens_completion", "tokens_reasoning",
    "tokens_cached", "native_tokens_prompt", "native_tokens_completion", "native_tokens_reasoning",
    "native_tokens_cached", "cost_total", "total_cost", "byok_usage_inference", "upstream_inference_cost", "is_byok",
    "generation_time_ms", "generation_time", "cancelled", "finish_reason_normalized", "finish_reason",
)  # fmt: skip
# The dashboard's header, and what the API calls the same.
_ACTIVITY = {
    "Date": "date",
    "Slug": "model_permaslug",
    "Usage": "usage",
    "BYOK Usage": "byok_usage_inference",
    "Requests": "requests",
    "Prompt Tokens": "prompt_tokens",
    "Completion Tokens": "completion_tokens",
    "Reasoning Tokens": "reasoning_tokens",
}
_FURTHER = ("model", "provider_name", "endpoint_id")
_SUMS = (frozenset({"Date", "Slug", "Requests"}), frozenset({"date", "requests", "byok_usage_inference"}))


class OpenRouter:
    """OpenRouter's log of generations."""

    name = "openrouter"
    title = "OpenRouter log (CSV, generation objects)"
    family = "openrouter"
    how_to_export = (
        "Export the log from openrouter.ai/logs as CSV, or save the answers of GET /api/v1/generation?id=… one a line."
    )
    carries: Mapping[str, str] = {"person": "if sent, else key", "text": "no", "tasks": "no", "cost": "billed"}
    clock = "UTC; times without a zone are taken as UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the log's columns or those of a generation object are found."""
        columns = inner_columns(probe, "data")
        return 100 if columns >= _LOG or columns >= _OBJECT else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a generation."""
        for rows in text_frames(probe, _CALLS, "data", quarantine):
            yield raw_frame(_calls(rows), self.name, probe, options, quarantine)


class OpenRouterActivity:
    """OpenRouter's daily sums by model."""

    name = "openrouter-activity"
    title = "OpenRouter activity (daily sums)"
    family = "openrouter"
    how_to_export = "Export openrouter.ai/activity as CSV, or save the answer of GET /api/v1/activity."
    carries: Mapping[str, str] = {"person": "no", "text": "no", "tasks": "no", "cost": "billed"}
    clock = "UTC days"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where the columns of the export or of the API are found."""
        columns = inner_columns(probe, "data")
        return 100 if any(columns >= needed for needed in _SUMS) else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row a day and model."""
        ids = BucketIds(self.name, ("day", "slug", *_FURTHER[1:]), probe)
        for rows in text_frames(probe, {*_ACTIVITY, *_ACTIVITY.values(), *_FURTHER}, "data", quarantine):
            yield raw_frame(_sums(rows, ids), self.name, probe, options, quarantine)


def _calls(rows: pl.DataFrame) -> pl.DataFrame:
    person = pl.coalesce("user", "external_user")
    end = pl.coalesce("finish_reason_normalized", "finish_reason").str.to_lowercase()
    own_key = (convert.boolean(rows["is_byok"])).fill_null(value=False)
    elsewhere = pl.coalesce("byok_usage_inference", pl.when(own_key).then("upstream_inference_cost"))
    cancelled = convert.boolean(rows["cancelled"]).fill_null(value=False)
    failed = pl.lit(cancelled) | (end == "error").fill_null(value=False)
    return rows.select(
        ROW,
        event_id=pl.coalesce("generation_id", "id"),
        timestamp="created_at",
        user=pl.coalesce(person, "api_key_name"),
        user_kind=pl.when(person.is_null() & pl.col("api_key_name").is_not_null()).then(pl.lit("key")),
        app=pl.coalesce("app_name", "origin"),
        session_id="session_id",
        model=pl.coalesce("model_permaslug", "model"),
        provider="provider_name",
        # Native counts are the provider's own and are billed; the others come from one tokenizer for all.
        input_tokens=pl.coalesce("native_tokens_prompt", "tokens_prompt"),
        output_tokens=pl.coalesce("native_tokens_completion", "tokens_completion"),
        reasoning_tokens=pl.coalesce("native_tokens_reasoning", "tokens_reasoning"),
        cache_read_tokens=pl.coalesce("native_tokens_cached", "tokens_cached"),
        **_cost(rows, pl.coalesce("cost_total", "total_cost"), elsewhere),
        latency_ms=pl.coalesce("generation_time_ms", "generation_time"),
        status=pl.when(failed).then(pl.lit("error")).when(end.is_not_null()).then(pl.lit("ok")),
    )


def _sums(rows: pl.DataFrame, ids: BucketIds) -> pl.DataFrame:
    told = rows.with_columns(pl.coalesce(title, name).alias(name) for title, name in _ACTIVITY.items())
    slug = pl.coalesce("model_permaslug", "model")
    told = told.with_columns(slug.alias("slug"), convert.timestamp(told["date"]).alias("day"))
    return told.select(
        ROW,
        event_id=ids.of(told, "requests"),
        timestamp="day",
        grain=pl.lit("day"),
        n_requests=pl.col("requests").fill_null("0"),
        model="slug",
        provider="provider_name",
        input_tokens="prompt_tokens",
        output_tokens="completion_tokens",
        reasoning_tokens="reasoning_tokens",
        **_cost(told, pl.col("usage"), pl.col("byok_usage_inference")),
    )


def _cost(rows: pl.DataFrame, fee: pl.Expr, elsewhere: pl.Expr) -> dict[str, pl.Expr]:
    """Return what a call cost: OpenRouter's charge and, with one's own key, what the provider bills besides."""
    both = rows.select(fee.alias("fee"), elsewhere.alias("elsewhere"))
    amount = pl.lit(convert.number(both["elsewhere"]).fill_null(0))
    total = pl.lit(convert.number(both["fee"]).fill_null(0)) + amount
    return {
        "cost_usd": pl.when(amount > 0).then(total.cast(pl.String)).otherwise(fee),
        "cost_kind": pl.when(amount > 0).then(pl.lit("logged")).when(fee.is_not_null()).then(pl.lit("charged")),
    }
