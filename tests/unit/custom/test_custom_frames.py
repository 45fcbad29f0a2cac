"""The tables are what ``tokenscan schema events`` says, to the column, and count what the log holds."""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at, call, context, prepared
from tokenscan.detectors.base import Tables
from tokenscan.ruleset.custom.frames import query_tables
from tokenscan.ruleset.custom.plan import params_frame, plan_query
from tokenscan.ruleset.custom.query import run_query
from tokenscan.ruleset.custom.schema import TABLES, polars_schema, tables_dict

PROMPT = "please explain the budget of the second quarter to the new colleague"
CALLS = [
    call("ann", "2026-01-05 09:00", team="t1", app="chat", session="s1", prompt=PROMPT, prompt_kind="human",
         cost_nanousd=2000, cost_kind="logged"),
    call("ann", "2026-01-05 09:30", team="t1", app="ide", session="s1", model="m2", status="error", output_tokens=0),
    call("bob", "2026-01-06 09:00", team="t1", prompt=PROMPT, prompt_kind="human", used=True),
    call("svc", "2026-01-06 10:00"),
    call(None, "2026-01-07 10:00"),
]  # fmt: skip
NO_PARAMS = params_frame({}, {})


@pytest.fixture(scope="module")
def tables() -> Tables:
    people = context(people=[{"user": "svc", "kind": "service"}], outcomes=[
        {"date": date(2026, 1, 5), "user": "ann", "tasks_completed": 2.0},
    ])  # fmt: skip
    return prepared(CALLS, people).tables


def query(tables: Tables, sql: str, most: int | None = None) -> list[Any]:
    return run_query(plan_query(sql, NO_PARAMS), query_tables(tables), NO_PARAMS, most).rows()


@pytest.mark.parametrize("name", TABLES)
def test_columns_and_types_are_those_that_are_documented(tables: Tables, name: str) -> None:
    assert query_tables(tables)[name].collect().schema == polars_schema(name)
    empty = prepared([call("ann", "2026-01-05")][:0]).tables
    assert query_tables(empty)[name].collect().schema == polars_schema(name)
    assert [column["name"] for column in tables_dict()[name]] == polars_schema(name).names()
    assert all(column["meaning"] for column in tables_dict()[name])


def test_no_column_holds_text() -> None:
    assert {"prompt", "text", "response"} & {column.name for columns in TABLES.values() for column in columns} == set()


def test_every_column_can_be_named_without_quotes(tables: Tables) -> None:
    for name, columns in TABLES.items():
        for column in columns:
            plan_query(f"SELECT e.{column.name} AS x FROM {name} AS e GROUP BY e.{column.name}", NO_PARAMS)


def test_events_are_the_calls_of_people_programs_and_nobody(tables: Tables) -> None:
    found = query(tables, "SELECT user, is_program, COUNT(*) AS n, SUM(tokens) AS t FROM events GROUP BY 1, 2")
    assert sorted(found, key=str) == [("ann", False, 2, 1800), ("bob", False, 1, 1000), ("svc", True, 1, 1000),
                                      (None, None, 1, 1000)]  # fmt: skip
    assert query(tables, "SELECT event_id FROM events WHERE status = 'error'") == [("e2",)]


def test_prompts_are_counted_over_all_their_senders(tables: Tables) -> None:
    found = query(tables, "SELECT words, requests, users, first_seen, last_seen FROM prompts")
    assert found == [(12, 2, 2, at("2026-01-05 09:00"), at("2026-01-06 09:00"))]


def test_user_days_are_those_of_people(tables: Tables) -> None:
    found = query(
        tables,
        """SELECT user, requests, tokens, cost_nanousd, answers_marked, answers_used, tasks
    FROM user_days ORDER BY user""",
    )
    assert found == [("ann", 1, 1000, 2000, 0, 0, 2.0), ("bob", 1, 1000, None, 1, 1, None)]


def test_sessions_add_up_their_calls(tables: Tables) -> None:
    found = query(tables, "SELECT app, minutes, requests, turns, models, tokens FROM sessions WHERE requests > 1")
    assert found == [("chat", 30.0, 2, 1, 2, 1800)]


def test_rows_come_in_an_order_of_their_own_unless_the_query_has_one(tables: Tables) -> None:
    assert query(tables, "SELECT app, tokens FROM events WHERE app IS NOT NULL") == [("chat", 1000), ("ide", 800)]
    assert query(tables, "SELECT user FROM events WHERE user IS NOT NULL ORDER BY user DESC", 2) == [("svc",), ("bob",)]
    assert query(tables, "SELECT DISTINCT user FROM events", 2) == [("ann",), ("bob",)]


def test_a_confined_query_gives_the_same_rows(tables: Tables) -> None:
    sql = """SELECT a.user, COUNT(*) AS n FROM events a JOIN events b ON a.team = b.team AND a.row_id <> b.row_id
    GROUP BY a.user"""
    assert plan_query(sql, NO_PARAMS).confined
    assert query(tables, sql) == [("ann", 4), ("bob", 2)]  # each of ann's two calls meets two others of the team
    assert query(tables, "SELECT model || '!' AS m FROM events WHERE app = 'ide'") == [("m2!",)]
    wide = run_query(plan_query("SELECT * FROM events a JOIN events b ON a.row_id = b.row_id", NO_PARAMS),
                     query_tables(tables), NO_PARAMS, None)  # fmt: skip
    assert (wide.height, wide.width) == (5, 2 * len(TABLES["events"]))


@pytest.mark.parametrize(
    ("limit", "value", "message"),
    [("MAX_SECONDS", 0.001, "takes longer than"), ("MAX_BYTES", 600 << 20, "needs more than 0 GB of memory")],
)
def test_a_confined_query_ends_where_its_time_or_memory_does(
    tables: Tables, monkeypatch: pytest.MonkeyPatch, limit: str, value: float, message: str
) -> None:
    """Five calls, each with each of twelve times: 244 million rows of one number are 2 GB."""
    monkeypatch.setattr(f"tokenscan.ruleset.custom.confined.{limit}", value)
    names = ", ".join(f"events t{number}" for number in range(12))
    with pytest.raises(RuntimeError, match=message):
        query(tables, f"SELECT t0.tokens FROM {names}")


def test_an_error_in_a_confined_query_is_told(tables: Tables) -> None:
    with pytest.raises(RuntimeError, match="conversion"):
        query(tables, "SELECT CAST(a.model AS BIGINT) AS n FROM events a JOIN events b ON a.team = b.team")


def test_params_never_show_in_a_result(tables: Tables) -> None:
    planned = plan_query("SELECT * FROM params, events", NO_PARAMS)
    found = run_query(planned, query_tables(tables), NO_PARAMS, None)
    assert found.columns == polars_schema("events").names()
    assert isinstance(found, pl.DataFrame)
