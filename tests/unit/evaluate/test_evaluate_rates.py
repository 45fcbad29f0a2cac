"""Each formula against values from books, from hand, or from another way to compute them."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenscan.evaluate.rates import average_precision, clopper_pearson, precision_at, projected, rate, roc_auc

RANKED = st.lists(st.tuples(st.integers(0, 6), st.booleans()), min_size=1, max_size=12)


def arrays(pairs: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    risks, gamers = zip(*pairs, strict=True)
    return np.array(risks, dtype=np.float64), np.array(gamers, dtype=np.bool_)


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(81, 263, 0.2527, 0.3676), (15, 148, 0.0578, 0.1617), (0, 20, 0.0, 0.1684), (1, 29, 0.0009, 0.1776)],
)
def test_bounds_are_those_of_newcombe_1998_table_1_method_5(hits: int, of: int, low: float, high: float) -> None:
    assert clopper_pearson(hits, of) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(("hits", "of"), [(2, 3), (5, 9), (0, 7), (7, 7), (13, 18)])
def test_each_bound_leaves_two_and_a_half_percent_in_its_tail(hits: int, of: int) -> None:
    low, high = clopper_pearson(hits, of)
    at_least = sum(math.comb(of, k) * low**k * (1 - low) ** (of - k) for k in range(hits, of + 1))
    at_most = sum(math.comb(of, k) * high**k * (1 - high) ** (of - k) for k in range(hits + 1))
    assert low == 0 if hits == 0 else at_least == pytest.approx(0.025)
    assert high == 1 if hits == of else at_most == pytest.approx(0.025)


def test_a_share_of_nothing_is_unknown() -> None:
    none = rate(0, 0)
    assert (none.value, none.low, none.high) == (None, None, None)


def test_precision_at_five_percent_by_hand() -> None:
    # Of 1,000 people 50 game: 40 are found; 5 % of the other 950 are flagged: 47.5. 40 / 87.5.
    assert precision_at(0.8, 0.05) == pytest.approx(40 / 87.5)
    # The founding documents' "85 % accuracy": 42.5 of 42.5 + 142.5 flagged.
    assert precision_at(0.85, 0.15) == pytest.approx(0.2297, abs=5e-5)
    assert precision_at(0.0, 0.0) is None


def test_bounds_of_the_projected_precision_are_the_worst_and_best_of_both_shares() -> None:
    found = projected(rate(9, 10), rate(0, 100))
    # 97.5 % bounds: for 0 of 100 the upper one is 1 - 0.0125^(1/100); it leaves 1.25 % in its tail.
    wrong = 1 - 0.0125 ** (1 / 100)
    low, _ = clopper_pearson(9, 10, 0.975)
    assert found.value == 1.0
    assert found.low == pytest.approx(0.05 * low / (0.05 * low + 0.95 * wrong))
    assert found.high == 1.0


def test_average_precision_and_roc_of_a_small_ranking_by_hand() -> None:
    risks = np.array([90, 70, 65, 50, 45, 45, 10, 0, 0, 0], dtype=np.float64)
    gamers = np.array([1, 1, 0, 0, 1, 0, 1, 0, 0, 0], dtype=np.bool_)
    # Precision as each of the four gamers enters: 1/1, 2/2, 3/6 (tied with an honest account), 4/7.
    assert average_precision(risks, gamers) == pytest.approx(
        float(Fraction(1, 4) * (1 + 1 + Fraction(3, 6) + Fraction(4, 7)))
    )
    # Pairs won: 6, 6, 3 and a half, 3, of 4 * 6.
    assert roc_auc(risks, gamers) == pytest.approx(18.5 / 24)


def test_without_gamers_or_without_innocents_there_is_nothing_to_rank() -> None:
    risks = np.array([1.0, 2.0])
    assert average_precision(risks, np.array([False, False])) is None
    assert roc_auc(risks, np.array([False, False])) is None
    assert roc_auc(risks, np.array([True, True])) is None


@given(RANKED)
def test_order_does_not_matter(pairs: list[tuple[int, bool]]) -> None:
    assert average_precision(*arrays(pairs)) == average_precision(*arrays(sorted(pairs)))
    assert roc_auc(*arrays(pairs)) == roc_auc(*arrays(sorted(pairs)))


@given(RANKED)
def test_a_perfect_ranking_is_one_and_all_tied_is_the_share_of_gamers(pairs: list[tuple[int, bool]]) -> None:
    gamers = sum(games for _, games in pairs)
    if not gamers:
        return
    tied = [(3, games) for _, games in pairs]
    assert average_precision(*arrays(tied)) == pytest.approx(gamers / len(pairs))
    perfect = [(7 if games else risk, games) for risk, games in pairs]
    assert average_precision(*arrays(perfect)) == 1.0
    if gamers < len(pairs):
        assert roc_auc(*arrays(tied)) == 0.5
        assert roc_auc(*arrays(perfect)) == 1.0


@given(RANKED)
def test_scores_are_those_of_their_definitions(pairs: list[tuple[int, bool]]) -> None:
    positive = [risk for risk, games in pairs if games]
    negative = [risk for risk, games in pairs if not games]
    if positive and negative:
        won = sum((a > b) + (a == b) / 2 for a in positive for b in negative)
        assert roc_auc(*arrays(pairs)) == pytest.approx(won / len(positive) / len(negative))
    if positive:
        # Another way to write it: the mean over gamers of the precision at their risk.
        at = [sum(r >= risk for r in positive) / sum(r >= risk for r, _ in pairs) for risk in positive]
        assert average_precision(*arrays(pairs)) == pytest.approx(sum(at) / len(at))


def test_without_ties_it_is_the_mean_precision_over_every_order() -> None:
    for order in permutations([True, True, False, False]):
        pairs = [(4 - place, games) for place, games in enumerate(order)]
        found = [place for place, games in enumerate(order, 1) if games]
        mean = (1 / found[0] + 2 / found[1]) / 2
        assert average_precision(*arrays(pairs)) == pytest.approx(mean)
