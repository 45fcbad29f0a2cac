from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

import polars as pl

from tokenscan.detectors.common.circles import Circles, circles

START = date(2026, 1, 5)
CROWD = [f"p{n:02d}" for n in range(20)]
RING = ["rae", "sid", "tom", "uma"]
LIMITS: dict[str, Any] = {"life_days": 7, "partners": 3, "weeks": 3, "chance": 1e-4}

# Who writes which passage on which day.
Wrote = tuple[str, int, int]


def ring(days: Iterable[int], members: Iterable[str] = RING) -> list[Wrote]:
    return [(user, day, 1000 + day) for day in days for user in members]


def find(wrote: Iterable[Wrote], crowd: Iterable[str] = CROWD, team: str | None = None, **changes: Any) -> Circles:
    """Return circles among people who wrote these passages, each in a prompt of its own, and a crowd that did not."""
    rows = [*wrote, *((user, 0, -1) for user in crowd)]
    calls = pl.DataFrame(
        {
            "user": pl.Series([user for user, _, _ in rows], dtype=pl.String),
            "day": pl.Series([START + timedelta(days=day) for _, day, _ in rows], dtype=pl.Date),
            "team": pl.Series([team if user in RING else None for user, _, _ in rows], dtype=pl.String),
            "row_id": pl.Series(range(len(rows)), dtype=pl.UInt32),
            "prompt_id": pl.Series(range(len(rows)), dtype=pl.UInt64),
        }
    )
    told = [(n, passage) for n, (_, _, passage) in enumerate(rows) if passage >= 0]
    passages = pl.DataFrame(told, schema={"prompt_id": pl.UInt64, "passage": pl.UInt64}, orient="row")
    return circles(calls, passages, **(LIMITS | changes))


def members(found: Circles) -> Mapping[str, int]:
    return dict(found.partners.group_by("user").len().sort("user").iter_rows())


def test_four_people_who_share_a_passage_in_each_of_three_weeks_are_a_circle() -> None:
    found = find(ring([1, 8, 15]))
    assert members(found) == dict.fromkeys(RING, 3)
    assert found.calls.select("user", "row_id", "people").rows() == [
        (user, row, 4) for user in RING for row in range(RING.index(user), 12, 4)
    ]
    assert found.calls["born"].unique().sort().to_list() == [START + timedelta(day) for day in (1, 8, 15)]


def test_two_weeks_three_people_or_a_chain_are_none() -> None:
    assert not members(find(ring([1, 8])))
    # Friday and the Monday after it are no two weeks.
    assert not members(find(ring([4, 7, 15])))
    assert members(find(ring([4, 11, 18])))
    assert not members(find(ring([1, 8, 15], RING[:3])))
    pairs = [(user, day, 100 * n + day) for n in range(3) for user in RING[n : n + 2] for day in (1, 8, 15)]
    assert not members(find(pairs, partners=2))


def test_a_passage_that_lives_for_a_week_or_comes_from_sixteen_people_is_not_rare() -> None:
    again = [("rae", 30, 1000 + day) for day in (1, 8, 15)]
    assert not members(find([*ring([1, 8, 15]), *again]))
    later = [
        (user, day, passage) if user != "uma" else (user, day + 6, passage) for user, day, passage in ring([1, 8, 15])
    ]
    assert members(find(later)) == dict.fromkeys(RING, 3)
    known = [(user, day, 1000 + day) for day in (1, 8, 15) for user in CROWD[:12]]
    assert not members(find([*ring([1, 8, 15]), *known], chance=0.5))


def test_who_shares_passages_with_everybody_shares_them_with_the_four_by_chance() -> None:
    # Each of the four has a passage in common with each of the others of the crowd, too, on two days of two weeks.
    busy = [
        (user, day, 10_000 * place + 100 * n + day)
        for place, member in enumerate(RING)
        for n, other in enumerate(CROWD)
        for day in (2, 9)
        for user in (member, other)
    ]
    assert members(find(ring([1, 8, 15])))
    # (40 + 0.5) / 20 days with each of the crowd, on average 1.5: three days with a partner are as expected.
    assert not members(find([*ring([1, 8, 15]), *busy]))


def test_people_of_one_team_share_work_and_are_no_partners() -> None:
    assert not members(find(ring([1, 8, 15]), team="red"))


def test_a_circle_is_at_most_a_third_of_the_people() -> None:
    assert members(find(ring([1, 8, 15]), CROWD[:8])) == dict.fromkeys(RING, 3)
    assert not members(find(ring([1, 8, 15]), CROWD[:7]))


def test_nothing_is_found_in_nothing() -> None:
    assert not members(find([]))
    assert find([]).calls.is_empty()
    assert not members(find([], []))
