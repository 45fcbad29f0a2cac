"""OpenRouter: calls from the log and the API are one; activity stays sums."""

from __future__ import annotations

import io
import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import jsonl
from vendor_logs import VALUES, csv_of, events, formats, log, raw, rows, scores, survives, told

from tokenscan.sources.formats.openrouter import OpenRouter, OpenRouterActivity

COLUMNS = ("generation_id", "created_at", "cost_total", "byok_usage_inference", "tokens_prompt", "tokens_completion",
           "tokens_cached", "model_permaslug", "cancelled", "user", "finish_reason_normalized",
           "api_key_name")  # fmt: skip
ACTIVITY = ("Date", "Slug", "Usage", "BYOK Usage", "Requests", "Prompt Tokens", "Completion Tokens")
CALL = {"generation_id": "gen-1", "created_at": "2026-03-02 09:00:00", "model_permaslug": "openai/gpt-5"}


def test_the_log_and_the_api_tell_of_the_same_generations() -> None:
    found = log("openrouter")
    assert formats(found) == {"openrouter"}
    assert told(found.events, "event_id", "user", "user_kind", "input_tokens", "output_tokens", "cost_nanousd",
                "cost_kind", "status") == [
        ("gen-1772442000-Aa1", "ann@example.com", "email", 1200, 300, 2_100_000, "charged", "ok"),
        # With one's own key 0.00005 goes to OpenRouter and 0.004 to the provider.
        ("gen-1772442060-Bb2", "ops-key", "key", 500, 100, 4_050_000, "logged", "ok"),
        ("gen-1772442120-Cc3", "bob", "login", 700, 10, 700_000, "charged", "error"),
        ("gen-1772442180-Dd4", "bob", "login", 90, 0, 0, "charged", "error"),
        ("gen-1772442240-Ee5", "chen", "login", 100, 60, 10_100_000, "logged", "ok"),
        ("gen-1772442300-Ff6", "dora", "login", 40, 7, 2_000_000, "charged", "ok"),
    ]  # fmt: skip
    first = found.events.filter(event_id="gen-1772442000-Aa1")
    assert told(first, "cache_read_tokens", "reasoning_tokens", "latency_ms", "app") == [(800, 50, 4120, "Chat UI")]
    assert first["timestamp"][0].isoformat() == "2026-03-02T09:00:00.120000+00:00"


def test_activity_is_sums_by_day() -> None:
    found = events("openrouter-activity")
    assert told(found, "n_requests", "input_tokens", "cost_nanousd", "user") == [
        (1, 1200, 2_100_000, None),
        (12, 5000, 4_050_000, None),
        (3, 30, 10_000_000, None),
        (40, 90000, 500_000_000, None),
        (5, 50, 15_000_000, None),
    ]
    assert set(found["grain"]) == {"day"}


def test_activity_yields_to_the_log_of_the_same_day() -> None:
    found = log("openrouter", "openrouter-activity/activity.csv")
    assert found.events["n_requests"].sum() == 6 + 40  # 2 March is in the log; 3 March only in the sums


@pytest.mark.parametrize(
    ("changes", "field", "expected"),
    [
        ({"user": "", "api_key_name": "k"}, "user", "k"),
        ({"user": "null", "api_key_name": ""}, "user", None),
        ({"cost_total": "0.5", "byok_usage_inference": "0"}, "cost_kind", "charged"),
        ({"cost_total": "", "byok_usage_inference": ""}, "cost_kind", None),
        ({"cost_total": "", "byok_usage_inference": "0.25"}, "cost_nanousd", 250_000_000),
        ({"cancelled": "True", "finish_reason_normalized": "stop"}, "status", "error"),
        ({"cancelled": "", "finish_reason_normalized": ""}, "status", None),
        ({"tokens_prompt": ""}, "input_tokens", None),
    ],
)
def test_what_columns_mean(changes: dict[str, str], field: str, expected: Any) -> None:
    [row] = rows(csv_of([CALL | changes], COLUMNS))
    assert row[field] == expected


def test_an_unreadable_cost_makes_a_row_bad() -> None:
    frame, quarantine = raw(csv_of([CALL | {"cost_total": "cheap"}], COLUMNS))
    assert (frame.height, quarantine.total) == (0, 1)


def test_each_export_is_known_by_its_columns() -> None:
    assert scores(csv_of([CALL], COLUMNS)) == {"openrouter": 100}
    assert scores(csv_of([], ACTIVITY)) == {"openrouter-activity": 100}
    generation = {"data": {"id": "gen-1", "native_tokens_prompt": 1, "total_cost": 0, "created_at": "2026-03-02"}}
    assert scores(json.dumps(generation).encode()) == {"openrouter": 100}
    assert scores(jsonl(generation, generation)) == {"openrouter": 100}


def test_a_parquet_copy_of_the_log_keeps_its_types() -> None:
    copy = io.BytesIO()
    frame = pl.DataFrame(CALL | {"tokens_prompt": 12, "cancelled": True, "cost_total": 0.25, "user": "ann"})
    frame.with_columns(pl.col("created_at").str.to_datetime().dt.replace_time_zone("UTC")).write_parquet(copy)
    [row] = rows(copy.getvalue())
    assert [row[name] for name in ("input_tokens", "status", "cost_nanousd")] == [12, "error", 250_000_000]
    assert row["timestamp"].isoformat() == "2026-03-02T09:00:00+00:00"


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from([*COLUMNS, "id", "is_byok", "native_tokens_prompt"]), VALUES), max_size=3)
)
def test_no_values_whatever_raise(records: list[dict[str, Any]]) -> None:
    pages = [{"data": records}, *({"data": record} for record in records), *records]
    survives(OpenRouter(), csv_of(records, COLUMNS), jsonl({}, *pages), json.dumps(pages).encode())
    sums = [dict(zip(ACTIVITY, record.values(), strict=False)) for record in records]
    survives(OpenRouterActivity(), csv_of(sums, ACTIVITY), jsonl({}, *pages, *sums))
