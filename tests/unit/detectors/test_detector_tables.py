from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import polars as pl
import pytest

from tests.unit.calls_factory import at, call, context, prepared, weekdays
from tokenscan.context.model import Planned

PROMPT = "why does the invoice total differ from the order"


def d(text: str) -> date:
    return date.fromisoformat(text)


def test_days_are_cut_in_each_persons_own_zone() -> None:
    given = context(
        [{"user": "nyc", "timezone": "America/New_York"}, {"user": "tok", "timezone": "Asia/Tokyo"}, {"user": "any"}],
        timezone="Europe/Berlin",
    )
    case = prepared(
        [call("nyc", "2026-01-06 03:00"), call("tok", "2026-01-06 16:00"), call("any", "2026-01-06 23:30"),
         call("new", "2026-01-06 22:59")],
        given,
    )  # fmt: skip
    days = dict(case.tables.calls.select("user", "day").iter_rows())
    assert days == {"nyc": d("2026-01-05"), "tok": d("2026-01-07"), "any": d("2026-01-07"), "new": d("2026-01-06")}


def test_days_follow_summer_time() -> None:
    given = context([{"user": "ann", "timezone": "Europe/Berlin"}])
    hours = ["2026-03-28 22:30", "2026-03-28 23:30", "2026-03-29 21:30", "2026-03-29 22:30", "2026-10-25 22:30"]
    case = prepared([call("ann", hour) for hour in hours], given)
    # The 29th of March has 23 hours: it begins at 23:00 UTC and ends at 22:00 UTC.
    assert case.calls("day") == [d("2026-03-28"), d("2026-03-29"), d("2026-03-29"), d("2026-03-30"), d("2026-10-25")]


def planned_days(**who: Any) -> list[str]:
    given = context(
        [{"user": "ann", "team": "t1", "timezone": "America/New_York"}, {"user": "bob", "team": "t2"}, {"user": "eve"}],
        planned=(Planned(name="hackathon", start=d("2026-03-21"), end=d("2026-03-23"), **who),),
    )
    rows = [call(user, f"2026-03-{day} 12:00") for user in ("ann", "bob", "eve") for day in range(20, 25)]
    rows.append(call("ann", "2026-03-24 03:00"))  # still the 23rd in New York
    calls = prepared(rows, given).tables.calls.filter("planned")
    return [f"{user} {day.day}" for user, day in calls.select("user", "day").iter_rows()]


def test_an_event_for_everybody_lasts_from_its_first_to_its_last_day() -> None:
    assert planned_days() == ["ann 21", "ann 22", "ann 23", "ann 23", "bob 21", "bob 22", "bob 23",
                              "eve 21", "eve 22", "eve 23"]  # fmt: skip


def test_an_event_of_a_team_or_of_some_people_is_nobody_elses() -> None:
    assert planned_days(teams=frozenset({"t2"})) == ["bob 21", "bob 22", "bob 23"]
    assert planned_days(users=frozenset({"eve"})) == ["eve 21", "eve 22", "eve 23"]
    both = planned_days(teams=frozenset({"t2"}), users=frozenset({"eve"}))
    assert both == ["bob 21", "bob 22", "bob 23", "eve 21", "eve 22", "eve 23"]


@pytest.mark.parametrize(
    ("changes", "ok"),
    [
        ({}, True),
        ({"status": "error"}, False),
        ({"status": "ok", "output_tokens": 0}, False),
        ({"status": "ok", "output_tokens": None}, True),
        ({"status": None}, True),
        ({"status": None, "output_tokens": 0}, False),
        ({"status": None, "output_tokens": None}, True),
        ({"status": "error", "output_tokens": None}, False),
    ],
)
def test_what_counts_as_answered(changes: dict[str, Any], ok: bool) -> None:
    case = prepared([call("ann", "2026-01-05", **changes), call("bob", "2026-01-05")])
    assert case.calls("user", "ok") == [("ann", ok), ("bob", True)]
    assert case.tables.days["user"].to_list() == (["ann", "bob"] if ok else ["bob"])
    assert case.tables.people["user"].to_list() == (["ann", "bob"] if ok else ["bob"])


