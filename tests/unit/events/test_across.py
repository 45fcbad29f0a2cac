"""A call that several systems logged is one event, with the best that any of them knows."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from event_rows import frame, row, values
from hypothesis import given
from hypothesis import strategies as st

from tokenscan.events.hygiene import clean

ID = "msg_01ABCDEFGH"
HOUR = 3600.0

CLIENT = row(
    2, event_id=ID, source_format="claude-code", source_file="session.jsonl", user="ann", user_kind="login",
    session_id="s-1", session_quality="client", task_id="ABC-1", prompt_id=7, prompt_kind="human",
    prompt_truncated=False, input_tokens=1053, cache_read_tokens=1000, cache_write_tokens=50,
    cache_write_1h_tokens=20, output_tokens=90, cache_inside_input=True, tokens_quality="logged",
    model="claude-opus-4-6", is_agent=False,
)  # fmt: skip
GATEWAY = row(
    0, event_id=ID, source_format="litellm", source_file="spend.csv", user="ann@example.com", user_kind="email",
    team="t1", session_id="5d9c", session_quality="synthetic", prompt_id=8, prompt_truncated=True,
    input_tokens=1053, cache_read_tokens=1000, output_tokens=90, cache_inside_input=True, tokens_quality="logged",
    model="prod-opus", cost_nanousd=5_000_000, cost_kind="logged", latency_ms=2100, used=True, status="error",
)  # fmt: skip
BILL = row(
    1, event_id=ID, source_format="provider", source_file="bill.csv", user="key-17", user_kind="key",
    cost_nanousd=6_000_000, cost_kind="charged", status=None,
)  # fmt: skip


def test_the_best_of_each_system_is_kept() -> None:
    cleaned = clean(frame(CLIENT, GATEWAY, BILL))
    (call,) = cleaned.events.rows(named=True)
    assert (call["user"], call["user_kind"], call["team"]) == ("ann@example.com", "email", "t1")
    assert (call["session_id"], call["session_quality"], call["task_id"]) == ("s-1", "client", "ABC-1")
    assert (call["prompt_id"], call["prompt_truncated"], call["prompt_kind"]) == (7, False, "human")
    assert (call["input_tokens"], call["cache_write_1h_tokens"], call["model"]) == (1053, 20, "claude-opus-4-6")
    assert (call["cost_nanousd"], call["cost_kind"]) == (6_000_000, "charged")
    assert (call["latency_ms"], call["used"], call["is_agent"], call["status"]) == (2100, True, False, "ok")
    assert call["timestamp"] == GATEWAY["timestamp"]
    assert (call["source_format"], call["source_file"]) == ("claude-code", "session.jsonl")
    assert cleaned.duplicates["same call in another system"] == 2
    assert cleaned.dropped.rows() == [
        ("bill.csv", "same call in another system", 1), ("spend.csv", "same call in another system", 1)
    ]  # fmt: skip


def test_counts_that_a_tool_guessed_yield_to_logged_ones() -> None:
    guess = CLIENT | {"output_tokens": 400, "tokens_quality": "estimated"}
    (call,) = clean(frame(guess, GATEWAY)).events.rows(named=True)
    assert (call["output_tokens"], call["tokens_quality"], call["model"]) == (90, "logged", "prod-opus")


@pytest.mark.parametrize(
    ("change", "calls"),
    [
        ({}, 1),
        ({"event_id": "msg_another_one"}, 2),
        ({"timestamp": row(6 * HOUR + 3)["timestamp"]}, 2),
        ({"source_format": "claude-code", "prompt_id": 9}, 2),
    ],
)
def test_only_the_same_call_is_merged(change: dict[str, Any], calls: int) -> None:
    assert clean(frame(CLIENT, GATEWAY | change)).events.height == calls


def test_a_counter_that_two_systems_reach_is_no_response_id() -> None:
    assert clean(frame(CLIENT | {"event_id": "17"}, GATEWAY | {"event_id": "17"})).events.height == 2


def test_a_client_that_knows_both_ids_brings_them_together() -> None:
    # A tracer knows the request's id, the provider's answer has another, and the client's log has both.
    client = CLIENT | {"other_id": "req_011ABCDEFG"}
    traced = GATEWAY | {"event_id": "req_011ABCDEFG", "source_format": "otel"}
    cleaned = clean(frame(client, traced, GATEWAY))
    assert values(cleaned.events, "event_id", "user") == [(ID, "ann@example.com")]
    assert cleaned.duplicates["same call in another system"] == 2


def test_an_id_that_one_system_has_twice_says_not_which_call_is_meant() -> None:
    again = CLIENT | {"prompt_id": 11, "user": "bob"}
    assert clean(frame(CLIENT, again, GATEWAY)).events.height == 3


def test_lines_of_a_stream_are_one_call_before_systems_are_compared() -> None:
    partial = CLIENT | {"output_tokens": 1}
    cleaned = clean(frame(partial, CLIENT, GATEWAY))
    assert values(cleaned.events, "output_tokens") == [90]
    assert (cleaned.duplicates["same response id"], cleaned.duplicates["same call in another system"]) == (1, 1)


@given(order=st.permutations([CLIENT, GATEWAY, BILL]), files=st.permutations(["a", "b", "c"]))
def test_neither_order_nor_files_decide(order: list[dict[str, Any]], files: list[str]) -> None:
    named = [line | {"source_file": file} for line, file in zip(order, files, strict=True)]
    place = pl.exclude("source_file", "source_row")
    expected = clean(frame(CLIENT, GATEWAY, BILL)).events.select(place)
    assert clean(frame(*named)).events.select(place).equals(expected)
