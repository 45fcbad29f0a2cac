"""Scenarios month by month: each driver by itself, and all together."""

from __future__ import annotations

from fractions import Fraction
from math import exp, log
from typing import Any

import pytest

import tokenscan
from tokenscan.errors import UsageError
from tokenscan.forecasting.exact import grown, linear, logistic, nano, rounded
from tokenscan.forecasting.model import Scenario


def courses(**given: Any) -> dict[str, Scenario]:
    return {one.id: one for one in tokenscan.forecast(**({"monthly_usd": 1000} | given)).scenarios}


def spends(scenario: Scenario) -> list[Fraction]:
    return [month.spend for month in scenario.months]


def test_money_is_rounded_half_up_once() -> None:
    assert nano(Fraction(1, 3)) == 333_333_333
    assert nano(Fraction(5, 10**10)) == 1
    assert nano(Fraction(-5, 10**10)) == 0
    assert rounded(Fraction(2, 3)) == Fraction(666_667, 10**6)


def test_growth_is_compound_and_whole_after_a_year() -> None:
    assert grown(Fraction(1, 10), 12) == Fraction(11, 10)
    assert grown(Fraction(1, 10), 24) == Fraction(121, 100)
    assert float(grown(Fraction(1, 10), 7)) == pytest.approx(1.1 ** (7 / 12), abs=1e-6)
    assert float(grown(Fraction(-1, 5), 30)) == pytest.approx(0.8**2.5, abs=1e-6)
    assert grown(Fraction(0), 5) == 1


def test_a_logistic_path_has_log_odds_in_equal_steps() -> None:
    path = [float(logistic(Fraction(2, 5), Fraction(4, 5), month, 12)) for month in range(1, 13)]
    for month, share in enumerate(path, 1):
        odds = log(0.4 / 0.6) + (log(0.8 / 0.2) - log(0.4 / 0.6)) * month / 12
        assert share == pytest.approx(1 / (1 + exp(-odds)), abs=1e-6)
    assert path == sorted(path)
    assert path[-1] == 0.8


def test_a_linear_path_has_equal_steps() -> None:
    assert [linear(Fraction(2, 5), Fraction(1), month, 3) for month in (1, 2, 3)] == [
        Fraction(3, 5), Fraction(4, 5), 1
    ]  # fmt: skip


def test_adoption_multiplies_spend_by_the_share_of_people() -> None:
    found = courses(adoption="0.4:0.8", adoption_path="linear", months=4)["adoption"]
    assert spends(found) == [1250, 1500, 1750, 2000]
    assert found.months[0].formula == "$1,000.00 \u00d7 50% / 40%"


def test_prices_may_fall() -> None:
    found = courses(price_growth="-20%", months=24)["prices"]
    assert (found.months[11].spend, found.months[23].spend) == (800, 640)
    assert [year.number for year in found.years] == [1, 2]
    assert found.years[1].spend == sum(spends(found)[12:])
    assert found.years[1].against_base == found.years[1].spend - 12_000


def test_gaming_is_a_multiple_of_what_work_needs() -> None:
    found = courses(waste_share="30%", multiplier=2.5)["gaming"]
    # 700 needed, 2.5 times that.
    assert spends(found) == [1750] * 12
    assert found.months[0].waste == 1050
    # Where more is wasted already, gaming makes it no less.
    assert spends(courses(waste_share="80%", multiplier=2.5)["gaming"]) == [1000] * 12


def test_monitoring_adds_no_waste_where_there_is_little() -> None:
    assert spends(courses(waste_share="10%")["monitored"]) == [1000] * 12


def test_a_ramp_changes_waste_in_equal_steps() -> None:
    found = courses(waste_share="0", multiplier=2, ramp=2, months=3)["gaming"]
    # The share goes over 25 % to 50 %: 1000 / 0.75, then 1000 / 0.5.
    assert spends(found) == [Fraction(4000, 3), 2000, 2000]


