"""Kong AI Gateway: lines of its file-log or http-log plugin, with one block for each AI plugin that called a model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.decoded import Fields, mapping, objects, read_decoded
from tokenscan.sources.fields import ROW, raw_frame
from tokenscan.sources.formats.flat import call_id, logged_cost
from tokenscan.sources.quarantine import Quarantine

_ENVELOPE = frozenset({"started_at", "latencies", "request", "response"})
_FIELDS = (
    "own_id", "timestamp", "user", "team", "app", "model", "provider", "request", "answer", "input_tokens",
    "output_tokens", "total_tokens", "cache_read_tokens", "reasoning_tokens", "cost", "latency_ms", "status",
    "is_cache_hit", "is_agent",
)  # fmt: skip
# Singular up to 3.9, plural after it, the last for images and sound.
_INPUT = ("prompt_tokens", "prompt_token", "input_tokens")
_OUTPUT = ("completion_tokens", "completion_token", "output_tokens")


class _Line(msgspec.Struct, gc=False):
    ai: Any = None
    started_at: Any = None
    consumer: Any = None
    authenticated_entity: Any = None
    consumer_groups: Any = None
    request: Any = None
    response: Any = None
    latencies: Any = None
    service: Any = None
    route: Any = None


_LINE = msgspec.json.Decoder(_Line)


class Kong:
    """Kong AI Gateway logs."""

    name = "kong"
    title = "Kong AI Gateway (file-log, http-log)"
    family = "kong"
    how_to_export = (
        "Enable log_statistics (and log_payloads for text) in the AI plugins, and file-log or http-log; take the JSON "
        "lines it writes."
    )
    carries: Mapping[str, str] = {"person": "consumer", "text": "if log_payloads", "tasks": "no", "cost": "estimated"}
    clock = "epoch milliseconds (UTC)"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where lines have AI blocks, less where none of Kong's first lines has one."""
        if probe.container not in (Container.JSON, Container.JSONL):
            return 0
        if any(list(_blocks(mapping(record.get("ai")))) for record in probe.sample):
            return 100
        return 70 if probe.columns >= _ENVELOPE and probe.columns & {"service", "route", "upstream_uri"} else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames, one row an AI plugin's call; lines without one are passed over."""
        for rows in read_decoded(probe, _FIELDS, _decode, quarantine):
            hit = pl.lit(convert.boolean(rows["is_cache_hit"]))
            logged = rows.select(
                ROW,
                pl.exclude(ROW, "own_id", "cost"),
                event_id=call_id("answer", pl.col("own_id"), hit),
                cost_usd=logged_cost(rows, "cost", ("input_tokens", "output_tokens")),
            )
            yield raw_frame(logged, self.name, probe, options, quarantine)


def _blocks(ai: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the blocks of plugins that called a model, and not those that only looked on."""
    for name, block in ai.items():
        if isinstance(block, dict):
            usage, meta = mapping(block.get("usage")), mapping(block.get("meta"))
            if _first(usage, *_INPUT, *_OUTPUT, "total_tokens") is not None or meta.get("request_model"):
                yield name, block


def _decode(record: bytes) -> Iterator[Fields]:
    line = _LINE.decode(record)
    ai, request = mapping(line.ai), mapping(line.request)
    blocks = list(_blocks(ai))
    statuses = [mapping(mapping(block).get("cache")).get("cache_status") for block in ai.values()]
    hit = any(str(status).lower() == "hit" for status in statuses)
    shared = {
        "timestamp": line.started_at,
        "user": _consumer(line),
        "team": next((group.get("name") for group in objects(line.consumer_groups)), None),
        "app": mapping(line.service).get("name") or mapping(line.route).get("name"),
        "status": mapping(line.response).get("status"),
        "is_cache_hit": hit or None,
    }
    # The request that a client sent is the proxy's; other plugins make up their own.
    asked = next((name for name, _ in blocks if "proxy" in name), blocks[0][0] if len(blocks) == 1 else None)
    for name, block in blocks:
        told = _call(block)
        if name == asked:
            told["request"] = told["request"] or mapping(ai.get("payload")).get("request")
            told["latency_ms"] = told["latency_ms"] or mapping(line.latencies).get("request")
        own = request.get("id")
        yield {
            **shared,
            **told,
            "own_id": f"{own}-{name}" if own else None,
            "is_agent": True if "transformer" in name else None,
        }


def _call(block: Mapping[str, Any]) -> dict[str, Any]:
    usage, meta, payload = (mapping(block.get(key)) for key in ("usage", "meta", "payload"))
    models = (meta.get("response_model"), meta.get("request_model"))
    return {
        "model": next((model for model in models if model and model != "UNSPECIFIED"), None),
        "provider": meta.get("provider_name"),
        "request": payload.get("request"),
        "answer": payload.get("response"),
        "input_tokens": _first(usage, *_INPUT),
        "output_tokens": _first(usage, *_OUTPUT),
        "total_tokens": usage.get("total_tokens"),
        "cache_read_tokens": mapping(usage.get("prompt_tokens_details")).get("cached_tokens"),
        "reasoning_tokens": mapping(usage.get("completion_tokens_details")).get("reasoning_tokens"),
        "cost": usage.get("cost"),
        "latency_ms": meta.get("llm_latency"),
    }


def _consumer(line: _Line) -> Any:
    consumer = mapping(line.consumer)
    names = (consumer.get("username"), consumer.get("custom_id"), consumer.get("id"))
    entity = mapping(line.authenticated_entity)
    return next((name for name in (*names, entity.get("consumer_id"), entity.get("id")) if name), None)


def _first(usage: Mapping[str, Any], *names: str) -> Any:
    return next((usage[name] for name in names if usage.get(name) is not None), None)
