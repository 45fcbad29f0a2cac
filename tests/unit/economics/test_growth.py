from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from economics_factory import basis

from tests.unit import findings_factory as make
from tests.unit.calls_factory import call, context
from tokenscan.config import load_config
from tokenscan.context.load import load_context
from tokenscan.context.model import Quota, Review
from tokenscan.economics.basis import by_day
from tokenscan.economics.growth import growth
from tokenscan.report.economics import Growth

MONDAY = date(2026, 1, 5)
FINDING = make.finding("ann", fingerprint="ts1:1")


def daily(sizes: list[int], user: str = "ann", team: str = "t1") -> list[dict[str, Any]]:
    """One call a calendar day of so many tokens, costing as many nano-dollars."""
    return [
        call(
            user,
            f"{MONDAY + timedelta(days=n)} 09:00",
            team=team,
            input_tokens=size,
            output_tokens=0,
            cost_nanousd=size,
        )
        for n, size in enumerate(sizes)
    ]


def grown(sizes: list[int], claims: list[Any] = [], metric: str = "tokens", **given: Any) -> list[Growth]:  # noqa: B006
    base = basis(daily(sizes), [FINDING], claims, context(**given))
    return [item for item in growth(base, by_day(base)) if item.metric == metric]


def test_the_share_of_growth_that_is_waste_by_hand() -> None:
    # Six weeks; two of 100 a day, two of 200, two of 300. In the last third half of each call is expected waste, and a
    # fifth of each is certain; in the first third a tenth is expected.
    sizes = [100] * 14 + [200] * 14 + [300] * 14
    claims = [(0, n, "row", 0.1, "medium") for n in range(14)]
    claims += [(0, n, "row", 0.5, "medium") for n in range(28, 42)]
    claims += [(0, n, "row", 0.2, "high") for n in range(28, 42)]
    (found,) = grown(sizes, claims)
    assert found.before is not None
    assert found.after is not None
    assert (found.before.first, found.before.last) == (date(2026, 1, 5), date(2026, 1, 18))
    assert (found.after.first, found.after.last) == (date(2026, 2, 2), date(2026, 2, 15))
    # 14 days of 100 over 10 working days; waste 10 and 150 (of which 60 are certain) a day.
    assert (found.before.volume, found.after.volume) == (140.0, 420.0)
    assert (found.before.waste_expected, found.after.waste_expected, found.after.waste_low) == (14.0, 210.0, 84.0)
    assert found.share is not None
    assert found.share.value == pytest.approx((210 - 14) / 280)  # 70 %
    assert (found.share.low, found.share.high) == (pytest.approx(84 / 280), pytest.approx(0.7))
    (cost,) = grown(sizes, claims, metric="cost_nanousd")
    assert cost.share == found.share


def test_holidays_are_no_working_days() -> None:
    holidays = frozenset({date(2026, 1, 6), date(2026, 1, 10)})  # a Tuesday, and a Saturday that is none anyway
    (found,) = grown([100] * 42, holidays=holidays)
    assert found.before is not None
    assert (found.before.working_days, found.before.volume) == (9, pytest.approx(1400 / 9))


@pytest.mark.parametrize(
    ("sizes", "reason"),
    [
        ([100] * 41, "the log covers less than 6 weeks"),
        ([100] * 42, "usage did not grow"),
        ([300] * 21 + [100] * 21, "usage did not grow"),
        ([0] * 42, "nothing known was used"),
    ],
)
def test_no_share_without_growth_or_on_too_little(sizes: list[int], reason: str) -> None:
    (found,) = grown(sizes)
    assert (found.share, found.reason) == (None, reason)


def test_falling_waste_is_no_part_of_the_growth() -> None:
    claims = [(0, n, "row", 1.0, "high") for n in range(14)]
    (found,) = grown([100] * 14 + [200] * 28, claims)
    assert found.share is not None
    assert found.share.value == pytest.approx(-1.0)


def test_before_and_after_an_announcement() -> None:
    quota = Quota(metric="tokens", period="week", minimum=1.0, announced=date(2026, 1, 20))
    review = Review(name="Q1", day=date(2026, 3, 1), announced=date(2026, 2, 12))
    silent = Review(name="Q2", day=date(2026, 3, 1))
    sizes = [100] * 15 + [300] * 27
    claims = [(0, n, "row", 0.5, "high") for n in range(15, 42)]
    _, after_quota, after_review = grown(sizes, claims, quotas=(quota,), reviews=(review, silent))
    # The two whole weeks before 20 January, and the three from it on.
    assert after_quota.before is not None
    assert after_quota.after is not None
    assert (after_quota.before.first, after_quota.before.last) == (date(2026, 1, 6), date(2026, 1, 19))
    assert (after_quota.after.first, after_quota.after.last) == (date(2026, 1, 20), date(2026, 2, 9))
    assert after_quota.share is not None
    assert after_quota.share.value == pytest.approx(0.75)  # 150 of 200 more
    assert "2026-01-20" in after_quota.what
    assert (after_review.share, after_review.reason) == (None, "the log covers less than 2 weeks before or after")


def test_an_announcement_to_some_teams_is_held_against_their_usage() -> None:
    rows = daily([100] * 42) + daily([100] * 14 + [500] * 28, user="bob", team="t2")
    quota = Quota(metric="tokens", period="week", minimum=1.0, announced=date(2026, 1, 19), teams=frozenset({"t1"}))
    base = basis(rows, given=context(quotas=(quota,)))
    told = [item for item in growth(base, by_day(base)) if "announced" in item.what]
    assert [item.reason for item in told] == ["usage did not grow", "usage did not grow"]
    assert told[0].before is not None
    assert told[0].before.people == 1


def test_no_calls_no_growth() -> None:
    base = basis([])
    assert growth(base, by_day(base)) == ()


def test_the_day_of_an_announcement_comes_from_the_config(tmp_path: Path) -> None:
    text = """
    [[quotas]]
    metric = "tokens"
    period = "week"
    minimum = 50_000
    announced = 2026-01-20
    [[reviews]]
    date = 2026-03-01
    announced = 2026-02-12
    """
    (tmp_path / "tokenscan.toml").write_text(text)
    found = load_context(load_config(tmp_path / "tokenscan.toml"), tmp_path).context
    assert [quota.announced for quota in found.quotas] == [date(2026, 1, 20)]
    assert [review.announced for review in found.reviews] == [date(2026, 2, 12)]