def test_a_clients_own_retry_is_no_usage() -> None:
    case = prepared(
        [call("ann", "2026-01-05 09:00:00", prompt=PROMPT, status="error"),
         call("ann", "2026-01-05 09:01:30", prompt=PROMPT),
         call("ann", "2026-01-05 09:20:00", prompt=PROMPT)]
    )  # fmt: skip
    assert case.calls("ok") == [False, False, True]
    assert case.day("ann", "2026-01-05")["calls"] == 1


@pytest.mark.parametrize(
    ("changes", "turn", "text"),
    [
        ({"prompt": PROMPT}, True, True),
        ({"prompt": "one two three four"}, True, True),
        ({"prompt": "yes, go on"}, True, False),
        ({"prompt": None}, True, False),
        ({"prompt": PROMPT, "is_agent": True}, False, False),
        ({"prompt": PROMPT, "is_agent": False}, True, True),
        ({"prompt": PROMPT, "prompt_kind": "tool_result"}, False, False),
        ({"prompt": PROMPT, "prompt_kind": "harness"}, False, False),
        ({"prompt": PROMPT, "prompt_kind": "command"}, True, False),
        ({"prompt": PROMPT, "status": "error"}, False, False),
    ],
)
def test_what_counts_as_typed_by_a_person(changes: dict[str, Any], turn: bool, text: bool) -> None:
    assert prepared([call("ann", "2026-01-05", **changes)]).calls("turn", "text") == [(turn, text)]


def test_an_agents_steps_are_one_turn_of_the_person() -> None:
    # The gateway repeats the person's message on every step, quick or slow, with more context each time.
    steps = [("09:00:00", 1000), ("09:00:08", 3000), ("09:00:20", 6000), ("09:04:00", 9000)]
    rows = [call("ann", f"2026-01-05 {when}", prompt=PROMPT, input_tokens=n, session="s") for when, n in steps]
    rows.append(
        call("ann", "2026-01-05 09:06:00", prompt="and now the other half of it", input_tokens=9500, session="s")
    )
    assert prepared(rows).calls("turn") == [True, False, False, False, True]


def test_asking_again_from_the_same_context_is_a_turn_each_time() -> None:
    asked = [("09:00:00", 1000), ("09:01:00", 1000), ("09:02:00", 1010), ("09:04:00", 990), ("09:05:00", 1000)]
    rows = [call("ann", f"2026-01-05 {when}", prompt=PROMPT, input_tokens=n, session="s") for when, n in asked]
    assert prepared(rows).calls("turn") == [True] * 5


def test_tokens_and_fresh_tokens() -> None:
    case = prepared(
        [call("ann", "2026-01-05 09:00", input_tokens=10_000, cache_read_tokens=9000, cache_write_tokens=500,
              output_tokens=200, cache_inside_input=True),
         call("ann", "2026-01-05 10:00", input_tokens=None, output_tokens=50),
         call("ann", "2026-01-05 11:00", input_tokens=100, cache_read_tokens=900, output_tokens=50,
              cache_inside_input=True)]
    )  # fmt: skip
    # The last row claims more cached than was sent: not a token of it is known to be fresh, never a negative number.
    assert case.calls("tokens", "fresh") == [(10_200, 1200), (50, 50), (150, 0)]
    assert case.day("ann", "2026-01-05")["fresh"] == 1250


def test_sums_count_as_usage_and_never_as_prompts() -> None:
    # A day of an export is a UTC day wherever the person lives; an hour of one is a moment like any other.
    given = context([{"user": "ann", "timezone": "America/Los_Angeles"}])
    rows = [call("ann", "2026-01-05", grain="day", n_requests=50, prompt="review this module for bugs please"),
            call("ann", "2026-01-07 01:00", grain="bucket", n_requests=4),
            call("ann", "2026-01-07 02:00", grain="bucket", n_requests=0, output_tokens=0)]  # fmt: skip
    case = prepared(rows, given)
    assert case.calls("requests", "single", "turn", "text", "ok") == [
        (50, False, False, False, True), (4, False, False, False, True), (0, False, False, False, True)
    ]  # fmt: skip
    days = case.tables.days.select(pl.col("day").cast(pl.String), "calls", "turns", "tokens").rows()
    assert days == [("2026-01-05", 50, 0, 1000), ("2026-01-06", 4, 0, 1800)]
    assert case.tables.people.select("user", "active_days").rows() == [("ann", 2)]


