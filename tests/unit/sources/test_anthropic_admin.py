"""Anthropic's Admin API: three reports, their units, and who is named in them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import jsonl
from vendor_logs import VALUES, chosen, events, formats, log, raw, rows, scores, survives, told

from tokenscan.errors import InputError
from tokenscan.sources.formats.anthropic_admin import AnthropicUsage

TIMES = {"starting_at": "2026-03-02T00:00:00Z", "ending_at": "2026-03-03T00:00:00Z"}
NAMES = ("uncached_input_tokens", "output_tokens", "cache_creation", "amount", "currency", "model")
TOKENS = {"uncached_input_tokens": 10, "output_tokens": 2}


def page(*buckets: Any) -> dict[str, Any]:
    return {"data": list(buckets), "has_more": False, "next_page": None}


def bucket(*results: Any) -> dict[str, Any]:
    return TIMES | {"results": list(results)}


def person(**fields: Any) -> dict[str, Any]:
    breakdown = [{"model": "claude-opus-4-6", "tokens": {"input": 1, "output": 2}}]
    return {"date": "2026-03-02T00:00:00Z", "actor": {}, "model_breakdown": breakdown} | fields


def test_usage_adds_its_disjoint_inputs() -> None:
    found = events("anthropic-usage/messages.jsonl")
    # 1500 + 1000 + 500 + 200; written 1500, of them 1000 for an hour.
    assert told(found, "input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens",
                "output_tokens", "user", "team", "app") == [
        (3200, 200, 1500, 1000, 500, "user_01AnnExample", "wrkspc_01Web", None),
        (800, 0, 0, 0, 60, None, None, "apikey_01Cron"),
        (90010, 90000, 0, 0, 700, "user_01AnnExample", "wrkspc_01Web", None),
    ]  # fmt: skip
    assert set(found["n_requests"]) == {0}
    assert set(found["grain"]) == {"day"}


def test_a_day_that_went_on_counts_with_its_last_state() -> None:
    found = log("anthropic-usage/messages.jsonl", "anthropic-usage/messages_downloaded_again.json")
    assert formats(found) == {"anthropic-usage"}
    assert found.events["input_tokens"].sum() == 3200 + 800 + 120030
    assert found.events["output_tokens"].sum() == 500 + 60 + 900


def test_hours_are_buckets() -> None:
    found = events("anthropic-usage/messages_by_hour.json")
    assert told(found, "grain", "user", "input_tokens") == [("bucket", None, 5)]


def test_costs_are_in_cents() -> None:
    found = events("anthropic-costs/cost_report.json")
    assert told(found, "cost_nanousd", "model", "team") == [
        (1_237_891_200, "claude-opus-4-6", "wrkspc_01Web"),
        (5_000_000, None, "wrkspc_01Web"),
        (70_000_000, "claude-haiku-4-5-20251001", None),
    ]
    assert set(found["cost_kind"]) == {"charged"}
    assert set(found["n_requests"]) == {0}


def test_a_cost_in_another_currency_is_set_aside() -> None:
    frame, quarantine = raw(json.dumps(page(bucket({"amount": "5", "currency": "EUR"}, {"amount": "7"}))))
    assert frame["cost_nanousd"].to_list() == [70_000_000]
    assert dict(quarantine.counts) == {("log", "cost in another currency than USD"): 1}


def test_claude_code_names_people_and_estimates_costs() -> None:
    found = events("anthropic-claude-code")
    assert told(found, "user", "user_kind", "model", "input_tokens", "output_tokens", "cost_nanousd") == [
        ("ann@example.com", "email", "claude-haiku-4-5-20251001", 200, 100, 30_000_000),
        ("ann@example.com", "email", "claude-opus-4-6", 50, 60, 20_000_000),
        ("ann@example.com", "email", "claude-opus-4-6", 96000, 3500, 10_250_000_000),
        ("dora@example.com", "email", "claude-opus-4-6", 970, 60, 210_000_000),
        ("nightly-review", "key", "claude-sonnet-4-6", 700, 80, 50_000_000),
    ]
    assert set(found["cost_kind"]) == {"logged"}
    assert set(found["app"]) == {"claude-code"}
    assert set(found["n_requests"]) == {0}


@pytest.mark.parametrize(
    ("actor", "user", "kind"),
    [
        ({"type": "user_actor", "email_address": "ann@example.com"}, "ann@example.com", "email"),
        ({"type": "api_actor", "api_key_name": "claude_code_key_ann_wxyz"}, "ann", "key"),
        ({"type": "api_actor", "api_key_name": "ci"}, "ci", "key"),
        ({}, None, "none"),
        ("ann", None, "none"),
        (None, None, "none"),
    ],
)
def test_who_an_actor_is(actor: Any, user: str | None, kind: str) -> None:
    [row] = rows(json.dumps(page(person(actor=actor))))
    assert (row["user"], row["user_kind"]) == (user, kind)


def test_reports_are_told_apart_in_any_wrapping() -> None:
    for record, name in ((bucket(TOKENS), "anthropic-usage"), (bucket({"amount": "1"}), "anthropic-costs"),
                         (person(), "anthropic-claude-code")):  # fmt: skip
        wrapped = [json.dumps(page(record)), json.dumps([page(record)], indent=2), jsonl(record, record).decode()]
        for content in wrapped:
            assert scores(content.encode()) == {name: 100}
            assert rows(content)[0]["source_format"] == name


def test_buckets_without_results_are_known_as_usage_and_a_mixed_file_loses_nothing() -> None:
    assert chosen(json.dumps(page(bucket()))) == "anthropic-usage"
    content = jsonl(page(bucket({"amount": "1"})), page(bucket(TOKENS)), page(person()))
    assert scores(content) == {"anthropic-claude-code": 100}
    assert sorted(row["source_format"] for row in rows(content)) == [
        "anthropic-claude-code", "anthropic-costs", "anthropic-usage"]  # fmt: skip


def test_rosters_are_set_aside_with_a_reason() -> None:
    with pytest.raises(InputError, match="members"):
        chosen(
            json.dumps(page({"id": "user_1", "email": "ann@example.com", "role": "admin", "added_at": "2026-01-01"}))
        )


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(NAMES), VALUES), max_size=3), VALUES, VALUES)
def test_no_values_whatever_raise(results: list[Any], actor: Any, time: Any) -> None:
    models = [actor, {"tokens": time, "model": actor, "estimated_cost": time}]
    records = [
        page(bucket(*results)),
        bucket(*results) | {"starting_at": time},
        person(actor=actor, date=time),
        page(person(model_breakdown=models)),
    ]
    # One reader serves all three.
    survives(AnthropicUsage(), jsonl(*records), json.dumps(records).encode())
