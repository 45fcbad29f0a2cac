from __future__ import annotations

import math
import statistics
from datetime import date, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.detectors.common.windows import (
    DayGrid,
    day_grid,
    placebo_ends,
    rank_p,
    share_drop,
    window_effect,
)

FIRST = date(2026, 1, 1)
SHAPE = (14, 42, 14, 4, 10)


def grid(values: list[list[float]]) -> DayGrid:
    table = np.array(values, dtype=np.float64)
    last = FIRST + timedelta(days=table.shape[1] - 1)
    return DayGrid(users=[str(n) for n in range(len(values))], first=FIRST, last=last, values=table)


def day(place: int) -> date:
    return FIRST + timedelta(days=place)


def test_the_grid_has_a_place_for_every_day_and_person() -> None:
    days = pl.DataFrame({"user": ["b", "a", "b"], "day": [day(0), day(2), day(3)], "own": [1.0, 2.0, None]})
    found = day_grid(days, "own")
    assert (found.users, found.first, found.last) == (["a", "b"], day(0), day(3))
    nan = math.nan
    np.testing.assert_array_equal(found.values, [[nan, nan, 2, nan], [1, nan, nan, nan]])


def test_a_window_by_hand() -> None:
    # 3 days inside at 2, 3, 4; around: 4 before at 1, 2 after at 1 and 4.
    values = grid([[1, 1, 1, 1, 2, 3, 4, 1, 4]])
    found = window_effect(values, [day(7)], (3, 4, 2, 2, 2))
    around = [1, 1, 1, 1, 1, 4]
    delta = 3 - 1.5
    assert found.delta[0] == pytest.approx(delta)
    spread = math.sqrt(1 / 3 + statistics.variance(around) / 6 + 0.01)
    assert found.t[0] == pytest.approx(delta / spread)
    assert (found.rise[0], found.fall[0]) == (pytest.approx(2), pytest.approx(0.5))


def test_equal_days_do_not_make_a_difference_look_certain() -> None:
    found = window_effect(grid([[1.0] * 10 + [1.1] * 5 + [1.0] * 5]), [day(15)], (5, 10, 5, 2, 2))
    assert found.t[0] == pytest.approx(0.1 / 0.1)


def test_too_few_active_days_give_nothing() -> None:
    nan = math.nan
    values = grid([[1.0, 1.0, 1.0, 2.0, nan, nan, 1.0], [1.0] * 7])  # one active day of the three, then all of them
    found = window_effect(values, [day(6)], (3, 3, 1, 3, 4))
    assert np.isnan(found.delta).tolist() == [True, False]
    # A single day has no spread: fewer than two never do, whatever is asked for.
    assert np.isnan(window_effect(values, [day(6)], (3, 3, 1, 1, 4)).delta).tolist() == [True, False]


def test_dates_outside_the_log_give_nothing() -> None:
    values = grid([[1.0] * 60])
    for end in (day(-20), day(-1), day(0), day(200)):
        assert np.isnan(window_effect(values, [end], SHAPE).delta[0])


def slow(values: list[list[float]], ends: list[int], shape: tuple[int, ...], applies: list[list[bool]]) -> list[float]:
    """Work out t with loops."""
    window, before, after, least_in, least_out = shape
    found = []
    for row, mine in zip(values, applies, strict=True):
        deltas, variances = [], []
        for end, counts in zip(ends, mine, strict=True):
            if not counts:
                continue
            here = {place: x for place, x in enumerate(row) if not math.isnan(x)}
            inside = [here[p] for p in range(end - window, end) if p in here]
            near = [*range(end - window - before, end - window), *range(end, end + after)]
            around = [here[p] for p in near if p in here]
            if len(inside) < max(2, least_in) or len(around) < max(2, least_out):
                deltas.append(math.nan)
                continue
            deltas.append(statistics.fmean(inside) - statistics.fmean(around))
            parts = statistics.variance(inside) / len(inside), statistics.variance(around) / len(around)
            variances.append(sum(parts))
        if not deltas or any(math.isnan(x) for x in deltas):
            found.append(math.nan)
            continue
        spread = math.sqrt(sum(variances) / len(deltas) ** 2 + 0.01)
        found.append(statistics.fmean(deltas) / spread)
    return found


_CELL = st.one_of(st.just(math.nan), st.floats(-20, 20))