def test_an_account_of_sums_around_the_clock_is_no_program() -> None:
    hours = [call("ann", at("2026-01-05") + timedelta(hours=n), grain="bucket", n_requests=9) for n in range(24 * 12)]
    assert prepared(hours).tables.accounts.is_empty()


def test_service_accounts_and_calls_of_nobody_stay_out() -> None:
    given = context([{"user": "billing", "kind": "service"}, {"user": "ann"}])
    rows = [
        call("ann", "2026-01-05"),
        call("billing", "2026-01-05"),
        call(None, "2026-01-05"),
        call("svc-x", "2026-01-05"),
    ]
    case = prepared(rows, given)
    assert case.calls("user", "row_id") == [("ann", 0)]
    assert case.tables.days["user"].to_list() == ["ann"]
    assert case.tables.people["user"].to_list() == ["ann"]
    assert case.tables.accounts.rows() == [("billing", "declared as a service"), ("svc-x", "named as a service")]


def test_row_ids_are_places_in_the_event_table() -> None:
    rows = [call("bob", "2026-01-05 09:00"), call(None, "2026-01-05 09:10"), call("ann", "2026-01-05 09:20"),
            call("bob", "2026-01-05 09:30")]  # fmt: skip
    case = prepared(rows)
    assert case.tables.calls.select("user", "row_id").rows() == [("ann", 2), ("bob", 0), ("bob", 3)]
    assert [case.events["user"][place] for place in case.tables.calls["row_id"]] == ["ann", "bob", "bob"]


def test_outcomes_are_joined_by_any_name_and_none_is_not_unknown() -> None:
    given = context(
        [{"user": "ann", "aliases": ["a.smith", "key-1"]}, {"user": "bob"}],
        [{"date": d("2026-01-05"), "user": "A.Smith", "tasks_completed": 2.0},
         {"date": d("2026-01-05"), "user": "ann", "tasks_completed": 1.0},
         {"date": d("2026-01-07"), "user": "key-1", "tasks_completed": 4.0}],
    )  # fmt: skip
    rows = [call(user, f"2026-01-0{day} 09:00") for user in ("key-1", "bob") for day in (5, 6, 7)]
    case = prepared(rows, given)
    assert [case.day("ann", f"2026-01-0{day}")["tasks"] for day in (5, 6, 7)] == [3.0, 0.0, 4.0]
    assert [case.day("bob", f"2026-01-0{day}")["tasks"] for day in (5, 6, 7)] == [None, None, None]
    assert (case.person("ann")["tasks"], case.person("bob")["tasks"]) == (7.0, None)


def test_days_that_the_outcomes_do_not_reach_are_unknown() -> None:
    given = context(
        [],
        [{"date": d("2026-01-06"), "user": "ann", "tasks_completed": 1.0},
         {"date": d("2026-01-08"), "user": "bob", "tasks_completed": 1.0}],
    )  # fmt: skip
    rows = [call(user, f"2026-01-{day:02} 09:00") for user in ("ann", "bob") for day in range(5, 10)]
    rows.append(call("late", "2026-01-09 09:00"))
    case = prepared(rows, given)
    # The file ends on the 8th: on the 9th nobody has been counted yet.
    assert [case.day("ann", f"2026-01-{day:02}")["tasks"] for day in range(5, 10)] == [None, 1.0, 0.0, 0.0, None]


