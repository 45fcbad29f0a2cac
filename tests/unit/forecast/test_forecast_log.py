"""The base that a log gives, its bounds, and what findings and saved reports say of waste."""

from __future__ import annotations

import json
import random
from datetime import timedelta
from fractions import Fraction
from statistics import mean, stdev
from typing import Any

import pytest

import tokenscan
from tests.unit.calls_factory import at, call, log
from tokenscan.errors import InputError, UsageError
from tokenscan.forecasting.model import Forecast

DOLLAR = 10**9
WORDS = ["budget", "contract", "engine", "forest", "garden", "island", "jacket", "lantern", "market", "orchid", "zebra"]
T_7 = 2.364624  # Student's 97.5 % quantile for 7 degrees of freedom, from a table


def paid(user: str | None, day: int, dollars: float = 1, **changes: Any) -> dict[str, Any]:
    moment = at("2026-01-05 10:00") + timedelta(days=day)
    return call(user, moment, cost_nanousd=int(dollars * DOLLAR), cost_kind="charged", **changes)


def two_people() -> list[dict[str, Any]]:
    """Ann spends a dollar on each of 60 days, Bob on each of the last 30."""
    return [paid("ann", day) for day in range(60)] + [paid("bob", day) for day in range(30, 60)]


def forecast(rows: list[dict[str, Any]], **given: Any) -> Forecast:
    return tokenscan.forecast(log(rows), **({"waste_share": 0} | given))


def steps(found: Forecast) -> dict[str, Fraction]:
    return {step.name: step.value for step in found.base.steps}


def test_spend_a_month_is_a_twelfth_of_a_year_of_such_days() -> None:
    found = forecast(two_people())
    assert found.base.monthly == Fraction(90, 60) * 365 / 12
    assert found.scenarios[0].years[0].spend == Fraction(90 * 365, 60)


def test_spend_a_user_counts_the_windows_in_which_each_was_active() -> None:
    # Ann in two windows of 30 days, Bob in one: 90 dollars over three.
    assert steps(forecast(two_people()))["Spend a user and 30 days"] == 30


def test_a_short_log_counts_whole_and_has_no_bounds() -> None:
    found = forecast([paid("ann", day) for day in range(10)])
    assert found.base.monthly == Fraction(365, 12)
    assert steps(found)["Spend a user and 30 days"] == 30
    assert found.base.relative is None
    assert "No bounds" in found.notes[0]


def test_only_whole_windows_count_the_last_ones() -> None:
    # 70 days; the first ten of a hundred dollars each lie before two whole windows.
    rows = [paid("ann", day, 100 if day < 10 else 1) for day in range(70)]
    assert forecast(rows).base.monthly == Fraction(365, 12)


def test_a_call_of_another_age_does_not_spread_the_spend_over_years() -> None:
    rows = [paid("ann", -9000, 500), *(paid("ann", day) for day in range(30))]
    found = forecast(rows)
    assert found.base.monthly == Fraction(365, 12)
    assert any("not in the base" in note for note in found.notes)
    # Nothing was spent since: nothing to go on.
    with pytest.raises(InputError, match="known price"):
        forecast([paid("ann", 0, 500), call("ann", "2026-06-30")])


def test_bounds_are_students_over_whole_weeks() -> None:
    # Counted back from the last day: four weeks of both, one with two days of Bob, three of Ann alone.
    weeks = [14, 14, 14, 14, 9, 7, 7, 7]
    half = T_7 * stdev(weeks) / 8**0.5 / mean(weeks)
    relative = forecast(two_people()).base.relative
    assert relative is not None
    assert float(relative.low) == pytest.approx(1 - half, abs=2e-6)
    assert float(relative.high) == pytest.approx(1 + half, abs=2e-6)


def test_a_log_whose_halves_differ_says_so() -> None:
    assert any("first half" in note for note in forecast(two_people()).notes)
    assert not any("first half" in note for note in forecast([paid("ann", day) for day in range(60)]).notes)