def test_a_mix_costs_what_the_tiers_cost() -> None:
    found = courses(mix=["premium:mini=30%"], tier_price=["premium=10", "mini=2"])["mix"]
    # 1 - 0.3 * (1 - 0.2) = 0.76
    assert spends(found) == [760] * 12
    dearer = courses(mix=["mini:premium=10%"], tier_price=["premium=10", "mini=2"])["mix"]
    assert spends(dearer) == [1400] * 12


def test_a_mix_without_prices_goes_by_median_list_prices() -> None:
    found = courses(mix=["premium:mini=30%"])["mix"]
    assert 700 < found.months[0].spend < 1000
    assert "median list prices" in found.steps[0].formula


def test_all_together_multiplies_and_waste_comes_last() -> None:
    given: dict[str, Any] = {
        "waste_share": "30%", "adoption": "0.4:0.8", "adoption_path": "linear", "price_growth": "10%",
        "mix": ["premium:mini=0.3"], "tier_price": ["premium=10", "mini=2"],
    }  # fmt: skip
    found = courses(**given)
    # 700 needed, twice the people, prices up a tenth, the mix at 0.76; then 60 % or 15 % of it all is waste.
    needed = 700 * 2 * Fraction(11, 10) * Fraction(76, 100)
    assert found["combined"].months[-1].needed == needed
    assert found["combined"].months[-1].spend == needed / Fraction(4, 10)
    assert found["combined-monitored"].months[-1].spend == needed / Fraction(85, 100)
    assert list(found) == [
        *("base", "adoption", "gaming", "monitored", "prices", "mix", "combined", "combined-monitored")
    ]  # fmt: skip


def test_what_is_not_said_is_not_computed_and_named() -> None:
    found = tokenscan.forecast(monthly_usd=1000)
    assert [one.id for one in found.scenarios] == ["base", "gaming", "monitored"]
    assert [one.id for one in found.skipped] == ["adoption", "mix", "prices", "combined"]


def test_every_month_adds_up_to_its_year() -> None:
    for one in courses(price_growth=0.07, adoption="0.1:0.9", months=29, waste_share=0.2).values():
        assert sum(year.spend for year in one.years) == one.spend == sum(spends(one))
        assert sum(year.months for year in one.years) == 29


@pytest.mark.parametrize(
    "given",
    [
        {"monthly_usd": -1}, {"monthly_usd": 0}, {"monthly_usd": "x"}, {"monthly_usd": "nan"}, {"monthly_usd": True},
        {"monthly_usd": "1e999999999"}, {"monthly_usd": "1e-999999999"}, {"monthly_usd": "1,000"},
        {"monthly_usd": float("inf")}, {"monthly_usd": None}, {"monthly_usd": 1, "tokens": "1/day"},
        {"waste_share": 1}, {"waste_share": -0.1}, {"waste_share": "30"}, {"monitored_waste": 1}, {"remove": 1.1},
        {"multiplier": 0.9}, {"multiplier": 10**9}, {"months": 0}, {"months": 121}, {"months": 1.5}, {"ramp": 0},
        {"people": 0}, {"people": -3}, {"price_growth": -1}, {"price_growth": 11}, {"cost_of_monitoring_usd": -1},
        {"adoption": "0.4"}, {"adoption": "0:0.5"}, {"adoption": "0.4:1.2"}, {"adoption": "0.4:1"},
        {"adoption": "1:0.5"}, {"adoption": "a:b"}, {"adoption": "0.1:0.2:0.3"}, {"adoption_path": "straight"},
        {"mix": ["premium=0.3"]}, {"mix": ["premium:premium=0.3"]}, {"mix": ["premium:tiny=0.3"]},
        {"mix": ["premium:mini=0"]}, {"mix": ["premium:mini=0.6", "mid:mini=0.6"]}, {"tier_price": ["mini"]},
        {"tier_price": ["mini=0"]}, {"usd_per_million": 5},
    ],
)  # fmt: skip
def test_nonsense_is_refused_with_a_hint(given: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=r".") as raised:
        courses(**given)
    assert raised.value.hint
    assert len(str(raised.value)) < 300
