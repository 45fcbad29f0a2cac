from __future__ import annotations

import math
import statistics
from collections import defaultdict
from datetime import date, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.calls_factory import weekdays
from tokenscan.detectors.common.normal import with_normal

MONDAY = date(2026, 1, 5)
TYPICAL = 20_000
Sizes = dict[tuple[str, date], int]


def person_days(sizes: Sizes, teams: dict[str, str | None] | None = None) -> pl.DataFrame:
    rows = [(user, (teams or {}).get(user), day, fresh) for (user, day), fresh in sizes.items()]
    schema = {"user": pl.String, "team": pl.String, "day": pl.Date, "fresh": pl.Int64}
    return pl.DataFrame(rows, schema=schema, orient="row")


def column(frame: pl.DataFrame, name: str) -> dict[tuple[str, date], float]:
    return {(user, day): value for user, day, value in frame.select("user", "day", name).iter_rows()}


def logs(fresh: float) -> float:
    return math.log(fresh + 1)


def flat(users: str, days: list[date]) -> Sizes:
    return {(user, day): TYPICAL for user in users for day in days}


def test_level_is_the_logarithm_where_weekdays_are_alike() -> None:
    found = with_normal(person_days(flat("abc", weekdays("2026-01-05", 10))), [])
    assert found["level"].to_list() == pytest.approx([logs(TYPICAL)] * 30)
    assert found["common"].to_list() == pytest.approx([0.0] * 30)
    assert found["own"].to_list() == pytest.approx([logs(TYPICAL)] * 30)
    assert found.columns == ["user", "team", "day", "fresh", "level", "common", "own"]


def test_a_weekday_that_is_always_busier_is_removed_for_everybody() -> None:
    days = weekdays("2026-01-05", 20)
    sizes = {(u, d): TYPICAL * (5 if d.isoweekday() == 1 else 1) for u in "abcd" for d in days}
    level = column(with_normal(person_days(sizes), []), "level")
    # Each person's median is an ordinary day, so Monday's effect is ln(100,001 / 20,001).
    assert {round(value, 9) for value in level.values()} == {round(logs(TYPICAL), 9)}


def test_the_weekday_effect_is_everybodys_not_ones_own() -> None:
    days = weekdays("2026-01-05", 20)
    sizes = flat("abcd", days) | {("a", d): 5 * TYPICAL for d in days if d.isoweekday() == 1}
    level = column(with_normal(person_days(sizes), []), "level")
    assert level["a", MONDAY] == pytest.approx(logs(5 * TYPICAL))


