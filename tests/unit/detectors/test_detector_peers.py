from __future__ import annotations

import math
import statistics
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.detectors.common.peers import against_peers, with_peers

SCHEMA = {"user": pl.String, "function": pl.String, "team": pl.String, "channel": pl.String, "x": pl.Float64}
Row = tuple[str, str | None, str | None, str, float | None]


def people(*rows: Row) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SCHEMA, orient="row")


def peers_of(user: str, rows: list[Row], least: int = 2) -> tuple[float | None, int, str]:
    found = with_peers(people(*rows), "x", least)
    return found.filter(user=user).select("peer_median", "peers", "peer_group").row(0)


LAWYERS: list[Row] = [(f"l{n}", "legal", f"t{n % 2}", "chat", float(n)) for n in range(3)]
CODERS: list[Row] = [(f"c{n}", "eng", "t0", "agentic", 100.0 + n) for n in range(4)]


def test_the_person_is_never_their_own_peer() -> None:
    rows = [*LAWYERS, ("ann", "legal", "t9", "chat", 1000.0)]
    assert peers_of("ann", rows) == (1.0, 3, "legal, chat")
    assert peers_of("l0", rows) == (2.0, 3, "legal, chat")


def test_the_function_goes_before_the_team() -> None:
    # Both lawyers and engineers sit in t0; only those of the same function compare.
    rows = [*LAWYERS, *CODERS, ("ann", "legal", "t0", "chat", 9.0)]
    assert peers_of("ann", rows)[1] == 3


def test_without_functions_the_team_counts() -> None:
    rows: list[Row] = [(f"u{n}", None, "t1" if n < 4 else "t2", "chat", float(n)) for n in range(7)]
    assert peers_of("u0", rows) == (2.0, 3, "t1, chat")
    assert peers_of("u6", rows) == (4.5, 2, "t2, chat")


def test_agents_are_held_against_agents() -> None:
    rows = [*LAWYERS, *CODERS, ("ann", "eng", "t0", "chat", 9.0)]
    # No other engineer chats: all who chat stand in.
    assert peers_of("ann", rows, least=3) == (1.0, 3, "all chat users")


def test_too_few_peers_are_none() -> None:
    assert peers_of("c0", CODERS, least=4) == (None, 0, "all agentic users")
    assert peers_of("c0", CODERS, least=3) == (102.0, 3, "eng, agentic")


def test_people_of_no_team_are_no_group() -> None:
    rows: list[Row] = [(f"n{n}", None, None, "chat", float(n)) for n in range(3)]
    assert peers_of("n0", [*rows, *LAWYERS]) == (1.0, 5, "all chat users")


def test_peers_of_unknown_value_do_not_count() -> None:
    rows: list[Row] = [*LAWYERS, ("l3", "legal", "t0", "chat", None), ("ann", "legal", "t0", "chat", 5.0)]
    assert peers_of("ann", rows)[:2] == (1.0, 3)


_ROWS = st.lists(
    st.tuples(
        st.sampled_from(["legal", "eng", None]),
        st.sampled_from(["t1", "t2", None]),
        st.sampled_from(["chat", "agentic"]),
        st.integers(-5, 5).map(float),
    ),
    max_size=14,
)


@settings(deadline=None)
@given(_ROWS, st.integers(1, 4))
def test_peers_by_loops(rows: list[tuple[str | None, str | None, str, float]], least: int) -> None:
    named = [(str(place), *row) for place, row in enumerate(rows)]
    found = with_peers(people(*named), "x", least)
    assert found.columns == [*SCHEMA, "peer_median", "peers", "peer_group"]
    for place, (function, team, channel, _) in enumerate(rows):
        role = function or team
        wide = [x for other, (_, _, c, x) in enumerate(rows) if other != place and c == channel]
        near = [x for other, (f, t, c, x) in enumerate(rows) if other != place and c == channel and (f or t) == role]
        group = near if role and len(near) >= least else wide if len(wide) >= least else []
        assert found["peers"][place] == len(group)
        assert found["peer_median"][place] == (statistics.median(group) if group else None)


