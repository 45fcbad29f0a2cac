"""GitHub Copilot's billing reports: every header seen, fractions, other products, what is no model."""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from exported import FIXTURES, SHARED, csv_of, log_of, rows_of, sums, survives, told
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import reasons

from tokenscan.sources.formats.copilot_billing import CopilotBilling

HERE = FIXTURES / "copilot-billing"
REAL = SHARED / "copilot_metrics" / "billing-credits.json"
MILLI = 1_000_000  # nano-dollars of a tenth of a cent


def test_a_weighted_quantity_is_money_and_no_number_of_prompts() -> None:
    frame, quarantine = rows_of(HERE / "premium-requests-2025-10.csv", "copilot-billing")
    assert told(frame, "n_requests", "grain", "cost_nanousd", "cost_kind", user="ann") == [
        (0, "day", 144 * MILLI, "logged"),  # 3.6 requests within the quota: worth as much, charged nothing
        (0, "day", 80 * MILLI, "charged"),
        (0, "day", 36 * MILLI, "charged"),
        (0, "day", 160 * MILLI, "charged"),
    ]
    assert reasons(quarantine) == {"timestamp missing or not readable": [12]}


def test_seats_and_other_products_are_passed_over() -> None:
    frame, _ = rows_of(HERE / "premium-requests-2025-10.csv", "copilot-billing")
    # Rows 8 to 10: a seat, Actions minutes, Spark.
    assert frame["source_row"].to_list() == [2, 3, 4, 5, 6, 7, 11]
    assert sums(frame, "cost_nanousd") == ((144 + 80 + 36 + 160 + 520 + 40) * MILLI,)


def test_what_stands_for_a_model_and_is_none_is_not_taken_for_one() -> None:
    frame, _ = rows_of(HERE / "premium-requests-2025-10.csv", "copilot-billing")
    assert told(frame, "model", "is_agent") == [
        ("Claude Sonnet 4", None),
        ("Claude Sonnet 4", None),
        ("GPT-5", None),  # Auto: GPT-5
        (None, True),  # Coding Agent model
        (None, None),  # Code Review model
        (None, True),  # Auto: Coding Agent model
        ("GPT-5 mini", None),
    ]


def test_person_team_and_organisation_are_read() -> None:
    frame, _ = rows_of(HERE / "premium-requests-2025-10.csv", "copilot-billing")
    assert told(frame.head(1), "timestamp", "user", "team", "org", "app") == [
        (datetime(2025, 10, 1, tzinfo=UTC), "ann", "search", "corp", "copilot_premium_request")
    ]


def test_rows_of_two_downloads_count_once_whatever_the_order_of_columns() -> None:
    log = log_of(HERE / "premium-requests-2025-10.csv", HERE / "premium-requests-2025-10-again.csv")
    # One new row of 40 cents beside the seven of the first report.
    assert log.events.height == 8
    assert sums(log.events, "cost_nanousd") == ((980 + 400) * MILLI,)
    assert log.duplicates["same response id"] == 2


def test_newer_reports_tell_tokens_and_the_cache_stands_beside_the_input() -> None:
    frame, quarantine = rows_of(HERE / "ai-usage-2026-07.csv", "copilot-billing")
    columns = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens", "model")
    assert told(frame, *columns) == [
        (1_150, 1_000, 50, 40, "Claude Sonnet 4.6"),
        (300, 0, 0, 60, None),
        (400, 0, 0, 70, None),
        (200, None, None, 10, "GPT-5.4"),
    ]
    assert reasons(quarantine) == {"input_tokens is not a usable number": [6]}
    # The same person, day, SKU and model in two repositories are two rows.
    assert sums(log_of(HERE / "ai-usage-2026-07.csv").events, "cost_nanousd") == ((125 + 200 + 300 + 50) * MILLI,)


