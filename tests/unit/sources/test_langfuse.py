"""Langfuse exports: which observations are calls, how usage is counted, and who the traces say was behind them."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cloud_logs import columns, events, fixture, lines, objects, raw, score, survives
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import reasons

from tokenscan.errors import InputError
from tokenscan.sources.formats.langfuse import _NAMES, _TRACE, Langfuse

UI_CSV, UI_JSON = fixture("langfuse", "ui-observations.csv"), fixture("langfuse", "ui-observations.json")
TRACES = fixture("langfuse", "ui-traces.jsonl")
BLOB, BLOB_V2 = fixture("langfuse", "blob-observations.jsonl"), fixture("langfuse", "blob-observations-v2.csv")
GOOD: dict[str, Any] = {
    "id": "g-1", "traceId": "t-1", "parentObservationId": None, "type": "GENERATION",
    "startTime": "2026-03-02T10:00:00Z", "endTime": "2026-03-02T10:00:01Z", "model": "gpt-5", "level": "DEFAULT",
    "environment": "default", "usageDetails": {"input": 10, "output": 2}, "totalCost": 0.01,
}  # fmt: skip


def one(**changes: Any) -> dict[str, Any]:
    """Return the row of an export of one call."""
    rows, _, quarantine = raw(Langfuse(), lines(GOOD | changes))
    assert quarantine.total == 0
    return rows.row(0, named=True)


def counts(details: Any) -> tuple[Any, ...]:
    row = one(usageDetails=details)
    return tuple(row[f"{name}_tokens"] for name in ("input", "cache_read", "cache_write", "output", "reasoning"))


@pytest.mark.parametrize("path", [UI_CSV, UI_JSON])
def test_only_calls_are_counted_and_each_once(path: Path) -> None:
    rows, links, quarantine = raw(Langfuse(), path)
    assert quarantine.total == 0
    assert links.height == 0
    # Left out: the span and the agent above gen-1, the judge, wrap-1 around gen-2, gen-3's earlier state (output 99),
    # and gen-5, which is no failure and has no usage.
    assert columns(rows, "event_id", "input_tokens", "cache_read_tokens", "output_tokens", "reasoning_tokens") == [
        ("gen-1", 1000, 400, 80, 30),
        ("gen-2", 200, None, 40, None),
        ("gen-3", 500, 200, 20, None),  # total 520 = 500 + 20: the cached 200 are inside
        ("gen-4", 0, None, 0, None),
        ("chatcmpl-lite1", 4010, 3000, 70, None),
        ("emb-1", 90, None, 0, None),
    ]
    assert rows["cache_write_tokens"].to_list() == [None, None, None, None, 1000, None]
    assert rows["cache_inside_input"].to_list() == [True] * 6


def test_moments_are_read_with_and_without_the_quotes_of_the_csv() -> None:
    told = ["event_id", "timestamp", "latency_ms", "cost_nanousd", "prompt", "response", "task_id", "team", "status"]
    first, second = (raw(Langfuse(), path)[0].select(told) for path in (UI_CSV, UI_JSON))
    assert first.equals(second)
    assert first["latency_ms"].to_list() == [2500, 1000, 1000, 1000, 1000, 0]
    assert [str(moment) for moment in first["timestamp"][:2]] == [
        "2026-03-02 10:20:30.123000+00:00",
        "2026-03-02 10:30:01+00:00",
    ]


def test_what_is_told_beside_the_counts() -> None:
    rows, _, _ = raw(Langfuse(), UI_JSON)
    assert columns(rows, "user", "prompt", "response", "status", "task_id", "team")[:4] == [
        ("ann@example.com", "How do I reset my badge?", "Ask the desk.", "ok", "HELP-12", "desk"),
        ("bob@example.com", "Translate to German: hello", "hallo", "ok", None, None),
        ("bob@example.com", "Summarise the minutes", None, "ok", None, None),
        ("ann@example.com", "Draft a reply", None, "error", None, None),
    ]
    assert rows["app"].unique().to_list() == ["helpdesk"]


def test_a_cost_of_nothing_beside_tokens_means_no_price() -> None:
    assert raw(Langfuse(), UI_JSON)[0]["cost_nanousd"].to_list() == [3_100_000, 600_000, 700_000, 0, None, 1000]
    assert one(totalCost=None, costDetails={"input": 0.01, "total": 0.03})["cost_nanousd"] == 30_000_000


def test_traces_tell_who_was_behind_calls_of_other_files() -> None:
    found = events(UI_JSON, TRACES).events
    assert columns(found, "event_id", "user", "session_id", "task_id") == [
        ("gen-1", "ann@example.com", "s-1", "HELP-12"),
        ("gen-2", "bob@example.com", "s-2", None),
        ("gen-3", "bob@example.com", None, None),
        ("gen-4", "ann@example.com", None, None),
        ("chatcmpl-lite1", "chen", None, None),
        ("emb-1", "dora@example.com", "s-6", "index"),
    ]


def test_blob_exports_of_either_version() -> None:
    old, _, _ = raw(Langfuse(), BLOB)
    new, _, _ = raw(Langfuse(), BLOB_V2)
    for rows in (old, new):
        # 64-bit numbers may be quoted; gen-7 has no end, so no latency, whatever its unit.
        assert columns(rows, "event_id", "input_tokens", "cache_write_1h_tokens", "output_tokens", "latency_ms") == [
            ("gen-1", 1000, None, 80, 2500),
            ("gen-7", 107, 100, 3, None),
        ]
        assert rows["tool_name"].to_list() == ["lookup_badge", None]
        assert rows["prompt"].to_list() == ["How do I reset my badge?", "Hello"]
    assert old["user"].to_list() == [None, None]
    assert columns(new, "user", "session_id") == [("ann@example.com", "s-1"), ("bob@example.com", "s-2")]


def test_the_same_call_in_all_exports_is_one() -> None:
    found = events(UI_CSV, UI_JSON, TRACES, BLOB, BLOB_V2)
    # 1000 + 200 + 500 + 0 + 4010 + 90 + 107; 80 + 40 + 20 + 0 + 70 + 0 + 3
    assert found.events.select("input_tokens", "output_tokens").sum().row(0) == (5907, 213)
    assert found.events.height == 7
    assert sum(found.duplicates.values()) == 9


def test_parquet_with_maps_and_real_times() -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    def moments(*texts: str | None) -> pa.Array:
        plain = pl.Series(texts).str.to_datetime(time_unit="ms")
        return plain.to_arrow()

    table = pa.table(
        {
            "id": ["gen-1", "span-1"], "trace_id": ["t", "t"],
            "parent_observation_id": pa.array([None, None], pa.string()),
            "type": ["GENERATION", "SPAN"], "start_time": moments("2026-03-02 10:20:30", "2026-03-02 10:20:30"),
            "end_time": moments("2026-03-02 10:20:32", None), "provided_model_name": ["gpt-5", None],
            "usage_details": pa.array([[("input", 600), ("input_cached_tokens", 400), ("output", 80)], None],
                                      pa.map_(pa.string(), pa.uint64())),
            "total_cost": [0.0031, None], "user_id": ["ann", None], "input": ["Hello", None],
            "tags": pa.array([["ticket:T-7"], []], pa.list_(pa.string())),
            "updated_at": moments("2026-03-02 10:21:00", None),
        }
    )  # fmt: skip
    stream = io.BytesIO()
    pq.write_table(table, stream)
    rows, _, _ = raw(Langfuse(), stream.getvalue())
    assert columns(rows, "event_id", "user", "input_tokens", "cache_read_tokens", "output_tokens", "latency_ms") == [
        ("gen-1", "ann", 1000, 400, 80, 2000)
    ]
    assert columns(rows, "cost_nanousd", "prompt", "task_id") == [(3_100_000, "Hello", "T-7")]


@pytest.mark.parametrize(
    ("details", "expected"),
    [
        ({"input": 10, "output": 2}, (10, None, None, 2, None)),
        ({"input": 10, "output": 2, "total": 12}, (10, None, None, 2, None)),
        # Apart: 10 + 5 + 3 and 2 + 4, as the total of 24 says too.
        ({"input": 10, "input_cached_tokens": 5, "cache_creation_input_tokens": 3, "output": 2,
          "output_reasoning_tokens": 4, "total": 24}, (18, 5, 3, 6, 4)),
        # Inside: the total is 10 + 6.
        ({"input": 10, "input_cached_tokens": 5, "output": 6, "output_reasoning_tokens": 4, "total": 16},
         (10, 5, None, 6, 4)),
        ({"prompt_tokens": "7", "completion_tokens": "1"}, (7, None, None, 1, None)),
        ({"input": 1, "total": None}, (1, None, None, None, None)),
    ],
)  # fmt: skip
def test_usage_maps(details: Any, expected: tuple[Any, ...]) -> None:
    assert counts(details) == expected
    assert counts(json.dumps(details)) == expected


def test_an_id_of_litellm_is_the_providers() -> None:
    assert one(id="time-09-08-07-000001_msg_01A")["event_id"] == "msg_01A"
    assert one(id="time-9-08-07-000001_msg_01A")["event_id"] == "time-9-08-07-000001_msg_01A"


def test_a_type_that_was_not_exported_leaves_what_has_a_model() -> None:
    rows, _, _ = raw(Langfuse(), lines(GOOD | {"type": None}, GOOD | {"id": "g-2", "type": None, "model": None}))
    assert rows["event_id"].to_list() == ["g-1"]


def test_a_count_that_is_none_is_set_aside_and_named() -> None:
    rows, _, quarantine = raw(Langfuse(), lines(GOOD | {"usageDetails": {"input": -5}}, GOOD | {"startTime": "soon"}))
    assert rows.height == 0
    # The two are one observation to Langfuse, of which the first written counts.
    assert reasons(quarantine) == {"input_tokens is not a usable number": [1]}
    _, _, quarantine = raw(Langfuse(), lines(GOOD | {"startTime": "soon"}))
    assert reasons(quarantine) == {"timestamp missing or not readable": [1]}


def test_scores_and_sessions_hold_no_calls(tmp_path: Path) -> None:
    scores = {"id": "s", "traceId": "t", "observationId": "g", "name": "helpful", "value": 1, "dataType": "NUMERIC",
              "timestamp": "2026-03-02T10:00:00Z", "userId": "ann"}  # fmt: skip
    sessions = {"id": "s", "createdAt": "2026-03-02T10:00:00Z", "userIds": ["ann"], "countTraces": 3, "totalTokens": 9}
    for record, why in ((scores, "scores given to Langfuse traces"), (sessions, "Langfuse's list of sessions")):
        path = tmp_path / "export.json"
        path.write_text(json.dumps([record]))
        with pytest.raises(InputError, match=why):
            events(path)


def test_what_it_takes_to_be_recognised() -> None:
    assert [score(Langfuse(), path) for path in (UI_CSV, UI_JSON, TRACES, BLOB, BLOB_V2)] == [100] * 5
    assert score(Langfuse(), lines({"traceId": "t", "userId": "ann", "startTime": "2026-03-02"})) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(objects([*(name for names in _NAMES.values() for name in names), "key", "value"]), max_size=4))
def test_any_values_are_survived(records: list[dict[str, Any]]) -> None:
    survives(Langfuse(), [GOOD | record | {"id": f"x-{n}"} for n, record in enumerate(records)], GOOD | {"id": "good"})


@settings(max_examples=30, deadline=None)
@given(objects({name for names in _TRACE.values() for name in names}))
def test_any_values_of_traces_are_survived(record: dict[str, Any]) -> None:
    whole = {"id": "t", "timestamp": "x", "userId": "ann", "sessionId": "s", "tags": [], "bookmarked": False}
    assert raw(Langfuse(), lines(whole | record, whole))[1].height >= 1
