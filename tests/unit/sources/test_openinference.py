"""OpenInference tables: kinds of spans, nested columns in every form, and running totals that count nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cloud_logs import columns, events, fixture, lines, objects, raw, score, survives, table
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import reasons

from tokenscan.sources.formats.openinference import _TEXT, _TIMES, OpenInference

SPANS: list[dict[str, Any]] = [
    {"context.span_id": "root", "span_kind": "CHAIN", "attributes.llm.token_count.prompt": None,
     "cumulative_token_count.prompt": 330, "attributes.user.id": "ann@example.com", "attributes.session.id": "s-1",
     "attributes.metadata": {"ticket": "T-1", "team": "law"}},
    {"context.span_id": "outer", "parent_id": "root", "span_kind": "LLM", "attributes.llm.token_count.prompt": 210,
     "attributes.llm.token_count.completion": 15, "cumulative_token_count.prompt": 420},
    {"context.span_id": "inner", "parent_id": "outer", "span_kind": "LLM", "attributes.llm.token_count.prompt": 210,
     "attributes.llm.token_count.completion": 15, "attributes.llm.token_count.prompt_details.cache_read": 64,
     "attributes.llm.model_name": "gpt-5", "attributes.llm.provider": "openai", "attributes.llm.cost.total": 0.004,
     "attributes.llm.input_messages": [{"message.role": "system", "message.content": "Be brief."},
                                       {"message.role": "user", "message.content": "Who wrote the charter?"}],
     "attributes.llm.output_messages": [{"message.role": "assistant", "message.content": "The council."}],
     "attributes.output.value": '{"id": "chatcmpl-oi1", "choices": []}'},
    {"context.span_id": "embed", "parent_id": "root", "span_kind": "EMBEDDING",
     "attributes.llm.token_count.prompt": 120, "attributes.embedding.model_name": "text-embedding-4",
     "attributes.input.value": "charter"},
    {"context.span_id": "tool", "parent_id": "root", "span_kind": "TOOL", "attributes.input.value": "charter"},
]  # fmt: skip
COMMON = {"context.trace_id": "t-1", "start_time": "2026-03-02T09:00:00+00:00", "end_time": "2026-03-02T09:00:02+00:00",
          "status_code": "OK"}  # fmt: skip
RECORDS = [COMMON | record for record in SPANS]
GOOD = RECORDS[2] | {"parent_id": None}


def parquet(*, nested: bool) -> bytes:
    """Return the spans as a Parquet file, nested columns as such or as JSON text."""
    names = sorted({name for record in RECORDS for name in record})
    made: dict[str, pl.Series] = {}
    for name in names:
        values = [record.get(name) for record in RECORDS]
        if name.endswith("_time"):
            made[name] = pl.Series(name, values).str.to_datetime(time_zone="Europe/Berlin")
        elif nested:
            made[name] = pl.Series(name, values)
        else:
            made[name] = pl.Series(name, [json.dumps(v) if isinstance(v, (list, dict)) else v for v in values])
    stream = io.BytesIO()
    pl.DataFrame(made).write_parquet(stream)
    return stream.getvalue()


def as_csv() -> bytes:
    names = sorted({name for record in RECORDS for name in record})
    cells = [[json.dumps(v) if isinstance(v := record.get(name), (list, dict)) else v for name in names]
             for record in RECORDS]  # fmt: skip
    return table(names, *cells)


SAVED = fixture("openinference", "spans.csv")


@pytest.mark.parametrize("content", [parquet(nested=True), parquet(nested=False), lines(*RECORDS), as_csv(), SAVED])
def test_only_calls_count_in_every_form(content: bytes | Path) -> None:
    rows, links, quarantine = raw(OpenInference(), content)
    assert quarantine.total == 0
    # Not 210 twice, nor any cumulative count: 210 + 120.
    assert columns(rows, "event_id", "input_tokens", "cache_read_tokens", "output_tokens", "model") == [
        ("chatcmpl-oi1", 210, 64, 15, "gpt-5"),
        ("t-1:embed", 120, None, None, "text-embedding-4"),
    ]
    assert columns(rows, "prompt", "response", "cost_nanousd", "latency_ms", "status") == [
        ("Who wrote the charter?", "The council.", 4_000_000, 2000, "ok"),
        ("charter", None, None, 2000, "ok"),
    ]
    assert str(rows["timestamp"][0]) == "2026-03-02 09:00:00+00:00"
    assert columns(links, "link_id", "user", "session_id", "task_id", "team") == [
        ("t-1", "ann@example.com", "s-1", "T-1", "law")
    ]


def test_the_root_tells_who_asked() -> None:
    told = events(SAVED).events
    assert columns(told, "user", "session_id", "task_id") == [("ann@example.com", "s-1", "T-1")] * 2


def test_a_broken_count_is_set_aside() -> None:
    rows, _, quarantine = raw(OpenInference(), lines(GOOD | {"attributes.llm.token_count.prompt": "x"}, GOOD))
    assert rows.height == 1
    assert reasons(quarantine) == {"input_tokens is not a usable number": [1]}


def test_what_it_takes_to_be_recognised() -> None:
    assert score(OpenInference(), parquet(nested=True)) == 100
    assert score(OpenInference(), lines({"context.span_id": "1", "user": "ann", "start_time": "x"})) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(objects([*_TEXT.values(), *_TIMES.values(), "message", "role", "content"]), max_size=4))
def test_any_values_are_survived(records: list[dict[str, Any]]) -> None:
    odd = [GOOD | record | {"context.span_id": f"x-{n}"} for n, record in enumerate(records)]
    survives(OpenInference(), odd, GOOD)