def test_bounds_of_a_user_are_those_of_a_ratio() -> None:
    # Six people, active in all of one window, spending 10 to 60 dollars: mean 35, as of six plain numbers.
    spent = [10, 20, 30, 40, 50, 60]
    rows = [paid(f"u{n}", day, dollars if day == 5 else 0) for n, dollars in enumerate(spent) for day in range(30)]
    found = steps(forecast(rows))
    assert found["Spend a user and 30 days"] == 35
    # Student's quantile for 5 degrees of freedom is 2.570582.
    half = 2.570582 * stdev(spent) / 6**0.5
    assert float(found["Spend a user, at least"]) == pytest.approx(35 - half, abs=1e-4)
    assert float(found["Spend a user, at most"]) == pytest.approx(35 + half, abs=1e-4)


def test_calls_of_nobody_and_of_services_are_spend_but_no_users() -> None:
    rows = [*two_people(), *(paid(None, day) for day in range(60))]
    found = forecast(rows)
    assert found.base.monthly == Fraction(150, 60) * 365 / 12
    assert steps(found)["Spend a user and 30 days"] == 30


def test_adoption_is_who_was_active_of_late_among_those_who_are_there() -> None:
    rows = [paid("ann", day) for day in range(60)] + [paid("bob", 3)]
    assert forecast(rows, people=4).base.adoption == Fraction(1, 4)
    grown = next(one for one in forecast(rows, people=4, adoption="50%").scenarios if one.id == "adoption")
    # From a quarter of the people to half of them.
    assert grown.months[-1].spend == 2 * forecast(rows).base.monthly
    assert grown.months[-1].formula.endswith("50% / 25%")
    assert forecast(rows).base.adoption is None
    with pytest.raises(UsageError, match="where it starts"):
        forecast(rows, adoption="50%")


def test_without_prices_there_is_no_spend() -> None:
    with pytest.raises(InputError, match="known price"):
        forecast([call("ann", "2026-01-05")])
    mixed = forecast([*two_people(), call("ann", "2026-01-06 11:00")])
    assert any("no known price" in note for note in mixed.notes)


def test_logs_and_numbers_exclude_each_other() -> None:
    with pytest.raises(UsageError, match="by logs and in numbers"):
        forecast(two_people(), monthly_usd=5)


def test_a_mix_cannot_move_more_than_runs_on_a_tier() -> None:
    with pytest.raises(UsageError, match="off premium, on which 0% of it runs"):
        forecast(two_people(), mix=["premium:mini=0.1"])


def test_a_mix_of_a_log_costs_what_its_own_calls_would() -> None:
    # 1,000 in and 1,000 out: at 5 and 25 dollars a million 0.03, at 1 and 5 dollars 0.006.
    tokens = {"input_tokens": 1000, "output_tokens": 1000, "provider": "anthropic"}
    rows = [call("ann", f"2026-01-{day:02} 10:00", model="claude-opus-4-5", **tokens) for day in range(5, 12)]
    rows += [call("ann", f"2026-01-{day:02} 11:00", model="claude-haiku-4-5", **tokens) for day in range(5, 12)]
    mix = next(one for one in forecast(rows, mix=["premium:mini=50%"]).scenarios if one.id == "mix")
    assert mix.steps[0].value == Fraction(1, 5)
    assert mix.steps[1].value == Fraction(6, 10)


def test_the_mix_without_shares_is_all_work_on_its_tier() -> None:
    small = {"input_tokens": 1000, "output_tokens": 40, "provider": "anthropic"}
    rows = [call("ann", f"2026-01-{day:02} 10:00", model="claude-opus-4-5", **small) for day in range(5, 12)]
    rows += [call("ann", f"2026-01-{day:02} 11:00", model="claude-haiku-4-5", **small) for day in range(5, 12)]
    found = forecast(rows)
    mix = next(one for one in found.scenarios if one.id == "mix")
    # 0.0048 of 0.006 + 0.0012 saved a pair: two thirds.
    assert mix.steps[0].value == Fraction(666_667, 10**6)
    assert mix.months[0].spend == found.base.monthly * (1 - Fraction(666_667, 10**6))
    assert any("no waste" in note for note in found.notes)


