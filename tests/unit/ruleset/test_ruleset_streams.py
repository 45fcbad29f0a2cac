from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import msgspec
import polars as pl
import pytest

from tokenscan.context.model import OUTCOMES, PEOPLE
from tokenscan.events.schema import RAW
from tokenscan.ruleset import timing
from tokenscan.ruleset.cases import RuleTest
from tokenscan.ruleset.model import Rule
from tokenscan.ruleset.streams import context, raw_events


def _test(*streams: dict[str, object], **rest: object) -> RuleTest:
    return msgspec.convert({"name": "t", "streams": list(streams), **rest}, RuleTest)


def test_a_stream_is_so_many_calls_on_each_working_day(rule: Rule) -> None:
    events = raw_events(rule.tests[0])
    assert events.schema == RAW
    assert events.height == 10 * 10 + 120
    per_day = events.group_by(pl.col("timestamp").dt.date().alias("day")).len().sort("day")
    assert per_day["day"].to_list() == [date(2026, 1, day) for day in (5, 6, 7, 8, 9, 12, 13, 14, 15, 16, 19)]
    assert per_day["len"].to_list() == [10] * 10 + [120]
    assert events["event_id"].n_unique() == events.height
    assert events.select(pl.sum("input_tokens") + pl.sum("output_tokens")).item() == 220 * 2500


def test_lists_are_cycled_over_days_or_calls() -> None:
    events = raw_events(
        _test(
            {
                "user": "ann",
                "days": ["2026-01-05", "2026-01-06", "2026-01-07"],
                "calls": [2, 3],
                "start": ["09:00", "10:30:30"],
                "gap": [40, "2m", "0.5h"],
                "input_tokens": [100, 200],
                "used": [True, True, False],
                "status": ["ok", "error"],
                "prompt": ["a{n}.{i}.{d}", "b {user} {x}"],
            }
        )
    )
    assert events["timestamp"].dt.strftime("%d %H:%M:%S").to_list() == [
        "05 09:00:00",
        "05 09:00:40",  # gaps go on where the day before stopped: 40 s, 2 min | 30 min, 40 s, 2 min | 30 min
        "06 10:30:30",
        "06 11:00:30",
        "06 11:01:10",
        "07 09:00:00",
        "07 09:30:00",
    ]
    assert events["input_tokens"].to_list() == [100, 200, 100, 200, 100, 200, 100]
    assert events["used"].to_list() == [True, True, False, True, True, False, True]
    assert events["status"].to_list() == ["ok", "error"] * 3 + ["ok"]
    assert events["prompt"].to_list() == ["a1.1.1", "b ann {x}", "a3.1.2", "b ann {x}", "a5.3.2", "b ann {x}", "a7.2.3"]


def test_what_is_not_said_is_unknown() -> None:
    row = raw_events(_test({"user": "ann", "days": "2026-01-05"})).row(0, named=True)
    for name in ("prompt", "used", "is_agent", "team", "task_id", "cost_nanousd", "latency_ms", "prompt_kind"):
        assert row[name] is None
    assert (row["prompt_scope"], row["session_quality"], row["grain"]) == ("none", "client", "call")


@pytest.mark.parametrize(
    ("session", "ids"),
    [
        ("day", ["ann 2026-01-05"] * 2 + ["ann 2026-01-06"] * 2),
        ("none", [None] * 4),
        ("s7", ["s7"] * 4),
        ("{user}-{d}-{i}", ["ann-1-1", "ann-1-2", "ann-2-1", "ann-2-2"]),
    ],
)
def test_sessions(session: str, ids: list[str | None]) -> None:
    events = raw_events(_test({"user": "ann", "days": "2026-01-05..2026-01-06", "calls": 2, "session": session}))
    assert events["session_id"].to_list() == ids
    assert set(events["session_quality"]) == {"none" if session == "none" else "client"}


def test_the_start_is_in_the_persons_own_time_zone() -> None:
    people = [{"user": "ann", "timezone": "America/New_York"}]
    events = raw_events(_test({"user": ["ann", "bob"], "days": "2026-01-05"}, people=people))
    assert dict(events.select("user", "timestamp").iter_rows()) == {
        "ann": datetime(2026, 1, 5, 14, tzinfo=UTC),
        "bob": datetime(2026, 1, 5, 9, tzinfo=UTC),
    }


def test_context_is_what_the_test_states(rule: Rule) -> None:
    stated = context(rule.tests[0])
    assert stated.people.schema == PEOPLE
    assert stated.people.select("user", "team", "function", "kind").rows() == [("ann", "t1", "support", "human")]
    assert stated.aliases.rows() == [("ann", "ann")]
    assert [review.day for review in stated.reviews] == [date(2026, 3, 16)]
    assert stated.holidays == {date(2026, 1, 16)}
    burst = stated.planned[0]
    assert (burst.name, burst.start, burst.end, burst.teams) == (
        "hackathon",
        date(2026, 3, 21),
        date(2026, 3, 23),
        {"t3"},
    )
    assert stated.outcomes.schema == OUTCOMES
    assert stated.outcomes["tasks_completed"].to_list() == [3.0] * 10


def test_tasks_of_several_streams_add_up_by_person_and_day() -> None:
    days = {"days": "2026-01-05..2026-01-07"}
    done = context(
        _test(
            {"user": ["ann", "bob"], "tasks": [1, 2.5], **days},
            {"user": "ann", "tasks": 4, **days},
            {"user": "c", **days},
        )
    ).outcomes
    assert done.select("date", "user", "tasks_completed").rows() == [
        (date(2026, 1, 5), "ann", 5.0),
        (date(2026, 1, 5), "bob", 1.0),
        (date(2026, 1, 6), "ann", 6.5),
        (date(2026, 1, 6), "bob", 2.5),
        (date(2026, 1, 7), "ann", 5.0),
        (date(2026, 1, 7), "bob", 1.0),
    ]


def test_weekends_are_days_off_unless_said_otherwise() -> None:
    assert len(timing.days("2026-01-05..2026-01-18", weekends=False)) == 10
    assert len(timing.days("2026-01-05..2026-01-18", weekends=True)) == 14
    assert timing.days((date(2026, 1, 10),), weekends=False) == (date(2026, 1, 10),)


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), (90, 90), (0.25, 0.25), ("90s", 90), ("7m", 420), ("1.5h", 5400), ("250ms", 0.25)]
)
def test_gaps(text: str | float, seconds: float) -> None:
    assert timing.gap(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["-1", "", "1d", "1e9", "nan", float("inf"), float("nan"), -1.0, "9" * 20])
def test_what_is_no_gap(text: str | float) -> None:
    with pytest.raises(ValueError, match="no duration"):
        timing.gap(text)
