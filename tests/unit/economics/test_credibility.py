from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import polars as pl
import pytest

from tokenscan.economics.credibility import LEAST_TEAMS, bands
from tokenscan.report.economics import Standing, TeamBand

SCHEMA = {"unit": pl.String, "team": pl.String, "people": pl.Int64, "y": pl.Float64, "x": pl.Float64}


def cells(*teams: list[tuple[float, float]]) -> pl.DataFrame:
    """One row a person, given as y and x, in teams t0, t1, ..."""
    rows = [
        (f"p:{t}-{n}", f"t{t}", 1, float(y), float(x))
        for t, people in enumerate(teams)
        for n, (y, x) in enumerate(people)
    ]
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def banded(frame: pl.DataFrame, **changes: Any) -> dict[str, TeamBand]:
    names = frozenset(frame["team"].drop_nulls().to_list())
    return {band.team: band for band in bands(frame, names, **changes)}


def test_shrinkage_by_hand() -> None:
    # Everybody has x = 10, so all weights are 10 / 20 = 1/2 and every team of two has W = 1.
    data = [[(10, 10), (20, 10)], [(20, 10), (30, 10)], [(30, 10), (40, 10)], [(60, 10), (70, 10)]]
    found = banded(cells(*data))
    # In exact numbers: ratios of teams, and of the rest of each.
    ratios = [Fraction(3, 2), Fraction(5, 2), Fraction(7, 2), Fraction(13, 2)]
    rest = [(sum(ratios) - own) / 3 for own in ratios]
    # within: residuals y - R x with y = ratio / 2: +-1/4 each, 8 of them, over a weight of 4, times 8 / (8 - 4).
    within = 8 * Fraction(1, 16) / 4 * 2
    mean = sum(ratios) / 4
    between = (sum((own - mean) ** 2 for own in ratios) - 3 * within) / (4 - Fraction(4, 4))
    weight = between / (between + within)
    for place, (own, other) in enumerate(zip(ratios, rest, strict=True)):
        band = found[f"t{place}"]
        assert band.value == pytest.approx(float(own))
        assert band.weight == pytest.approx(float(weight))
        assert band.shrunk.value == pytest.approx(float(weight * own + (1 - weight) * other))
        assert band.people == 2


def test_a_team_that_differs_beyond_chance_stands_out_and_one_that_differs_by_chance_does_not() -> None:
    steady = [[(10 + d, 10) for d in (-1, 0, 1, -1, 0, 1)] for _ in range(6)]
    found = banded(cells(*steady, [(30 + d, 10) for d in (-1, 0, 1, -1, 0, 1)]))
    assert {name: band.standing for name, band in found.items()} == {
        **{f"t{n}": Standing.ABOUT for n in range(6)},
        "t6": Standing.ABOVE,
    }
    noisy = [
        [(y, 10) for y in people]
        for people in ((0, 30, 5, 25, 10), (40, 0, 20, 5, 30), (0, 0, 50, 5, 20), (9, 0, 60, 0, 1))
    ]
    assert {band.standing for band in banded(cells(*noisy)).values()} == {Standing.ABOUT}


def test_a_sure_but_small_difference_is_no_band() -> None:
    steady = [[(10 + d, 10) for d in (-0.01, 0, 0.01)] for _ in range(5)]
    found = banded(cells(*steady, [(10.5 + d, 10) for d in (-0.01, 0, 0.01)]))
    assert found["t5"].weight > 0.99
    assert found["t5"].standing is Standing.ABOUT


def test_nobody_speaks_for_a_team_by_volume() -> None:
    # One person of t0 with 1,000 times the answers of the others, none of them used.
    usual = [[(4, 10), (5, 10), (6, 10), (5, 10), (5, 10)] for _ in range(5)]
    usual[0] = [(0, 10_000), (5, 10), (6, 10), (5, 10), (4, 10)]
    band = banded(cells(*usual))["t0"]
    # The weights of the others are 1/2, that of the heavy user nearly 1: (0 + 4 * .25) / (1 + 4 * .5).
    assert band.value == pytest.approx(1.0 / 3.0, rel=0.01)


def test_the_order_of_rows_does_not_matter_and_bands_come_by_name() -> None:
    frame = cells([(1, 3), (2, 7)], [(4, 3), (2, 9)], [(1, 1), (9, 9)], [(0, 5), (3, 2)])
    names = frozenset({"t0", "t1", "t2", "t3"})
    assert bands(frame, names) == bands(frame.reverse(), names)
    assert [band.team for band in bands(frame, names)] == ["t0", "t1", "t2", "t3"]


def test_people_outside_the_teams_shown_are_in_the_rest() -> None:
    same = [[(5, 10), (6, 10)] for _ in range(4)]
    rest = cells(*same, [(50, 10), (60, 10)])
    names = frozenset({"t0", "t1", "t2", "t3"})
    without, beside = bands(rest.filter(pl.col("team") != "t4"), names), bands(rest, names)
    assert without[0].shrunk.value < beside[0].shrunk.value
    assert [band.team for band in beside] == ["t0", "t1", "t2", "t3"]


@pytest.mark.parametrize(
    "frame",
    [
        cells(*[[(1, 2), (2, 2)]] * (LEAST_TEAMS - 1)),
        cells(*[[(1, 2)]] * LEAST_TEAMS),  # one person in each: nothing says how much people vary
        cells(*[[(0, 0), (0, 0)]] * LEAST_TEAMS),
        cells(),
    ],
)
def test_too_little_to_tell_teams_apart_gives_no_bands(frame: pl.DataFrame) -> None:
    assert banded(frame) == {}


def test_people_without_any_weight_are_harmless() -> None:
    found = banded(cells(*[[(1, 2), (2, 2), (3, 0)]] * LEAST_TEAMS))
    assert {band.standing for band in found.values()} == {Standing.ABOUT}


def test_intervals_stay_where_a_share_can_be() -> None:
    rng = np.random.default_rng(4)
    data = [[(float(rng.binomial(4, 0.95)), 4.0) for _ in range(5)] for _ in range(6)]
    for band in banded(cells(*data), highest=1.0).values():
        assert band.shrunk.low is not None
        assert band.shrunk.high is not None
        assert 0 <= band.shrunk.low <= band.shrunk.high <= 1


def test_few_teams_are_banded_by_chance() -> None:
    # 60 draws of 8 teams of 5 people who do not differ but by chance, with volumes as uneven as real ones.
    rng = np.random.default_rng(5)
    wrong = 0
    for _ in range(60):
        data = []
        for _ in range(8):
            x = rng.lognormal(4, 1.2, size=5).round() + 1
            data.append([(float(rng.binomial(int(n), rng.beta(6, 9))), float(n)) for n in x])
        wrong += sum(band.standing is not Standing.ABOUT for band in banded(cells(*data), highest=1.0).values())
    assert wrong / (60 * 8) <= 0.05
