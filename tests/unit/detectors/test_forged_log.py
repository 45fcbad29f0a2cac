"""What the rule's own tests cannot show: parts and wholes, releases, and whose finding it is."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at, call, context, prepared
from tokenscan.detectors.base import Detection, Tables
from tokenscan.detectors.common.releases import release_dates, released
from tokenscan.engine import detect
from tokenscan.ruleset.effective import effective
from tokenscan.ruleset.load import load_rules

RULE = effective(next(rule for rule in load_rules().rules if rule.id == "forged-log"))


def found(tables: Tables) -> list[dict[str, Any]]:
    result = detect(RULE, tables)
    assert isinstance(result, Detection)
    return [row | row.pop("metrics", {}) for row in result.candidates.to_dicts()]


def calls(user: str, count: int, **changes: Any) -> list[dict[str, Any]]:
    return [
        call(user, at("2026-03-02 09:00:17") + timedelta(seconds=431 * n), output_tokens=211 + n, **changes)
        for n in range(count)
    ]


INSIDE = {"cache_inside_input": True, "cache_read_tokens": 900}


def test_cached_tokens_above_the_input_are_told_of_the_account() -> None:
    rows = [*calls("ann", 6, input_tokens=811, **INSIDE), *calls("bob", 60, input_tokens=1811, **INSIDE)]
    (row,) = found(prepared(rows).tables)
    assert (row["subject"], row["user"], row["form"]) == ("account", "ann", "parts above the whole")
    assert (row["bad_calls"], row["checked_calls"], row["others_calls"], row["others_bad"]) == (6, 6, 60, 0)
    assert row["what"] == "6 of 6 calls of ann count more tokens in a part than in the whole"
    assert len(row["samples"]) == 3


def test_a_log_that_counts_cached_tokens_beside_the_input_is_no_finding() -> None:
    assert found(prepared(calls("ann", 60, input_tokens=811, cache_read_tokens=900)).tables) == []


def test_reasoning_above_the_output_is_told_where_the_log_has_it() -> None:
    tables = prepared([*calls("ann", 9, input_tokens=811), *calls("bob", 60, input_tokens=811)]).tables
    thought = pl.when(pl.col("user") == "ann").then(5000).otherwise(100).alias("reasoning_tokens")
    with_it = dataclasses.replace(
        tables,
        calls=tables.calls.with_columns(thought),
        programs=tables.programs.with_columns(pl.lit(0, pl.Int32).alias("reasoning_tokens")),
    )
    (row,) = found(with_it)
    assert (row["user"], row["bad_calls"]) == ("ann", 9)


def test_services_are_looked_at_as_well() -> None:
    given = context([{"user": "nightly", "kind": "service"}])
    rows = [*calls("nightly", 6, model="gpt-5", input_tokens=811), *calls("ann", 60, input_tokens=811)]
    old = [row | {"timestamp": row["timestamp"] - timedelta(days=400)} for row in rows[:6]]
    (row,) = found(prepared([*old, *rows[6:]], given).tables)
    assert (row["subject"], row["user"], row["form"]) == ("account", "nightly", "model before its release")


def test_what_many_accounts_show_is_told_once_of_the_log() -> None:
    odd = [row for n in range(6) for row in calls(f"u{n}", 5, input_tokens=811, **INSIDE)]
    sound = [row for n in range(60) for row in calls(f"v{n}", 2, input_tokens=1811, **INSIDE)]
    (row,) = found(prepared([*odd, *sound]).tables)
    assert (row["subject"], row["user"], row["accounts"], row["bad_calls"]) == ("organisation", None, 6, 30)


def test_other_apps_do_not_say_how_this_one_logs() -> None:
    odd = calls("ann", 6, input_tokens=811, app="one", **INSIDE)
    rows = [*odd, *calls("bob", 60, input_tokens=811, app="two", **INSIDE), *calls("cat", 60, app="one")]
    assert {(row["subject"], row["user"]) for row in found(prepared(rows).tables)} == {
        ("account", "ann"),
        ("account", "bob"),
    }


@pytest.mark.parametrize(
    ("model", "day"),
    [
        ("gpt-5", date(2025, 8, 7)),
        ("gpt-5-mini", date(2025, 8, 7)),
        ("GPT-5.1-Codex", date(2025, 11, 12)),
        ("gpt-4o-2024-11-20", date(2024, 11, 20)),
        ("gpt-4o-mini", date(2024, 7, 18)),
        ("openai/gpt-4.1", date(2025, 4, 14)),
        ("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", date(2025, 9, 29)),
        ("claude-sonnet-4@20250514", date(2025, 5, 22)),
        ("o3", date(2024, 12, 20)),
        ("gemini-2.5-pro", date(2025, 3, 25)),
        ("my-model-20260131", date(2026, 1, 31)),
        ("my-model-20261399", None),
        ("gpt-50", None),
        ("o30", None),
        ("my-gpt-5", None),
        ("prod", None),
        ("", None),
    ],
)
def test_releases(model: str, day: date | None) -> None:
    assert released(model) == day


def test_release_dates_leave_out_what_is_not_known() -> None:
    assert release_dates(["gpt-5", None, "", "prod"]).rows() == [("gpt-5", date(2025, 8, 7))]
    assert release_dates([]).schema == {"model": pl.String, "released": pl.Date}
