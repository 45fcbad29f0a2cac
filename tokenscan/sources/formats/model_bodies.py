"""Read a column of models' answers as clouds log them: whole bodies, arrays of stream chunks, event streams.

Read are Anthropic, OpenAI (chat and responses), Gemini, Converse, Titan, Llama and models that speak like one of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec
import polars as pl

from tokenscan.sources.decoded import mapping
from tokenscan.sources.documents import rescued
from tokenscan.sources.formats.body_text import said_in
from tokenscan.sources.formats.body_usage import as_count, usage_of
from tokenscan.sources.lenient_json import repaired

_UNREADABLE = (msgspec.MsgspecError, UnicodeError, RecursionError)
_DEPTH = 3  # JSON text inside JSON text; no logger nests deeper
_METRICS = "amazon-bedrock-invocationMetrics"


class Body(NamedTuple):
    """What one answer tells; the fields are named as RAW's, null where it does not say."""

    response: str | None = None
    tool_name: str | None = None
    response_id: str | None = None
    model: str | None = None
    input_tokens: int | None = None
    cache_read_tokens: int | None = None
    cache_write_tokens: int | None = None
    cache_write_1h_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    latency_ms: int | None = None


_TEXT, _COUNT = pl.String(), pl.Int64()
BODY = pl.Schema({name: _TEXT if place < 4 else _COUNT for place, name in enumerate(Body._fields)})


def read_bodies(bodies: pl.Series) -> pl.DataFrame:
    """Return a frame of BODY for a column of JSON text; what cannot be read tells nothing."""
    return pl.DataFrame([read_body(text) for text in bodies.cast(pl.String)], schema=BODY, orient="row")


def read_body(text: str | bytes | None) -> Body:
    """Return what one answer tells; text that is no JSON is the answer itself."""
    chunks, plain = _chunks(text)
    if not chunks:
        return Body(response=plain)
    said, counts = said_in(chunks), usage_of(chunks)
    return Body(
        said.text(),
        next(iter(said.tools), None),
        _named(chunks, "id", "responseId", "response_id"),
        _named(chunks, "model", "modelVersion", "model_version"),
        *counts,
        _latency(chunks),
    )


def _chunks(text: str | bytes | None, depth: int = 0) -> tuple[list[dict[str, Any]], str | None]:
    """Return the objects that an answer consists of, or the text that stands in their place."""
    if isinstance(text, bytes):
        text = text.decode("utf-8", "replace")
    start = text.lstrip()[:1] if text else ""
    if not text or not start:
        return [], None
    if start not in ("{", "[", '"'):
        return (_events(text), None) if start in "de:" and "data:" in text else ([], text)
    value = _decoded(text)
    if value is None:
        again = repaired(text)
        # Several objects in a row, where a stream was stored as it came.
        value = _decoded(again) if again is not None else [*map(_decoded, rescued(text.encode("utf-8", "replace"))[0])]
    if isinstance(value, str):
        return _chunks(value, depth + 1) if depth < _DEPTH else ([], value)
    listed = value if isinstance(value, list) else [value]
    return [chunk for chunk in listed if isinstance(chunk, dict)], None


def _events(text: str) -> list[dict[str, Any]]:
    lines = (line.removeprefix("data:") for line in text.splitlines() if line.startswith("data:"))
    return [event for line in lines if isinstance(event := _decoded(line), dict)]


def _decoded(text: str | bytes) -> Any:
    try:
        return msgspec.json.decode(text)
    except _UNREADABLE:
        return None


def _named(chunks: list[dict[str, Any]], *names: str) -> str | None:
    """Return the first name told by the answer itself, or by the message that a stream opens or closes with."""
    for chunk in chunks:
        for place in (chunk, mapping(chunk.get("message")), mapping(chunk.get("response"))):
            for name in names:
                value = place.get(name)
                if isinstance(value, str) and value.strip():
                    return value
    return None


def _latency(chunks: list[dict[str, Any]]) -> int | None:
    for chunk in reversed(chunks):
        for place in (chunk, mapping(chunk.get("metadata"))):
            told = as_count(mapping(place.get("metrics")).get("latencyMs"))
            if told is not None:
                return told
        told = as_count(mapping(chunk.get(_METRICS)).get("invocationLatency"))
        if told is not None:
            return told
    return None
