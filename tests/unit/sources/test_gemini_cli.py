"""Gemini CLI sessions: one call an answer, however often it is written again."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.paths import SHARED
from tests.unit.sources.session_logs import FIXTURES, Record, file_of, log_of, rows_of, sums
from tokenscan.sources.formats.gemini_cli import GeminiCli

SESSIONS = FIXTURES / "gemini-cli"
DOCUMENT = SESSIONS / "session-2026-03-02T09-00-7c9e6679.json"
LINES = SESSIONS / "session-2026-03-03T09-00-9d4e6679.jsonl"
HEAD = {"sessionId": "s", "projectHash": "h", "startTime": "2026-03-02T09:00:00Z"}


def message(number: int, kind: str, content: Any, **fields: Any) -> Record:
    time = f"2026-03-02T09:{number:02}:00.000Z"
    return {"id": f"m{number}", "timestamp": time, "type": kind, "content": content} | fields


def answer(number: int, tokens: Any, content: Any = "ok") -> Record:
    return message(number, "gemini", content, model="gemini-3-pro", tokens=tokens)


def read(*records: Record | str) -> pl.DataFrame:
    frame, quarantine = rows_of(GeminiCli(), file_of([HEAD, *records]))
    assert quarantine.total == 0
    return frame


def test_a_documents_answers_are_calls_and_its_growing_copy_adds_none() -> None:
    events = log_of(DOCUMENT, SESSIONS / "copy-7c9e6679.json").events
    # Tokens of tool prompts stand beside the input and thoughts beside the output: 13,000 + 500, 100 + 150, 20 + 30.
    columns = ("input_tokens", "cache_read_tokens", "output_tokens", "reasoning_tokens", "is_agent", "tool_name")
    assert events.select(columns).rows() == [
        (12_000, 2_000, 250, 150, False, "read_file"),
        (13_500, 12_000, 50, 0, True, "write_file"),
        (14_000, 13_000, 50, 30, True, None),
        (15_000, 0, 40, 0, False, None),
    ]
    assert events["model"].to_list() == ["gemini-2.5-pro"] * 2 + ["gemini-2.5-flash"] * 2


def test_prompts_are_what_was_typed() -> None:
    texts = log_of(SESSIONS).prompts["text"].sort().to_list()
    assert texts == ["@a.py explain", "Rename the colour module", "now the tests", "undo that"]


def test_lines_that_rewrite_a_message_and_a_rewound_session_count_each_call_once() -> None:
    log = log_of(LINES)
    assert log.events.select("input_tokens", "output_tokens", "user", "is_agent").rows() == [
        (8_000, 100, "dora", False),
        (9_000, 30, "dora", False),  # rewound, but paid for
        (10_000, 70, "dora", True),
    ]
    assert log.duplicates == {"same response id": 2}


def test_a_sub_agents_calls_are_nobodys_prompt() -> None:
    events = log_of(SESSIONS / "subagent.jsonl").events
    assert events.select("is_agent", "prompt_id", "input_tokens", "output_tokens").rows() == [(True, None, 2_000, 30)]


@pytest.mark.parametrize(
    ("tokens", "content", "expected"),
    [
        ({"input": 5, "output": 1, "cached": 9}, "", [(5, 5, 1)]),
        ({"input": 5, "output": 1}, "", [(5, None, 1)]),
        ({"input": 0, "output": 0, "cached": 0, "thoughts": 0}, "", []),
        # An answer whose tokens are not told is a call of unknown size, not an empty one.
        (None, "Hello", [(None, None, None)]),
        ({"input": 0, "output": 0}, "Hello", [(None, None, None)]),
    ],
)
def test_tokens(tokens: Any, content: str, expected: list[Any]) -> None:
    frame = read(answer(1, tokens, content))
    assert frame.select("input_tokens", "cache_read_tokens", "output_tokens").rows() == expected


def test_an_old_short_id_belongs_to_its_session() -> None:
    assert read(answer(1, {"input": 5, "output": 1}))["event_id"].to_list() == ["gemini:s:m1"]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (answer(2, {"input": -1}), "input is not a usable number"),
        (answer(2, [1]), "tokens is not a usable number"),
        (answer(2, {"input": 5}) | {"timestamp": "soon"}, "timestamp missing or not readable"),
        ('{"type": "gemini", "con', "JSON ends too early"),
    ],
)
def test_a_line_that_cannot_be_counted_is_named(broken: Any, reason: str) -> None:
    good = answer(3, {"input": 7, "output": 1})
    frame, quarantine = rows_of(GeminiCli(), file_of([HEAD, broken, good]))
    assert [(bad.row, bad.reason) for bad in quarantine.samples] == [(2, reason)]
    assert frame["input_tokens"].to_list() == [7]


def test_a_broken_message_of_a_document_costs_no_other() -> None:
    messages = [
        message(1, "user", 'a "quoted" \ud83d'),
        answer(2, {"input": "x"}),
        answer(3, {"input": 7}, {"text": 5}),
    ]
    frame, quarantine = rows_of(GeminiCli(), file_of([json.dumps(HEAD | {"messages": messages})]))
    assert frame.select("input_tokens", "prompt", "is_agent").rows() == [(7, 'a "quoted" ?', False)]
    assert [bad.row for bad in quarantine.samples] == [2]


VALUES = st.none() | st.integers() | st.floats() | st.text(max_size=3) | st.lists(st.text(max_size=1), max_size=2)
NESTED = VALUES | st.dictionaries(st.sampled_from(["text", "input", "output", "messages", "name"]), VALUES, max_size=3)
KEYS = ["type", "id", "timestamp", "content", "tokens", "messages", "$set", "toolCalls", "sessionId", "directories"]


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), NESTED | st.lists(NESTED, max_size=2) | st.just("gemini")))
def test_a_line_of_anything_costs_no_other_line(odd: Record) -> None:
    good = answer(3, {"input": 7, "output": 1})
    frame, _ = rows_of(GeminiCli(), file_of([HEAD, odd, good]))
    assert frame["input_tokens"].to_list()[-1] == 7


@pytest.mark.skipif(not (SHARED / "entire").exists(), reason="published data is not here")
def test_real_sessions_give_the_tokens_their_totals_add_up_to() -> None:
    calls: dict[str, Record] = {}
    for path in (SHARED / "entire" / "native_gemini").iterdir():
        for told in json.loads(path.read_text())["messages"]:
            if told.get("tokens", {}).get("total"):
                calls[told["id"]] = told["tokens"]
    log = log_of(SHARED / "entire" / "native_gemini")
    assert log.events.height == len(calls) == 8
    total, cached = sum(each["total"] for each in calls.values()), sum(each["cached"] for each in calls.values())
    found = sums(log.events, "input_tokens", "output_tokens", "cache_read_tokens")
    assert (found[0] + found[1], found[2]) == (total, cached) == (104_479, 88_541)
