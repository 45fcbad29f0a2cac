"""Read the pages of Anthropic's Admin API: usage of messages, costs, and Claude Code's analytics.

The first two hold buckets of results, the third a record for each person and day. Files of all three look alike from
outside, so that whichever source is chosen reads them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.decoded import Fields, mapping, objects, read_decoded
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.anthropic_keys import CLAUDE_CODE, key_owner, team
from tokenscan.sources.formats.buckets import BucketIds, added, buckets_of, grain, has_mostly
from tokenscan.sources.quarantine import Quarantine

USAGE, COSTS, CODE = "anthropic-usage", "anthropic-costs", "anthropic-claude-code"
_SPLIT = ("service_tier", "context_window", "inference_geo", "speed")
_USAGE = ("account_id", "service_account_id", "api_key_id", "workspace_id", "model", *_SPLIT)
_COSTS = ("workspace_id", "model", "description", "cost_type", "token_type", *_SPLIT)
_CODE = ("email", "key", "organization_id", "customer_type", "terminal_type", "model")
_COUNTS = ("uncached", "read", "written", "written_5m", "written_1h", "output")
_FIELDS = tuple(dict.fromkeys(("kind", "start", "end", *_USAGE, *_COSTS, *_CODE, *_COUNTS, "amount", "currency")))
_ANY = msgspec.json.Decoder()


def kinds(probe: Probe) -> set[str]:
    """Return which reports the first records are of; ``bucket`` where their buckets are empty."""
    if probe.container not in (Container.JSON, Container.JSONL):
        return set()
    # OpenAI's buckets begin at a start_time.
    if has_mostly(probe, "start_time", "starting_at"):
        return set()
    found = set()
    for record in probe.sample:
        for part in buckets_of(record):
            if {"starting_at", "ending_at", "results"} <= part.keys():
                found |= {_kind(result) for result in objects(part["results"])} | {"bucket"}
            elif {"actor", "model_breakdown", "date"} <= part.keys():
                found.add(CODE)
    return found


def read_reports(probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
    """Yield RAW frames of each report; a bucket without results and a day without tokens are passed over."""
    used = BucketIds(USAGE, ("from", "to", *_USAGE), probe)
    paid = BucketIds(COSTS, ("from", "to", *_COSTS), probe)
    coded = BucketIds(CODE, ("from", *_CODE), probe)
    for frame in read_decoded(probe, _FIELDS, _decode, quarantine):
        timed = frame.with_columns(convert.timestamp(frame["start"]).alias("from"),
                                   convert.timestamp(frame["end"]).alias("to"))  # fmt: skip
        for kind, shaped, ids in ((USAGE, _usage, used), (COSTS, _costs, paid), (CODE, _code, coded)):
            rows = timed.filter(pl.col("kind") == kind)
            if kind != USAGE:
                rows = _in_dollars(rows, probe, quarantine)
            if rows.height:
                yield raw_frame(shaped(rows, ids), kind, probe, options, quarantine)


def _decode(record: bytes) -> Iterator[Fields]:
    document = mapping(_ANY.decode(record))
    for part in buckets_of(document):
        times = {"start": part.get("starting_at"), "end": part.get("ending_at")}
        for result in objects(part.get("results")):
            yield {**{name: result.get(name) for name in _FIELDS}, **times, **_counts(result), "kind": _kind(result)}
        for model in objects(part.get("model_breakdown")):
            yield _of_person(part, model)


def _kind(result: Mapping[str, Any]) -> str:
    return COSTS if "amount" in result else USAGE


def _counts(result: Mapping[str, Any]) -> Fields:
    created = mapping(result.get("cache_creation"))
    return {
        "uncached": result.get("uncached_input_tokens"),
        "read": result.get("cache_read_input_tokens"),
        "written_5m": created.get("ephemeral_5m_input_tokens"),
        "written_1h": created.get("ephemeral_1h_input_tokens"),
        "output": result.get("output_tokens"),
    }


def _of_person(day: Mapping[str, Any], model: Mapping[str, Any]) -> Fields:
    actor, tokens, cost = (
        mapping(place) for place in (day.get("actor"), model.get("tokens"), model.get("estimated_cost"))
    )
    return {
        **{name: day.get(name) for name in ("organization_id", "customer_type", "terminal_type")},
        "kind": CODE,
        "start": day.get("date"),
        "email": actor.get("email_address"),
        "key": actor.get("api_key_name"),
        "model": model.get("model"),
        "uncached": tokens.get("input"),
        "read": tokens.get("cache_read"),
        "written": tokens.get("cache_creation"),
        "output": tokens.get("output"),
        "amount": cost.get("amount"),
        "currency": cost.get("currency"),
    }


def _usage(rows: pl.DataFrame, ids: BucketIds) -> pl.DataFrame:
    return rows.select(
        ROW,
        *_shared(),
        *_tokens(rows, "written_5m", "written_1h"),
        grain("from", "to").alias("grain"),
        event_id=ids.of(rows, "output"),
        user=pl.coalesce("account_id", "service_account_id"),
        team=team("workspace_id"),
        app="api_key_id",
        cache_write_1h_tokens="written_1h",
    )


def _costs(rows: pl.DataFrame, ids: BucketIds) -> pl.DataFrame:
    return rows.select(
        ROW,
        *_shared(),
        grain("from", "to").alias("grain"),
        event_id=ids.of(rows, "amount"),
        team=team("workspace_id"),
        cost_cents="amount",
        cost_kind=pl.lit("charged"),
    )


def _code(rows: pl.DataFrame, ids: BucketIds) -> pl.DataFrame:
    """Return a person's day; its cost is an estimate, for seats of a subscription are not billed by tokens."""
    keyed = pl.coalesce(key_owner("key"), "key")
    return rows.select(
        ROW,
        *_shared(),
        *_tokens(rows, "written"),
        grain=pl.lit("day"),
        event_id=ids.of(rows, "output"),
        user=pl.coalesce("email", keyed),
        user_kind=pl.when(pl.col("email").is_null() & pl.col("key").is_not_null()).then(pl.lit("key")),
        org="organization_id",
        app=pl.lit(CLAUDE_CODE),
        cost_cents="amount",
    )


def _shared() -> list[pl.Expr]:
    provider = pl.lit("anthropic").alias("provider")
    return [pl.col("from").alias("timestamp"), pl.lit("0").alias("n_requests"), pl.col("model"), provider]


def _tokens(rows: pl.DataFrame, *written: str) -> list[pl.Series]:
    return [
        added(rows, "uncached", *written, "read").alias("input_tokens"),
        rows["read"].alias("cache_read_tokens"),
        added(rows, *written).alias("cache_write_tokens"),
        rows["output"].alias("output_tokens"),
        pl.Series("cache_inside_input", [True] * rows.height, pl.Boolean),
    ]


def _in_dollars(rows: pl.DataFrame, probe: Probe, quarantine: Quarantine) -> pl.DataFrame:
    foreign = (pl.col("currency").str.to_lowercase() != "usd").fill_null(value=False)
    quarantine.add(probe.file.name, rows.filter(foreign)[ROW], "cost in another currency than USD")
    return rows.filter(~foreign)
