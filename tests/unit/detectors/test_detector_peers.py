from __future__ import annotations

import statistics

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenscan.detectors.common.peers import with_peers

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
