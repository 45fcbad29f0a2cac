"""Databricks: inference tables of three generations, usage tables, and one call told by both."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import polars as pl
from cloud_logs import columns, events, fixture, lines, objects, raw, score, survives
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.sources.formats.databricks import Databricks

PAYLOAD, OLDER = fixture("databricks", "chat_payload.jsonl"), fixture("databricks", "older_payload.jsonl")
USAGE, GATEWAY = fixture("databricks", "endpoint_usage.csv"), fixture("databricks", "ai_gateway_usage.jsonl")
GATEWAY_PAYLOAD = fixture("databricks", "gateway_payload.jsonl")
SERVICE = "5f0c1d2e-1111-4222-8333-444455556666"
GOOD: dict[str, Any] = {
    "databricks_request_id": "good", "request_time": "2026-03-02T09:00:00Z", "requester": "ann@example.com",
    "status_code": 200, "request": "{}", "response": "{}",
}  # fmt: skip


def test_an_inference_table_tells_text_tokens_and_people() -> None:
    rows, _, quarantine = raw(Databricks(), PAYLOAD)
    assert quarantine.total == 0
    # 7 is a model of tables, no LLM. 4 was too large to be kept. 9: 30, and 1000 from the cache, as the total says.
    assert columns(rows, "event_id", "user", "prompt", "input_tokens", "output_tokens", "status") == [
        ("d-1", "ann@example.com", "Draft a thank-you note", 11, 3, "ok"),
        ("d-2", "ann@example.com", "Draft a thank-you note", 11, 2, "ok"),
        ("d-3", SERVICE, "Classify this mail", 200, 1, "ok"),
        ("d-4", "bob@example.com", None, None, None, "ok"),
        ("d-5", "bob@example.com", "And now?", None, None, "error"),
        ("d-6", "bob@example.com", "Tell me a joke", 9, 4, "ok"),
        ("d-8", SERVICE, None, 4, None, "ok"),  # an embedding: no prompt
        ("d-9", "chen@example.com", "Summarise the minutes", 1030, 6, "ok"),
    ]
    assert rows["cache_read_tokens"].to_list() == [None, None, 128, None, None, None, None, 1000]
    assert rows["response"].to_list()[5] == "Knock knock"  # an event stream, stored as it came
    assert columns(rows, "user_kind", "latency_ms")[:3] == [("email", 701), ("email", 702), ("key", 703)]


def test_a_sampled_call_counts_as_the_one_call_it_is() -> None:
    rows, _, _ = raw(Databricks(), PAYLOAD)
    assert rows["n_requests"].to_list() == [1] * 8


def test_the_oldest_tables() -> None:
    rows, _, _ = raw(Databricks(), OLDER)
    assert columns(rows, "event_id", "timestamp", "input_tokens", "latency_ms") == [
        ("old-1", datetime(2026, 3, 2, 9, tzinfo=UTC), 5, 55)
    ]


def test_a_usage_table_tells_counts_and_tags() -> None:
    rows, _, _ = raw(Databricks(), USAGE)
    assert columns(
        rows, "event_id", "user", "user_kind", "team", "task_id", "app", "input_tokens", "output_tokens"
    ) == [
        ("d-1", "ann@example.com", "email", None, None, None, 11, 3),
        ("d-3", SERVICE, "key", "support", None, None, 200, 1),
        ("d-20", "dora@example.com", "email", "finance", "F-1", None, 50, 7),
        ("d-21", "dora@example.com", "email", None, None, "intranet", 60, 8),  # an application says for whom
    ]


def test_a_call_in_both_tables_counts_once() -> None:
    log = events(PAYLOAD, USAGE)
    # The inference table's 8, and the usage table's d-20 and d-21.
    assert log.events.height == 10
    assert log.events["output_tokens"].sum() == 3 + 2 + 1 + 4 + 6 + 7 + 8
    assert log.events.filter(pl.col("event_id") == "d-3")["team"].to_list() == ["support"]


def test_the_gateways_usage_table_and_its_cache() -> None:
    log = events(GATEWAY, GATEWAY_PAYLOAD).events.sort("event_id")
    # Call 4 is a tool's. Claude's cache stands beside its input, as row 1 cannot be read otherwise:
    # 10 + 5000 + 100, and 100 + 60; GPT's within: 3000.
    told = log.select("event_id", "input_tokens", "cache_read_tokens", "output_tokens", "reasoning_tokens").rows()
    assert told == [
        ("g-1", 5110, 5000, 20, None),
        ("g-2", 3000, 2048, 40, 16),
        ("g-3", 160, 60, 5, None),
        ("g-5", 8, None, 2, None),
    ]
    assert log["user_kind"].to_list() == ["email", "email", "email", "key"]
    assert log["prompt_id"].null_count() == 3


def test_parquet_keeps_its_types() -> None:
    when = datetime(2026, 3, 2, 9, tzinfo=UTC)
    frame = pl.DataFrame(
        {
            "databricks_request_id": ["p-1"], "request_time": [when], "requester": ["ann@example.com"],
            "status_code": [200], "input_token_count": [12], "output_token_count": [3],
            "usage_context": [[{"key": "team", "value": "ops"}]],
        }
    )  # fmt: skip
    out = io.BytesIO()
    frame.write_parquet(out)
    assert score(Databricks(), out.getvalue()) == 100
    rows, _, quarantine = raw(Databricks(), out.getvalue())
    assert quarantine.total == 0
    assert columns(rows, "timestamp", "team", "input_tokens", "output_tokens") == [(when, "ops", 12, 3)]


def test_counts_that_are_no_numbers_are_named() -> None:
    usage = {"databricks_request_id": "u", "request_time": "2026-03-02T09:00:00Z", "input_token_count": "many"}
    rows, _, quarantine = raw(Databricks(), lines(usage, usage | {"input_token_count": "7"}))
    assert rows["input_tokens"].to_list() == [7]
    assert [reason for _, reason in quarantine.counts] == ["input_tokens is not a usable number"]


def test_other_tables_with_a_request_and_an_answer_are_not_taken_for_it() -> None:
    assert score(Databricks(), lines({"event_time": 1, "request_id": 2, "request": "a", "response": "b"})) == 0
    assert score(Databricks(), lines(GOOD)) == 100


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        objects({*GOOD, "input_token_count", "output_token_count", "total_tokens", "token_details", "request_tags",
                 "usage_context", "requester_type", "event_time", "usage", "choices", "messages", "destination_model"}),
        max_size=4,
    )
)  # fmt: skip
def test_no_value_ends_the_reading(records: list[dict[str, Any]]) -> None:
    survives(Databricks(), [json.loads(json.dumps(record)) for record in records], GOOD)
