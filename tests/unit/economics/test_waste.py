from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from economics_factory import Claim, basis
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit import findings_factory as make
from tests.unit.calls_factory import call, context
from tokenscan.economics.basis import KINDS, by_day
from tokenscan.economics.waste import FOUNDING, waste_in_money
from tokenscan.findings.model import Suppression
from tokenscan.report.economics import Rate, WasteInMoney, WasteLine
from tokenscan.report.model import Range


def found(number: int, rule: str, user: str | None = "ann", **changes: Any) -> Any:
    return make.finding(user, fingerprint=f"ts1:{number}", rule_id=rule, title=f"Rule {rule}", **changes)


# 30 days from the first call to the last. Ann's team has one person; bob's call has no price.
CALLS = [
    call("ann", "2026-01-05 09:00", team="t1", input_tokens=900, output_tokens=100, cost_nanousd=1000),
    call("ann", "2026-01-20 09:00", team="t1", input_tokens=1900, output_tokens=100, cost_nanousd=2000),
    call("bob", "2026-02-01 09:00", team="t2"),
    call("cat", "2026-02-03 09:00", team="t2", input_tokens=3900, output_tokens=100, cost_nanousd=4000),
]
FINDINGS = [found(0, "rule-a"), found(1, "rule-b", user="cat"), found(2, "rule-c", user="bob")]
CLAIMS: list[Claim] = [
    (0, 1, "row", 1.0, "high"),
    (1, 1, "row", 1.0, "medium"),
    (1, 3, "row", 0.5, "medium"),
    (2, 2, "window", 1.0, "low"),
]


def waste(
    rows: Sequence[dict[str, Any]] = CALLS, claims: Sequence[Claim] = CLAIMS, findings: Any = FINDINGS, **changes: Any
) -> WasteInMoney:
    base = basis(rows, findings, claims, context(min_group_size=2), **changes)
    return waste_in_money(base, by_day(base))


def tokens(lines: Sequence[WasteLine]) -> dict[str | None, tuple[int, int, int]]:
    return {line.name: (line.waste.tokens.low, line.waste.tokens.expected, line.waste.tokens.high) for line in lines}


def test_waste_by_hand() -> None:
    # Low: row 1. Expected: also half of row 3. High: also row 2, which has no price.
    found = waste()
    assert found.total.tokens == Range(low=2000, expected=4000, high=5000)
    assert found.total.nanousd == Range(low=2000, expected=4000, high=4000)
    assert found.unpriced_tokens == 0
    assert tokens(found.by_rule) == {"rule-a": (2000, 2000, 2000), "rule-b": (0, 2000, 2000), "rule-c": (0, 0, 1000)}
    assert tokens(found.by_person) == {"ann": (2000, 2000, 2000), "cat": (0, 2000, 2000), "bob": (0, 0, 1000)}
    assert tokens(found.by_month) == {"2026-01": (2000, 2000, 2000), "2026-02": (0, 2000, 3000)}
    # Team t1 is one person, too few to be shown by itself.
    assert tokens(found.by_team) == {"t2": (0, 2000, 3000), None: (2000, 2000, 2000)}


def test_what_was_used_stands_beside_it() -> None:
    found = waste()
    assert [(line.name, line.tokens, line.cost_nanousd, line.days) for line in found.by_month] == [
        ("2026-01", 3000, 3000, 2),
        ("2026-02", 5000, 4000, 2),
    ]
    people = {line.name: (line.note, line.tokens, line.cost_nanousd) for line in found.by_person}
    assert people == {"ann": ("t1", 3000, 3000), "cat": ("t2", 4000, 4000), "bob": ("t2", 1000, None)}
    assert [(line.name, line.note, line.findings) for line in found.by_rule] == [
        ("rule-a", "Rule rule-a", 1),
        ("rule-b", "Rule rule-b", 1),
        ("rule-c", "Rule rule-c", 1),
    ]


def test_waste_without_a_price_is_unknown_not_nothing() -> None:
    lines = {line.name: line.waste.nanousd for line in waste().by_rule}
    assert lines["rule-c"] is None
    alone = waste(claims=[(0, 2, "row", 1.0, "high")])
    assert (alone.total.nanousd, alone.unpriced_tokens) == (None, 1000)
    assert waste(claims=[]).total.nanousd == Range(low=0, expected=0, high=0)
    assert waste([call("ann", "2026-01-05")], claims=[]).total.nanousd is None


def test_a_month_and_a_year_by_hand() -> None:
    rate = waste().rate
    assert rate is not None
    assert (rate.first, rate.last, rate.days, rate.days_with_calls) == (date(2026, 1, 5), date(2026, 2, 3), 30, 4)
    assert rate.yearly(4000) == 48_667  # 4000 / 30 * 365 = 48,666.67
    assert rate.monthly(4000) == 4_056  # a twelfth: 4,055.56
    assert not rate.short


@pytest.mark.parametrize(("days", "short", "known"), [(1, True, False), (6, True, False), (7, True, True),
                                                      (27, True, True), (28, False, True)])  # fmt: skip
def test_short_windows_are_said_and_less_than_a_week_gives_no_rate(days: int, short: bool, known: bool) -> None:
    rate = Rate(first=date(2026, 1, 1), last=date(2026, 1, days), days_with_calls=1)
    assert rate.short is short
    assert (rate.yearly(1) is not None, rate.monthly(1) is not None) == (known, known)


