"""Portkey: costs in cents, retries and cache hits, columns that are chosen for each export."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import jsonl
from vendor_logs import VALUES, csv_of, log, raw, rows, scores, survives, told

from tokenscan.sources.formats.portkey import Portkey

CALL = {"id": "p1", "created_at": "2026-03-02T13:00:00Z", "ai_model": "gpt-5", "ai_org": "openai", "req_units": 10,
        "res_units": 2, "cost": 0.5}  # fmt: skip
EXCHANGE = ("request", "response", "metadata", "trace_id", "cache_status", "is_success", "organisation_id")
STORED = {"_id": "s1", "created_at": "2026-03-02T13:00:00Z", "organisation_id": "o"}


def row_of(**changes: Any) -> dict[str, Any]:
    [row] = rows(json.dumps([CALL | changes]))
    return row


def test_exports_of_old_and_new_names_and_stored_logs_are_read() -> None:
    found = log("portkey")
    assert told(found.events, "event_id", "user", "input_tokens", "output_tokens", "cost_nanousd", "status",
                "session_quality") == [
        ("chatcmpl-pk0000000001", "ann@example.com", 40, 10, 120_000, "ok", "synthetic"),  # 0.012 cents
        ("chatcmpl-pk0000000002", "bob", 40, 10, 120_000, "ok", "client"),
        ("chatcmpl-pk0000000005", None, 40, 10, None, "ok", "synthetic"),
        ("chatcmpl-pk0000000006", "chen", 44, 11, 2_000_000, "ok", "none"),
        # 15 tokens of input beside 2,000 from the provider's cache.
        ("msg_01PortkeyExample7", "dora", 2015, 9, None, "ok", "client"),
        ("pk-3", "ann@example.com", 40, 10, 0, "ok", "synthetic"),
        ("pk-4", "ann@example.com", 0, 0, 0, "error", "synthetic"),
    ]  # fmt: skip
    assert found.events.filter(is_cache_hit=True)["event_id"].to_list() == ["pk-3"]
    assert found.bad_rows == 0


def test_text_is_read_from_bodies_wherever_they_stand() -> None:
    body = {"messages": [{"role": "user", "content": "Hi"}]}
    reply = {"id": "chatcmpl-1", "choices": [{"message": {"content": "Hello."}}], "usage": {"prompt_tokens": 3}}
    for changes in (
        {"request.body": body, "response.body": reply},
        {"request.body": json.dumps(body), "response.body": json.dumps(reply)},
        {"request": {"body": body}, "response": {"body": reply}},
        {"request": json.dumps({"body": body}), "response": json.dumps({"body": reply})},
        {"request": body, "response": reply},
    ):
        row = row_of(req_units=None, **changes)
        assert [row[name] for name in ("prompt", "response", "event_id", "input_tokens")] == [
            "Hi", "Hello.", "chatcmpl-1", 3]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"metadata": {"_user": "ann", "team": "web"}}, "team", "web"),
        ({"metadata": '{"_user": "ann"}'}, "user", "ann"),
        ({"metadata": {"_user": None}}, "user", None),
        ({"metadata": ["_user"]}, "user", None),
        ({"metadata": {"session_id": "s"}, "trace_id": "t"}, "session_id", "s"),
        ({"cost": 100}, "cost_nanousd", 1_000_000_000),
        ({"cost": 100, "cache_status": "HIT"}, "cost_nanousd", 0),
        ({"cost": 100, "cache_status": "MISS"}, "is_cache_hit", None),
        ({"is_success": False}, "status", "error"),
        ({"is_success": True, "response_status_code": 500}, "status", "error"),
        ({"response_time": 12}, "latency_ms", 12),
        ({"ai_model": None, "request": {"model": "m"}}, "model", "m"),
        ({"created_at": "2026-03-02T15:00:00+02:00"}, "timestamp", 13),
    ],
)
def test_what_values_mean(changes: dict[str, Any], field: str, expected: Any) -> None:
    value = row_of(**changes)[field]
    assert (value.hour if field == "timestamp" else value) == expected


def test_a_trace_that_several_calls_share_is_a_session() -> None:
    trace = "0b7e0000-0000-4000-8000-000000000001"
    found = rows(jsonl(*(CALL | {"id": f"p{n}", "trace_id": trace} for n in range(2))) + b"\n")
    assert {row["session_quality"] for row in found} == {"client"}


def test_a_cost_in_another_currency_is_set_aside() -> None:
    frame, quarantine = raw(jsonl(CALL | {"cost_currency": "EUR"}, CALL | {"cost_currency": "usd"}))
    assert (frame.height, quarantine.total) == (1, 1)


def test_exports_are_known_by_their_columns_and_stored_logs_by_their_headers() -> None:
    assert scores(jsonl(CALL, CALL)) == {"portkey": 100}
    assert scores(csv_of([CALL], CALL)) == {"portkey": 100}
    exchange = {"request": {"portkeyHeaders": {}}, "response": {}}
    assert scores(jsonl(STORED | exchange, STORED | exchange)) == {"portkey": 100}
    assert scores(jsonl(STORED | {"request": {}, "response": {}})) == {}


@settings(max_examples=30, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from([*CALL, *EXCHANGE, "cost_currency"]), VALUES), max_size=3))
def test_no_values_whatever_raise(records: list[dict[str, Any]]) -> None:
    contents = (jsonl({"data": records}, *records), json.dumps(records).encode())
    survives(Portkey(), *contents, csv_of(records, [*CALL, *EXCHANGE]))
