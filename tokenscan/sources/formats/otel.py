"""OpenTelemetry as OTLP JSON: GenAI spans and events of any vendor, and the events of coding agents.

Usage is counted on calls to a model only; agents and workflows repeat it. Words may stand on the span, on its events or
on log records of the same span: within a file they are brought together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain
from typing import Any

import msgspec
import polars as pl

from tokenscan.sources.base import Container, Probe, ReadOptions
from tokenscan.sources.decoded import read_decoded
from tokenscan.sources.fields import ROW, links_frame, raw_frame
from tokenscan.sources.formats import otel_calls
from tokenscan.sources.formats.otel_clients import claude_span, client_calls, client_of
from tokenscan.sources.formats.otel_state import Ancestors, Turns
from tokenscan.sources.formats.otel_values import Item, get, log_records, moment, spans
from tokenscan.sources.quarantine import Quarantine

_TEXT = ("event_id", "timestamp", "ended", "user", "user_kind", "team", "org", "session_id", "task_id", "app", "model",
         "provider", "request", "prompt", "response", "tool_name", "input_tokens", "output_tokens", "total_tokens",
         "cache_read_tokens", "cache_write_tokens", "reasoning_tokens", "cost_usd", "latency_ms", "status", "is_agent",
         "cache_inside_input", "link_id")  # fmt: skip
_FIELDS = (*_TEXT, "about", "place", "response_id", "said")
_WHO = ("link_id", "user", "team", "org", "session_id", "task_id", "app")
_BATCHES = frozenset({"resourceSpans", "resourceLogs", "resource_spans", "resource_logs"})
_MARK = re.compile(r'["\'](?:gen_ai\.|llm\.|openinference\.|claude_code|codex\.|gemini_cli\.)')
_SCORE_UNMARKED = 70  # telemetry whose first records tell of no call; no other format claims it
_LINKED = ("user", "session_id", "task_id")


class OpenTelemetry:
    """OTLP JSON: spans and log records."""

    name = "otel"
    title = "OpenTelemetry GenAI (OTLP JSON), with Claude Code, Codex and Gemini CLI events"
    family = "otel"
    how_to_export = (
        "Send traces and logs to an OpenTelemetry Collector and write them with its file exporter (format json) or its "
        "awss3 exporter; text needs the client's own switch, such as OTEL_LOG_USER_PROMPTS=1."
    )
    carries: Mapping[str, str] = {"person": "if set", "text": "if switched on", "tasks": "if set", "cost": "rarely"}
    clock = "epoch nanoseconds, UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where export requests are found; surely where their attributes are those of model calls."""
        if probe.container not in (Container.JSONL, Container.JSON) or not probe.columns & _BATCHES:
            return 0
        return 100 if any(map(_tells_of_models, probe.sample)) else _SCORE_UNMARKED

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames of calls, and LINKS frames of spans that say who stands behind their trace."""
        telemetry = _Telemetry()
        frames = read_decoded(probe, _FIELDS, telemetry.rows, quarantine)
        for frame, around in _with_neighbours(frames):
            repeats = telemetry.repeats(frame)
            told = frame.filter((pl.col("about") == "link") | repeats)
            links = told.select(_WHO).filter(pl.any_horizontal(pl.col(_LINKED).is_not_null()))
            if links.height:
                yield links_frame(links.unique(maintain_order=True), self.name)
            calls = _known_by(frame.filter((pl.col("about") == "call") & ~repeats))
            if calls.height:
                logged = _with_words(calls, around).select(ROW, *_TEXT)
                yield raw_frame(logged, self.name, probe, options, quarantine)


def _tells_of_models(record: Mapping[str, Any]) -> bool:
    try:
        return _MARK.search(repr(record)) is not None
    except RecursionError:
        return False


class _Telemetry:
    """What is known of a file so far, and how its records become rows."""

    def __init__(self) -> None:
        self._above = Ancestors()
        self._turns = Turns()
        self._decoder = msgspec.json.Decoder(dict[str, Any])

    def rows(self, record: bytes) -> Iterable[dict[str, Any]]:
        """Return the rows that one export request tells of: calls, words of calls, and who stands behind traces."""
        request = self._decoder.decode(record)
        told = [row for item in spans(request) for row in self._of_span(item)]
        return told + [row for item in log_records(request) for row in self._of_event(item)]

    def repeats(self, frame: pl.DataFrame) -> pl.Series:
        """Say per row whether it is a call that a call below it repeats."""
        known = frame.select("about", "place", "response_id").iter_rows()
        found = [about == "call" and place is not None and self._above.repeats(place, answer)
                 for about, place, answer in known]  # fmt: skip
        return pl.Series(found, dtype=pl.Boolean)

    def _of_span(self, item: Item) -> Iterable[dict[str, Any]]:
        name = str(item.body.get("name"))
        client = client_of(name, item)
        if client is not None:
            # Their spans repeat their events.
            span = claude_span(item) if name == "claude_code.llm_request" else None
            return [span] if span is not None else []
        call = otel_calls.is_call(item) and (otel_calls.has_usage(item) or otel_calls.status_of(item) == "error")
        place, parent = otel_calls.place_of(item), get(item.body, "parentSpanId")
        if place is not None:
            above = f"{get(item.body, 'traceId')}:{parent}" if isinstance(parent, str) and parent else None
            self._above.add(place, above, counted=call, answer=otel_calls.answer_id(item))
        if call:
            return [otel_calls.call_of(item)]
        told = otel_calls.who(item)
        behind = place is not None and any(told[name] for name in _LINKED)
        return [{**told, "about": "link", "link_id": get(item.body, "traceId")}] if behind else []

    def _of_event(self, item: Item) -> Iterable[dict[str, Any]]:
        event = otel_calls.event_name(item)
        client = client_of(event, item)
        if client is not None:
            return client_calls(client, event, item, self._turns)
        if event == otel_calls.DETAILS and otel_calls.has_usage(item):
            ended = moment(item.body, "timeUnixNano", "observedTimeUnixNano")
            return [{**otel_calls.call_of(item), "timestamp": ended}]
        return otel_calls.said_of(item, event) if event.startswith("gen_ai.") else []


def _with_neighbours(frames: Iterator[pl.DataFrame]) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """Yield each frame with itself and the ones before and after it: a call and its words are written apart."""
    before: list[pl.DataFrame] = []
    for frame in chain(frames, [None]):
        if before:
            yield before[-1], pl.concat([*before, frame] if frame is not None else before)
        before = [*before[-1:], frame] if frame is not None else []


def _known_by(calls: pl.DataFrame) -> pl.DataFrame:
    """Give calls their id: the provider's, or trace and span; what tells of one span has one id."""
    same_span = pl.when(pl.col("place").is_not_null()).then(pl.col("response_id").drop_nulls().first().over("place"))
    return calls.with_columns(event_id=pl.coalesce("event_id", "response_id", same_span, "place"))


def _with_words(calls: pl.DataFrame, around: pl.DataFrame) -> pl.DataFrame:
    """Add what log records of the same span say, where the call itself does not."""
    said = around.filter(pl.col("about") == "said")
    if said.is_empty():
        return calls
    listed = pl.concat_str(pl.lit("["), pl.col("said").drop_nulls().str.join(","), pl.lit("]"))
    words = said.group_by("place", maintain_order=True).agg(
        pl.coalesce(
            pl.col("request").drop_nulls().first(), pl.when(pl.col("said").is_not_null().any()).then(listed)
        ).alias("request"),
        *(pl.col(name).drop_nulls().first() for name in ("response", "tool_name")),
    )
    joined = calls.join(words, on="place", how="left", maintain_order="left", suffix="_said")
    return joined.with_columns(
        pl.coalesce(name, f"{name}_said").alias(name) for name in ("request", "response", "tool_name")
    )
