"""Kong AI Gateway: every plugin that called a model is a call, under the names of every version."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import jsonl
from vendor_logs import VALUES, log, raw, rows, scores, survives, told

from tokenscan.sources.formats.kong import Kong

LINE = {"started_at": 1772449200000, "latencies": {"request": 50}, "request": {"id": "r1"}, "response": {"status": 200},
        "service": {"name": "llm"}, "consumer": {"username": "ann"}}  # fmt: skip
PROXY = {"usage": {"prompt_tokens": 7, "completion_tokens": 3}, "meta": {"request_model": "gpt-5"}}


def row_of(block: Any = PROXY, **changes: Any) -> dict[str, Any]:
    [row] = rows(jsonl(LINE | {"ai": {"proxy": block}} | changes))
    return row


def test_lines_of_all_versions_are_read() -> None:
    found = log("kong")
    assert told(found.events, "user", "model", "provider", "input_tokens", "output_tokens", "cost_nanousd", "status",
                "is_cache_hit", "is_agent") == [
        # One line, two plugins: the proxy's call and the transformer's.
        ("ann", "command", "cohere", 28, 20, 3_800_000, "ok", None, None),
        ("ann", "gpt-5-mini", "azure", 89, 56, 1_200_000, "ok", None, True),
        ("bob", "gpt-5-mini", "openai", 30, 10, 0, "ok", True, None),
        ("bob", "gpt-5-mini", "openai", 30, 10, None, "ok", None, None),
        (None, "gpt-5-mini", "openai", None, None, None, "error", None, None),
    ]  # fmt: skip
    # The line of request 2 was written twice, ordinary traffic is passed over.
    assert sum(found.duplicates.values()) == 1
    assert found.bad_rows == 0


def test_text_belongs_to_the_call_it_was_sent_with() -> None:
    frame = log("kong").events
    prompted = frame.filter(frame["prompt_id"].is_not_null())
    assert told(prompted, "event_id", "prompt_chars", "response_chars") == [
        ("chatcmpl-kong00000001", len("Name three rivers."), len("Rhine, Elbe, Oder.")),
        ("req00000000000000000000000000002-proxy", len("Name one lake."), None),
    ]


def test_counts_in_detail_are_read() -> None:
    usage = {"prompt_tokens": 30, "completion_tokens": 10, "prompt_tokens_details": {"cached_tokens": 16},
             "completion_tokens_details": {"reasoning_tokens": 4}}  # fmt: skip
    row = row_of({"usage": usage, "meta": {"llm_latency": 1500}})
    assert [row[name] for name in ("cache_read_tokens", "reasoning_tokens", "latency_ms")] == [16, 4, 1500]


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"consumer": {"custom_id": "ann@example.com"}}, "user", "ann@example.com"),
        ({"consumer": None, "authenticated_entity": {"id": "c-1"}}, "user", "c-1"),
        ({"consumer": "ann"}, "user", None),
        ({"consumer_groups": [{"name": "gold"}]}, "team", "gold"),
        ({"service": None, "route": {"name": "chat"}}, "app", "chat"),
        ({"response": {"status": 429}}, "status", "error"),
        ({"request": None}, "event_id", None),
        ({"started_at": "1772449200000"}, "input_tokens", 7),
        ({"block": {"usage": {"input_tokens": 5, "output_tokens": 6}}}, "output_tokens", 6),
        ({"block": PROXY | {"meta": {"response_model": "UNSPECIFIED", "request_model": "m"}}}, "model", "m"),
        ({"block": PROXY | {"cache": {"cache_status": "Miss"}}}, "is_cache_hit", None),
    ],
)
def test_what_values_mean(changes: dict[str, Any], field: str, expected: Any) -> None:
    block = changes.pop("block", PROXY)
    assert row_of(block, **changes)[field] == expected


def test_lines_are_known_by_their_ai_blocks() -> None:
    assert scores(jsonl(LINE, LINE | {"ai": {"ai-proxy": PROXY}})) == {"kong": 100}
    assert scores(jsonl(LINE, LINE)) == {"kong": 70}
    assert rows(jsonl(LINE, LINE | {"ai": {"prompt-guard": {"latency": 3}, "note": 1}})) == []


def test_a_count_that_is_none_makes_its_call_bad_and_not_the_others_of_the_line() -> None:
    broken = {"usage": {"prompt_tokens": "many"}}
    frame, quarantine = raw(jsonl(LINE | {"ai": {"proxy": PROXY, "transformer": broken}}))
    assert frame["input_tokens"].to_list() == [7]
    assert quarantine.total == 1


INSIDE = st.dictionaries(st.sampled_from(["prompt_tokens", "cost", "request_model"]), VALUES)
BLOCKS = st.dictionaries(st.sampled_from(["usage", "meta", "payload", "cache"]), VALUES | INSIDE)


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.sampled_from([*LINE, "consumer_groups"]), VALUES), BLOCKS | VALUES, VALUES)
def test_no_values_whatever_raise(line: dict[str, Any], block: Any, ai: Any) -> None:
    records = [LINE | {"ai": {"proxy": block, "payload": ai}}, LINE | {"ai": ai}, line | {"ai": {"proxy": PROXY}}]
    survives(Kong(), jsonl(*records), json.dumps(records).encode())