def test_the_figures_of_the_founding_documents() -> None:
    month = Rate(first=date(2026, 6, 1), last=date(2026, 6, 30), days_with_calls=30)
    # 100,000 tokens a day at 5 dollars a million: 0.50 a day, 15 in 30 days, 182.50 a year.
    assert month.yearly(15 * 10**9) == 182_500_000_000
    # 10 million tokens a day at .685 g for 1,000 are about 2.5 t in a year.
    assert (month.yearly(300_000_000) or 0) * 0.685 / 1000 == pytest.approx(2.5e6, rel=0.001)
    assert waste().co2_source == FOUNDING
    assert waste(grams=1.0).co2_source == "config"


@pytest.mark.parametrize(
    ("claims", "winner"),
    [
        # A claim that makes the low figure goes before a larger one that does not.
        ([(0, 1, "row", 0.1, "high"), (1, 1, "row", 1.0, "medium")], "rule-a"),
        # A sure window goes before a doubtful row.
        ([(0, 1, "row", 1.0, "low"), (1, 1, "window", 0.5, "medium")], "rule-b"),
        # Rows go before days, and days before windows.
        ([(0, 1, "window", 1.0, "medium"), (1, 1, "day", 0.5, "medium")], "rule-b"),
        ([(0, 1, "day", 1.0, "medium"), (1, 1, "row", 0.5, "medium")], "rule-b"),
        # Then the larger share, then the rule's id.
        ([(0, 1, "row", 0.4, "high"), (1, 1, "row", 0.5, "high")], "rule-b"),
        ([(1, 1, "row", 0.5, "high"), (0, 1, "row", 0.5, "high")], "rule-a"),
        # A claim of nothing takes nothing.
        ([(0, 1, "row", 0.0, "high"), (1, 1, "row", 0.5, "low")], "rule-b"),
    ],
)
def test_a_shared_call_counts_for_one_rule(claims: list[Claim], winner: str) -> None:
    lines = {line.name: line.waste.tokens.high for line in waste(claims=claims).by_rule}
    assert {name for name, high in lines.items() if high} == {winner}
    assert set(lines) == {"rule-a", "rule-b"}  # the other one is listed, with nothing


def test_of_equal_claims_the_weightier_finding_counts() -> None:
    findings = [found(0, "rule-a", weight=0.4), found(1, "rule-b", weight=0.8)]
    claims = [(0, 1, "row", 1.0, "high"), (1, 1, "row", 1.0, "high")]
    assert tokens(waste(claims=claims, findings=findings).by_rule) == {"rule-b": (2000,) * 3, "rule-a": (0, 0, 0)}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 2), st.integers(0, 3), st.sampled_from(["row", "day", "window"]), st.floats(0, 1),
            st.sampled_from(["low", "medium", "high"]),
        ),
        max_size=25,
    )
)  # fmt: skip
def test_every_kind_of_line_adds_up_and_is_in_order(claims: list[Claim]) -> None:
    found = waste(claims=claims)
    for lines in (found.by_rule, found.by_person, found.by_team, found.by_month):
        for kind in KINDS:
            assert sum(getattr(line.waste.tokens, kind) for line in lines) == getattr(found.total.tokens, kind)
            priced = [line.waste.nanousd for line in lines if line.waste.nanousd]
            whole = found.total.nanousd
            assert sum(getattr(money, kind) for money in priced) == (getattr(whole, kind) if whole else 0)
        for line in lines:
            part = line.waste.tokens
            assert 0 <= part.low <= part.expected <= part.high


def test_a_day_is_cut_in_the_time_zone_of_the_report() -> None:
    rows = [call("ann", "2026-01-31 23:30"), call("bob", "2026-01-31 23:00", grain="day")]
    both, one = (2000,) * 3, (1000,) * 3
    for zone, months in (("UTC", {"2026-01": both}), ("Europe/Berlin", {"2026-01": one, "2026-02": one})):
        base = basis(rows, FINDINGS, [(0, n, "row", 1.0, "high") for n in (0, 1)], context(timezone=zone))
        assert tokens(waste_in_money(base, by_day(base)).by_month) == months


def test_nothing_at_all() -> None:
    found = waste([], claims=[])
    assert (found.rate, found.by_rule, found.by_person, found.by_team, found.by_month) == (None, (), (), (), ())
    assert found.total.tokens == Range(low=0, expected=0, high=0)


def test_nobody_is_named_for_what_a_finding_about_their_team_claims() -> None:
    # Bob's call is claimed by a finding about t2, cat's by one about her that is suppressed.
    hidden = Suppression(reason="agreed", expires=date(2027, 1, 1))
    findings = [FINDINGS[0], replace(FINDINGS[1], suppression=hidden), found(2, "rule-c", user=None, team="t2")]
    claims = [(0, 1, "row", 1.0, "high"), (2, 2, "row", 1.0, "high"), (2, 3, "row", 0.5, "high")]
    lines = waste(claims=claims, findings=findings).by_person
    assert tokens(lines) == {"ann": (2000,) * 3, None: (3000,) * 3}
    assert [(line.name, line.note, line.tokens) for line in lines] == [("ann", "t1", 3000), (None, "", 5000)]


def test_where_nobody_is_named_there_are_no_people() -> None:
    assert waste(teams_only=True).by_person == ()


def test_where_nobody_is_named_no_small_rest_shows() -> None:
    # t1 of one person would be what the total less t2 leaves: t2 is not shown either.
    found = waste(teams_only=True)
    assert [line.name for line in found.by_team] == [None]
