from __future__ import annotations

import pytest
from economics_factory import Claim, basis

from tests.unit import findings_factory as make
from tests.unit.calls_factory import call, context
from tokenscan.economics.basis import by_day
from tokenscan.economics.leaderboard import leaderboards
from tokenscan.report.economics import Leaderboard
from tokenscan.report.model import Range

# Tokens: a 4000, b 3000, c 2000, d 1000 (two people each); requests: a 2, b 2, c 2, d 2.
SIZES = {"a": 2000, "b": 1500, "c": 1000, "d": 500}
CALLS = [
    call(f"{team}{n}", f"2026-01-05 0{n}:00", team=team, input_tokens=size - 100, output_tokens=100, cost_nanousd=size)
    for team, size in SIZES.items()
    for n in (1, 2)
]
FINDING = make.finding("a1", fingerprint="ts1:1")
# Calls are in order of time, so rows 0 and 4 are team a's: 2500 of its tokens go.
CLAIMS: list[Claim] = [(0, 0, "row", 1.0, "high"), (0, 4, "row", 0.25, "high")]


def boards(claims: list[Claim] = CLAIMS, **changes: bool) -> dict[tuple[str, str], Leaderboard]:
    base = basis(CALLS, [FINDING], claims, context(min_group_size=2), **changes)
    return {(board.level, board.metric): board for board in leaderboards(base, by_day(base))}


def test_the_ranking_without_waste_by_hand() -> None:
    board = boards()["team", "tokens"]
    assert [(place.name, place.before, place.after.expected) for place in board.places] == [
        ("a", 1, 3), ("b", 2, 1), ("c", 3, 2), ("d", 4, 4),
    ]  # fmt: skip
    first = board.places[0]
    assert (first.people, first.amount, first.removed) == (2, 4000, Range(low=2500, expected=2500, high=2500))
    assert board.moved == 3
    # Volumes left: 1500, 3000, 2000, 1000. Of 6 pairs a-b and a-c turn round: (4 - 2) / 6.
    assert board.tau_b == pytest.approx(1 / 3)


def test_requests_go_in_proportion_to_their_tokens() -> None:
    board = boards()["team", "requests"]
    assert board.places[0].removed == Range(low=1, expected=1, high=1)  # 1 + a quarter, to whole requests
    # All teams have 2 requests: no order to correlate with.
    assert [place.before for place in board.places] == [1, 1, 1, 1]
    assert board.tau_b is None


def test_ranks_of_the_three_kinds_of_waste_may_differ() -> None:
    board = boards([(0, 0, "row", 0.5, "high"), (0, 4, "row", 1.0, "medium")])["team", "tokens"]
    # Expected: 4000 - 3000 leaves 1000, as much as d has.
    assert board.places[0].after == Range(low=1, expected=3, high=3)
    low = boards([(0, 0, "row", 1.0, "low")])["team", "tokens"]
    assert low.places[0].after == Range(low=1, expected=1, high=2)


def test_people_are_ranked_only_where_the_user_asks() -> None:
    assert {level for level, _ in boards()} == {"team"}
    people = boards(rank_people=True)["person", "tokens"]
    assert [(place.name, place.before, place.after.expected) for place in people.places][:2] == [
        ("a1", 1, 8),
        ("a2", 1, 1),
    ]
    assert {level for level, _ in boards(rank_people=True, teams_only=True)} <= {"team"}


def test_small_teams_and_lonely_ones_are_not_ranked() -> None:
    base = basis(CALLS, given=context(min_group_size=3))
    assert leaderboards(base, by_day(base)) == ()
    base = basis(CALLS[:2], given=context(min_group_size=2))
    assert leaderboards(base, by_day(base)) == ()
    base = basis([])
    assert leaderboards(base, by_day(base)) == ()


def test_without_prices_there_is_no_ranking_by_cost() -> None:
    rows = [row | {"cost_nanousd": None} for row in CALLS]
    base = basis(rows, given=context(min_group_size=2))
    assert [board.metric for board in leaderboards(base, by_day(base))] == ["tokens", "requests"]
