"""Helicone: broken JSON, doubled quotes, costs in billionths, the same request in several exports."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import jsonl
from vendor_logs import FIXTURES, VALUES, csv_of, formats, log, raw, rows, scores, survives, told

from tokenscan.sources.formats.helicone import Helicone

CALL = {
    "response_id": "a1",
    "request_created_at": "2026-03-02T12:00:00Z",
    "request_user_id": "ann",
    "prompt_tokens": 10,
    "completion_tokens": 2,
    "response_status": 200,
}
CSV = ("response_id", "response_created_at", "response_status", "request_created_at", "request_body",
       "request_properties", "request_user_id", "model", "prompt_tokens", "completion_tokens", "latency",
       "cost")  # fmt: skip
DUMP = ("request_id", "user_id", "request_created_at", "model", "status", "prompt_tokens", "completion_tokens", "cost")


def row_of(**changes: Any) -> dict[str, Any]:
    [row] = rows(jsonl(CALL | changes))
    return row


def test_every_export_is_read_and_a_request_in_two_of_them_counts_once() -> None:
    found = log("helicone")
    assert formats(found) == {"helicone"}
    assert told(
        found.events, "event_id", "user", "session_id", "task_id", "input_tokens", "cost_nanousd", "status"
    ) == [
        ("4f0c0000-0000-4000-8000-000000000002", None, None, None, 100, None, "ok"),
        ("4f0c0000-0000-4000-8000-000000000003", "ann@example.com", "s-1", "WEB-9", None, None, "error"),
        ("4f0c0000-0000-4000-8000-000000000004", "bob", "s-1", "WEB-9", 100, 200_000, "ok"),
        ("4f0c0000-0000-4000-8000-000000000005", "chen", "s-2", None, 70, 300_000, "ok"),
        ("4f0c0000-0000-4000-8000-000000000011", "dora", None, None, 1000, 650_000, "ok"),
        ("4f0c0000-0000-4000-8000-000000000012", "dora", None, None, 10, 900, "ok"),
        ("chatcmpl-hel000000001", "ann@example.com", "s-1", "WEB-9", 100, 200_000, "ok"),
    ]
    assert (sum(found.duplicates.values()), found.bad_rows) == (2, 0)
    assert not any(file.broken for file in found.files)


def test_the_trailing_comma_of_the_export_tool_loses_no_record() -> None:
    text = (FIXTURES / "helicone/output.json").read_text()
    with pytest.raises(json.JSONDecodeError):
        json.loads(text)
    assert len(rows(text)) == 3


def test_quotes_that_are_doubled_twice_are_read() -> None:
    found = rows((FIXTURES / "helicone/output.csv").read_text())
    assert [(row["prompt"], row["session_id"]) for row in found] == [
        ("What is a functor?", "s-2"),
        ("What is a monoid?", "s-1"),
    ]
    cells = {
        "request_body": '"{""messages"": [{""role"": ""user"", ""content"": ""What is a comma?""}]}"',
        "request_properties": '{"Team": "", "App": "docs"}',
    }
    [row] = rows(csv_of([CALL | cells], CSV))
    assert [row[name] for name in ("prompt", "team", "app")] == ["What is a comma?", None, "docs"]


@pytest.mark.parametrize(
    ("columns", "cost", "expected"),
    [
        (DUMP, "650000", 650_000),
        (DUMP, "900", 900),
        (DUMP, "", None),
        (CSV, "0.0005", 500_000),
        (CSV, "0", None),
        (CSV, "12", 12_000_000_000),
        (CSV, "650000", 650_000),  # no call costs that many dollars
    ],
)
def test_dumps_count_costs_in_billionths_of_a_dollar(columns: tuple[str, ...], cost: str, expected: int | None) -> None:
    [row] = rows(csv_of([CALL | {"request_id": "r", "cost": cost}], columns))
    assert row["cost_nanousd"] == expected


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"request_user_id": None, "request_properties": {"User": "bob"}}, "user", "bob"),
        ({"request_user_id": "", "properties": {"Helicone-Session-Id": "s"}}, "user", None),
        ({"properties": {"Helicone-Session-Id": "s"}}, "session_id", "s"),
        ({"response_id": None, "request_id": "r"}, "event_id", "r"),
        ({"response_body": {"id": "msg_1", "content": [{"type": "text", "text": "Hi."}]}}, "event_id", "msg_1"),
        ({"response_body": {"id": "msg_1"}, "cache_reference_id": "c"}, "event_id", "a1"),
        ({"cache_reference_id": "c", "costUSD": 1}, "cost_nanousd", 0),
        ({"cache_reference_id": "00000000-0000-0000-0000-000000000000"}, "is_cache_hit", None),
        ({"request_body": {"messages": [{"role": "user", "content": "Hi"}]}}, "prompt", "Hi"),
        ({"request_body": ""}, "prompt", None),
        ({"model_override": "m", "request_model": "n"}, "model", "m"),
        ({"delay_ms": 12.4}, "latency_ms", 12),
    ],
)
def test_what_values_mean(changes: dict[str, Any], field: str, expected: Any) -> None:
    assert row_of(**changes)[field] == expected


def test_exports_are_known_by_their_columns() -> None:
    assert scores(jsonl(CALL, CALL)) == {"helicone": 100}
    assert scores(json.dumps({"data": [CALL], "error": None}).encode()) == {"helicone": 100}
    assert scores(csv_of([CALL], CSV)) == {"helicone": 100}
    assert scores(csv_of([CALL], DUMP)) == {"helicone": 100}


def test_a_record_without_a_time_is_bad() -> None:
    frame, quarantine = raw(jsonl(CALL | {"request_created_at": None}, CALL))
    assert (frame.height, quarantine.total) == (1, 1)


@settings(max_examples=20, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from([*CALL, *CSV, *DUMP, "properties", "response_body"]), VALUES), max_size=3)
)
def test_no_values_whatever_raise(records: list[dict[str, Any]]) -> None:
    contents = (jsonl({"data": records}, *records), json.dumps(records).encode(), csv_of(records, CSV))
    survives(Helicone(), *contents, csv_of(records, DUMP))
