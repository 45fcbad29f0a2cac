"""Azure API Management: a call told in several rows, whose key it was in another log, and bodies that are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from cloud_logs import columns, events, fixture, lines, objects, raw, score, survives, table
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.sources.formats.azure_apim import AzureApim
from tokenscan.sources.formats.azure_messages import joined

LLM, API = fixture("azure-apim", "llm-log.csv"), fixture("azure-apim", "llm-log-query-api.json")
GATEWAY, BODIES = fixture("azure-apim", "gateway-log.csv"), fixture("azure-apim", "gateway-bodies.json")
LETTER = "Translate this letter: " + "Dear Sir or Madam, " * 20
GOOD: dict[str, Any] = {
    "TimeGenerated": "2026-03-02T09:00:00Z", "CorrelationId": "c", "SequenceNumber": 0, "PromptTokens": 3,
    "CompletionTokens": 1,
}  # fmt: skip


@pytest.mark.parametrize("path", [LLM, API])
def test_rows_of_one_call_are_one_call(path: Path) -> None:
    assert score(AzureApim(), path) == 100
    rows, links, quarantine = raw(AzureApim(), path)
    assert (quarantine.total, links.height) == (0, 0)
    assert columns(rows, "event_id", "input_tokens", "output_tokens", "prompt", "response") == [
        ("g-1", 20, 5, "What is the capital of Switzerland?", "Bern."),  # its rows are out of order
        ("g-2", 400, 60, LETTER, "Sehr geehrte Damen und Herren"),  # cut into pieces
        ("g-3", 7, 0, None, None),
    ]
    assert rows["model"].unique().to_list() == ["gpt-4o-2024-11-20"]


def test_the_gateway_log_says_whose_key_it_was() -> None:
    log = events(LLM, GATEWAY)
    who = log.events.sort("event_id").select("event_id", "user", "user_kind", "team", "app").rows()
    assert who == [
        ("g-1", "team-search-key", "key", "research", "azure-openai"),
        ("g-2", "bob-key", "key", "research", "azure-openai"),
        ("g-3", "team-search-key", "key", "research", "azure-openai"),
    ]
    assert log.events["input_tokens"].sum() == 427


def test_the_gateway_log_alone_tells_of_no_calls() -> None:
    rows, links, _ = raw(AzureApim(), GATEWAY)
    assert (rows.height, links.height) == (0, 4)


def test_bodies_are_read_once_and_cut_ones_as_far_as_they_go() -> None:
    rows, links, quarantine = raw(AzureApim(), BODIES)
    assert quarantine.total == 0
    # b-4 is an order at another address, no call of a model. b-2 is cut after its usage.
    assert columns(
        rows, "event_id", "user", "input_tokens", "cache_read_tokens", "output_tokens", "prompt", "status"
    ) == [
        ("b-1", "chen-key", 12, 0, 4, "Name a Swiss lake", "ok"),
        ("b-2", "chen-key", 3000, None, 1900, None, "ok"),
        ("b-3", "chen-key", None, None, None, "Name a Swiss lake", "error"),
        ("b-5", "chen-key", 2048, 1024, 1, "What is 2 + 2?", "ok"),
    ]
    assert rows["user_kind"].unique().to_list() == ["key"]
    assert links["link_id"].to_list() == ["b-1", "b-2", "b-3", "b-4", "b-5"]


def test_a_call_in_both_logs_counts_once(tmp_path: Path) -> None:
    told = {"TimeGenerated": "2026-03-02T11:01:00Z", "CorrelationId": "b-1", "SequenceNumber": 0, "ModelName": "gpt-4o",
            "PromptTokens": 12, "CompletionTokens": 4, "TotalTokens": 16}  # fmt: skip
    path = tmp_path / "llm.jsonl"
    path.write_bytes(lines(told))
    calls = events(BODIES, path).events.filter(pl.col("event_id") == "b-1")
    assert calls.select("user", "user_kind", "input_tokens", "output_tokens").rows() == [("chen-key", "key", 12, 4)]


def test_a_call_over_two_files_is_one(tmp_path: Path) -> None:
    rows = LLM.read_text().splitlines(keepends=True)
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text(rows[0] + rows[2])  # tokens of g-1
    second.write_text("".join((rows[0], rows[1], rows[3])))  # its answer and its question
    log = events(first, second)
    assert log.events.select("event_id", "input_tokens", "output_tokens").rows() == [("g-1", 20, 5)]
    assert log.events["prompt_id"].null_count() == 0


def test_an_attempt_that_failed_does_not_add_up(tmp_path: Path) -> None:
    again = [GOOD | {"RequestId": "1"}, GOOD | {"RequestId": "2", "PromptTokens": 10, "CompletionTokens": 6}]
    rows, _, _ = raw(AzureApim(), lines(*again))
    assert columns(rows, "input_tokens", "output_tokens") == [(10, 6)]


def whole(*parts: str) -> str | None:
    return joined(pl.Series("p", [list(parts)], dtype=pl.List(pl.String)))[0]


def test_pieces_of_messages_are_joined_by_what_they_are() -> None:
    def message(role: str | None, text: str) -> str:
        return json.dumps([{"content": text} if role is None else {"role": role, "content": text}])

    assert json.loads(whole(message("user", "ab"), message(None, "cd")) or "") == [{"role": "user", "content": "abcd"}]
    two = [{"role": "user", "content": "ab"}, {"role": "user", "content": "cd"}]
    assert json.loads(whole(message("user", "ab"), message("user", "cd")) or "") == two
    long = "x" * 32_000
    assert json.loads(whole(message("user", long), message("user", "y")) or "")[0]["content"] == long + "y"
    assert whole('[{"role": "us', 'er"}]') == '[{"role": "user"}]'
    assert whole("one") == "one"
    assert whole() is None


def test_a_piece_that_ends_in_a_space_keeps_it() -> None:
    text = json.dumps([{"role": "user", "content": "Dear Sir or Madam"}])
    cut = text.index("Sir")
    header = ["TimeGenerated", "CorrelationId", "SequenceNumber", "RequestMessages", "ResponseMessages"]
    pieces = [["2026-03-02T09:00:00Z", "c", place, part, ""] for place, part in ((1, text[:cut]), (2, text[cut:]))]
    assert raw(AzureApim(), table(header, *pieces))[0]["prompt"].to_list() == ["Dear Sir or Madam"]


def test_bad_numbers_are_named_and_the_rest_is_read() -> None:
    rows, _, quarantine = raw(AzureApim(), lines(GOOD | {"PromptTokens": "many"}, GOOD | {"CorrelationId": "d"}))
    assert rows["event_id"].to_list() == ["d"]
    assert [reason for _, reason in quarantine.counts] == ["input_tokens is not a usable number"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        objects({*GOOD, "RequestMessages", "ResponseMessages", "TotalTokens", "ModelName", "properties", "requestBody",
                 "responseBody", "apimSubscriptionId", "url", "records", "tables", "category", "content", "role"}),
        max_size=4,
    )
)  # fmt: skip
def test_no_value_ends_the_reading(records: list[dict[str, Any]]) -> None:
    survives(AzureApim(), records, GOOD | {"CorrelationId": "the good one"})
