"""What is on each line of a cost report, by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.calls_factory import at, call, context, log
from tests.unit.costs.costs_factory import USD, costs, paid, report
from tokenscan.costing.api import parse_keys
from tokenscan.costing.build import cost_report
from tokenscan.costing.model import PERIODS, Key, Tokens
from tokenscan.errors import UsageError
from tokenscan.settings import AnalysisOptions

SONNET = {"model": "claude-sonnet-4-5", "provider": "anthropic"}


def test_tokens_by_class_and_cost_by_kind() -> None:
    written = {"input_tokens": 10_000, "cache_read_tokens": 6_000, "cache_write_tokens": 3_000,
               "cache_write_1h_tokens": 1_000, "output_tokens": 500, "reasoning_tokens": 200}  # fmt: skip
    found = report(
        [
            call("ann", "2026-03-02 09:00", team="a", **SONNET, **written),
            call("ann", "2026-03-02 10:00", team="a", **paid(0.5, "charged")),
            call("bob", "2026-03-02 11:00", team="a", **paid(0.25)),
            call("bob", "2026-03-02 12:00", team="a", model="home-made"),
        ],
        "team",
    )
    (line,) = found.lines
    assert line.keys == ("a",)
    assert line.tokens == Tokens(
        fresh_input=1_000 + 3 * 800, cache_read=6_000, cache_write_5m=2_000, cache_write_1h=1_000,
        output=500 + 3 * 200, reasoning=200,
    )  # fmt: skip
    assert line.tokens.total == 10_500 + 3 * 1_000
    # Claude Sonnet 4.5 costs $3 fresh, $0.30 read, $3.75 and $6 written, $15 out, a million tokens:
    # 1,000 * 3000 + 6,000 * 300 + 2,000 * 3750 + 1,000 * 6000 + 500 * 15000 nano-dollars.
    priced = 3_000_000 + 1_800_000 + 7_500_000 + 6_000_000 + 7_500_000
    assert {kind: (part.requests, part.nanousd) for kind, part in line.kinds.items()} == {
        "charged": (1, USD // 2),
        "logged": (1, USD // 4),
        "priced": (1, priced),
    }
    assert (line.unknown.requests, line.unknown.tokens, line.unknown.nanousd) == (1, 1_000, 0)
    assert line.nanousd == priced + USD * 3 // 4
    assert (line.people, line.per_person) == (2, round((priced + USD * 3 // 4) / 2))


def test_nobodys_and_unpriced_calls_have_lines_of_their_own() -> None:
    found = report([call(None, "2026-03-02"), call("ann", "2026-03-02", **paid(1))], "user")
    assert [(line.keys, line.known, line.nanousd) for line in found.lines] == [
        (("ann",), True, USD),
        ((None,), False, 0),
    ]
    assert found.total.unknown.requests == 1
    assert [(one.model, one.requests, one.tokens, one.share) for one in found.unknown_models] == [
        ("unheard-of-model", 1, 1_000, 0.5)
    ]


def test_a_cache_hit_of_a_gateway_is_known_to_cost_nothing() -> None:
    found = report([call("ann", "2026-03-02", is_cache_hit=True)], "user")
    assert (found.total.known, found.total.nanousd, found.total.unknown.requests) == (True, 0, 0)


def test_people_are_accounts_that_the_people_file_does_not_call_services() -> None:
    people = context([{"user": "Ann", "aliases": ["ann@example.org"], "team": "a"}, {"user": "ci", "kind": "service"}])
    calls = [
        call("Ann", "2026-03-02", **paid(1)),
        call("ann@example.org", "2026-03-03", **paid(2)),
        call("ci", "2026-03-03", **paid(5)),
        call(None, "2026-03-03", **paid(7)),
    ]
    total = report(calls, "team", context=people).total
    assert (total.people, total.people_nanousd, total.nanousd) == (1, 3 * USD, 15 * USD)
    assert total.per_person == 3 * USD
    assert costs(report(calls, "user", context=people)) == {None: 7, "ci": 5, "Ann": 3}


def test_sums_of_a_day_count_their_requests() -> None:
    day = {"grain": "day", "n_requests": 40, "input_tokens": 9_000, "output_tokens": 1_000}
    found = report([call("ann", "2026-03-02", **day, **paid(3, "charged"))], "user")
    assert (found.total.requests, found.total.tokens.total) == (40, 10_000)


def test_time_comes_in_order_and_all_else_by_its_whole_cost() -> None:
    calls = [
        call("ann", "2026-03-10", team="a", **paid(5)),
        call("ann", "2026-02-10", team="a", **paid(1)),
        call("bob", "2026-02-11", team="b", **paid(4)),
        call("bob", "2026-03-11", team="b", **paid(3)),
    ]
    assert list(costs(report(calls, "team", "month"))) == [
        ("b", "2026-02"), ("b", "2026-03"), ("a", "2026-02"), ("a", "2026-03"),
    ]  # fmt: skip
    assert list(costs(report(calls, "month", "team"))) == [
        ("2026-02", "b"), ("2026-02", "a"), ("2026-03", "a"), ("2026-03", "b"),
    ]  # fmt: skip


def test_equal_costs_are_ordered_by_tokens_then_name() -> None:
    calls = [call(name, "2026-03-02", **paid(1), input_tokens=size) for name, size in (("c", 5), ("b", 9), ("a", 5))]
    assert list(costs(report(calls, "user"))) == ["b", "a", "c"]


def test_a_key_given_twice_counts_once_and_an_unknown_one_is_refused() -> None:
    assert parse_keys(["team", "month", "team"]) == (Key.TEAM, Key.MONTH)
    with pytest.raises(UsageError) as refused:
        parse_keys(["squad"])
    assert "team" in refused.value.hint


@pytest.mark.parametrize("by", [(), ("team",), ("month", "user")])
def test_a_log_cut_to_nothing_has_no_lines(by: tuple[str, ...]) -> None:
    found = report([call("ann", "2026-03-02", **paid(1))], *by, since=at("2026-04-01"))
    assert (found.lines, found.total.requests, found.total.nanousd, found.input.window) == ((), 0, 0, None)
    assert found.comparison.reason == "there are no calls"


MAYBE = st.sampled_from(["a", "b", None])
CALLS = st.lists(
    st.fixed_dictionaries(
        {
            "user": MAYBE,
            "team": MAYBE,
            "app": MAYBE,
            "model": st.sampled_from(["gpt-4o", "home-made", None]),
            "when": st.datetimes(at("2026-01-01").replace(tzinfo=None), at("2026-12-31").replace(tzinfo=None)),
            "input_tokens": st.one_of(st.none(), st.integers(0, 10**6)),
            "cost_nanousd": st.one_of(st.none(), st.integers(0, 10**12)),
        }
    ),
    min_size=1,
    max_size=25,
)
ZONES = st.sampled_from(["UTC", "America/Los_Angeles", "Asia/Kathmandu"])


@given(CALLS, st.lists(st.sampled_from(list(Key)), min_size=1, max_size=3, unique=True), ZONES)
@settings(max_examples=60)
def test_lines_add_up_to_the_total_to_the_nano_dollar(rows: list[dict[str, Any]], by: list[Key], zone: str) -> None:
    calls = [
        call(row.pop("user"), row.pop("when").replace(tzinfo=at("2026-01-01").tzinfo), provider="openai", **row)
        for row in rows
    ]
    events = log(calls)
    found = cost_report(events, context(timezone=zone), by, AnalysisOptions(as_of=at("2027-06-01")))
    total = found.total
    for figure in ("requests", "nanousd"):
        assert sum(getattr(line, figure) for line in found.lines) == getattr(total, figure)
    assert sum(line.tokens.total for line in found.lines) == total.tokens.total
    assert sum(part.nanousd for part in total.kinds.values()) == total.nanousd
    assert sum(part.requests for part in total.kinds.values()) + total.unknown.requests == total.requests
    assert len({line.keys for line in found.lines}) == len(found.lines)
    assert found.frame()["cost_nanousd"].sum() == total.nanousd
    # Which group a call belongs to, worked out one call at a time.
    spent: dict[tuple[str | None, ...], int] = {}
    priced = found.lines and _priced(events.events)
    for row in priced or ():
        place = tuple(_label(row, key, zone) for key in found.by)
        spent[place] = spent.get(place, 0) + (row["cost_nanousd"] or 0)
    assert {line.keys: line.nanousd for line in found.lines} == spent


def _priced(events: pl.DataFrame) -> list[dict[str, Any]]:
    from tokenscan.pricing.book import PriceBook
    from tokenscan.pricing.prices import price_events

    return price_events(events, PriceBook()).to_dicts()


def _label(row: dict[str, Any], key: Key, zone: str) -> str | None:
    from zoneinfo import ZoneInfo

    if key not in PERIODS:
        name: str | None = row[key.value]
        return name
    day: date = row["timestamp"].astimezone(ZoneInfo(zone)).date()
    return day.strftime({Key.DAY: "%Y-%m-%d", Key.WEEK: "%G-W%V", Key.MONTH: "%Y-%m"}[key])
