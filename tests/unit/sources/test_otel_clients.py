"""What coding agents tell of themselves over OpenTelemetry: their own counts, and who typed what."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from cloud_logs import VALUES, columns, events, fixture, lines, raw, score
from hypothesis import given, settings
from hypothesis import strategies as st
from otlp import Json, log_record, logs, span, spans, value

from tokenscan.sources.formats.otel import OpenTelemetry

CLAUDE, CODEX = fixture("otel", "claude-code.jsonl"), fixture("otel", "codex.jsonl")
GEMINI = fixture("otel", "gemini-cli.jsonl")
REQUEST: Json = {"event.name": "api_request", "session.id": "s", "model": "claude-opus-5", "input_tokens": "42",
                 "output_tokens": 7, "request_id": "req_1"}  # fmt: skip


def claude(told: Json, second: int = 5, **more: Any) -> Json:
    return log_record(told, second=second, body=value(f"claude_code.{told['event.name']}"), **more)


def read(*items: Json) -> pl.DataFrame:
    rows, _, quarantine = raw(OpenTelemetry(), lines(logs(*items)))
    assert quarantine.total == 0
    return rows


def test_claude_codes_cache_stands_beside_its_input() -> None:
    found = events(CLAUDE)
    # 2 + 8000 + 500, then 3 + 8500 + 100 (all written as text), 50, nothing for the failure, and 1 + 9000. The span of
    # the first call repeats its event and is counted once.
    assert columns(found.events, "event_id", "input_tokens", "cache_read_tokens", "cache_write_tokens") == [
        ("req_cc1", 8502, 8000, 500),
        ("req_cc2", 8603, 8500, 100),
        ("req_cc3", 50, 0, 0),
        ("claude_code:cc-1:6", None, None, None),
        ("req_cc4", 9001, 9000, 0),
    ]
    assert found.events["output_tokens"].sum() == 120 + 40 + 10 + 5
    assert found.events["cost_nanousd"].sum() == 31_200_000 + 10_100_000 + 400_000 + 5_000_000
    assert sum(found.duplicates.values()) == 1


def test_the_first_main_call_of_a_prompt_answers_the_person() -> None:
    rows, _, _ = raw(OpenTelemetry(), CLAUDE)
    assert columns(rows.head(5), "prompt", "is_agent", "status", "latency_ms") == [
        ("Fix the failing test.", False, "ok", 2000),
        ("Fix the failing test.", True, "ok", 2000),
        (None, True, "ok", 500),  # a sub-agent's
        ("Fix the failing test.", True, "error", 300),
        (None, False, "ok", 1000),  # typed, and not logged
    ]
    assert rows["user"].unique().to_list() == ["ann@example.com"]
    assert rows["team"].unique().to_list() == ["engineering"]
    assert rows["org"][0] == "org-1"
    assert set(rows["app"]) == {"claude-code"}


def test_a_call_began_before_its_event_was_written() -> None:
    row = read(claude(REQUEST | {"duration_ms": 1500})).row(0, named=True)
    assert str(row["timestamp"]) == "2026-03-02 09:00:03.500000+00:00"
    assert row["input_tokens"] == 42


def test_an_event_may_be_named_in_several_places() -> None:
    service = {"service.name": "claude-code"}
    bare = log_record(REQUEST)
    rows, _, _ = raw(OpenTelemetry(), lines(logs(bare, resource=service)))
    assert rows["event_id"].to_list() == ["req_1"]
    told = {key: item for key, item in REQUEST.items() if key != "event.name"}
    assert read(log_record(told, eventName="claude_code.api_request"))["event_id"].to_list() == ["req_1"]


def test_without_a_request_id_the_number_in_the_session_is_the_id() -> None:
    told = {key: item for key, item in REQUEST.items() if key != "request_id"} | {"event.sequence": 9}
    assert read(claude(told), claude(told))["event_id"].to_list() == ["claude_code:s:9"] * 2


def test_who_is_only_known_by_a_device() -> None:
    row = read(claude(REQUEST | {"user.id": "f00d"})).row(0, named=True)
    assert (row["user"], row["user_kind"]) == ("f00d", "host")
    row = read(claude(REQUEST | {"user.id": "f00d", "user.account_uuid": "a-1"})).row(0, named=True)
    assert (row["user"], row["user_kind"]) == ("a-1", "login")


def test_an_older_log_does_not_tell_main_calls_from_others() -> None:
    typed = claude({"event.name": "user_prompt", "session.id": "s", "prompt.id": "p", "prompt": "Go on"})
    calls = [claude(REQUEST | {"prompt.id": "p", "request_id": f"req_{n}"}) for n in range(3)]
    rows = read(typed, *calls)
    assert rows["is_agent"].to_list() == [None, True, True]
    assert rows["prompt"].to_list() == ["Go on"] * 3


def test_a_failed_attempt_leaves_the_prompt_to_be_answered() -> None:
    typed = claude({"event.name": "user_prompt", "session.id": "s", "prompt.id": "p", "prompt": "Go on"})
    failed = claude({"event.name": "api_error", "session.id": "s", "prompt.id": "p", "query_source": "main",
                     "request_id": "req_0"})  # fmt: skip
    rows = read(typed, failed, claude(REQUEST | {"prompt.id": "p", "query_source": "main"}))
    assert rows["is_agent"].to_list() == [False, False]


def test_claude_codes_spans_count_alone_too_if_they_have_the_request_id() -> None:
    told = {"model": "claude-opus-5", "input_tokens": 2, "cache_read_tokens": 10, "output_tokens": 3}
    service = {"service.name": "claude-code"}
    named = span(1, told | {"request_id": "req_9"}, name="claude_code.llm_request")
    nameless = span(2, told, name="claude_code.llm_request")
    rows, _, _ = raw(OpenTelemetry(), lines(spans(named, nameless, resource=service)))
    assert columns(rows, "event_id", "input_tokens", "latency_ms") == [("req_9", 12, 1000)]


def test_codex_counts_completed_answers() -> None:
    rows, _, quarantine = raw(OpenTelemetry(), CODEX)
    assert quarantine.total == 0
    # The cache is inside the input, reasoning inside the output; a refused request has no counts.
    told = columns(rows, "input_tokens", "cache_read_tokens", "output_tokens", "reasoning_tokens", "status", "is_agent")
    assert told == [
        (None, None, None, None, "error", False),
        (5000, 4000, 300, 200, "ok", False),
        (5400, 5000, 50, 0, "ok", True),
        (6000, 5400, 10, 0, "ok", False),
    ]
    assert rows["prompt"].to_list() == ["List open issues"] * 3 + [None]
    assert set(rows["user"]) == {"bob@example.com"}
    assert set(rows["session_id"]) == {"conv-cx"}


def test_gemini_clis_call_is_counted_once_and_thoughts_are_output() -> None:
    rows, _, _ = raw(OpenTelemetry(), GEMINI)
    # The convention's event of the same call is left out. 900 + 10 for tools, 100 + 250 thoughts: 1260 in all. The
    # second total, 1360 = 1300 + 60, has the 40 thoughts inside.
    assert columns(rows, "input_tokens", "cache_read_tokens", "output_tokens", "reasoning_tokens", "is_agent") == [
        (910, 600, 350, 250, False),
        (1300, 0, 60, 40, True),
        (None, None, None, None, True),
    ]
    assert rows["prompt"].to_list() == ["Explain this"] * 3


@pytest.mark.parametrize("path", [CLAUDE, CODEX, GEMINI])
def test_they_are_recognised(path: Any) -> None:
    assert score(OpenTelemetry(), path) == 100


KEYS = ["event.name", "event.kind", "event.timestamp", "session.id", "conversation.id", "prompt.id", "prompt_id",
        "prompt", "input_tokens", "cache_read_tokens", "cost_usd", "duration_ms", "query_source", "input_token_count",
        "thoughts_token_count", "total_token_count", "user.id", "request_id", "http.response.status_code"]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["claude_code.api_request", "claude_code.user_prompt", "claude_code.api_error", "codex.sse_event",
                     "codex.api_request", "codex.user_prompt", "gemini_cli.api_response", "gemini_cli.api_error"]),
    st.dictionaries(st.sampled_from(KEYS), VALUES | VALUES.map(value)),
)  # fmt: skip
def test_any_values_are_survived(event: str, told: dict[str, Any]) -> None:
    odd = {**log_record({}), "body": value(event), "attributes": [{"key": k, "value": v} for k, v in told.items()]}
    rows, _, _ = raw(OpenTelemetry(), lines(logs(odd, claude(REQUEST))))
    assert "req_1" in rows["event_id"].to_list()
