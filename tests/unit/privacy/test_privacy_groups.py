from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from tests.unit import findings_factory as make
from tests.unit.calls_factory import call, prepared
from tokenscan.privacy.groups import OTHERS, shown_groups, without_small_teams
from tokenscan.privacy.peers import with_enough_peers
from tokenscan.ruleset.effective import Override
from tokenscan.ruleset.model import Param


def test_small_teams_and_people_without_one_stand_together() -> None:
    found = shown_groups({"a": 9, "b": 6, "c": 3, "d": 1, None: 1}, 5)
    assert found == {"a": "a", "b": "b", "c": OTHERS, "d": OTHERS, None: OTHERS}


def test_a_lone_person_cannot_be_had_by_taking_the_rest_from_the_total() -> None:
    # 9 + 6 of 16 shown would leave one: the smaller of the two joins that one.
    assert shown_groups({"a": 9, "b": 6, "c": 1}, 5) == {"a": "a", "b": OTHERS, "c": OTHERS}


def test_of_teams_as_large_as_each_other_the_name_decides() -> None:
    assert shown_groups({"b": 6, "a": 6, "c": 1}, 5) == {"a": "a", "b": OTHERS, "c": OTHERS}


def test_where_everybody_would_be_among_the_others_nothing_is_shown() -> None:
    assert shown_groups({"a": 9, "b": 1}, 5) == {}
    assert shown_groups({None: 40}, 5) == {}
    assert shown_groups({}, 5) == {}


@given(st.dictionaries(st.one_of(st.none(), st.text(max_size=3)), st.integers(1, 40), max_size=12), st.integers(2, 20))
def test_every_row_and_what_no_row_shows_is_nobody_or_a_group(sizes: dict[str | None, int], smallest: int) -> None:
    labels = shown_groups(sizes, smallest)
    rows = {label: sum(size for name, size in sizes.items() if labels.get(name) == label) for label in labels.values()}
    assert all(size >= smallest for size in rows.values())
    assert sum(rows.values()) in (0, sum(sizes.values()))


def test_a_rule_cannot_find_anything_about_a_team_of_a_few() -> None:
    users = {"t1": 5, "t2": 4}
    people = [(f"{team}-{number}", team) for team, size in users.items() for number in range(size)]
    tables = prepared([call(user, "2026-03-02 09:00", team=team) for user, team in people]).tables
    rows = [{"subject": "team", "user": None, "team": team} for team in ("t1", "t2", "t3")] + [{"subject": "user"}]
    found = make.detection(*rows, claims=[(0, 1, "row", 1.0), (1, 2, "row", 1.0), (3, 3, "row", 1.0)])
    kept = without_small_teams(found, tables)
    assert kept.candidates["candidate"].to_list() == [0, 3]
    assert kept.claims["candidate"].to_list() == [0, 3]
    whole = make.detection(rows[0], rows[3])
    assert without_small_teams(whole, tables) is whole


def test_peers_are_as_many_as_the_smallest_group_at_least() -> None:
    peers = Param(type="int", default=4, doc="d.", origin="tokenscan")
    ratio = Param(type="float", default=10.0, doc="d.", origin="tokenscan")
    rule = make.rule(params={"ratio": ratio, "min_peers": peers})
    assert with_enough_peers(rule, 5).values == {"ratio": 10.0, "min_peers": 4}
    raised = with_enough_peers(rule, 10)
    assert raised.values == {"ratio": 10.0, "min_peers": 9}
    assert [param.origin for param in raised.params] == ["tokenscan", "min_group_size"]
    more = make.rule(params={"ratio": ratio, "min_peers": peers}, overrides=[Override(params={"min_peers": 30})])
    assert with_enough_peers(more, 10).values["min_peers"] == 30


def test_nothing_found_stays_nothing() -> None:
    tables = prepared([call("ann", "2026-03-02 09:00")]).tables
    empty = make.detection()
    assert without_small_teams(empty, tables).candidates.equals(pl.DataFrame(schema=empty.candidates.schema))