def against(rows: list[Row], *, floor: float = 1.0, least: int = 2, variance: float = 0.0) -> pl.DataFrame:
    return against_peers(people(*rows), "x", variance=pl.lit(variance), floor=floor, min_peers=least)


def of(user: str, found: pl.DataFrame) -> dict[str, Any]:
    return found.row(by_predicate=pl.col("user") == user, named=True)


TWO_TEAMS: list[Row] = [
    *((f"a{n}", "sales", "t1", "chat", 10.0 + n) for n in range(3)),
    *((f"b{n}", "sales", "t2", "chat", float(n)) for n in range(3)),
]


def test_colleagues_of_other_teams_go_first() -> None:
    found = of("a0", against(TWO_TEAMS))
    assert (found["median"], found["peers"], found["peer_group"]) == (1.0, 3, "sales, chat, other teams")
    assert found["team_median"] == 11.5


def test_without_enough_of_them_the_own_team_counts() -> None:
    found = of("a0", against([*TWO_TEAMS[:3], TWO_TEAMS[3]]))
    assert (found["median"], found["peers"], found["peer_group"]) == (11.0, 3, "sales, chat")


def test_without_enough_in_the_role_the_channel_counts() -> None:
    found = of("ann", against([("ann", "legal", "t9", "chat", 5.0), *TWO_TEAMS]))
    assert (found["median"], found["peers"], found["peer_group"]) == (6.0, 6, "all chat users")
    assert found["team_median"] is None


def test_without_anybody_nothing_is_known() -> None:
    found = of("ann", against([("ann", "legal", "t9", "agentic", 5.0), *TWO_TEAMS]))
    assert (found["median"], found["peers"], found["z"]) == (None, 0, None)


def test_distance_in_robust_deviations() -> None:
    # The other team has 0, 1 and 2: the median 1, a spread far below the floor of 3.
    found = of("a0", against(TWO_TEAMS, floor=3.0))
    assert found["z"] == pytest.approx((10 - 1) / (3 * math.sqrt(1 + math.pi / 6)))
    surer = of("a0", against(TWO_TEAMS, floor=3.0, variance=16.0))
    assert surer["z"] == pytest.approx((10 - 1) / math.sqrt(9 * (1 + math.pi / 6) + 16))


def test_spread_is_drawn_towards_everybodys() -> None:
    # All have MAD 1, own and pooled alike: (3 * 1.4826^2 + 10 * 1.4826^2) / 13.
    found = of("a0", against(TWO_TEAMS, floor=0.0))
    assert found["z"] == pytest.approx((10 - 1) / (1.4826 * math.sqrt(1 + math.pi / 6)))


def test_an_unknown_value_has_no_distance() -> None:
    found = against([("ann", "sales", "t1", "chat", None), *TWO_TEAMS])
    assert (of("ann", found)["z"], of("ann", found)["median"]) == (None, 1.0)
    assert of("b0", found)["median"] == 11.0


@settings(deadline=None)
@given(_ROWS, st.integers(1, 4))
def test_comparable_colleagues_by_loops(rows: list[tuple[str | None, str | None, str, float]], least: int) -> None:
    named = [(str(place), *row) for place, row in enumerate(rows)]
    found = against(named, least=least)
    assert found["user"].to_list() == [name for name, *_ in named]
    for place, (function, team, channel, _) in enumerate(rows):
        others = [row for other, row in enumerate(rows) if other != place and row[2] == channel]
        near = [row for row in others if (function or team) and (row[0] or row[1]) == (function or team)]
        far = [row for row in near if team is not None and row[1] != team]
        group = next((one for one in (far, near, others) if len(one) >= least), [])
        assert found["peers"][place] == len(group)
        assert found["median"][place] == (statistics.median(row[3] for row in group) if group else None)