def test_tasks_closed_on_a_day_without_calls_count_for_the_person() -> None:
    given = context(
        [],
        [{"date": d(day), "user": "ann", "tasks_completed": n}
         for day, n in [("2026-01-01", 50.0), ("2026-01-05", 1.0), ("2026-01-09", 6.0), ("2026-02-20", 70.0)]],
    )  # fmt: skip
    rows = [call("ann", "2026-01-05 09:00"), call("ann", "2026-01-06 09:00"), call("bob", "2026-01-12 09:00")]
    # The log runs from the 5th to the 12th: what was done before and after has nothing to do with it.
    assert prepared(rows, given).person("ann")["tasks"] == 7.0


def test_outcomes_of_teams_are_no_persons_tasks() -> None:
    given = context([{"user": "ann", "team": "t1"}], [{"date": d("2026-01-05"), "team": "t1", "tasks_completed": 9.0}])
    case = prepared([call("ann", "2026-01-05 09:00")], given)
    assert case.person("ann")["tasks"] is None


def test_a_day_sums_what_was_answered() -> None:
    rows = [call("ann", "2026-01-05 09:00", used=True), call("ann", "2026-01-05 09:30", used=False, is_agent=True),
            call("ann", "2026-01-05 10:00"), call("ann", "2026-01-05 11:00", status="error", used=True)]  # fmt: skip
    day = prepared(rows).day("ann", "2026-01-05")
    assert {name: day[name] for name in ("calls", "turns", "used_known", "used_true", "tokens", "planned")} == {
        "calls": 3, "turns": 2, "used_known": 2, "used_true": 1, "tokens": 3000, "planned": False,
    }  # fmt: skip
    assert (day["first_seen"], day["last_seen"]) == (at("2026-01-05 09:00"), at("2026-01-05 10:00"))


def test_who_works_with_agents_most_of_the_time_is_in_another_class() -> None:
    rows = [call("ann", f"2026-01-05 {hour:02}:00", is_agent=hour != 9) for hour in range(9, 13)]
    rows += [call("bob", f"2026-01-05 {hour:02}:00", cache_read_tokens=(hour % 2) * 9) for hour in range(9, 13)]
    case = prepared(rows)
    assert (case.person("ann")["channel"], case.person("bob")["channel"]) == ("agentic", "chat")


def test_a_person_keeps_the_first_team_that_any_log_names() -> None:
    rows = [call("ann", "2026-01-05"), call("ann", "2026-01-06", team="t2"), call("ann", "2026-01-07", team="t1")]
    case = prepared(rows)
    assert case.person("ann")["team"] == "t2"
    assert case.day("ann", "2026-01-07")["team"] == "t1"


def test_the_people_file_goes_before_the_log() -> None:
    given = context([{"user": "ann", "team": "t9", "function": "legal", "fte": 0.5}])
    person = prepared([call("ANN", "2026-01-05", team="t1")], given).person("ann")
    assert (person["team"], person["function"], person["fte"]) == ("t9", "legal", 0.5)


def test_a_log_without_token_counts_still_has_days_and_people() -> None:
    rows = [call("ann", day.isoformat(), input_tokens=None, output_tokens=None, prompt=PROMPT)
            for day in weekdays("2026-01-05", 12)]  # fmt: skip
    case = prepared(rows)
    person = case.person("ann")
    assert (person["active_days"], person["turns"], person["level"]) == (12, 12, None)
    assert "input_tokens" not in case.tables.has


def test_days_without_token_counts_weigh_nothing_beside_days_with() -> None:
    rows = [call("ann", "2026-01-05"), call("ann", "2026-01-06", input_tokens=None, output_tokens=None)]
    assert prepared(rows).tables.days["day"].to_list() == [d("2026-01-05")]


@pytest.mark.parametrize("rows", [[], [call(None, "2026-01-05")], [call("svc-x", "2026-01-05")]])
def test_a_log_without_people(rows: list[dict[str, Any]]) -> None:
    case = prepared(rows)
    assert (case.tables.calls.height, case.tables.days.height, case.tables.people.height) == (0, 0, 0)
    assert case.tables.has <= {"account"}
