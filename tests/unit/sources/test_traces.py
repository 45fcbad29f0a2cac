"""Research traces: times that count from their own beginning, requests alike, and nobody's name."""

from __future__ import annotations

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cloud_logs import VALUES, columns, events, fixture, lines, raw, score
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import reasons

from tokenscan.sources import csv_records
from tokenscan.sources.formats.traces import ANCHOR, ResearchTrace

AZURE, AZURE_AGAIN = fixture("research-trace", "azure.csv"), fixture("research-trace", "azure-overlapping.csv")
BURST, BURST_OLD = fixture("research-trace", "burstgpt.csv"), fixture("research-trace", "burstgpt-old.csv")
MOONCAKE = fixture("research-trace", "mooncake.jsonl")
MOONCAKES = ("timestamp", "input_length", "output_length", "hash_ids")
DATA = Path(__file__).parents[4] / "shared" / "data"


def test_azure_counts_requests_alike_and_overlapping_files_once() -> None:
    rows, _, quarantine = raw(ResearchTrace(), AZURE)
    assert quarantine.total == 0
    assert columns(rows, "input_tokens", "output_tokens") == [(4808, 10), (4808, 10), (3180, 8)]
    assert str(rows["timestamp"][0]) == "2026-03-02 18:17:03.979960+00:00"
    found = events(AZURE, AZURE_AGAIN)
    assert found.events["input_tokens"].sum() == 4808 + 4808 + 3180
    assert sum(found.duplicates.values()) == 2


def test_burstgpt_begins_at_the_stated_date() -> None:
    rows, _, _ = raw(ResearchTrace(), BURST)
    assert rows["timestamp"].to_list() == [ANCHOR + timedelta(seconds=second) for second in (5, 45, 45, 118)]
    assert columns(rows, "model", "input_tokens", "output_tokens", "latency_ms", "session_id", "app", "status") == [
        ("ChatGPT", 472, 18, 2500, None, "API log", "ok"),
        ("GPT-4", 1087, 230, 9000, "7", "Conversation log", "ok"),
        ("GPT-4", 1087, 230, 9000, "7", "Conversation log", "ok"),
        ("ChatGPT", 417, 0, 1000, "8", "Conversation log", "error"),
    ]
    assert events(BURST).events.height == 4
    old, _, _ = raw(ResearchTrace(), BURST_OLD)
    assert old["timestamp"].to_list() == [ANCHOR + timedelta(seconds=5), ANCHOR + timedelta(days=1, seconds=3600.5)]
    assert old["session_id"].to_list() == [None, None]


def test_mooncake_counts_milliseconds() -> None:
    rows, _, _ = raw(ResearchTrace(), MOONCAKE)
    assert rows["timestamp"].to_list() == [ANCHOR, ANCHOR, ANCHOR + timedelta(seconds=27.482)]
    assert rows.select("input_tokens", "output_tokens").sum().row(0) == (20838, 993)
    assert set(rows["tokens_quality"]) == {"logged"}
    assert rows["user"].null_count() == rows["prompt"].null_count() == 3


def test_requests_alike_are_numbered_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    row = "2026-03-02 18:17:03.9799600,4808,10\n"
    content = ("TIMESTAMP,ContextTokens,GeneratedTokens\n" + row * 40).encode()
    monkeypatch.setattr(csv_records, "BLOCK_BYTES", 200)
    rows, _, _ = raw(ResearchTrace(), content)
    assert rows["event_id"].n_unique() == rows.height == 40


@pytest.mark.parametrize("value", ["-1", "soon", "1e300", ""])
def test_a_time_that_is_none_is_set_aside(value: str) -> None:
    content = f"Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n{value},GPT-4,1,1,2,API log\n"
    rows, _, quarantine = raw(ResearchTrace(), content.encode())
    assert rows.height == 0
    assert reasons(quarantine) == {"timestamp missing or not readable": [2]}


@pytest.mark.skipif(not DATA.exists(), reason="published data is not here")
@pytest.mark.parametrize("name", ["AzureLLMInferenceTrace_code.csv", "AzureLLMInferenceTrace_conv.csv"])
def test_all_of_the_real_azure_traces(name: str) -> None:
    path = DATA / "azure_llm" / name
    with path.open(newline="") as stream:
        expected = [(int(row["ContextTokens"]), int(row["GeneratedTokens"])) for row in csv.DictReader(stream)]
    found = events(path).events
    assert found.height == len(expected)
    assert found["input_tokens"].sum() == sum(sent for sent, _ in expected)
    assert found["output_tokens"].sum() == sum(said for _, said in expected)


@pytest.mark.skipif(not DATA.exists(), reason="published data is not here")
def test_a_head_of_a_trace_beside_the_whole_counts_nothing_twice() -> None:
    whole = DATA / "azure_llm" / "AzureLLMInferenceTrace_code.csv"
    head = DATA / "samples" / "azure_llm_trace" / "AzureLLMInferenceTrace_code.head500.csv"
    assert events(head, whole).events.height == 8819
    mooncake = events(DATA / "samples" / "mooncake_trace" / "conversation_trace.head200.jsonl").events
    assert mooncake.height == 200
    assert mooncake["timestamp"].min() == datetime(2024, 1, 1, tzinfo=UTC)


def test_what_it_takes_to_be_recognised() -> None:
    assert [score(ResearchTrace(), path) for path in (AZURE, BURST, BURST_OLD, MOONCAKE)] == [100] * 4
    assert score(ResearchTrace(), lines({"timestamp": 0, "input_length": 1, "output_length": 1})) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(st.fixed_dictionaries(dict.fromkeys(MOONCAKES, VALUES)), max_size=5))
def test_any_values_are_survived(records: list[dict[str, Any]]) -> None:
    good = {"timestamp": 0, "input_length": 7, "output_length": 1, "hash_ids": [0]}
    rows, _, _ = raw(ResearchTrace(), lines(*records, good))
    assert rows.filter(pl.col("source_row") == len(records) + 1)["input_tokens"].to_list() == [7]
