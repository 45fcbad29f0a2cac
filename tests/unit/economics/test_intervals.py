from __future__ import annotations

import math
import statistics

import numpy as np
import pytest
from scipy import stats

from tokenscan.economics.intervals import MOST_DRAWN, ratio, with_and_without
from tokenscan.report.economics import Interval


def array(*values: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array(values, dtype=np.float64)


def test_a_ratio_is_that_of_the_sums() -> None:
    found = ratio(array(1, 2, 9), array(2, 2, 2))
    assert found.value == pytest.approx(2.0)
    assert found.low is not None
    assert found.high is not None
    assert 0.5 <= found.low < 2.0 < found.high <= 4.5  # no draw can leave the range of single ratios


def test_intervals_agree_with_students_t_where_it_holds() -> None:
    # 60 people of weight 1 and normal ratios: the t interval of their mean is the known answer.
    values = stats.norm.ppf((np.arange(60) + 0.5) / 60) + 5
    half = stats.t.ppf(0.975, 59) * statistics.stdev(values.tolist()) / math.sqrt(60)
    found = ratio(values, np.ones(60))
    assert found.low == pytest.approx(5 - half, abs=0.15 * half)
    assert found.high == pytest.approx(5 + half, abs=0.15 * half)


def test_many_people_get_the_normal_interval_of_the_mean() -> None:
    # With weights of 1 the jackknife error of a mean is its standard error.
    values = np.sin(np.arange(MOST_DRAWN + 1.0))
    error = statistics.stdev(values.tolist()) / math.sqrt(len(values))
    found = ratio(values, np.ones(len(values)))
    assert found.low == pytest.approx(found.value - 1.959964 * error)
    assert found.high == pytest.approx(found.value + 1.959964 * error)


def test_both_intervals_agree_where_one_ends_and_the_other_begins() -> None:
    rng = np.random.default_rng(3)
    x = rng.gamma(2.0, size=MOST_DRAWN + 1)
    y = x * rng.normal(1.0, 0.5, size=len(x))
    few, many = ratio(y[:-1], x[:-1]), ratio(y, x)
    assert few.low == pytest.approx(many.low, abs=0.02)
    assert few.high == pytest.approx(many.high, abs=0.02)


def test_no_variation_and_no_weight_give_no_interval_and_no_warning() -> None:
    assert ratio(array(2, 2, 2), array(1, 1, 1)) == Interval(value=2.0)
    assert ratio(array(5), array(1)) == Interval(value=5.0)
    lonely = ratio(array(1, 0, 0, 0, 0), array(1, 0, 0, 0, 0))  # most draws hold nobody with weight
    assert lonely == Interval(value=1.0)


def test_the_difference_is_that_of_the_two_figures() -> None:
    y1, x1, y0, x0 = array(1, 2, 3), array(4, 8, 2), array(2, 2, 2), array(4, 2, 8)
    with_it, without, difference = with_and_without(y1, x1, y0, x0)
    assert difference.value == pytest.approx(with_it.value - without.value)
    # Weights 2, 1.6, 1.6; ratios with .25, .25, 1.5, without .5, 1, .25.
    assert with_it.value == pytest.approx((0.5 + 0.4 + 2.4) / 5.2)
    assert without.value == pytest.approx((1 + 1.6 + 0.4) / 5.2)


def test_the_same_data_give_the_same_interval() -> None:
    assert ratio(array(1, 2, 9, 4), array(2, 1, 2, 3)) == ratio(array(1, 2, 9, 4), array(2, 1, 2, 3))
