from __future__ import annotations

import math
import statistics as plain

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from tokenscan.detectors.common.statistics import (
    beta_bound,
    burstiness,
    false_discovery,
    gamma_rate_bound,
    median_of_others,
    row_medians,
    shrunk_scale,
    strength,
    trailing_windows,
)


def one(expression: pl.Expr) -> float:
    return pl.select(expression.cast(pl.Float64)).item()


def strengths(values: list[float | None], threshold: float, top: float) -> list[float]:
    frame = pl.DataFrame({"value": pl.Series(values, dtype=pl.Float64)})
    return frame.select(strength(pl.col("value"), threshold, top)).to_series().to_list()


def test_strength_is_a_half_at_the_threshold_and_one_from_the_top_on() -> None:
    # Halfway between 3 and 12 on a log scale is their geometric mean, 6.
    assert strengths([2.999, 3.0, 6.0, 12.0, 1000.0], 3, 12) == pytest.approx([0, 0.5, 0.75, 1, 1])
    assert strengths([math.inf], 3, 12) == [1.0]


def test_strength_of_what_is_not_known_is_zero() -> None:
    assert strengths([None, math.nan], 3, 12) == [0.0, 0.0]


@pytest.mark.parametrize(("threshold", "top"), [(12, 12), (15, 12), (0, 5)])
def test_a_threshold_raised_past_the_top_leaves_every_hit_at_a_half(threshold: float, top: float) -> None:
    assert strengths([threshold, 2 * threshold + 1, 10_000, -1], threshold, top) == [0.5, 0.5, 0.5, 0.0]


def test_strength_of_whole_numbers() -> None:
    frame = pl.DataFrame({"value": [1, 2, 20]})
    assert frame.select(strength(pl.col("value"), 2, 20)).to_series().to_list() == [0.0, 0.5, 1.0]


def test_beta_bounds_known_by_hand() -> None:
    # Uniform prior, nothing seen: the q-quantile of U(0, 1) is q. One success in one: Beta(2, 1) has F(x) = x^2.
    # No success in n: F(x) = 1 - (1 - x)^(n + 1).
    lower = beta_bound(pl.Series([0, 1, 0]), pl.Series([0, 1, 9]), 0.05)
    assert lower.to_list() == pytest.approx([0.05, math.sqrt(0.05), 1 - 0.95 ** (1 / 10)])
    upper = beta_bound(pl.Series([0]), pl.Series([9]), 0.95)
    assert upper.to_list() == pytest.approx([1 - 0.05 ** (1 / 10)])


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=5))
def test_beta_bounds_take_the_prior_and_null_as_nothing_seen(counts: list[tuple[int, int]]) -> None:
    hits = pl.Series([None, *(k for k, _ in counts)], dtype=pl.Int64)
    trials = pl.Series([None, *(k + misses for k, misses in counts)], dtype=pl.Int64)
    expected = [stats.beta(1 + k, 30 + misses).ppf(0.05) for k, misses in [(0, 0), *counts]]
    assert beta_bound(hits, trials, 0.05, prior=(1, 30)).to_list() == pytest.approx(expected)


def test_the_upper_and_lower_bound_enclose_the_share() -> None:
    k, n = pl.Series([30]), pl.Series([100])
    low, high = beta_bound(k, n, 0.05)[0], beta_bound(k, n, 0.95)[0]
    assert low < 0.3 < high
    assert high - low == pytest.approx(2 * 1.645 * math.sqrt(0.3 * 0.7 / 100), rel=0.05)


def test_gamma_bounds_known_by_hand() -> None:
    # Gamma(1, rate): exponential, so the q-quantile is -ln(1 - q) / rate.
    bound = gamma_rate_bound(pl.Series([0.0]), pl.Series([92]), 0.95, prior=(1, 8))
    assert bound.to_list() == pytest.approx([-math.log(0.05) / 100])


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 5000))
def test_gamma_bounds_are_those_of_the_posterior(tasks: int, turns: int) -> None:
    bound = gamma_rate_bound(pl.Series([float(tasks)]), pl.Series([turns]), 0.95, prior=(2, 8))[0]
    assert bound == pytest.approx(stats.gamma(2 + tasks, scale=1 / (8 + turns)).ppf(0.95))
    assert bound * (8 + turns) > 2 + tasks  # an upper bound lies above the mean


def test_false_discovery_by_hand() -> None:
    # Sorted p: .005 .01 .03 .04 .6, n = 5. p * n / rank: .025 .025 .05 .05 .6; the running minimum from the end.
    q = false_discovery(pl.Series([0.03, 0.6, 0.005, 0.04, 0.01]))
    assert q.to_list() == pytest.approx([0.05, 0.6, 0.025, 0.05, 0.025])


def test_false_discovery_ties_ones_and_nothing() -> None:
    assert false_discovery(pl.Series([0.02, 0.02, 1.0])).to_list() == pytest.approx([0.03, 0.03, 1.0])
    assert false_discovery(pl.Series([0.2])).to_list() == [0.2]
    assert false_discovery(pl.Series([], dtype=pl.Float64)).to_list() == []


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_false_discovery_against_the_definition(p: list[float]) -> None:
    q = [min(1.0, *(len(p) * other / sum(x <= other for x in p) for other in p if other >= mine)) for mine in p]
    assert false_discovery(pl.Series(p)).to_list() == pytest.approx(q)


