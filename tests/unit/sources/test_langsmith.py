"""LangSmith runs: calls and what only sums them up, evaluations, costs as text, and messages as LangChain has them."""

from __future__ import annotations

import io
from typing import Any

import polars as pl
from cloud_logs import columns, events, fixture, lines, objects, raw, score, survives
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import reasons

from tokenscan.sources.formats.langsmith import _TEXT, _TIMES, LangSmith

RUNS, AGAIN = fixture("langsmith", "runs.jsonl"), fixture("langsmith", "runs-again.json")
RUN_ID = "00000042-aaaa-4bbb-8ccc-000000000042"
GOOD: dict[str, Any] = {
    "id": RUN_ID, "run_type": "llm", "trace_id": RUN_ID, "dotted_order": f"20260302T091500000000Z{RUN_ID}",
    "start_time": "2026-03-02T09:15:00", "end_time": "2026-03-02T09:15:01", "status": "success",
    "inputs": {"messages": [{"role": "user", "content": "Hello"}]}, "outputs": None, "extra": {}, "tags": [],
    "prompt_tokens": 9, "completion_tokens": 3, "total_tokens": 12, "total_cost": "0.5", "session_id": "project-1",
}  # fmt: skip


def one(**changes: Any) -> dict[str, Any]:
    """Return the row of an export of one call."""
    rows, _, quarantine = raw(LangSmith(), lines(GOOD | changes))
    assert quarantine.total == 0
    return rows.row(0, named=True)


def test_only_calls_count_and_neither_sums_nor_evaluations() -> None:
    rows, _, quarantine = raw(LangSmith(), RUNS)
    assert quarantine.total == 0
    # Seven runs: the chain repeats 360 tokens, the tool has none, one is an evaluation, and run 5 wraps run 6.
    assert columns(rows, "event_id", "input_tokens", "cache_read_tokens", "output_tokens", "reasoning_tokens") == [
        ("chatcmpl-ls1", 300, 128, 60, 24),
        ("chatcmpl-ls2", 9, None, 3, None),
        ("00000007-aaaa-4bbb-8ccc-000000000007", None, None, None, None),
    ]
    assert rows["cost_nanousd"].to_list() == [4_200_000, 10_000, None]
    assert rows["latency_ms"].to_list() == [2500, 1000, 1000]
    assert rows["status"].to_list() == ["ok", "ok", "error"]


def test_times_without_a_zone_are_utc() -> None:
    assert str(one()["timestamp"]) == "2026-03-02 09:15:00+00:00"
    assert str(one(start_time="2026-03-02T09:15:00+02:00")["timestamp"]) == "2026-03-02 07:15:00+00:00"


def test_who_asked_stands_on_other_runs_of_the_trace() -> None:
    found = events(RUNS).events
    assert columns(found, "user", "session_id", "task_id", "model", "provider") == [
        ("ann@example.com", "th-1", "FIN-3", "gpt-5", "openai"),
        ("bob@example.com", "s-5", None, "gpt-5", "openai"),  # said by the run around the call
        ("bob@example.com", None, None, None, None),
    ]
    assert found["session_quality"].to_list() == ["client", "client", "none"]


def test_the_session_id_of_a_run_is_its_project() -> None:
    assert (one()["session_id"], one()["app"]) == (None, "project-1")
    assert one(session_name="invoices")["app"] == "invoices"


def test_words_as_langchain_and_as_providers_write_them() -> None:
    rows, _, _ = raw(LangSmith(), RUNS)
    assert columns(rows, "prompt", "response", "tool_name") == [
        ("Which invoices are open?", "Three.", "list_invoices"),
        ("Hello", "Hi.", None),
        ("Write a haiku", None, None),
    ]
    asked = {"messages": [{"role": "user", "content": "Look"}, {"type": "ai", "data": {"content": ""}},
                          {"type": "tool", "data": {"content": "found"}}]}  # fmt: skip
    assert (one(inputs=asked)["prompt"], one(inputs=asked)["prompt_kind"]) == ("Look", "tool_result")
    assert one(inputs={"question": "What?"})["prompt"] is None


def test_a_providers_id_is_known_by_its_look() -> None:
    assert one(outputs={"id": "msg_01A", "content": "Hi."})["event_id"] == "msg_01A"
    assert one(outputs={"id": "run-17", "content": "Hi."})["event_id"] == RUN_ID


def test_counts_that_only_the_answer_tells() -> None:
    usage = {"input_tokens": 50, "output_tokens": 5, "input_token_details": {"cache_read": 20, "cache_creation": 10}}
    row = one(prompt_tokens=None, completion_tokens=None, total_tokens=None, outputs={"usage_metadata": usage})
    assert [row[f"{name}_tokens"] for name in ("input", "cache_read", "cache_write", "output")] == [50, 20, 10, 5]
    raw_usage = {"prompt_tokens": 50, "completion_tokens": 5, "prompt_tokens_details": {"cached_tokens": 20}}
    row = one(prompt_tokens=None, completion_tokens=None, outputs={"usage": raw_usage})
    assert [row[f"{name}_tokens"] for name in ("input", "cache_read", "output")] == [50, 20, 5]


def test_overlapping_exports_are_one() -> None:
    found = events(RUNS, AGAIN)
    assert found.events["input_tokens"].sum() == 309
    assert sum(found.duplicates.values()) == 1


def test_bulk_parquet_holds_nested_values_as_text() -> None:
    stream = io.BytesIO()
    pl.DataFrame(
        {
            "id": ["r-1"], "run_type": ["llm"], "trace_id": ["r-1"], "dotted_order": ["20260302T091500000000Zr-1"],
            "start_time": pl.Series(["2026-03-02 09:15:00"]).str.to_datetime(),
            "end_time": pl.Series(["2026-03-02 09:15:04"]).str.to_datetime(), "status": ["success"],
            "inputs": ['{"messages":[[{"kwargs":{"type":"human","content":"Hello"}}]]}'],
            "outputs": ['{"generations":[[{"text":"Hi."}]]}'],
            "extra": ['{"metadata":{"user_id":"ann","ls_model_name":"gpt-5"}}'], "prompt_tokens": [9],
            "completion_tokens": [3], "total_cost": ["0.25"],
            "reference_example_id": pl.Series([None], dtype=pl.String),
        }
    ).write_parquet(stream)  # fmt: skip
    rows, _, _ = raw(LangSmith(), stream.getvalue())
    assert columns(rows, "user", "prompt", "response", "model", "input_tokens", "cost_nanousd", "latency_ms") == [
        ("ann", "Hello", "Hi.", "gpt-5", 9, 250_000_000, 4000)
    ]


def test_a_broken_count_is_set_aside() -> None:
    rows, _, quarantine = raw(LangSmith(), lines(GOOD | {"prompt_tokens": "many"}, GOOD))
    assert rows.height == 1
    assert reasons(quarantine) == {"input_tokens is not a usable number": [1]}


def test_what_it_takes_to_be_recognised() -> None:
    assert [score(LangSmith(), path) for path in (RUNS, AGAIN)] == [100, 100]
    assert score(LangSmith(), lines({"id": 1, "run_type": "llm", "start_time": "2026-03-02"})) == 0


@settings(max_examples=60, deadline=None)
@given(st.lists(objects([*_TEXT, *_TIMES, "metadata", "messages", "generations", "kwargs"]), max_size=4))
def test_any_values_are_survived(records: list[dict[str, Any]]) -> None:
    survives(LangSmith(), [GOOD | record | {"id": f"x-{n}"} for n, record in enumerate(records)], GOOD)