def test_holidays_are_a_class_of_their_own() -> None:
    days = weekdays("2026-01-05", 20)
    holidays = [date(2026, 1, 6), date(2026, 1, 15)]  # a Tuesday and a Thursday
    sizes = {(u, d): TYPICAL // 10 if d in holidays else TYPICAL for u in "abcd" for d in days}
    found = with_normal(person_days(sizes), holidays)
    assert column(found, "level")["a", holidays[0]] == pytest.approx(logs(TYPICAL))
    assert column(found, "common")["a", holidays[0]] == pytest.approx(0)
    # Not declared, the same days count as a slump that everybody shared; with 3 others a quarter of it remains.
    undeclared = with_normal(person_days(sizes), [])
    assert column(undeclared, "level")["a", holidays[0]] == pytest.approx(logs(TYPICAL // 10))
    slump = logs(TYPICAL // 10) - logs(TYPICAL)
    assert column(undeclared, "common")["a", holidays[0]] == pytest.approx(0.75 * slump)


@pytest.mark.parametrize("factor", [12, 1 / 50])
def test_what_moves_everybody_is_common_whether_hackathon_or_outage(factor: float) -> None:
    days = weekdays("2026-01-05", 20)
    users = "abcdefghijklmnopqrst"
    event = int(TYPICAL * factor)
    sizes = flat(users, days) | {(u, days[8]): event for u in users}
    found = with_normal(person_days(sizes), [])
    moved = logs(event) - logs(TYPICAL)
    for user in users:  # 19 others: 19/20 of the movement is taken off
        assert column(found, "common")[user, days[8]] == pytest.approx(0.95 * moved)
        assert column(found, "own")[user, days[8]] == pytest.approx(logs(TYPICAL) + 0.05 * moved)


def test_a_burst_of_one_person_stays_theirs() -> None:
    days = weekdays("2026-01-05", 20)
    sizes = flat("abcde", days) | {("a", days[8]): 12 * TYPICAL}
    found = with_normal(person_days(sizes), [])
    assert column(found, "common")["a", days[8]] == pytest.approx(0)
    assert column(found, "own")["a", days[8]] == pytest.approx(logs(12 * TYPICAL))
    assert column(found, "own")["b", days[8]] == pytest.approx(logs(TYPICAL))


def test_a_burst_of_the_only_person_in_the_log_stays_theirs() -> None:
    days = weekdays("2026-01-05", 20)
    found = with_normal(person_days(flat("a", days) | {("a", days[8]): 12 * TYPICAL}), [])
    assert column(found, "own")["a", days[8]] == pytest.approx(logs(12 * TYPICAL))


def test_whoever_works_alone_on_a_day_is_not_everybody() -> None:
    days = weekdays("2026-01-05", 20)
    sizes = flat("abcde", days[:-1]) | {("a", days[-1]): 12 * TYPICAL}
    found = with_normal(person_days(sizes), [])
    assert column(found, "common")["a", days[-1]] == 0
    assert column(found, "own")["a", days[-1]] == pytest.approx(logs(12 * TYPICAL))


def test_one_colleagues_quiet_day_makes_nobody_else_look_busy() -> None:
    days = weekdays("2026-01-05", 20)
    found = with_normal(person_days(flat("ab", days) | {("b", days[8]): TYPICAL // 100}), [])
    excess = column(found, "own")["a", days[8]] - logs(TYPICAL)
    assert 0 < excess < math.log(100) / 2 + 1e-3  # a tenfold day at most, where b's was a hundredth


@pytest.mark.parametrize("size", [1, 2, 5, 12])
def test_what_moves_a_whole_team_is_taken_off_by_how_many_others_moved(size: int) -> None:
    days = weekdays("2026-01-05", 20)
    team = [f"t{n}" for n in range(size)]
    rest = [f"r{n}" for n in range(60)]
    sizes = {(u, d): TYPICAL for u in [*team, *rest] for d in days} | {(u, days[8]): 12 * TYPICAL for u in team}
    found = with_normal(person_days(sizes, dict.fromkeys(team, "t") | dict.fromkeys(rest, "r")), [])
    moved = logs(12 * TYPICAL) - logs(TYPICAL)
    others = size - 1
    for user in team:
        expected = moved * (1 - others / (others + 4))
        assert column(found, "own")[user, days[8]] - logs(TYPICAL) == pytest.approx(expected)
    assert column(found, "own")["r0", days[8]] == pytest.approx(logs(TYPICAL))


def test_people_without_a_team_are_no_team() -> None:
    days = weekdays("2026-01-05", 20)
    loners = [f"n{n}" for n in range(5)]
    rest = [f"r{n}" for n in range(60)]
    sizes = {(u, d): TYPICAL for u in [*loners, *rest] for d in days} | {(u, days[8]): 12 * TYPICAL for u in loners}
    found = with_normal(person_days(sizes, dict.fromkeys(rest, "r")), [])
    assert column(found, "own")["n0", days[8]] == pytest.approx(logs(12 * TYPICAL))


def test_a_day_of_unknown_size_has_no_level_and_counts_for_nobody() -> None:
    days = weekdays("2026-01-05", 20)
    sizes = flat("abcde", days) | {("a", days[8]): 12 * TYPICAL, ("b", days[8]): 0, ("c", days[8]): 0}
    found = with_normal(person_days(sizes), [])
    assert column(found, "own")["b", days[8]] is None
    assert column(found, "own")["a", days[8]] == pytest.approx(logs(12 * TYPICAL))


def test_no_days() -> None:
    assert with_normal(person_days({}), [MONDAY]).height == 0


def slow(rows: list[tuple[str, str | None, date, int]], holidays: list[date]) -> dict[tuple[str, date], float]:
    """Work out ``own`` the obvious way."""

    def medians(values: list[tuple[object, float]]) -> dict[object, float]:
        groups = defaultdict(list)
        for key, value in values:
            groups[key].append(value)
        return {key: statistics.median(group) for key, group in groups.items()}

    def kind(day: date) -> int:
        return 8 if day in holidays else day.isoweekday()

    log = {(u, d): math.log(n + 1) for u, _, d, n in rows}
    team = {u: t for u, t, _, _ in rows}
    centre = medians([(u, x) for (u, _), x in log.items()])
    effect = medians([(kind(d), x - centre[u]) for (u, d), x in log.items()])
    level = {(u, d): x - effect[kind(d)] for (u, d), x in log.items()}
    usual = medians([(u, x) for (u, _), x in level.items()])
    moved = {(u, d): x - usual[u] for (u, d), x in level.items()}
    own = {}
    for (u, d), value in level.items():
        others = [x for (v, e), x in moved.items() if e == d and v != u]
        mates = [x for (v, e), x in moved.items() if e == d and v != u and team[u] and team[v] == team[u]]
        common = statistics.median(others) * len(others) / (len(others) + 1) if others else 0.0
        if mates:
            common += (statistics.median(mates) - common) * len(mates) / (len(mates) + 4)
        own[u, d] = value - common
    return own


_DAYS = st.integers(0, 12).map(lambda n: MONDAY + timedelta(days=n))


@settings(deadline=None)
@given(
    st.dictionaries(st.tuples(st.sampled_from("abcdef"), _DAYS), st.integers(1, 10**7), min_size=1),
    st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["t", "s"])),
    st.lists(_DAYS, max_size=2),
)
def test_normal_against_the_obvious_way(sizes: Sizes, teams: dict[str, str | None], holidays: list[date]) -> None:
    frame = person_days(sizes, teams)
    assert column(with_normal(frame, holidays), "own") == pytest.approx(slow(frame.rows(), holidays))