def test_the_first_report_has_a_row_a_request() -> None:
    frame, quarantine = rows_of(HERE / "premium-interactions-2025-06.csv", "copilot-billing")
    assert quarantine.total == 0
    assert told(frame, "grain", "n_requests", "model", "cost_nanousd") == [
        ("call", 1, "claude-sonnet-4", None),
        ("call", 1, "claude-sonnet-4", None),
        ("call", 1, "gpt-4.5", None),  # weighs 50, is one
        ("call", 1, "gemini-2.0-flash", None),
        ("call", 1, None, None),  # Code Review
    ]
    # Two requests of one moment are two.
    assert sums(log_of(HERE / "premium-interactions-2025-06.csv").events, "n_requests") == (5,)


def test_a_months_items_stand_on_its_first_day() -> None:
    frame, _ = rows_of(HERE / "ai-credits-month.json", "copilot-billing")
    assert told(frame, "timestamp", "user", "org", "grain", "n_requests", "model", "cost_nanousd", "cost_kind") == [
        (datetime(2026, 6, 1, tzinfo=UTC), user, "corp", "day", 0, model, cost, kind)
        for user, model, cost, kind in [
            ("ann", "Claude Opus 4.7", 20_955 * MILLI, "logged"),
            ("ann", "GPT-5.4", 1_202_500_000, "charged"),
            ("bob", None, 3_510 * MILLI, "charged"),
            ("bob", None, 544 * MILLI, "logged"),
        ]
    ]


def test_an_answer_about_one_person_names_them_once() -> None:
    frame, _ = rows_of(HERE / "premium-day-of-chen.json", "copilot-billing")
    assert told(frame, "timestamp", "user", "org", "cost_nanousd") == [
        (datetime(2026, 3, 9, tzinfo=UTC), "chen", "corp", 300 * MILLI)
    ]


@pytest.mark.skipif(not REAL.exists(), reason="the published data is not here")
def test_the_published_answer_of_the_billing_api_adds_up() -> None:
    items = json.loads(REAL.read_text())["usageItems"]
    events = log_of(REAL).events
    assert events.height == len(items)
    assert sums(events, "cost_nanousd")[0] == pytest.approx(sum(item["grossAmount"] for item in items) * 1e9, abs=200)
    ann = sum(item["grossAmount"] for item in items if item["user"] == "monalisa")
    assert sums(events.filter(user="monalisa"), "cost_nanousd")[0] == pytest.approx(ann * 1e9, abs=200)
    assert not [model for model in events["model"].drop_nulls() if "Agent" in model or "Review" in model]


VALUES = st.text(max_size=6) | st.sampled_from(["2026-03-02", "1", "-1", "NaN", "copilot", "requests", "1e400", "3.6"])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(*[VALUES] * 12), min_size=1, max_size=3))
def test_no_value_whatever_raises(rows: list[tuple[str, ...]]) -> None:
    header = ["date", "username", "product", "sku", "model", "quantity", "unit_type", "gross_amount", "net_amount",
              "input", "cache_read", "discount_amount"]  # fmt: skip
    survives(CopilotBilling(), csv_of(header, *(dict(zip(header, row, strict=True)) for row in rows)))


JSON = st.none() | st.booleans() | st.integers() | st.floats() | VALUES | st.lists(st.integers(), max_size=2)


@settings(deadline=None, max_examples=40)
@given(
    st.dictionaries(st.sampled_from(["sku", "product", "grossAmount", "user", "model", "date", "unitType"]), JSON), JSON
)
def test_no_item_whatever_raises(item: dict[str, Any], period: Any) -> None:
    answer = {
        "timePeriod": {"year": period, "month": period},
        "usageItems": [{"sku": "", "product": ""} | item, period],
    }
    survives(CopilotBilling(), json.dumps(answer).encode("utf-8", "replace"))


def test_the_fixtures_gross_amounts_are_what_is_counted() -> None:
    with (HERE / "premium-requests-2025-10.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["unit_type"] == "requests" and row["product"] == "copilot"]
    dated = [row for row in rows if row["date"][:2] == "20"]
    frame, _ = rows_of(HERE / "premium-requests-2025-10.csv", "copilot-billing")
    assert sums(frame, "cost_nanousd") == (round(sum(float(row["gross_amount"]) for row in dated) * 1000) * MILLI,)
