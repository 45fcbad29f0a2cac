"""OpenAI costs: bills in dollars, without requests, tokens or persons."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import jsonl
from vendor_logs import SHARED, VALUES, events, log, raw, rows, scores, survives, told

from tokenscan.sources.formats.openai_costs import OpenAICosts

START = 1772409600


def page(*results: Any) -> dict[str, Any]:
    bucket = {"object": "bucket", "start_time": START, "end_time": START + 86400, "results": list(results)}
    return {"object": "page", "data": [bucket], "has_more": False}


def test_bills_are_read_by_day_project_and_line_item() -> None:
    found = log("openai-costs/costs.json")
    assert told(found.events, "cost_nanousd", "model", "team") == [
        (1_250_000_000, "gpt-5-2025-08-07", "proj_web"),
        (180_000_000, "gpt-5-2025-08-07", "proj_web"),
        (500_000_000, None, "proj_web"),
        (60_000_000, "gpt-5-2025-08-07", "proj_web"),
    ]
    assert set(found.events["cost_kind"]) == {"charged"}
    assert set(found.events["n_requests"]) == {0}
    assert found.events["input_tokens"].null_count() == 4
    assert found.files[0].bad_reasons == {"cost in another currency than USD": 1}


def test_a_bucket_of_another_vendor_that_was_slipped_in_does_not_decide() -> None:
    (own,) = page({"object": "organization.costs.result", "amount": {"value": 0.5, "currency": "usd"}})["data"]
    other = {"starting_at": "2026-03-02T00:00:00Z", "ending_at": "2026-03-03T00:00:00Z",
             "results": [{"amount": "50", "currency": "USD", "cost_type": "tokens"}]}  # fmt: skip
    for data, name in (([own, own, other], "openai-costs"), ([other, own, other], "anthropic-costs")):
        assert scores(jsonl({"data": data, "has_more": False})) == {name: 100}


def test_the_dashboards_csv_is_read_and_its_empty_days_are_passed_over() -> None:
    found = events("openai-costs/costs_dashboard.csv")
    assert told(found, "cost_nanousd", "org") == [(72_054_000, "Example Ltd"), (895_874_000, "Example Ltd")]
    assert set(found["grain"]) == {"day"}
    assert set(found["user"]) == {None}


def test_a_file_of_both_kinds_loses_neither() -> None:
    usage = {"object": "organization.usage.completions.result", "input_tokens": 10, "num_model_requests": 2}
    cost = {"object": "organization.costs.result", "amount": {"value": 0.5, "currency": "usd"}}
    content = jsonl(page(cost), page(usage))
    assert scores(content) == {"openai-usage": 100}
    assert sorted((row["source_format"], row["n_requests"], row["cost_nanousd"]) for row in rows(content)) == [
        ("openai-costs", 0, 500_000_000),
        ("openai-usage", 2, None),
    ]


def test_a_bill_that_is_no_number_or_below_zero_is_bad() -> None:
    results = ({"object": "organization.costs.result", "amount": {"value": value}} for value in ("free", -1, 2))
    frame, quarantine = raw(json.dumps(page(*results)))
    assert frame["cost_nanousd"].to_list() == [2_000_000_000]
    assert dict(quarantine.counts) == {("log", "cost_usd is not a usable number"): 2}


@pytest.mark.skipif(not SHARED.exists(), reason="no published data here")
def test_the_published_page_is_read() -> None:
    [row] = rows((SHARED / "samples/openai_usage/costs_page.json").read_bytes())
    assert (row["source_format"], row["cost_nanousd"], row["user"]) == ("openai-costs", 60_000_000, None)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(["object", "amount", "line_item", "project_id", "api_key_id"]), VALUES))
def test_no_values_whatever_raise(result: dict[str, Any]) -> None:
    records = [page(result | {"object": "organization.costs.result"}), page(result)]
    survives(OpenAICosts(), jsonl(*records), json.dumps(records).encode())
