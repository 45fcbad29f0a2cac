"""Read OpenAI's organisation exports: pages of the usage and costs API, and the dashboard's CSV files.

A page holds buckets of time, a bucket one result for each combination of the dimensions asked for. A dimension that was
not asked for is null. Files of both kinds look alike from outside, so that whichever source is chosen reads both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.decoded import mapping, objects, read_decoded
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.buckets import BucketIds, buckets_of, grain, has_mostly
from tokenscan.sources.formats.flat import TABLES, text_frames
from tokenscan.sources.quarantine import Quarantine

USAGE, COSTS = "openai-usage", "openai-costs"
DASHBOARD = frozenset({"start_time", "end_time", "start_time_iso", "end_time_iso"})
_DIMENSIONS = ("project_id", "user_id", "api_key_id", "model", "batch", "service_tier", "size", "source")
_NAMES = ("project_name", "user_email", "user_name", "api_key_name", "organization_id", "organization_name")
_TOKENS = ("input_tokens", "input_cached_tokens", "input_cache_write_tokens", "output_tokens")
_COST = ("amount_value", "amount_currency", "line_item")
_COLUMNS = ("start_time", "end_time", "num_model_requests", *_DIMENSIONS, *_NAMES, *_TOKENS, *_COST)
_ANY = msgspec.json.Decoder()


def kinds(probe: Probe) -> set[str]:
    """Return which of ``USAGE`` and ``COSTS`` the first records hold; ``bucket`` where they are empty of both."""
    if probe.container in TABLES:
        if not probe.columns >= DASHBOARD:
            return set()
        return {COSTS if "amount_value" in probe.columns else USAGE}
    # Anthropic's buckets have results too, and times of other names.
    if has_mostly(probe, "starting_at", "start_time"):
        return set()
    found = set()
    for record in probe.sample:
        found |= {_kind(result) for bucket, result in _results(record) if "starting_at" not in bucket}
        if record.get("object") in ("page", "bucket") and ("has_more" in record or "start_time" in record):
            found.add("bucket")
    return found - {""}


def read_pages(probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    """Yield RAW frames of usage and of costs; a bucket without any is passed over."""
    if probe.container in TABLES:
        frames = text_frames(probe, _COLUMNS, "data", quarantine)
    else:
        frames = read_decoded(probe, _COLUMNS, _decode, quarantine)
    used = BucketIds(USAGE, ("start", "end", *_DIMENSIONS), probe)
    paid = BucketIds(COSTS, ("start", "end", "project_id", "api_key_id", "line_item"), probe)
    for frame in frames:
        timed = frame.with_columns(
            start=convert.timestamp(frame["start_time"]), end=convert.timestamp(frame["end_time"])
        )
        usage = timed.filter(pl.any_horizontal(pl.col("num_model_requests", *_TOKENS).is_not_null()))
        if usage.height:
            yield raw_frame(_usage(usage, used), USAGE, probe, options, quarantine)
        costs = _in_dollars(timed.filter(pl.col("amount_value").is_not_null()), probe, quarantine)
        if costs.height:
            yield raw_frame(_costs(costs, paid), COSTS, probe, options, quarantine)


def _decode(record: bytes) -> Iterator[Mapping[str, Any]]:
    for bucket, result in _results(mapping(_ANY.decode(record))):
        amount = result.get("amount")
        price = mapping(amount) or {"value": amount}
        yield {
            **{name: result.get(name) for name in _COLUMNS},
            "start_time": bucket.get("start_time"),
            "end_time": bucket.get("end_time"),
            "amount_value": price.get("value"),
            "amount_currency": price.get("currency"),
        }


def _results(record: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield each result with its bucket: of a page, of a bucket, or of a result that carries its own times."""
    for bucket in buckets_of(record):
        results = objects(bucket.get("results")) or objects(bucket.get("result"))
        if not results and str(bucket.get("object")).startswith("organization."):
            results = [bucket]
        for result in results:
            yield bucket, result


def _kind(result: Mapping[str, Any]) -> str:
    name = str(result.get("object"))
    if name.startswith("organization.usage.") or "num_model_requests" in result:
        return USAGE
    priced = isinstance(result.get("amount"), dict)
    return COSTS if name.startswith("organization.costs.") or priced else ""


def _usage(rows: pl.DataFrame, ids: BucketIds) -> pl.DataFrame:
    return rows.select(
        ROW,
        *_shared(),
        event_id=ids.of(rows, "num_model_requests"),
        n_requests=pl.col("num_model_requests").fill_null("0"),
        user=pl.coalesce("user_email", "user_id", "user_name"),
        model="model",
        input_tokens="input_tokens",
        cache_read_tokens="input_cached_tokens",
        cache_write_tokens="input_cache_write_tokens",
        output_tokens="output_tokens",
        cache_inside_input=pl.lit(value=True),
    )


def _costs(rows: pl.DataFrame, ids: BucketIds) -> pl.DataFrame:
    """Return bills: what was paid for a model or a service, and nothing of how it was used."""
    return rows.select(
        ROW,
        *_shared(),
        event_id=ids.of(rows, "amount_value"),
        n_requests=pl.lit("0"),
        model=pl.col("line_item").str.extract(r"^([A-Za-z0-9][\w.:-]*), "),
        cost_usd="amount_value",
        cost_kind=pl.lit("charged"),
    )


def _shared() -> list[pl.Expr]:
    return [
        pl.col("start").alias("timestamp"),
        grain("start", "end").alias("grain"),
        pl.coalesce("project_name", "project_id").alias("team"),
        pl.coalesce("organization_name", "organization_id").alias("org"),
        pl.coalesce("api_key_name", "api_key_id").alias("app"),
        pl.lit("openai").alias("provider"),
    ]


def _in_dollars(rows: pl.DataFrame, probe: Probe, quarantine: Quarantine) -> pl.DataFrame:
    foreign = (pl.col("amount_currency").str.to_lowercase() != "usd").fill_null(value=False)
    quarantine.add(probe.file.name, rows.filter(foreign)[ROW], "cost in another currency than USD")
    return rows.filter(~foreign)
