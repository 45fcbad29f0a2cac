"""What another file tells of a call's person, session and task is found by its link."""

from __future__ import annotations

from typing import Any

import polars as pl
from event_rows import frame, row, values
from hypothesis import given
from hypothesis import strategies as st

from tokenscan.events.links import linked
from tokenscan.events.schema import LINKS

TRACE = {"link_id": "t1", "source_format": "table", "user": "ann@example.com", "user_kind": "email", "team": "t1",
         "session_id": "s-1", "session_quality": "client", "task_id": "ABC-1"}  # fmt: skip


def links(*told: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(told), schema=LINKS)


def test_what_a_call_leaves_open_is_filled() -> None:
    rows = frame(
        row(user=None, user_kind="none", link_id="t1"), row(user="bob", user_kind="login", link_id="t1"),
        row(user=None, link_id="t2"), row(user=None), row(user=None, link_id="t1", source_format="other"),
    )  # fmt: skip
    found = linked(rows, links(TRACE))
    assert values(found, "user", "user_kind") == [
        ("ann@example.com", "email"), ("bob", "login"), (None, None), (None, None), (None, None)
    ]  # fmt: skip
    assert values(found, "session_id", "session_quality", "team", "task_id")[:3] == [
        ("s-1", "client", "t1", "ABC-1"), ("s-1", "client", "t1", "ABC-1"), (None, "none", None, None)
    ]  # fmt: skip
    assert found.schema == rows.schema


@given(order=st.permutations([0, 1, 2]))
def test_links_that_differ_are_settled_by_value_not_by_order(order: list[int]) -> None:
    told = [TRACE, TRACE | {"user": "zoe", "user_kind": "login", "session_id": None, "session_quality": None},
            TRACE | {"user": None, "user_kind": "none", "session_id": "s-0"}]  # fmt: skip
    found = linked(frame(row(user=None, link_id="t1")), links(*(told[place] for place in order)))
    assert values(found, "user", "user_kind", "session_id", "session_quality") == [
        ("ann@example.com", "email", "s-0", "client")
    ]


def test_without_links_nothing_changes() -> None:
    rows = frame(row(user=None, link_id="t1"))
    assert linked(rows, links()).equals(rows)