@settings(deadline=None)
@given(st.data(), st.integers(1, 3), st.integers(5, 30), st.integers(1, 3))
def test_window_effects_by_loops(data: st.DataObject, users: int, days: int, reviews: int) -> None:
    values = data.draw(st.lists(st.lists(_CELL, min_size=days, max_size=days), min_size=users, max_size=users))
    ends = data.draw(st.lists(st.integers(-2, days + 3), min_size=reviews, max_size=reviews))
    shape = (data.draw(st.integers(1, 6)), data.draw(st.integers(1, 8)), data.draw(st.integers(1, 5)), 2, 3)
    applies = data.draw(
        st.lists(st.lists(st.booleans(), min_size=reviews, max_size=reviews), min_size=users, max_size=users)
    )
    found = window_effect(grid(values), [day(end) for end in ends], shape, np.array(applies))
    expected = slow(values, ends, shape, applies)
    assert found.t.tolist() == pytest.approx(expected, nan_ok=True, abs=1e-6)
    everybody = window_effect(grid(values), [day(end) for end in ends], shape)
    assert everybody.t.tolist() == pytest.approx(
        slow(values, ends, shape, [[True] * reviews] * users), nan_ok=True, abs=1e-6
    )


YEAR = grid([[1.0] * 180])


def test_placebo_dates_are_far_from_the_review_and_have_room() -> None:
    review = day(100)
    found = placebo_ends(YEAR, [review], 14, 14)
    assert all(len(ends) == 1 for ends in found)
    dates = [ends[0] for ends in found]
    assert dates == sorted(set(dates))
    assert all(abs((date - review).days) > 14 for date in dates)
    assert min(dates) == day(28)  # a window and as much before it
    assert max(dates) == day(173)  # and half of the days after
    assert len(dates) == (173 - 28 + 1) - 29


def test_placebo_sets_are_as_many_dates_as_reviews_well_apart() -> None:
    reviews = [day(60), day(150)]
    found = placebo_ends(YEAR, reviews, 14, 14)
    assert len(found) == 60
    assert len({tuple(ends) for ends in found}) == 60
    for ends in found:
        assert len(ends) == 2
        assert (ends[1] - ends[0]).days >= 45  # half of the reviews' own spacing
        assert all(abs((end - review).days) > 14 for end in ends for review in reviews)


def test_placebo_sets_are_the_same_every_time() -> None:
    reviews = [day(60), day(150)]
    assert placebo_ends(YEAR, reviews, 14, 14) == placebo_ends(YEAR, list(reversed(reviews)), 14, 14)


def test_a_short_log_has_no_placebo_dates() -> None:
    assert placebo_ends(grid([[1.0] * 30]), [day(20)], 14, 14) == []
    assert placebo_ends(grid([[1.0] * 30]), [day(20), day(25)], 14, 14) == []
    monthly = [day(n) for n in range(20, 180, 20)]
    assert placebo_ends(YEAR, monthly, 14, 14) == []


def test_years_of_log_give_no_more_than_a_year_of_placebo_dates() -> None:
    long = grid([[1.0] * 2000])
    found = placebo_ends(long, [day(1000)], 14, 14)
    assert 300 <= len(found) <= 366
    assert found[0] == [day(28)]


def test_a_share_that_drops_by_hand() -> None:
    # 8 of 20 around, 1 of 10 in the window: (0.4 - 0.1) / sqrt(pooled * (1 - pooled) * (1 / 10 + 1 / 20) + 0.001).
    known, kept = grid([[10, 10, 10]]), grid([[4, 1, 4]])
    pooled = 9.5 / 31
    expected = 0.3 / math.sqrt(pooled * (1 - pooled) * 0.15 + 0.001)
    assert share_drop(kept, known, [day(2)], (1, 1, 1), 10)[0] == pytest.approx(expected)


def test_a_share_of_too_few_marks_is_unknown() -> None:
    nan = math.nan
    known, kept = grid([[10, 9, 10], [9, 10, 0], [nan, 10, nan]]), grid([[4, 1, 4], [4, 1, 0], [nan, 1, nan]])
    assert np.isnan(share_drop(kept, known, [day(2)], (1, 1, 1), 10)).all()


def test_shares_add_up_over_the_reviews_that_apply() -> None:
    known, kept = grid([[10, 10, 10, 10, 10, 10]] * 2), grid([[5, 0, 5, 5, 10, 5]] * 2)
    ends = [day(2), day(5)]
    both, first = share_drop(kept, known, ends, (1, 1, 1), 10, np.array([[True, True], [True, False]]))
    assert both == pytest.approx(0)  # 0 and 10 of 10 inside, 20 of 40 around
    assert first > 2


def test_ranks_among_chance() -> None:
    found = rank_p(np.array([4.0, 2.0, 0.0, math.nan]), np.array([3.0, 2.0, 1.0, math.nan]))
    assert found[:3].tolist() == [1 / 4, 3 / 4, 4 / 4]
    assert math.isnan(found[3])
