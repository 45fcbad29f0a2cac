"""Sums of an export never count beside the calls they sum up."""

from __future__ import annotations

from typing import Any

import pytest
from event_rows import frame, row, values

from tokenscan.events.hygiene import clean

FAMILIES = {"openai-usage": "openai", "openai-costs": "openai", "openai-log": "openai", "copilot": "copilot"}
DAY = 86400.0


def usage(seconds: float = 0, **columns: Any) -> dict[str, Any]:
    told = {"grain": "day", "source_format": "openai-usage", "n_requests": 5, "input_tokens": 100, "output_tokens": 9}
    return row(seconds, **told | {"model": "gpt-5.5", "status": None} | columns)


def kept(*rows: dict[str, Any]) -> list[str]:
    """Return the ids of the rows that count; each row needs one."""
    numbered = [line | {"event_id": line.get("event_id", f"row-{place}")} for place, line in enumerate(rows)]
    return values(clean(frame(*numbered), FAMILIES).events.sort("source_row"), "event_id")  # type: ignore[return-value]


def call(seconds: float = 60, **columns: Any) -> dict[str, Any]:
    return row(seconds, source_format="openai-log", input_tokens=10, output_tokens=1, event_id="call", **columns)


@pytest.mark.parametrize(
    ("sum_", "counts"),
    [
        (usage(event_id="sum"), False),
        (usage(event_id="sum", user=None), False),
        (usage(event_id="sum", user="bob"), True),
        (usage(DAY, event_id="sum"), True),
        (usage(event_id="sum", source_format="copilot"), True),
    ],
    ids=["same person", "nobody in particular", "another person", "another day", "another system"],
)
def test_a_sum_yields_to_the_calls_it_sums_up(sum_: dict[str, Any], counts: bool) -> None:
    assert kept(call(), sum_) == (["call", "sum"] if counts else ["call"])


def test_sums_of_everybody_yield_to_sums_of_people() -> None:
    everybody, ann = usage(event_id="all", user=None, n_requests=97), usage(event_id="ann")
    bob = usage(event_id="bob", user="bob")
    assert kept(everybody | {"source_file": "organisation"}, ann, bob) == ["ann", "bob"]
    # In an export that names people, a row without a person is a machine's.
    assert kept(everybody, ann, bob) == ["all", "ann", "bob"]


def test_calls_of_one_program_say_nothing_of_another() -> None:
    editor, cli = usage(event_id="editor", app="vscode"), usage(event_id="cli", app="copilot-cli")
    assert kept(call(app="copilot-cli"), editor, cli) == ["call", "editor"]
    assert kept(call(), editor, cli) == ["call"]


def test_of_two_bills_for_the_same_the_larger_counts() -> None:
    bill = {"n_requests": 0, "input_tokens": None, "output_tokens": None, "model": None, "cost_kind": "charged"}
    csv = usage(**bill, event_id="csv", source_format="openai-costs", cost_nanousd=7)
    assert kept(usage(**bill, event_id="api", cost_nanousd=6), csv) == ["csv"]


def test_the_day_yields_to_its_hours() -> None:
    hours = [usage(3600 * hour, grain="bucket", event_id=f"hour-{hour}") for hour in range(3)]
    assert kept(usage(event_id="day"), *hours) == ["hour-0", "hour-1", "hour-2"]


def test_of_two_downloads_of_one_bucket_the_later_larger_counts() -> None:
    early, late = usage(event_id="b", n_requests=3, input_tokens=60), usage(event_id="b")
    cleaned = clean(frame(early, late), FAMILIES)
    assert values(cleaned.events, "n_requests", "input_tokens") == [(5, 100)]
    assert cleaned.duplicates["same response id"] == 1


def test_requests_decide_where_no_tokens_are_told() -> None:
    days = [usage(event_id="d", n_requests=n, input_tokens=None, output_tokens=None) for n in (4, 9, 2)]
    assert values(clean(frame(*days), FAMILIES).events, "n_requests") == [9]


def test_two_exports_that_sum_the_same_are_not_added() -> None:
    dashboard = usage(event_id="csv", source_format="openai-log", grain="day", input_tokens=101)
    assert kept(usage(event_id="api"), dashboard) == ["csv"]


def test_a_bill_counts_only_where_no_tokens_can_be_priced() -> None:
    bill = {"source_format": "openai-costs", "n_requests": 0, "input_tokens": None, "output_tokens": None, "user": None,
            "model": None, "cost_nanousd": 7, "cost_kind": "charged"}  # fmt: skip
    assert kept(usage(event_id="use"), usage(**bill, event_id="bill")) == ["use"]
    assert kept(usage(event_id="use"), usage(DAY, **bill, event_id="bill")) == ["use", "bill"]
    assert kept(usage(event_id="use", model=None), usage(**bill, event_id="bill")) == ["use", "bill"]


def test_what_is_set_aside_is_said() -> None:
    cleaned = clean(frame(call(), usage(event_id="sum", source_file="usage.csv")), FAMILIES)
    assert cleaned.dropped.rows() == [("usage.csv", "sum of calls counted one by one", 1)]
