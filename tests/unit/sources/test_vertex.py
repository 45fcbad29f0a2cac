"""Vertex AI's request-response log: both spellings, streams whose counts are cumulative, thoughts beside the answer."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polars as pl
from cloud_logs import columns, events, fixture, lines, objects, raw, score, survives
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.sources.formats.vertex import Vertex

LOG, CSV = fixture("vertex", "request_response_logging.jsonl"), fixture("vertex", "bq-results.csv")
GOOD: dict[str, Any] = {
    "logging_time": "2026-03-02T09:00:00Z", "request_id": 7, "model": "publishers/google/models/gemini-2.5-pro",
    "api_method": "GenerateContent", "full_request": {}, "full_response": {}, "metadata": {},
}  # fmt: skip


def test_tokens_of_both_spellings_and_of_streams() -> None:
    rows, _, quarantine = raw(Vertex(), LOG)
    assert quarantine.total == 0
    assert columns(rows, "input_tokens", "cache_read_tokens", "output_tokens", "reasoning_tokens") == [
        (3, None, 930, 901),  # 29 + 901 thoughts
        (1000, 900, 20, None),
        (10, None, 50, None),  # the last of 10, 30, 50
        (70, None, 9, None),
        (105, 100, 8, None),  # Claude: 5, and 100 from the cache
        (None, None, None, None),
    ]
    assert columns(rows, "model", "status")[4:] == [("claude-sonnet-4-5", None), ("gemini-2.5-flash", "error")]
    assert rows["latency_ms"].unique().to_list() == [1200]


def test_texts_are_the_last_turn_and_the_answer_without_thoughts() -> None:
    rows, _, _ = raw(Vertex(), LOG)
    assert columns(rows, "prompt", "prompt_kind", "response", "tool_name") == [
        ("Explain tides", None, "The moon pulls.", None),
        ("Shorten this paragraph", None, "Shorter.", None),
        ("Count to three", None, "one, two, three", None),
        ("Is it raining in Bern?", "tool_result", None, "umbrella"),
        ("Say hello", None, "Hello.", None),
        ("Count to three", None, None, None),
    ]


def test_nobody_is_known_unless_labels_say() -> None:
    rows, _, _ = raw(Vertex(), LOG)
    assert columns(rows, "user", "team", "task_id")[1] == ("ann@example.com", "legal", "LAW-9")
    assert rows["user"].null_count() == 5


def test_csv_and_parquet_tell_the_same(tmp_path: Path) -> None:
    same = ("event_id", "timestamp", "model", "prompt", "response", "input_tokens", "output_tokens", "latency_ms")
    expected = columns(raw(Vertex(), LOG)[0], *same)
    assert columns(raw(Vertex(), CSV)[0], *same) == expected[:3]
    records = [json.loads(line) for line in LOG.read_text().splitlines()]
    texts = {
        name: [json.dumps(record[name]) for record in records] for name in ("full_request", "full_response", "metadata")
    }
    plain = {name: [record[name] for record in records] for name in ("request_id", "model", "api_method")}
    times = pl.Series([record["logging_time"] for record in records]).str.to_datetime(time_zone="UTC")
    out = io.BytesIO()
    pl.DataFrame({"logging_time": times, **plain, **texts}).write_parquet(out)
    assert score(Vertex(), out.getvalue()) == 100
    assert columns(raw(Vertex(), out.getvalue())[0], *same) == expected


def test_chunks_logged_as_rows_of_one_request_are_one_call(tmp_path: Path) -> None:
    def chunk(count: int) -> dict[str, Any]:
        told = {"usageMetadata": {"promptTokenCount": 10, "candidatesTokenCount": count}}
        return GOOD | {"api_method": "StreamGenerateContent", "full_response": told}

    path = tmp_path / "rows.jsonl"
    path.write_bytes(lines(chunk(4), chunk(9)))
    assert events(path).events.select("event_id", "input_tokens", "output_tokens").rows() == [("vertex-7", 10, 9)]


def test_exports_that_overlap_count_once() -> None:
    assert events(LOG, CSV).events.height == 6


def test_a_row_without_time_is_named() -> None:
    rows, _, quarantine = raw(Vertex(), lines(GOOD | {"logging_time": None}, GOOD))
    assert (rows["source_row"].to_list(), quarantine.total) == ([2], 1)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        objects({*GOOD, "usageMetadata", "candidates", "content", "parts", "text", "promptTokenCount", "labels"}),
        max_size=4,
    )
)
def test_no_value_ends_the_reading(records: list[dict[str, Any]]) -> None:
    survives(Vertex(), records, GOOD)
