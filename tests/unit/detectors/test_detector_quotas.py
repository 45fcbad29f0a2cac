"""Amounts by period, days dealt anew, and the pile above a target."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import polars as pl
import pytest

from tests.unit.calls_factory import call, prepared
from tokenscan.context.model import Quota
from tokenscan.detectors.common.bunching import excess_mass
from tokenscan.detectors.common.quotas import counted, quota_text, reshuffled_totals, slot_amounts, with_period

WEEK = Quota(metric="tokens", period="week", minimum=10_000)


def test_only_amounts_can_be_filled() -> None:
    days = Quota(metric="active_days", period="week", minimum=3)
    assert counted([days, WEEK, Quota(metric="tokens", period="day", minimum=0)]) == [WEEK]


@pytest.mark.parametrize(
    ("quota", "text"),
    [
        (WEEK, "10,000 tokens a week"),
        (Quota(metric="requests", period="day", minimum=20), "20 requests a day"),
        (Quota(metric="cost_usd", period="month", minimum=12.5), "12.5 dollars a month"),
    ],
)
def test_quotas_in_words(quota: Quota, text: str) -> None:
    assert quota_text(quota) == text


def test_amounts_are_parts_of_the_target() -> None:
    rows = [
        call("ann", "2026-01-05 09:00"),
        call("ann", "2026-01-05 10:00", status="error"),  # a vendor's page counts it too
        call("ann", "2026-01-07 09:00", input_tokens=6800),
        call("bob", "2026-01-07 09:00", input_tokens=100),  # 3 % of the target: hardly a week of work
    ]
    found = slot_amounts(with_period(prepared(rows).tables.calls, WEEK), WEEK)
    monday = date(2026, 1, 5)
    assert found.select("user", "period", "slot", "amount", "total").rows() == [
        ("ann", monday, 1, pytest.approx(0.2), pytest.approx(0.9)),
        ("ann", monday, 3, pytest.approx(0.7), pytest.approx(0.9)),
    ]


def test_a_quota_of_some_teams_leaves_out_the_others() -> None:
    rows = [call("ann", "2026-01-05", team="t1"), call("bob", "2026-01-05", team="t2"), call("cat", "2026-01-05")]
    theirs = Quota(metric="requests", period="day", minimum=1, teams=frozenset({"t1"}))
    assert with_period(prepared(rows).tables.calls, theirs)["user"].to_list() == ["ann"]


def slots(weeks: list[dict[int, float]]) -> pl.DataFrame:
    rows = [(date(2026, 1, 5 + 7 * n), slot, amount) for n, week in enumerate(weeks) for slot, amount in week.items()]
    return pl.DataFrame(rows, schema={"period": pl.Date, "slot": pl.Int64, "amount": pl.Float64}, orient="row")


def test_days_dealt_anew_keep_their_weekday() -> None:
    found = reshuffled_totals(slots([{1: 1.0, 5: 10.0}, {1: 2.0, 5: 20.0}]), 200)
    assert found.shape == (200, 2)
    assert set(found.ravel().tolist()) == {11.0, 12.0, 21.0, 22.0}
    assert found.sum(axis=1) == pytest.approx(33.0)


def test_days_that_are_alike_add_up_to_the_same_again() -> None:
    assert np.unique(reshuffled_totals(slots([{1: 0.5, 2: 0.6}] * 3), 50)).tolist() == pytest.approx([1.1])


def totals(counts: dict[float, int], user: str = "u") -> pl.DataFrame:
    """Return so many periods, each of a person of its own, at parts of the target."""
    rows = [(f"{user}{part}-{n}", part) for part, count in counts.items() for n in range(count)]
    return pl.DataFrame(rows, schema={"user": pl.String, "total": pl.Float64}, orient="row")


FLAT = {math.exp(-1.175 + 0.05 * step): 10 for step in range(48)}


def test_a_flat_crowd_has_no_excess() -> None:
    found = excess_mass(totals(FLAT), 200)
    assert (found.above, found.below) == (20, 20)
    assert found.excess == pytest.approx(0, abs=1e-6)
    assert found.low < 0 < found.high
    assert found.p > 0.4


def test_a_pile_is_the_excess() -> None:
    found = excess_mass(pl.concat([totals(FLAT), totals({1.02: 40}, "filler")]), 200)
    assert found.above == 60
    assert [found.expected_above, found.excess] == pytest.approx([20, 40])
    assert found.low > 20
    assert found.p == pytest.approx(4.0e-6, rel=0.1)  # 60 or more of 80 by a fair coin


def test_one_person_is_no_pile_of_many() -> None:
    """The same forty weeks of one person alone: resampled people may all be others."""
    one = pl.DataFrame({"user": ["filler"] * 40, "total": [1.02] * 40})
    assert excess_mass(pl.concat([totals(FLAT), one]), 200).low < 10


def test_nobody_near_the_target() -> None:
    found = excess_mass(totals({50.0: 10}), 200)
    assert (found.above, found.people, found.p) == (0, 0, 1.0)