_VALUES = st.one_of(st.none(), st.integers(-3, 3).map(float), st.floats(-1e6, 1e6))
_ROWS = st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["x", None]), _VALUES), max_size=25)


@settings(deadline=None)
@given(_ROWS)
def test_the_median_of_the_others_by_brute_force(rows: list[tuple[str | None, str | None, float | None]]) -> None:
    frame = pl.DataFrame(rows, schema={"g": pl.String, "h": pl.String, "v": pl.Float64}, orient="row")
    found = median_of_others(frame, "v", ["g", "h"])
    assert found.select("g", "h", "v").rows() == rows  # order and rows untouched
    for place, (g, h, v) in enumerate(rows):
        others = [w for other, (i, j, w) in enumerate(rows) if other != place and (i, j) == (g, h) and w is not None]
        if v is None:
            others = []
        assert found["others_n"][place] == len(others)
        expected = plain.median(others) if others else None
        assert found["others_median"][place] == (expected if expected is None else pytest.approx(expected))


def test_the_median_of_the_others_leaves_no_trace_of_its_work() -> None:
    frame = pl.DataFrame({"g": ["a", "a"], "v": [1.0, 2.0], "n": [7, 8]})
    assert median_of_others(frame, "v", ["g"]).columns == ["g", "v", "n", "others_n", "others_median"]


_SERIES = st.lists(st.tuples(st.integers(0, 3), st.one_of(st.just(math.nan), st.floats(-1e9, 1e9))), max_size=20)


@settings(deadline=None)
@given(_SERIES, st.integers(1, 6))
def test_trailing_windows_and_medians_by_loops(rows: list[tuple[int, float]], width: int) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    groups = np.array([group for group, _ in rows], dtype=np.int64)
    values = np.array([value for _, value in rows], dtype=np.float64)
    windows = trailing_windows(values, groups, width)
    medians, counts = row_medians(windows)
    assert windows.shape == (len(rows), width)
    for place, (group, _) in enumerate(rows):
        before = [value for other, value in rows[:place] if other == group][-width:]
        known = [value for value in before if not math.isnan(value)]
        assert counts[place] == len(known)
        assert medians[place] == pytest.approx(plain.median(known) if known else math.nan, nan_ok=True)


def test_the_scale_of_a_constant_or_absent_history_is_the_populations() -> None:
    # n = 28 days without any spread: s^2 = 10 * 0.6^2 / 38. No day: the pooled scale itself.
    found = shrunk_scale(np.array([0.0, 0.0]), np.array([28.0, 0.0]), 0.6)
    assert found.tolist() == pytest.approx([0.6 * math.sqrt(10 / 38), 0.6])


def test_the_scale_of_a_long_history_is_its_own() -> None:
    expected = math.sqrt((30 * (1.4826 * 0.5) ** 2 + 10 * 0.25) / 40)
    assert shrunk_scale(np.array([0.5]), np.array([30.0]), 0.5)[0] == pytest.approx(expected)
    assert shrunk_scale(np.array([0.5]), np.array([1e9]), 9.0)[0] == pytest.approx(1.4826 * 0.5)


@pytest.mark.parametrize("n", [2, 30, 10_000])
def test_regular_gaps_have_burstiness_minus_one(n: int) -> None:
    assert one(burstiness(pl.lit(60.0), pl.lit(0.0), pl.lit(float(n)))) == pytest.approx(-1)


@pytest.mark.parametrize("n", [2, 30, 10_000])
def test_one_burst_has_burstiness_one(n: int) -> None:
    # All n gaps but one are nil: the coefficient of variation is the largest there is, sqrt(n - 1).
    assert one(burstiness(pl.lit(1.0), pl.lit(math.sqrt(n - 1)), pl.lit(float(n)))) == pytest.approx(1)


def test_random_gaps_have_burstiness_zero() -> None:
    gaps = pl.Series(np.random.default_rng(5).exponential(40.0, 200_000))
    assert one(burstiness(pl.lit(gaps.mean()), pl.lit(gaps.std()), pl.lit(200_000.0))) == pytest.approx(0, abs=0.01)
    # In a finite sample the expected ratio of random gaps is sqrt((n - 1) / (n + 1)), for any n.
    assert one(burstiness(pl.lit(1.0), pl.lit(math.sqrt(29 / 31)), pl.lit(30.0))) == pytest.approx(0)


def test_burstiness_by_hand() -> None:
    # n = 8, r = 0.5: (3 * 0.5 - sqrt 7) / ((3 - 2) * 0.5 + sqrt 7)
    expected = (1.5 - math.sqrt(7)) / (0.5 + math.sqrt(7))
    assert one(burstiness(pl.lit(10.0), pl.lit(5.0), pl.lit(8.0))) == pytest.approx(expected)