def with_a_loop() -> list[dict[str, Any]]:
    """Return five weeks of eight people's questions, and three hours in which one of them asks one twice a minute."""
    dice = random.Random(7)
    typed = {"prompt_scope": "last_user", "prompt_kind": "human"}
    days = [day for day in range(35) if day % 7 < 5]
    asked = [(f"u{n}", day) for n in range(8) for day in days for _ in range(3)]
    rows = [paid(user, day, prompt=" ".join(dice.choices(WORDS, k=14)), **typed) for user, day in asked]
    rows = [row | {"timestamp": row["timestamp"] + timedelta(seconds=dice.randrange(20_000))} for row in rows]
    loop = paid("u0", 29, prompt="Explain recursion to me in simple words please", **typed)
    starts = [(day, step) for day in range(3) for step in range(60)]
    return rows + [
        loop | {"timestamp": at("2026-02-03 16:00") + timedelta(days=day, seconds=30 * step)} for day, step in starts
    ]


def test_findings_say_what_is_waste() -> None:
    rows = with_a_loop()
    found = tokenscan.forecast(log(rows))
    report = tokenscan.analyze(log(rows))
    cost, waste = report.totals.cost_nanousd, report.totals.waste_nanousd
    assert waste.expected > 0
    assert float(found.base.waste_share) == pytest.approx(waste.expected / cost, abs=1e-6)
    span = found.base.waste_span
    assert span is not None
    assert float(span.high) == pytest.approx(waste.high / cost, abs=1e-6)
    # A saved report of the same log says the same, beside the log and alone.
    saved = json.dumps(report.to_dict()).encode()
    assert tokenscan.forecast(log(rows), report=saved).base.waste_share == found.base.waste_share
    alone = tokenscan.forecast(report=saved)
    assert alone.base.waste_share == found.base.waste_share
    assert alone.base.monthly == rounded_spend(report.to_dict())


def rounded_spend(report: dict[str, Any]) -> Fraction:
    """Return the spend of a report's 33 days as a twelfth of a year."""
    return Fraction(str(report["totals"]["cost_usd"])) / 33 * 365 / 12


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{}", b"[]", b"\xff\xfe", b'{"schema_version": "2.0"}', b"[" * 5000,
        b'{"schema_version":"1.0","totals":{"cost_usd":0,"waste_usd":{"low":0,"expected":0,"high":0}},"input":{"window":null}}',
        b'{"schema_version":"1.0","totals":{"cost_usd":-1,"waste_usd":{"low":0,"expected":0,"high":0}},"input":{"window":null}}',
        b'{"schema_version":"1.0","totals":{"cost_usd":5,"waste_usd":{"low":0,"expected":0,"high":0}},"input":{"window":null}}',
    ],
)  # fmt: skip
def test_a_report_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(InputError, match=r"."):
        tokenscan.forecast(report=content)


def test_more_waste_than_spend_in_a_report_is_not_believed() -> None:
    window = {"from": "2026-01-01T00:00:00Z", "to": "2026-01-30T00:00:00Z"}
    waste = {"low": 5, "expected": 50, "high": 50}
    content = {"schema_version": "1.0", "totals": {"cost_usd": 5, "waste_usd": waste}, "input": {"window": window}}
    assert tokenscan.forecast(report=json.dumps(content).encode()).base.waste_share < 1


def test_rows_in_another_order_give_the_same_bytes() -> None:
    one, other = forecast(two_people()), forecast(two_people()[::-1])
    assert one.render("json") == other.render("json")
