"""The worked examples of the founding documents, with the right arithmetic."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

import tokenscan
from tokenscan.forecasting.model import Forecast


def steps(found: Forecast) -> dict[str, Fraction]:
    return {step.name: step.value for step in (*found.base.steps, *found.roi)}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        # 100,000 extra tokens a day at 5 dollars a million: not 500 dollars a month.
        (
            {"tokens": "100000/day", "usd_per_million": 5},
            {"Spend a day": "0.5", "Spend in 30 days": 15, "Spend a year": "182.5"},
        ),
        # 1,000 people with 100 million tokens a day: not 500,000 dollars a month.
        (
            {"tokens": "100000000/day", "usd_per_million": 5, "people": 1000},
            {"Spend a day": 500, "Spend in 30 days": 15_000, "Spend a year": 182_500},
        ),
        # 2,000 people, 120,000 dollars a month, 2.5 times what is needed: 1,440,000 is all the spend, 60 % of it waste.
        (
            {"people": 2000, "monthly_usd": 120_000, "multiplier": "2.5"},
            {
                "Spend a year": 1_440_000,
                "Share of waste": "0.6",
                "Waste a year": 864_000,
                "Needed a month": 48_000,
                "Spend a person and month": 60,
            },
        ),
        # 500 people, 50,000 dollars a month, 30 % waste.
        (
            {"people": 500, "monthly_usd": 50_000, "waste_share": "30%"},
            {"Waste a month": 15_000, "Waste a year": 180_000, "Spend a person and month": 100},
        ),
        # 100 engineers with 50,000 tokens a week at 3 dollars a million: not 780 dollars a week.
        (
            {"tokens_per_person": "50000/week", "people": 100, "usd_per_million": 3},
            {"Tokens a week": 5_000_000, "Spend a week": 15, "Spend a year": 780, "Spend a month": 65},
        ),
        # A price of 0.00025 dollars per 1,000 tokens is 0.25 a million, and a thousandth of that if misread.
        ({"tokens": "1000000/month", "usd_per_million": "0.25"}, {"Spend a month": "0.25", "Spend a year": 3}),
        ({"tokens": "1000000/month", "usd_per_million": "0.00025"}, {"Spend a year": "0.003"}),
    ],
)
def test_the_documents_examples(given: dict[str, Any], expected: dict[str, str | int]) -> None:
    found = steps(tokenscan.forecast(**given))
    assert {name: found[name] for name in expected} == {name: Fraction(value) for name, value in expected.items()}


def test_removing_waste_pays_or_does_not() -> None:
    found = tokenscan.forecast(
        monthly_usd=50_000, waste_share=0.3, remove=0.5, cost_of_monitoring_usd=2_000, months=12
    )  # fmt: skip
    # 15,000 of waste, 7,500 removed, 5,500 left of it: 275 % of 2,000; nothing is left below 2,000 / 15,000.
    roi = steps(found)
    assert (roi["Removed a month"], roi["Removed a year"]) == (7_500, 90_000)
    assert (roi["Gain a month"], roi["Gain in 12 months"], roi["Return"]) == (5_500, 66_000, Fraction(11, 4))
    assert roi["Breaks even at"] == Fraction(2, 15)
    loss = steps(tokenscan.forecast(monthly_usd=50_000, waste_share=0.3, remove=0.1, cost_of_monitoring_usd=2_000))
    assert (loss["Gain a month"], loss["Return"]) == (-500, Fraction(-1, 4))


def test_nothing_is_removed_where_no_waste_is_known() -> None:
    found = tokenscan.forecast(monthly_usd=50_000)
    assert found.roi == ()
    assert "--waste-share" in found.notes[0]


def test_the_monitored_case_leaves_15_percent() -> None:
    monitored = next(
        one for one in tokenscan.forecast(monthly_usd=120_000, multiplier=2.5).scenarios if one.id == "monitored"
    )
    month = monitored.months[0]
    # The 48,000 that work needs are 85 % of the spend then.
    assert month.needed == 48_000
    assert month.spend == Fraction(48_000 * 100, 85)
    assert month.waste / month.spend == Fraction(15, 100)
