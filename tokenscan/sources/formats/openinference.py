"""OpenInference spans as Arize Phoenix saves them: a Parquet (or CSV) table with a column an attribute.

Only spans of kind LLM and EMBEDDING are calls. The same spans sent as OTLP are read by the OpenTelemetry format and
bear the same ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from tokenscan.sources import convert
from tokenscan.sources.base import Probe, ReadOptions
from tokenscan.sources.decoded import mapping
from tokenscan.sources.fields import ROW, links_frame, raw_frame
from tokenscan.sources.formats.langsmith_fields import provider_id
from tokenscan.sources.formats.tags import tags_of
from tokenscan.sources.formats.tracing_messages import answer_of, as_request, decoded
from tokenscan.sources.quarantine import Quarantine
from tokenscan.sources.records import read_records

# A column by our name and by its own; some writers leave the prefixes ``attributes.`` and ``context.`` out.
_TEXT = {
    "span": "context.span_id",
    "trace": "context.trace_id",
    "parent": "parent_id",
    "span_kind": "span_kind",
    "kind": "attributes.openinference.span.kind",
    "status": "status_code",
    "model": "attributes.llm.model_name",
    "provider": "attributes.llm.provider",
    "system": "attributes.llm.system",
    "embedder": "attributes.embedding.model_name",
    "input_tokens": "attributes.llm.token_count.prompt",
    "output_tokens": "attributes.llm.token_count.completion",
    "total_tokens": "attributes.llm.token_count.total",
    "cache_read_tokens": "attributes.llm.token_count.prompt_details.cache_read",
    "cache_write_tokens": "attributes.llm.token_count.prompt_details.cache_write",
    "reasoning_tokens": "attributes.llm.token_count.completion_details.reasoning",
    "cost_usd": "attributes.llm.cost.total",
    "sent": "attributes.llm.input_messages",
    "said": "attributes.llm.output_messages",
    "input": "attributes.input.value",
    "output": "attributes.output.value",
    "session_id": "attributes.session.id",
    "user": "attributes.user.id",
    "metadata": "attributes.metadata",
}
_TIMES = {"timestamp": "start_time", "ended": "end_time"}
_CALLS = ["LLM", "EMBEDDING"]
_NOTED = ("user", "team", "session_id", "task_id", "app")
_WORDS = ("request", "response", "tool_name", "answer_id")
_MARKS = frozenset({"attributes.openinference.span.kind", "attributes.llm.model_name", "span_kind"})


class OpenInference:
    """Tables of OpenInference spans."""

    name = "openinference"
    title = "OpenInference spans (Arize Phoenix)"
    family = "openinference"
    how_to_export = "Run px.Client().get_spans_dataframe().to_parquet('spans.parquet') against your Phoenix server."
    carries: Mapping[str, str] = {"person": "if set", "text": "yes", "tasks": "if in metadata", "cost": "estimated"}
    clock = "zone written in the log; times without one are UTC"

    def score(self, probe: Probe, options: ReadOptions) -> int:  # noqa: ARG002 (part of the protocol)
        """Fit where spans have columns of attributes."""
        spans = "context.span_id" in probe.columns and any(name.startswith("attributes.") for name in probe.columns)
        return 100 if spans and probe.columns & _MARKS else 0

    def read(self, probe: Probe, options: ReadOptions, quarantine: Quarantine) -> Iterator[pl.DataFrame]:
        """Yield RAW frames of model calls, and LINKS frames of other spans that say who stands behind their trace."""
        for frame in read_records(probe, (*_TEXT.values(), *_TIMES.values()), quarantine):
            spans = _named(frame)
            leaf = _is_call(spans)
            links = _links(spans.filter(~leaf))
            if links.height:
                yield links_frame(links, self.name)
            calls = spans.filter(leaf)
            if calls.height:
                yield raw_frame(_fields(calls), self.name, probe, options, quarantine)


def _named(frame: pl.DataFrame) -> pl.DataFrame:
    given = [convert.text(frame[column]).alias(name) for name, column in _TEXT.items() if column in frame.columns]
    times = [frame[column].alias(name) for name, column in _TIMES.items() if column in frame.columns]
    missing = [
        pl.lit(None, pl.String).alias(name) for name, column in (_TEXT | _TIMES).items() if column not in frame.columns
    ]
    return frame.select(ROW).with_columns(*given, *times, *missing)


def _links(spans: pl.DataFrame) -> pl.DataFrame:
    noted = _noted(spans).drop("app")
    told = noted.with_columns(spans["trace"].alias("link_id"))
    return told.filter(pl.any_horizontal(pl.col(noted.columns).is_not_null()))


def _is_call(spans: pl.DataFrame) -> pl.Series:
    """Say per span whether it is a call to a model.

    One that wraps another call is none: a framework and the client below it both have a span for the same call.
    """
    kind = pl.coalesce("kind", "span_kind").str.to_uppercase().is_in(_CALLS).fill_null(value=False)
    parents = spans.filter(kind)["parent"].drop_nulls().implode()
    return spans.select(kind & ~pl.col("span").is_in(parents).fill_null(value=False)).to_series()


def _noted(spans: pl.DataFrame) -> pl.DataFrame:
    """Return person, session and task of spans: their own attributes first, then their metadata."""
    notes = [tags_of(value) for value in spans["metadata"]]
    frame = pl.DataFrame([[note.get(name) for name in _NOTED] for note in notes],
                         schema=dict.fromkeys(_NOTED, pl.String), orient="row")  # fmt: skip
    return frame.with_columns(
        user=spans["user"].fill_null(frame["user"]), session_id=spans["session_id"].fill_null(frame["session_id"])
    )


def _fields(calls: pl.DataFrame) -> pl.DataFrame:
    noted = _noted(calls)
    rows = calls.select("sent", "said", "input", "output").iter_rows()
    words = pl.DataFrame([_words(*row) for row in rows], schema=dict.fromkeys(_WORDS, pl.String), orient="row")
    place = pl.concat_str("trace", pl.lit(":"), "span")
    return calls.select(
        ROW, "timestamp", "ended", "status", "input_tokens", "output_tokens", "total_tokens", "cache_read_tokens",
        "cache_write_tokens", "reasoning_tokens", "cost_usd",
        *noted.get_columns(),
        words["request"], words["response"], words["tool_name"],
        pl.coalesce(words["answer_id"], place, "span").alias("event_id"),
        pl.coalesce("model", "embedder").alias("model"),
        pl.coalesce("provider", "system").alias("provider"),
        pl.col("trace").alias("link_id"),
        pl.lit(value=True).alias("cache_inside_input"),
    )  # fmt: skip


def _words(sent: str | None, said: str | None, value: str | None, answer: str | None) -> tuple[str | None, ...]:
    """Return request, answer, tool and the provider's id of one call."""
    body: Mapping[str, Any] = mapping(decoded(answer))
    text, tool = answer_of(said)
    if text is None and tool is None and not body:
        text = answer
    request = as_request(sent) if sent is not None else value
    return request, text, tool, provider_id(body.get("id"))
