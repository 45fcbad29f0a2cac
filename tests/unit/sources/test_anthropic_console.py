"""Anthropic console CSV: disjoint token columns are added, and only Claude Code's keys name people."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vendor_logs import VALUES, chosen, csv_of, events, log, raw, rows, survives, told

from tokenscan.sources.formats.anthropic_console import AnthropicConsoleCosts, AnthropicConsoleUsage

USAGE = ("usage_date_utc", "model_version", "api_key", "workspace", "usage_input_tokens_no_cache",
         "usage_input_tokens_cache_write_5m", "usage_input_tokens_cache_write_1h", "usage_input_tokens_cache_read",
         "usage_output_tokens")  # fmt: skip
COSTS = ("usage_date_utc", "model", "workspace", "api_key", "token_type", "cost_usd", "list_price_usd")
DAY = {
    "usage_date_utc": "2026-03-02",
    "usage_input_tokens_no_cache": "5",
    "usage_output_tokens": "7",
    "workspace": "Web",
    "api_key": "app",
}


def row_of(**changes: Any) -> dict[str, Any]:
    [row] = rows(csv_of([DAY | changes], USAGE))
    return row


def test_tokens_are_added_up_and_cache_parts_kept() -> None:
    found = events("anthropic-console-usage/claude_api_tokens_2026_03.csv")
    # 100 + 2000 + 300 + 50000, of them written 2300 (300 for an hour), read 50000.
    assert (52400, 50000, 2300, 300, 1200, "ann") in told(
        found,
        "input_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "cache_write_1h_tokens",
        "output_tokens",
        "user",
    )
    assert found["input_tokens"].sum() == 52400 + 250010 + 900 + 40000 + 62950
    assert found["output_tokens"].sum() == 1200 + 400 + 80 + 5000 + 16932
    assert set(found["n_requests"]) == {0}
    assert set(found["grain"]) == {"day"}


def test_people_teams_and_programs_come_from_keys_and_workspaces() -> None:
    found = events("anthropic-console-usage/claude_api_tokens_2026_03.csv")
    assert told(found.unique(["user", "team", "app"]), "user", "user_kind", "team", "app") == [
        ("ann", "key", None, "claude-code"),
        ("bob.lee", "key", None, "claude-code"),
        (None, "none", "Finance", "Invoice Reader"),
        (None, "none", None, "Invoice Reader"),
    ]


def test_the_older_header_is_read() -> None:
    found = events("anthropic-console-usage/claude_api_tokens_2025_06.csv")
    assert told(found, "user", "input_tokens", "output_tokens") == [
        ("chen", 8, 1),
        ("dora_sato", 10020, 600),
        (None, 300, 90),
    ]


@pytest.mark.parametrize(
    ("key", "user"),
    [
        ("claude_code_key_ann_x", "ann"),
        ("claude_code_key_ann.smith@example.com_x", "ann.smith@example.com"),
        ("claude_code_key_ann", "ann"),
        ("claude_code_key_", None),
        ("my_claude_code_key_ann_x", None),
        ("null", None),
        ("", None),
    ],
)
def test_who_a_key_was_made_for(key: str, user: str | None) -> None:
    row = row_of(api_key=key)
    assert (row["user"], row["user_kind"]) == (user, "key" if user else "none")


def test_a_month_downloaded_twice_counts_once_and_its_last_state_counts(tmp_path: Any) -> None:
    again = tmp_path / "again.csv"
    first = csv_of([DAY, DAY | {"usage_output_tokens": "9"}], USAGE)
    again.write_bytes(csv_of([DAY | {"usage_output_tokens": "9"}, DAY | {"usage_output_tokens": "11"}], USAGE))
    (tmp_path / "first.csv").write_bytes(first)
    found = log(str(tmp_path))
    # Two rows that agree in every dimension: 9 and 7 became 11 and 9.
    assert found.events.filter(team="Web")["output_tokens"].sum() == 20
    assert found.events.filter(team="Web")["input_tokens"].sum() == 10


def test_costs_are_bills_without_tokens() -> None:
    found = events("anthropic-console-costs/claude_api_cost_2026_03.csv")
    assert found.filter(user="ann")["cost_nanousd"].sum() == 500_000 + 25_000_000 + 30_000_000
    assert found.filter(team="Finance")["cost_nanousd"].sum() == 253_980_000 + 10_000_000
    assert set(found["cost_kind"]) == {"charged"}
    assert set(found["n_requests"]) == {0}
    assert found["input_tokens"].null_count() == found.height == 5


def test_the_two_exports_are_told_apart() -> None:
    assert chosen(csv_of([DAY], USAGE)) == "anthropic-console-usage"
    assert chosen(csv_of([{"usage_date_utc": "2026-03-02", "cost_usd": "1"}], COSTS)) == "anthropic-console-costs"


def test_one_unreadable_part_of_the_input_makes_the_row_bad() -> None:
    broken = DAY | {"usage_input_tokens_cache_write_5m": "lots"}
    frame, quarantine = raw(csv_of([broken, DAY], USAGE))
    assert frame["input_tokens"].to_list() == [5]
    assert dict(quarantine.counts) == {("log", "input_tokens is not a usable number"): 1}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(USAGE + COSTS), VALUES), max_size=4))
def test_no_values_whatever_raise(records: list[dict[str, Any]]) -> None:
    survives(AnthropicConsoleUsage(), csv_of(records, USAGE))
    survives(AnthropicConsoleCosts(), csv_of(records, COSTS))
