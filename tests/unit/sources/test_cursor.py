"""Cursor's usage CSV, its Admin API's events and daily rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from exported import FIXTURES, csv_of, log_of, rows_of, sums, survives, told
from hypothesis import given, settings
from hypothesis import strategies as st
from made_logs import jsonl, log_file, reasons

from tokenscan.errors import InputError
from tokenscan.sources.base import ReadOptions
from tokenscan.sources.formats.cursor import Cursor
from tokenscan.sources.formats.cursor_admin import CursorAdmin
from tokenscan.sources.formats.cursor_daily import CursorDaily
from tokenscan.sources.registry import choose
from tokenscan.sources.sniff import probe

TABLES, EVENTS, DAYS = (FIXTURES / name for name in ("cursor", "cursor-admin", "cursor-daily"))
TEAM = TABLES / "team-usage-events.csv"
TOKENS = ("input_tokens", "cache_read_tokens", "cache_write_tokens", "output_tokens")
CENT = 10_000_000


def test_input_columns_that_add_up_to_the_total_are_apart() -> None:
    frame, _ = rows_of(TEAM, "cursor")
    # 100 written to the cache + 2,000 plain + 5,000 read.
    assert told(frame.head(1), *TOKENS, "user", "user_kind") == [(7_100, 5_000, 100, 300, "ann@example.com", "email")]


def test_an_input_column_that_holds_the_other_is_not_added_to_it() -> None:
    frame, quarantine = rows_of(TABLES / "personal-inclusive.csv", "cursor")
    # 1,200 of which 1,000 are plain, + 5,000 read: 6,200 and 300 out are the 6,500 of the total.
    assert told(frame, *TOKENS, "user", "cost_nanousd") == [
        (6_200, 5_000, 200, 300, None, 12 * CENT),
        (100, 0, 0, 10, None, CENT),
    ]
    assert reasons(quarantine) == {"cache_write_tokens is not a usable number": [4]}


def test_words_in_place_of_money_are_no_broken_rows() -> None:
    frame, quarantine = rows_of(TEAM, "cursor")
    assert told(frame, "cost_nanousd", "cost_kind", "status") == [
        (None, None, "ok"),  # Included
        (None, None, "ok"),
        (12 * CENT, "logged", "ok"),  # included, and said to be worth 0.12
        (167 * CENT, "charged", "ok"),  # $1.67
        (2 * CENT, "charged", "ok"),
        (0, "charged", "error"),  # errored, no charge: -
        (0, "charged", "error"),  # aborted, not charged: NaN
        (None, None, "ok"),  # Free
    ]
    assert reasons(quarantine) == {
        "input_tokens is not a usable number": [10],
        "timestamp missing or not readable": [11],
    }


def test_a_cloud_agent_is_an_agent_and_a_chosen_model_is_unknown() -> None:
    frame, _ = rows_of(TEAM, "cursor")
    assert told(frame, "session_id", "tool_name", is_agent=True) == [("bc-77", None)]
    assert frame["model"].to_list()[-2:] == ["gpt-5.4", None]
    assert frame["is_agent"].null_count() == frame.height - 1


def test_equal_events_of_one_moment_are_two_and_overlapping_exports_none_more() -> None:
    assert sums(log_of(TEAM).events.filter(user="ann@example.com"), "n_requests") == (3,)
    log = log_of(TEAM, TABLES / "team-usage-events-later.csv")
    assert sums(log.events.filter(user="ann@example.com"), "n_requests", "input_tokens") == (3, 14_700)
    assert log.duplicates["same response id"] == 2
    assert log.events.height == 8 + 1


def test_a_version_with_requests_has_no_money() -> None:
    frame, quarantine = rows_of(TABLES / "personal-requests.csv", "cursor")
    assert quarantine.total == 0
    assert told(frame, "n_requests", "input_tokens", "cost_nanousd", "status") == [
        (1, 1_000, None, "ok"),
        (1, 0, None, "ok"),  # weighs two requests, is one event
        (1, 0, 0, "error"),
    ]


def test_the_first_version_knows_only_a_total() -> None:
    frame, _ = rows_of(TABLES / "first-version.csv", "cursor")
    assert told(frame, "input_tokens", "output_tokens", "cost_nanousd", "cost_kind") == [
        (12_345, None, None, None),
        (5_000, None, 75 * CENT, "charged"),
    ]


def test_events_of_the_admin_api_are_read() -> None:
    frame, quarantine = rows_of(EVENTS / "filtered-usage-events.json", "cursor-admin")
    assert told(frame, *TOKENS, "cost_nanousd", "cost_kind", "status", "is_agent") == [
        (7_100, 5_000, 100, 300, 12_500_000, "logged", "ok", None),  # covered; worth 1.25 cents
        (7_100, 5_000, 100, 300, 12_500_000, "logged", "ok", None),
        (5_000, 0, 4_000, 900, 1_672_500_000, "charged", "ok", None),  # 167.25 cents, fee included
        (1_000, 200, 0, 100, 2 * CENT, "logged", "ok", True),
        (700, 0, 0, 0, 0, "charged", "error", None),
    ]
    assert told(frame.head(1), "timestamp", "user", "session_id", "org") == [
        (datetime(2026, 3, 2, 9, 15, 30, 603_000, tzinfo=UTC), "ann@example.com", "conv-1", "900")
    ]
    assert reasons(quarantine) == {"timestamp missing or not readable": [6]}


def test_pages_of_the_dashboard_are_read_line_by_line() -> None:
    frame, quarantine = rows_of(EVENTS / "dashboard-pages.jsonl", "cursor-admin")
    assert quarantine.total == 0
    assert told(frame, "user", "user_kind", "input_tokens", "cost_nanousd", "cost_kind", "status", "source_row") == [
        ("12345", "login", 10, 4 * CENT, "logged", "ok", 1),
        ("12345", "login", 20, 7_500_000, "charged", "ok", 2),
        ("svc-1", "key", 7, 0, "charged", "error", 2),
    ]


def test_an_event_in_the_csv_and_in_the_api_counts_once() -> None:
    log = log_of(TEAM, EVENTS / "filtered-usage-events.json")
    # All five of the API are in the CSV's eight; the conversation comes from the API, a bill from either.
    assert log.events.height == 8
    assert told(log.events, "session_id", "cost_nanousd", user="ann@example.com", model="claude-4.6-sonnet") == [
        ("conv-1", 12_500_000),
        ("conv-1", 12_500_000),
    ]


def test_days_are_sums_and_members_who_did_nothing_are_left_out() -> None:
    frame, quarantine = rows_of(DAYS / "daily-usage-data.json", "cursor-daily")
    # 4 + 10 + 20 + 3; what is included, billed by use or Bugbot's comes on top of nothing.
    assert told(frame, "user", "timestamp", "grain", "n_requests", "cost_nanousd") == [
        ("ann@example.com", datetime(2026, 3, 2, tzinfo=UTC), "day", 37, None),
        ("chen@example.com", datetime(2026, 3, 2, tzinfo=UTC), "day", 2, None),
        ("chen@example.com", datetime(2026, 3, 3, tzinfo=UTC), "day", 1, None),
    ]
    assert reasons(quarantine) == {"n_requests is not a usable number": [5]}


def test_overlapping_days_count_once_with_the_larger_number() -> None:
    events = log_of(DAYS / "daily-usage-data.json", DAYS / "daily-usage-pages.jsonl").events
    assert told(events.sort("timestamp"), "n_requests", user="ann@example.com") == [(37,), (6,)]


@pytest.mark.parametrize("record", [{"teamMembers": [{"email": "ann@example.com"}]}, {"teamMemberSpend": []}])
def test_rosters_and_sums_of_a_cycle_are_no_logs(record: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="Cursor"):
        choose(probe(log_file(jsonl(record))), "auto", ReadOptions())


HEADER = [
    "Date", "User", "Kind", "Model", "Max Mode", "Input (w/ Cache Write)", "Input (w/o Cache Write)",
    "Cache Read", "Output Tokens", "Total Tokens", "Cost",
]  # fmt: skip
VALUES = st.text(max_size=6) | st.sampled_from(["2026-03-02T09:00:00Z", "1", "-1", "NaN", "Included", "$1.67", "1e400"])


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(*[VALUES] * len(HEADER)), min_size=1, max_size=4))
def test_no_row_whatever_raises(rows: list[tuple[str, ...]]) -> None:
    survives(Cursor(), csv_of(HEADER, *(dict(zip(HEADER, row, strict=True)) for row in rows)))


COUNTS = st.tuples(*[st.integers(0, 10**6)] * 4)


@settings(deadline=None, max_examples=40)
@given(st.lists(COUNTS, min_size=1, max_size=6), st.booleans())
def test_the_arithmetic_of_a_file_decides_what_its_input_holds(rows: list[tuple[int, ...]], inside: bool) -> None:
    records = [
        {"Date": "2026-03-02T09:00:00Z", "Model": "m", "Input (w/ Cache Write)": str(write + plain * inside),
         "Input (w/o Cache Write)": str(plain), "Cache Read": str(read), "Output Tokens": str(out),
         "Total Tokens": str(write + plain + read + out)}
        for write, plain, read, out in rows
    ]  # fmt: skip
    frame, _ = rows_of(csv_of(HEADER, *records), "cursor")
    assert sums(frame, "input_tokens", "cache_write_tokens", "output_tokens") == (
        sum(write + plain + read for write, plain, read, _ in rows),
        sum(write for write, _, _, _ in rows),
        sum(out for _, _, _, out in rows),
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
KEYS = st.sampled_from([
    "timestamp", "model", "kind", "tokenUsage", "chargedCents", "userEmail", "owningUser", "isHeadless",
    "usageBasedCosts", "usageEvents", "usageEventsDisplay", "date", "day", "email", "chatRequests",
    "agentRequests", "composerRequests", "data", "conversationId",
])  # fmt: skip


@settings(deadline=None, max_examples=40)
@given(st.lists(st.dictionaries(KEYS, JSON, max_size=8), min_size=1, max_size=3), JSON)
def test_no_event_whatever_raises(records: list[dict[str, Any]], odd: Any) -> None:
    events = [{"tokenUsage": {"inputTokens": odd, "totalCents": odd}}, odd, *records]
    content = "\n".join(json.dumps(record) for record in [*records, {"usageEvents": events, "data": events}])
    for source in (CursorAdmin(), CursorDaily()):
        survives(source, content.encode("utf-8", "replace"))
