"""OTLP JSON: which spans are calls, under old names and new, and where the words of a call are found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cloud_logs import VALUES, columns, events, fixture, lines, objects, raw, score
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import reasons
from otlp import Json, log_record, logs, span, spans

from tokenscan.errors import InputError
from tokenscan.sources import lines as source_lines
from tokenscan.sources.formats.otel import OpenTelemetry

NEW, OLD = fixture("otel", "genai-new.jsonl"), fixture("otel", "genai-old.jsonl")
EVENTS, OPENLLMETRY = fixture("otel", "genai-events.jsonl"), fixture("otel", "openllmetry.jsonl")
OPENINFERENCE = fixture("otel", "openinference.json")
CHAT: Json = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5", "gen_ai.usage.input_tokens": 10,
              "gen_ai.usage.output_tokens": 2}  # fmt: skip


def one(told: Json, **more: Any) -> Json:
    """Return the row of a trace of one span."""
    rows, _, quarantine = raw(OpenTelemetry(), lines(spans(span(1, told, **more))))
    assert quarantine.total == 0
    return rows.row(0, named=True)


def counted(*requests: Json) -> list[tuple[Any, ...]]:
    rows, _, quarantine = raw(OpenTelemetry(), lines(*requests))
    assert quarantine.total == 0
    return columns(rows, "event_id", "input_tokens", "output_tokens")


def test_agents_repeat_the_usage_of_calls_and_twins_share_an_id() -> None:
    found = events(NEW)
    # Naively 2 x 1000 (client and proxy) + 1200 + 2200 (the agent's sum) + 50; really 1000 + 1200 + 50.
    assert found.events.select("input_tokens", "output_tokens").sum().row(0) == (2250, 100)
    told = columns(found.events, "event_id", "input_tokens", "cache_read_tokens", "reasoning_tokens", "latency_ms")
    assert told[:2] == [("chatcmpl-otel1", 1000, 400, 30, 2000), ("chatcmpl-otel2", 1200, None, None, 1000)]
    assert found.events["status"].to_list() == ["ok", "ok", "ok", "error"]
    assert sum(found.duplicates.values()) == 1


def test_who_asked_stands_on_the_first_span_of_the_trace() -> None:
    found = events(NEW).events
    assert columns(found, "user", "session_id", "app") == [
        ("ann@example.com", "web-1", "helpdesk"),
        ("ann@example.com", "web-1", "helpdesk"),
        ("bob", "conv-2", "helpdesk"),
        ("bob@example.com", None, "helpdesk"),
    ]


def test_words_in_the_shape_of_parts() -> None:
    rows, _, _ = raw(OpenTelemetry(), NEW)
    first, twin, second = rows.head(3).to_dicts()
    assert (first["prompt"], first["response"], first["tool_name"]) == ("Where is my parcel?", "Looking.", "track")
    assert twin["prompt"] is None
    assert (second["prompt"], second["prompt_kind"]) == ("Where is my parcel?", "tool_result")
    assert first["context_id"] is not None  # the system's instructions are what was sent before


def test_old_names_and_words_on_events_and_log_records() -> None:
    rows, _, _ = raw(OpenTelemetry(), OLD)
    assert columns(rows, "input_tokens", "output_tokens", "prompt", "response") == [
        (30, 7, "Name a prime.", "Seven."),  # of a span's events
        (25, 60, "What is a Merkle tree?", "A tree of hashes."),  # of log records before and after it
    ]
    assert rows["provider"].to_list() == ["openai", "openai"]


def test_words_are_found_in_the_block_before_and_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_lines, "BLOCK_BYTES", 600)  # about a line each
    rows, _, _ = raw(OpenTelemetry(), OLD)
    assert rows["prompt"].to_list() == ["Name a prime.", "What is a Merkle tree?"]
    assert rows["response"].to_list() == ["Seven.", "A tree of hashes."]


def test_an_event_that_tells_all_of_a_call_is_one_with_its_span() -> None:
    alone = events(EVENTS).events
    assert columns(alone, "event_id", "input_tokens", "output_tokens") == [("chatcmpl-otel1", 1000, 80)]
    assert events(EVENTS, NEW).events.select("input_tokens", "output_tokens").sum().row(0) == (2250, 100)
    details = {"event.name": "gen_ai.client.inference.operation.details", **CHAT}
    same = {"traceId": "t1", "spanId": "s1"}
    assert len({row[0] for row in counted(spans(span(1, CHAT)), logs(log_record(details, **same)))}) == 1
    answered = CHAT | {"gen_ai.response.id": "resp_1"}
    # The event does not know the answer's id, the span of the same place does.
    assert {row[0] for row in counted(spans(span(1, answered)), logs(log_record(details, **same)))} == {"resp_1"}


def test_openllmetry_flattens_its_messages() -> None:
    rows, _, _ = raw(OpenTelemetry(), OPENLLMETRY)
    row = rows.row(0, named=True)
    assert rows.height == 1
    assert [row[f"{name}_tokens"] for name in ("input", "cache_read", "cache_write", "output")] == [
        4010,
        3000,
        1000,
        70,
    ]
    assert (row["prompt"], row["response"], row["tool_name"]) == (
        "Write an offer for Example Ltd", "Dear Example Ltd", "save_offer",
    )  # fmt: skip
    assert [row[name] for name in ("event_id", "user", "session_id", "task_id", "team", "app")] == [
        "msg_otel3", "dora@example.com", "chat-6", "SAL-9", "sales", None,
    ]  # fmt: skip


def test_openinference_over_otlp() -> None:
    rows, _, _ = raw(OpenTelemetry(), OPENINFERENCE)
    assert columns(rows, "input_tokens", "cache_read_tokens", "output_tokens", "prompt", "response", "user") == [
        (210, 64, 15, "Who wrote the charter?", "The council.", "ann@example.com")
    ]
    assert rows["cache_inside_input"].to_list() == [True]


def test_a_call_that_wraps_another_is_dropped_in_whatever_order_they_are_written() -> None:
    outer, inner = span(1, CHAT), span(3, CHAT | {"gen_ai.usage.input_tokens": 9}, 2)
    between = span(2, {"http.request.method": "POST"}, 1)
    for order in ([inner, between, outer], [outer, between, inner], [between, outer, inner]):
        assert counted(spans(*order)) == [("t1:s3", 9, 2)]
        assert counted(*(spans(item) for item in order)) == [("t1:s3", 9, 2)]
    assert len(counted(spans(outer, span(3, CHAT, 2, trace="t2")))) == 2  # span ids are of their trace


def test_a_client_and_a_proxy_below_it_share_the_answers_id() -> None:
    answered = CHAT | {"gen_ai.response.id": "resp_1"}
    assert counted(spans(span(2, answered, 1), span(1, answered))) == [("resp_1", 10, 2)] * 2


@pytest.mark.parametrize(
    "told",
    [
        {"gen_ai.operation.name": "execute_tool", "gen_ai.usage.input_tokens": 1},
        {"gen_ai.operation.name": "invoke_agent", "gen_ai.usage.input_tokens": 1},
        {"traceloop.span.kind": "workflow", "gen_ai.usage.prompt_tokens": 1},
        {"openinference.span.kind": "CHAIN", "llm.token_count.prompt": 1},
        {"gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5"},  # no usage, no failure
        {"http.request.method": "GET"},
    ],
)
def test_spans_that_are_no_calls_or_count_nothing(told: Json) -> None:
    assert counted(spans(span(1, told))) == []


def test_whole_numbers_may_be_text_or_numbers() -> None:
    told = span(1, CHAT)
    told["attributes"] += [{"key": "gen_ai.usage.cache_read.input_tokens", "value": {"intValue": 4}},
                           {"key": "gen_ai.usage.cost", "value": {"stringValue": "0.5"}}]  # fmt: skip
    rows, _, _ = raw(OpenTelemetry(), lines(spans(told)))
    assert columns(rows, "cache_read_tokens", "cost_nanousd") == [(4, 500_000_000)]


def test_cache_outside_the_input_is_told_from_the_numbers() -> None:
    assert one(CHAT)["cache_inside_input"] is None


def test_a_branch_is_a_task_unless_it_is_the_trunk() -> None:
    assert one(CHAT | {"vcs.ref.head.name": "fix/T-1"})["task_id"] == "fix/T-1"
    assert one(CHAT | {"vcs.ref.head.name": "main"})["task_id"] is None


def test_a_count_that_is_none_is_set_aside_and_the_rest_of_the_batch_read() -> None:
    bad = CHAT | {"gen_ai.usage.input_tokens": "many"}
    rows, _, quarantine = raw(OpenTelemetry(), lines(spans(span(1, bad), span(2, CHAT))))
    assert rows["event_id"].to_list() == ["t1:s2"]
    assert reasons(quarantine) == {"input_tokens is not a usable number": [1]}
    rows, _, quarantine = raw(OpenTelemetry(), lines(spans(span(1, CHAT, startTimeUnixNano="0"))))
    assert reasons(quarantine) == {"timestamp missing or not readable": [1]}


def test_metrics_are_left_out_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "otel.json"
    metric = {"name": "gen_ai.client.token.usage", "sum": {"dataPoints": []}}
    line = json.dumps({"resourceMetrics": [{"scopeMetrics": [{"metrics": [metric]}]}]})
    path.write_text(line + "\n" + line)
    with pytest.raises(InputError, match="OpenTelemetry metrics"):
        events(path)
    path.write_text(line + "\n" + json.dumps(spans(span(1, CHAT))))  # one file for all signals
    assert events(path).events["input_tokens"].to_list() == [10]


def test_length_prefixed_protobuf_is_refused_in_plain_words(tmp_path: Path) -> None:
    path = tmp_path / "traces.bin"
    path.write_bytes(b"\x00\x00\x00\x2a\x0a\x28\x0a\x10service.name,claude-code\x12\x00" * 4)
    with pytest.raises(InputError, match="neither Parquet, CSV nor JSON"):
        events(path)


def test_names_with_underscores_and_old_scopes_are_read() -> None:
    told = span(1, CHAT)
    told = {"trace_id": "t1", "span_id": "s1", "start_time_unix_nano": told["startTimeUnixNano"],
            "attributes": [{"key": item["key"], "value": {"int_value": 10} if "tokens" in item["key"] else {
                "string_value": "chat"}} for item in told["attributes"]]}  # fmt: skip
    assert counted({"resource_spans": [{"scope_spans": [{"spans": [told]}]}]}) == [("t1:s1", 10, 10)]
    assert counted({"resourceSpans": [{"instrumentationLibrarySpans": [{"spans": [span(1, CHAT)]}]}]}) == [
        ("t1:s1", 10, 2)
    ]


def test_what_it_takes_to_be_recognised() -> None:
    known = (NEW, OLD, EVENTS, OPENLLMETRY, OPENINFERENCE)
    assert [score(OpenTelemetry(), path) for path in known] == [100] * 5
    assert score(OpenTelemetry(), lines(spans(span(1, {"http.route": "/"})))) == 70
    assert score(OpenTelemetry(), lines({"spans": []})) == 0


KEYS = ["resourceSpans", "resourceLogs", "resource", "scopeSpans", "scopeLogs", "spans", "logRecords", "attributes",
        "traceId", "spanId", "parentSpanId", "events", "body", "status", "code", "key", "value"]  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(objects(KEYS), max_size=3))
def test_any_shape_is_survived(records: list[Json]) -> None:
    rows, _, _ = raw(OpenTelemetry(), lines(*records, spans(span(1, CHAT))))
    assert rows["event_id"].to_list() == ["t1:s1"]


ATTRIBUTES = [*CHAT, "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "user.id",
              "gen_ai.prompt.0.content", "gen_ai.response.id", "event.name", "prompt.id", "session.id"]  # fmt: skip
WRAPPED = VALUES.map(lambda told: {"stringValue": told}) | VALUES | VALUES.map(
    lambda told: {"kvlistValue": {"values": told}}
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(ATTRIBUTES), WRAPPED), st.dictionaries(st.sampled_from(KEYS), VALUES))
def test_any_values_are_survived(told: dict[str, Any], more: Json) -> None:
    odd = [{"key": key, "value": item} for key, item in told.items()]
    broken = [span(7, CHAT) | {"attributes": odd} | more, {**log_record(CHAT), "attributes": odd} | more]
    record = spans(broken[0], span(1, CHAT)) | logs(broken[1])
    rows, _, _ = raw(OpenTelemetry(), lines(record))
    assert "t1:s1" in rows["event_id"].to_list()
